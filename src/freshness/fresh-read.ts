import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { ContentionError } from '../model/errors.ts'
import { addReceipt, type Receipt } from '../model/receipt.ts'
import type { Window } from '../model/window.ts'
import type { StaleSlices } from './find-stale.ts'

const MOST_ROUNDS = 10

/** What was read, and how fresh it was: all out of one snapshot. */
export interface Reading<T> {
  value: T
  /** For each stage that was read: how its slices stood, and where they were looked for if that says it shorter. */
  parts: readonly { stage: string; windows: readonly Window[] | null; slices: StaleSlices }[]
  /** False while something is lacking that a refresh brings; default true. */
  complete?: boolean
}

/**
 * Reads, and where anything was stale asks for a refresh and reads again. The result reflects every change that was
 * committed before the call: what was brought up to date after the call began may have been overtaken since, and is
 * taken as it is; what was discarded or came to be meanwhile is asked for again.
 * @throws ContentionError where others discard it faster than it can be computed.
 */
export async function freshRead<T>(
  dispatcher: Dispatcher,
  receipt: Receipt,
  read: () => Promise<Reading<T>>,
): Promise<T> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { value, parts, complete = true } = await read()
    if (round === 0) for (const { slices } of parts) receipt.checked += slices.checked
    const behind = parts.filter(({ slices }) => slices.stale.length > 0)
    const lacking = !complete || behind.some(({ slices }) => slices.missing > 0)
    if (behind.length === 0 || (round > 0 && !lacking)) return value
    for (const { stage, windows, slices } of behind) {
      const refreshed = await dispatcher.request('slices.refresh', { stage, windows: [...(windows ?? slices.stale)] })
      // Those of the stage itself were counted when they were read.
      const counted = windows ? slices.checked : slices.stale.length
      addReceipt(receipt, { ...refreshed, checked: refreshed.checked - counted })
    }
  }
  throw new ContentionError('What was asked for was discarded again and again while it was read.')
}
