/** What is told, as one process writes it for others. */
import { LONGEST_NOTICE } from '../../cache/notices.ts'
import type { Told, ToldType } from '../../model/messages.ts'
import type { Window } from '../../model/window.ts'

/** A fact or a hint on its way between processes. */
export interface Notice<T extends ToldType = ToldType> {
  /** Which process tells it: that one has told its own listeners already. */
  sender: string
  type: T
  event: Told[T]
}

/**
 * The notice as text that NOTIFY takes, without its windows where those are too long; null where that is too long still, and for what none of
 * ours can have told, as another version may.
 */
export function noticeText(notice: Notice): string | null {
  try {
    return textOf(notice)
  } catch {
    return null
  }
}

function textOf({ sender, type, event }: Notice): string | null {
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
    if (typeof type !== 'string' || typeof event !== 'object' || event === null) return null
    const windows = packed?.map(([subjectId, from, to]: string[]): Partial<Window> => ({ subjectId, from, to }))
    return { sender, type: type as ToldType, event: { ...event, ...(windows && { windows }) } }
  } catch {
    return null
  }
}

function fitting(text: string): string | null {
  return Buffer.byteLength(text) <= LONGEST_NOTICE ? text : null
}
