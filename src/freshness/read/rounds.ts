/** No false fresh: what is read reflects all that was committed before the read began, unless it was asked for as it is stored. */
import { ContentionError } from '../../model/errors.ts'
import { addReceipt, type Receipt } from '../../model/receipt.ts'
import { untilAborted } from '../../model/until-aborted.ts'
import { type Window, windowKey } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import type { Asking } from '../refresh/asking.ts'
import { FRESH, type HowFresh } from './freshness-mode.ts'

/** So often whatever is stale is asked for: the best answer is out of one snapshot in which all is fresh. */
const ROUNDS_FOR_ALL = 3
/** So often what is read may be something else each time, such as a page to which others add. */
const ROUNDS_FOR_OTHERS = 12
const MOST_ROUNDS = 25
/** No query has so many fields. */
const MOST_PASTS = 1_000

/** So many slices are asked for by themselves, more by the windows in which they lie. */
export const FEW_SLICES = 1_000

/** How the slices of a stage stood in one snapshot. */
export interface PartRead {
  stage: Stage
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
  /** Of windows: how often slices of the stage were pruned; null where its logic was never used. */
  prunes?: number | null
  fresh?: readonly Window[]
  /** How fresh it must be; default: fresh. */
  how?: HowFresh
  /** Stages that are brought up to date with it, in the same slices, as it reads them. */
  brings?: readonly Stage[]
}

/** What was read, and how fresh it was: all out of one snapshot. */
export interface Reading<T> {
  value: T
  parts: readonly PartRead[]
  /** False while something is lacking that a refresh brings; default true. */
  complete?: boolean
}

/** How far one of the reads has come. */
interface ReadState {
  rounds: number
  last: Reading<unknown>
  /** How often stages were pruned by the last round. */
  prunes: Map<Stage, number | null | undefined>
  /** What its refresh came to, where that failed. */
  failure?: { error: unknown }
  /** Refreshes that are waited for only so long, by stage. */
  behind: Map<Stage, { done: Promise<void>; isOver: boolean }>
}

/** What is lacking of a read; what was refused of that is to be refreshed. */
interface Wanted {
  stale: readonly PartRead[]
  refused: readonly PartRead[]
}

/**
 * The rounds of what is read together: in each it is read, and whatever was stale is brought up to date before the next.
 * At best all of it is fresh in one snapshot. Where others keep writing, that is not waited for long: after some rounds a
 * slice is taken that is known to reflect the state before the first, as it was fresh or was refreshed since. What has no
 * values is asked for again.
 */
export class Rounds {
  private readonly asking: Pick<Asking, 'refresh'>
  readonly receipt: Receipt
  private readonly signal: AbortSignal | undefined
  private readonly begun = performance.now()
  private readonly known = new KnownSlices()
  private readonly reads = new Map<string, ReadState>()
  private readonly memories = new Map<string, { slices: number }>()
  /** Work that holds a connection of its own: nobody waits for it while he holds one. */
  private readonly pasts = new Map<string, { work: () => Promise<unknown>; outcome?: PromiseSettledResult<unknown> }>()
  private wanted = new Map<ReadState, Wanted>()

  /** What the refreshes took is added to the receipt. */
  constructor(asking: Pick<Asking, 'refresh'>, receipt: Receipt, signal?: AbortSignal) {
    this.asking = asking
    this.receipt = receipt
    this.signal = signal
  }

  /** Whether nothing was refused since the round began. */
  get areOver(): boolean {
    return this.wanted.size === 0 && [...this.pasts.values()].every(({ outcome }) => outcome)
  }

  /** What came of work that is done once, between rounds; undefined where it is to be done yet. @throws What it failed with. */
  doneBetween<T>(key: string, work: () => Promise<T>): { value: T } | undefined {
    const known = this.pasts.get(key) ?? { work }
    this.pasts.set(key, known)
    if (known.outcome?.status === 'rejected') throw known.outcome.reason
    return known.outcome as { value: T } | undefined
  }

  /** Whether what is stale of a read may be taken, if it is known. */
  isSettling(key: string): boolean {
    return (this.reads.get(key)?.rounds ?? 0) >= ROUNDS_FOR_ALL
  }

  /** Whether something stale was taken as it is because time was up. */
  haveLost = false

  /** How far a list was read in the rounds before. */
  memoryOf(list: string): { slices: number } {
    const memory = this.memories.get(list) ?? { slices: 0 }
    this.memories.set(list, memory)
    return memory
  }

  /** What was read in the round before, once others change what is read so fast that it is better kept to. */
  keptTo<T>(key: string): Reading<T> | undefined {
    const state = this.reads.get(key)
    return state && state.rounds >= ROUNDS_FOR_OTHERS ? (state.last as Reading<T>) : undefined
  }

