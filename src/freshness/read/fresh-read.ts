/** No false fresh: what is read reflects all that was committed before the read began. */
import type { Dispatcher } from '../../dispatch/dispatcher.ts'
import { ContentionError } from '../../model/errors.ts'
import { addReceipt, type Receipt } from '../../model/receipt.ts'
import { type Window, windowKey } from '../../model/window.ts'

/** So often whatever is stale is asked for: the best answer is out of one snapshot in which all is fresh. */
const ROUNDS_FOR_ALL = 3
const MOST_ROUNDS = 25

/** So many slices are asked for by themselves, more by the windows in which they lie. */
export const FEW_SLICES = 1_000

/** How the slices of a stage stood in one snapshot. */
export interface PartRead {
  stage: string
  /** How many slices were looked at. */
  checked: number
  /** Those whose values don't reflect the source as it is now; until it is settling, more than a few needn't all be listed. */
  stale: readonly Window[]
  /** How many of the stale were computed once and must not be taken: they, or what they read, were discarded or are torn. */
  unusable: number
  /**
   * Where every slice of the stage was looked for, in each round. Null for the slices of a page's activities: those may
   * be others in each round, so `fresh` says which of them were fresh.
   */
  windows: readonly Window[] | null
  fresh?: readonly Window[]
  /** Stages that are brought up to date with it, in the same slices, as it reads them. */
  brings?: readonly string[]
}

/** What was read, and how fresh it was: all out of one snapshot. */
export interface Reading<T> {
  value: T
  parts: readonly PartRead[]
  /** False while something is lacking that a refresh brings; default true. */
  complete?: boolean
}

/**
 * Reads, and where anything was stale asks for a refresh and reads again: the result reflects every change that was
 * committed before the call. At best all of it is fresh in one snapshot. Where others keep writing, that is not waited
 * for long: after some rounds a slice is taken that is known to reflect the state before the call, as it was fresh or
 * was refreshed since. What has no values is asked for again.
 * @param read Told whether those rounds are over: then a page should stay with the activities that it has.
 * @throws ContentionError where others write or discard faster than that; the signal's reason once it aborts.
 */
export async function freshRead<T>(
  dispatcher: Dispatcher,
  receipt: Receipt,
  read: (isSettling: boolean) => Promise<Reading<T>>,
  signal?: AbortSignal,
): Promise<T> {
  const known = new KnownSlices()
  let last: readonly PartRead[] = []
  for (let round = 0; round < MOST_ROUNDS; round++) {
    signal?.throwIfAborted()
    const isSettling = round >= ROUNDS_FOR_ALL
    const { value, parts, complete = true } = await read(isSettling)
    if (round === 0) for (const { checked } of parts) receipt.checked += checked
    known.add(parts)
    last = parts.filter(({ stale }) => stale.length > 0)
    if (last.length === 0) return value
    const refused = complete ? last.filter((part) => !known.canBeTaken(part)) : last
    if (isSettling && refused.length === 0) return value
    for (const part of withoutBrought(isSettling ? refused : last)) await refresh(dispatcher, receipt, part, signal)
    known.addAsked(last)
  }
  throw contention(last)
}

/** The slices of pages that are known to reflect what was committed before the call. */
class KnownSlices {
  private readonly keys = new Set<string>()

  /** Those that were seen fresh. */
  add(parts: readonly PartRead[]): void {
    for (const { stage, fresh = [] } of parts) for (const slice of fresh) this.keys.add(keyOf(stage, slice))
  }

  addAsked(parts: readonly PartRead[]): void {
    for (const { stage, windows, stale } of parts) {
      if (!windows) for (const slice of stale) this.keys.add(keyOf(stage, slice))
    }
  }

  /** In windows every slice is known after the first round: it was fresh, or was asked for, or came to be later. */
  canBeTaken({ stage, windows, stale, unusable }: PartRead): boolean {
    return unusable === 0 && (windows !== null || stale.every((slice) => this.keys.has(keyOf(stage, slice))))
  }
}

/** What is to be asked for, so that what others bring along isn't asked for by itself. */
function withoutBrought(parts: readonly PartRead[]): PartRead[] {
  const brought = new Set(
    parts.flatMap(({ brings = [], stale }) => brings.flatMap((stage) => stale.map((slice) => keyOf(stage, slice)))),
  )
  return parts
    .map((part) => ({ ...part, stale: part.stale.filter((slice) => !brought.has(keyOf(part.stage, slice))) }))
    .filter(({ stale }) => stale.length > 0)
}

function keyOf(stage: string, slice: Window): string {
  return `${stage} ${windowKey(slice)}`
}

async function refresh(
  dispatcher: Dispatcher,
  receipt: Receipt,
  part: PartRead,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { stage, windows, stale, checked } = part
  const all = stale.length <= FEW_SLICES ? null : windows
  const refreshed = await dispatcher.request('slices.refresh', { stage, windows: [...(all ?? stale)] }, signal)
  // Those of the stage itself were counted when they were read.
  addReceipt(receipt, { ...refreshed, checked: refreshed.checked - (all ? checked : stale.length) })
}

function contention(parts: readonly PartRead[]): ContentionError {
  const stages = parts.map(({ stage }) => stage).join(', ')
  const isUnusable = parts.some(({ unusable }) => unusable > 0)
  return new ContentionError(
    isUnusable
      ? `Values of ${stages} were discarded again and again, or what they are made of changed while they were computed.`
      : `Activities of the page were changed again and again while ${stages} was read.`,
    { stages: parts.map(({ stage }) => stage) },
  )
}
