/** One answer, one moment: all that is read for it comes out of one snapshot, after what was stale in it was refreshed. */
import type { Database, OpenSnapshot } from '../../cache/database.ts'
import type { Lanes } from '../../model/lanes.ts'
import type { Receipt } from '../../model/receipt.ts'
import { neverAborted } from '../../model/until-aborted.ts'
import type { Asking } from '../refresh/asking.ts'
import { type Reading, Rounds } from './rounds.ts'

/** What reads need of a database. */
export type Reads = Pick<Database, 'sql' | 'snapshot'>

/** Thrown by a read that has to wait for the next round: what comes of this one isn't looked at. */
export const NOT_YET = new Error('It is not up to date yet.')

/** What is waited for while nothing is read. */
interface Waits {
  asking: Pick<Asking, 'refresh'>
  /** So many wide reads are under way at once; who waits for one holds no connection. */
  wideReads: Lanes
  signal: AbortSignal | undefined
}

/** One snapshot, open as long as one round takes. */
export class Moment {
  readonly reads: Reads
  private readonly rounds: Rounds
  private readonly isWide: boolean
  /** Set where it is to begin again, with a lane for wide reads. */
  wantsLane = false

  constructor(reads: Reads, rounds: Rounds, isWide: boolean) {
    this.reads = reads
    this.rounds = rounds
    this.isWide = isWide
  }

  /**
   * What is read, where it may be taken.
   * @param key Tells it from what else is read in this moment.
   * @param read Told what it read in the moment before, once it should keep to that.
   * @throws NOT_YET where what is stale of it is to be refreshed before.
   */
  async read<T>(
    key: string,
    read: (reads: Reads, isSettling: boolean, before: Reading<T> | undefined) => Promise<Reading<T>>,
  ): Promise<T> {
    const reading = await read(this.reads, this.rounds.isSettling(key), this.rounds.keptTo(key))
    if (!this.rounds.accept(key, reading)) throw NOT_YET
    return reading.value
  }

  /** What the refreshes that it waited for took. */
  get receipt(): Receipt {
    return this.rounds.receipt
  }

  /** How many slices of a list were read in the moments before: whoever reads it again keeps it. */
  memoryOf(list: string): { slices: number } {
    return this.rounds.memoryOf(list)
  }

  /** What work comes to that holds a connection of its own, and is the same in whatever moment. @throws NOT_YET where it isn't done yet. */
  between<T>(key: string, work: () => Promise<T>): T {
    const done = this.rounds.doneBetween(key, work)
    if (!done) throw NOT_YET
    return done.value
  }

  /** Whether something was taken as it is because it wasn't waited for any longer. */
  get isOfItsTime(): boolean {
    return this.rounds.haveLost
  }

  /** Says that a wide read comes next. @throws NOT_YET where there is no lane for it yet. */
  widen(): void {
    if (this.isWide) return
    this.wantsLane = true
    throw NOT_YET
  }
}

function settled<T>(work: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  return work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
}

/**
 * Does `work` until all that it read could be taken, each time in another moment.
 * @param work Reads through the moment alone, and can be done again.
 * @throws What `work` throws in the last of them; the signal's reason once it aborts.
 */
export function inOneMoment<T>(
  open: () => OpenSnapshot,
  { asking, wideReads, signal }: Waits,
  receipt: Receipt,
  work: (moment: Moment) => Promise<T>,
): Promise<T> {
  const rounds = new Rounds(asking, receipt, signal)
  const since = performance.now()
  let losses = 0

  const inRounds = async (isWide: boolean): Promise<T> => {
    for (;;) {
      signal?.throwIfAborted()
      const snapshot = open()
      const moment = new Moment(snapshot, rounds, isWide)
      const done = await settled(work(moment))
      // Others may still find out what they want.
      if (!rounds.areOver) await snapshot.idle()
      const closed = snapshot.close()
      signal?.throwIfAborted()
      // As any read, it is done again where the connection is lost under it.
      const isLost = snapshot.isLost && losses++ === 0
      if (rounds.areOver && !moment.wantsLane && !isLost) {
        if ('error' in done) throw done.error
        return done.value
      }
      // Who waits holds no connection; nobody waits for the end of the last.
      await closed
      if (moment.wantsLane) return wideReads.run(signal ?? neverAborted(), () => inRounds(true), since)
      if (!isLost) await rounds.next()
    }
  }
  return inRounds(false)
}
