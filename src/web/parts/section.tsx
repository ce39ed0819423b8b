/** A part of a view: a title, and what is shown of it while it is asked for, refused or there. */
import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { Refusal } from '../data/ask.ts'
import type { Asked } from '../data/use-answer.ts'

interface SectionProps<Data> {
  title: string
  note?: ComponentChildren
  actions?: ComponentChildren
  asked: Asked<Data>
  /** How high it is about, in rem, until it is there, so that nothing jumps. */
  height?: number
  children: (data: Data) => ComponentChildren
}

export function Section<Data>({ title, note, actions, asked, height = 12, children }: SectionProps<Data>) {
  const id = useId()
  return (
    <section aria-labelledby={id} aria-busy={asked.isOld || asked.data === undefined}>
      <div class="title">
        <h2 id={id}>{title}</h2>
        {actions}
      </div>
      {asked.data === undefined && <Note text={note} />}
      <Shown asked={asked} height={height}>
        {(data) => (
          <>
            <Note text={note} />
            {children(data)}
          </>
        )}
      </Shown>
    </section>
  )
}

function Note({ text }: { text: ComponentChildren }) {
  return text ? <p class="quiet">{text}</p> : null
}

/**
 * What was answered; until then its place, and where it was refused why and what to do. Old numbers stay meanwhile, and
 * with them all that was said of them: those of other days or people are not shown as if they were of these.
 */
export function Shown<Data>({
  asked,
  height = 12,
  children,
}: {
  asked: Asked<Data>
  height?: number
  children: (data: Data) => ComponentChildren
}) {
  const shown = useRef<ComponentChildren>(null)
  if (asked.data !== undefined && !asked.isOfOther) shown.current = children(asked.data)
  return (
    <>
      {asked.error && <Failure error={asked.error} again={asked.again} />}
      {asked.data !== undefined && <div class={asked.isOld ? 'content old' : 'content'}>{shown.current}</div>}
      {asked.data === undefined && !asked.error && <Skeleton height={height} />}
    </>
  )
}

export function Skeleton({ height }: { height: number }) {
  return (
    <div class="skeleton" style={{ height: `${height}rem` }}>
      <span class="unseen" role="status">
        Reading…
      </span>
    </div>
  )
}

/** What to do about it, by the error's code. */
const ADVICE: Readonly<Record<string, string>> = {
  UNREACHABLE: 'Start it, or wait until it is back; the page goes on by itself where it is live.',
  FORBIDDEN: 'You may not see this. Ask whoever runs the service under which name it may be asked, or who may read.',
  LIMIT_EXCEEDED: 'Choose a shorter period, or fewer people.',
  QUOTA_EXCEEDED: 'You have asked for as much as you may just now; the page goes on by itself when it may.',
  UNTRUSTED_DOCUMENT: 'The page is of another build than the service: load it again.',
  BAD_USER_INPUT: 'What the address asks for isn’t there: clear what is chosen, or choose something else.',
  BUSY: 'Others are writing; try again in a moment.',
  CONTENTION: 'Others are writing these very days; try again in a moment.',
  UNAVAILABLE: 'It stops, or its database is away; try again in a moment.',
  NO_WORKER: 'No process runs this stage just now: whoever runs the service has to start one.',
  BROKER_UNAVAILABLE: 'The broker can’t be reached: whoever runs the service has to look.',
  STAGE_VERSION_UNKNOWN:
    'Another build promoted it: ask a process that has it, or promote a version that this one has.',
  SOURCE_PULL_FAILED: 'What was stored before that stays. Mend what it says, then pull again.',
  SOURCE_CHANGED: 'Where the database has moved, whoever runs the service can take it over: syncSource with moved.',
  NOT_FOUND: 'It may have been removed since. The overview has what is there.',
}

interface FailureProps {
  error: Error
  again?: () => void
  /** What to do about it here, by the error's code; else what is to do anywhere. */
  advice?: Readonly<Record<string, string>>
}

export function Failure({ error, again, advice }: FailureProps) {
  const code = error instanceof Refusal ? error.code : 'UNKNOWN'
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{error.message}</strong> {advice?.[code] ?? ADVICE[code] ?? ''}
      </p>
      <p>
        {again && (
          <button type="button" class="button" onClick={again}>
            Try again
          </button>
        )}{' '}
        <span class="quiet">{code}</span>
      </p>
    </div>
  )
}
