import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { ContentionError } from '../model/errors.ts'
import { addReceipt, type Receipt } from '../model/receipt.ts'
import type { Window } from '../model/window.ts'

const MOST_ROUNDS = 10

/** What was read, and how fresh it was: all out of one snapshot. */
export interface Reading<T> {
  /** How many slices were looked at. */
  checked: number
  /** How many of them don't reflect the source as it is now. */
  stale: number
  /** How many of the stale have no values at all. */
  missing: number
  value: T
}

/**
 * Reads, and where anything was stale asks for a refresh and reads again. The result reflects every change that was
 * committed before the call: what was brought up to date after the call began may have been overtaken since, and is
 * taken as it is; what was discarded meanwhile is asked for again.
 * @throws ContentionError where others discard it faster than it can be computed.
 */
export async function freshRead<T>(
  dispatcher: Dispatcher,
  stage: string,
  windows: readonly Window[],
  receipt: Receipt,
  read: () => Promise<Reading<T>>,
): Promise<T> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const { checked, stale, missing, value } = await read()
    if (round === 0) receipt.checked += checked
    if (stale === 0 || (round > 0 && missing === 0)) return value
    const refreshed = await dispatcher.request('slices.refresh', { stage, windows: [...windows] })
    // Those of the stage itself were counted when they were read.
    addReceipt(receipt, { ...refreshed, checked: refreshed.checked - checked })
  }
  throw new ContentionError(`The annotations of stage "${stage}" were discarded again and again while they were read.`)
}