  /**
   * Whether a reading is an answer; else what is stale of it is wanted in the next round.
   * @param key Tells it from what else is read in these rounds.
   * @throws What its refresh failed with; ContentionError where others write or discard faster than it is refreshed.
   */
  accept(key: string, reading: Reading<unknown>): boolean {
    const { parts, complete = true } = reading
    const state = this.stateOf(key, reading)
    if (state.failure) throw state.failure.error
    this.known.add(parts)
    const stale = parts.filter((part) => part.stale.length > 0 && !this.isTakenAsItIs(state, part))
    if (stale.length === 0) return true
    const refused = complete ? stale.filter((part) => isPruned(state, part) || !this.known.canBeTaken(part)) : stale
    for (const { stage, prunes } of parts) state.prunes.set(stage, prunes)
    const isSettling = this.isSettling(key)
    if (isSettling && refused.length === 0) return true
    if (++state.rounds >= MOST_ROUNDS) throw contention(stale)
    this.wanted.set(state, { stale, refused: isSettling ? refused : stale })
    return false
  }

  /** Brings about what was wanted, and begins the next round. @throws The signal's reason once it aborts. */
  async next(): Promise<void> {
    if (this.pasts.size > MOST_PASTS) throw new Error('Broken invariant: each round wants other pasts.')
    for (const past of this.pasts.values()) {
      if (!past.outcome) [past.outcome] = await Promise.allSettled([past.work()])
      this.signal?.throwIfAborted()
    }
    const wanted = [...this.wanted]
    this.wanted = new Map()
    for (const [state, { refused }] of wanted) {
      try {
        const own = refused.filter(({ how = FRESH }) => how.mode === 'FRESH')
        for (const part of withoutBrought(own)) await this.refresh(part, this.signal)
      } catch (error) {
        this.signal?.throwIfAborted()
        state.failure = { error }
      }
    }
    const waited = wanted.flatMap(([state, { stale }]) =>
      stale.flatMap((part) => (part.how?.mode === 'IF_FAST' ? this.waitBehind(state, part) : [])),
    )
    await untilAborted(Promise.all(waited), this.signal)
    for (const [, { stale }] of wanted) this.known.addAsked(stale)
  }

  private stateOf(key: string, reading: Reading<unknown>): ReadState {
    const known = this.reads.get(key)
    if (!known) for (const { checked } of reading.parts) this.receipt.checked += checked
    const state = known ?? { rounds: 0, last: reading, prunes: new Map(), behind: new Map() }
    state.last = reading
    this.reads.set(key, state)
    return state
  }

  /** Whether a part is shown as it is stored. Where it is waited for, its refresh goes on, whoever leaves. */
  private isTakenAsItIs({ behind }: ReadState, part: PartRead): boolean {
    const { stage, how = FRESH } = part
    if (how.mode !== 'IF_FAST') return how.mode === 'CACHED'
    const isLate = performance.now() - this.begun >= how.withinMs
    const begun = behind.get(stage)
    const isUp = isLate || begun?.isOver === true
    this.haveLost ||= isUp
    if (begun) return isUp
    const own = { done: Promise.resolve(), isOver: false }
    own.done = this.refresh(part, undefined)
      // What is stored is shown as it stands, and who asks for it fresh is told why it isn't.
      .catch(() => undefined)
      .then(() => {
        own.isOver = true
      })
    behind.set(stage, own)
    return isLate
  }

  private async waitBehind({ behind }: ReadState, { stage, how = FRESH }: PartRead): Promise<void> {
    const left = this.begun + how.withinMs - performance.now()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, left))
    })
    await Promise.race([behind.get(stage)?.done, late]).finally(() => clearTimeout(timer))
  }

  private async refresh({ stage, windows, stale, checked }: PartRead, signal: AbortSignal | undefined): Promise<void> {
    const all = stale.length <= FEW_SLICES ? null : windows
    const refreshed = await this.asking.refresh(stage, all ?? stale, signal)
    // Those of the stage itself were counted when they were read.
    addReceipt(this.receipt, { ...refreshed, checked: refreshed.checked - (all ? checked : stale.length) })
  }
}

/** The slices of pages that are known to reflect what was committed before the first round. */
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

  /** In windows every slice is known after the first round: it was fresh, or was asked for, or came to be later, unless it was pruned. */
  canBeTaken({ stage, windows, stale, unusable }: PartRead): boolean {
    return unusable === 0 && (windows !== null || stale.every((slice) => this.keys.has(keyOf(stage, slice))))
  }
}

/** Whether slices that were known by the last round may be gone. */
function isPruned({ prunes }: ReadState, part: PartRead): boolean {
  return prunes.get(part.stage) !== part.prunes
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

function keyOf({ logic }: Stage, slice: Window): string {
  return `${logic} ${windowKey(slice)}`
}

function contention(parts: readonly PartRead[]): ContentionError {
  const stages = parts.map(({ stage }) => stage.definition.name)
  const named = stages.join(', ')
  const isUnusable = parts.some(({ unusable }) => unusable > 0)
  return new ContentionError(
    isUnusable
      ? `Values of ${named} were discarded again and again, or what they are made of changed while they were computed.`
      : `Activities of the page were changed again and again while ${named} was read.`,
    { stages },
  )
}
