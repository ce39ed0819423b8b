/** How one logs in; whoever does goes on at the address that was asked for. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, Refusal } from '../../data/ask.ts'
import { Brand } from '../../parts/brand.tsx'
import { CallerDocument } from '../../queries.ts'

/** How one logs in, as the service says. */
export interface WaysIn {
  isNeeded: boolean
  byKey: boolean
  byIssuer: boolean
}

interface LoginProps {
  ways: WaysIn
  /** Somebody was logged in a moment ago. */
  isOver: boolean
  done: () => Promise<void>
}

export function Login({ ways, isOver, done }: LoginProps) {
  const [fault, setFault] = useState(faultInPage)
  const [isRunning, setRunning] = useState(false)
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = 'Log in · Steelthread'
    // What was looked at is gone: who reads by ear is told what there is now.
    if (isOver) title.current?.focus()
    return () => {
      document.title = 'Steelthread'
    }
  }, [isOver])
  const logIn = async (key: string) => {
    setRunning(true)
    setFault(undefined)
    const fault = (await refusalOf(key)) ?? (await lossOfCookie())
    setFault(fault)
    setRunning(false)
    if (!fault) await done()
  }
  return (
    <>
      <header class="top">
        <Brand />
      </header>
      <main class="login">
        <h1 ref={title} tabIndex={-1}>
          Log in
        </h1>
        {isOver && (
          <p class="note" role="status">
            <strong>Your login is over.</strong> Log in again, and you go on where you were.
          </p>
        )}
        {fault && (
          <p class="failure" role="alert">
            {fault}
          </p>
        )}
        {ways.byIssuer && (
          <p>
            <a class="button main" href={`/login/issuer?to=${encodeURIComponent(location.pathname + location.search)}`}>
              Log in with your company’s account
            </a>
          </p>
        )}
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void logIn(String(new FormData(event.currentTarget).get('key')))
          }}
        >
          <label>
            {ways.byIssuer ? 'Or with a key' : 'Key'}
            <input
              type="password"
              name="key"
              autocomplete="current-password"
              required
              spellcheck={false}
              aria-describedby="about-keys"
            />
          </label>
          <button type="submit" class={ways.byIssuer ? 'button' : 'button main'} disabled={isRunning}>
            {isRunning ? 'Looking…' : 'Log in with the key'}
          </button>
        </form>
        <p id="about-keys" class="quiet">
          Keys begin with <code>st_</code>; whoever runs the service makes them.
        </p>
      </main>
    </>
  )
}

/** Why the key doesn't do; undefined where it does. */
async function refusalOf(key: string): Promise<string | undefined> {
  const response = await fetch('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  }).catch(() => undefined)
  if (!response) return 'The service can’t be reached. Is it running?'
  if (response.ok) return undefined
  const answer = await response.json().catch(() => undefined)
  return answer?.errors?.[0]?.message ?? `The service answered with status ${response.status}: try again later.`
}

/** Where the browser didn't keep what it was given, the login would just be there again. */
async function lossOfCookie(): Promise<string | undefined> {
  const error = await ask(CallerDocument, {}).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof Refusal && error.code === 'UNAUTHENTICATED')) return undefined
  return 'The key is right, but the browser kept no cookie: let it keep those of this page, and ask for the page by https where whoever runs the service says so.'
}

/** Why nobody was logged in at the issuer, where the page was sent to say that. It is said once. */
function faultInPage(): string | undefined {
  const said = document.querySelector<HTMLMetaElement>('meta[name="login-fault"]')
  if (!said) return undefined
  said.remove()
  return said.content
}
