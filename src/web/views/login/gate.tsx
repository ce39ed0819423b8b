/** The way in: who isn't known logs in first. */
import { useQuery, useQueryClient } from '@tanstack/preact-query'
import type { ComponentChildren } from 'preact'
import { Refusal } from '../../data/ask.ts'
import { useAnswer } from '../../data/use-answer.ts'
import { type Who, WhoContext } from '../../data/who.ts'
import { Brand } from '../../parts/brand.tsx'
import { Failure, Skeleton } from '../../parts/section.tsx'
import { CallerDocument } from '../../queries.ts'
import { Ingesting } from './ingesting.tsx'
import { Login, type WaysIn } from './login.tsx'

/** Shows what is in it to whom the service knows, and to others how they log in. */
export function Gate({ children }: { children: ComponentChildren }) {
  const client = useQueryClient()
  const ways = useQuery<WaysIn, Error>({ queryKey: ['WaysIn'], queryFn: waysIn })
  const who = useAnswer(CallerDocument, {})
  const fault = ways.error ?? who.error
  const isUnknown = who.error instanceof Refusal && who.error.code === 'UNAUTHENTICATED'
  if (isUnknown && ways.data) {
    // Of whoever was logged in before nothing is kept.
    return <Login ways={ways.data} isOver={who.data !== undefined} done={() => client.resetQueries()} />
  }
  if (!who.data || !ways.data) {
    return <Waiting>{fault && <Failure error={fault} again={ways.error ? ways.refetch : who.again} />}</Waiting>
  }
  const { caller } = who.data
  const logOut = async () => {
    // Where that can't be reached, whoever looks again is still logged in.
    await fetch('/logout', { method: 'POST' }).catch(() => undefined)
    await client.resetQueries()
  }
  const value: Who = { caller, logOut: ways.data.isNeeded ? logOut : undefined }
  return (
    <WhoContext.Provider value={value}>{caller.role === 'INGESTER' ? <Ingesting /> : children}</WhoContext.Provider>
  )
}

/** As the page is before its script runs. */
function Waiting({ children }: { children: ComponentChildren }) {
  return (
    <>
      <header class="top">
        <Brand />
      </header>
      <main>{children || <Skeleton height={40} />}</main>
    </>
  )
}

/** @throws Refusal */
async function waysIn(): Promise<WaysIn> {
  const response = await fetch('/login').catch(() => undefined)
  const answer = await response?.json().catch(() => undefined)
  if (response?.ok && answer) return answer
  throw new Refusal(
    answer?.error ?? 'The service can’t be reached. Is it running?',
    response?.status === 403 ? 'FORBIDDEN' : 'UNREACHABLE',
  )
}
