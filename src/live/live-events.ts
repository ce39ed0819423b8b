/** The facts that subscribers can be told, and how they are written for other processes. */
import { LONGEST_NOTICE } from '../cache/notices.ts'
import type { Events, EventType } from '../model/messages.ts'
import type { Window } from '../model/window.ts'

export const LIVE_TYPES = [
  'slices.refreshed',
  'activities.ingested',
  'rows.quarantined',
  'pull.began',
  'pull.ended',
  'pull.failed',
  'source.removed',
  'stage.promoted',
] as const satisfies EventType[]

export type LiveType = (typeof LIVE_TYPES)[number]

/** A fact on its way between processes. */
export interface Notice<T extends LiveType = LiveType> {
  /** Which process tells it: that one has told its own subscribers already. */
  sender: string
  type: T
  event: Events[T]
}

/** The notice as text that NOTIFY takes, without its windows where those are too long; null where that is too long still. */
export function noticeText({ sender, type, event }: Notice): string | null {
  if (!('windows' in event)) return fitting(JSON.stringify([sender, type, event]))
  const { windows, ...rest } = event
  const packed = windows.map(({ subjectId, from, to }) => [subjectId, from, to])
  return (
    fitting(JSON.stringify([sender, type, rest, packed])) ??
    fitting(JSON.stringify([sender, type, { ...rest, isComplete: false }, []]))
  )
}

/** The notice that a text is; null for what none of ours can have written, as another version may. */
export function readNotice(text: string): Notice | null {
  try {
    const [sender, type, event, packed] = JSON.parse(text)
    if (!LIVE_TYPES.includes(type)) return null
    const windows = packed?.map(([subjectId, from, to]: string[]): Partial<Window> => ({ subjectId, from, to }))
    return { sender, type, event: { ...event, ...(windows && { windows }) } }
  } catch {
    return null
  }
}

function fitting(text: string): string | null {
  return Buffer.byteLength(text) <= LONGEST_NOTICE ? text : null
}
