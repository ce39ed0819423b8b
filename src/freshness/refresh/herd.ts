/** Plan: no slice is computed twice at a time by one process, and who wants few does not wait for who wants many. */
import { addReceipt, emptyReceipt } from '../../model/receipt.ts'
import { bySubjectAndDate, firstDays, type Window, windowKey } from '../../model/window.ts'
import { Batch, type Fault, type Outcome, type Run, type Waiter } from './batch.ts'

/**
 * All in this process who want slices of one stage to be fresh. What one of them has begun, the others don't do again. A
 * slice is nobody's until its batch begins, so who wants few is not behind who wants many.
 */
export class Herd {
  private readonly batchDays: number
  private readonly run: Run
  private readonly batches = new Set<Batch>()
  private readonly members = new Set<Member>()
  private count = 0

  constructor(batchDays: number, run: Run) {
    this.batchDays = batchDays
    this.run = run
  }

  /** How many batches were begun until now. */
  get begun(): number {
    return this.count
  }

  /**
   * Brings slices up to date, by batches of its own, so many at once, and by those that others begin meanwhile. What is
   * with a batch that began before the call may be read as it was then: that is waited for, and left. So is the rest once
   * anything has failed.
   * @param since How many batches were begun at the time of the call, before the slices were found stale.
   * @throws What a batch failed with as a whole; and the signal's reason, when nothing is under way for this call alone.
   */
  async refresh(stale: readonly Window[], since: number, atOnce: number, signal: AbortSignal): Promise<Outcome> {
    const member = new Member(stale, since)
    const leave = () => member.leave(signal.reason)
    signal.throwIfAborted()
    signal.addEventListener('abort', leave)
    this.members.add(member)
    try {
      for (const batch of this.batches) member.meet(batch)
      const work = async () => {
        while (member.isWanting) await this.begin(member).ended
      }
      await Promise.all(Array.from({ length: atOnce }, work))
      await Promise.all([...member.met].map((batch) => batch.ended))
    } finally {
      this.members.delete(member)
      signal.removeEventListener('abort', leave)
    }
    signal.throwIfAborted()
    return member.outcome()
  }

  /** Begins a batch of the first that the member wants. Nobody else does those from now on. */
  private begin(member: Member): Batch {
    const run: Run = (slices, signal) => this.run(slices, signal).finally(() => this.batches.delete(batch))
    const batch = new Batch(member.first(this.batchDays), ++this.count, run)
    this.batches.add(batch)
    // What was done is counted for who began it, so that one comes first.
    for (const each of [member, ...this.members]) each.meet(batch)
    return batch
  }
}

/** One call that wants slices to be fresh. */
class Member implements Waiter {
  /** The batches that have slices of these. */
  readonly met = new Set<Batch>()
  private readonly since: number
  private readonly slices: ReadonlyMap<string, Window>
  /** Those that are with no batch. */
  private readonly wanted: Map<string, Window>
  private readonly receipt = emptyReceipt()
  private readonly faults: Fault[] = []
  private readonly left: Window[] = []
  private failure: { error: unknown } | undefined

  constructor(stale: readonly Window[], since: number) {
    this.since = since
    this.slices = new Map([...stale].sort(bySubjectAndDate).map((slice) => [windowKey(slice), slice]))
    this.wanted = new Map(this.slices)
  }

  get isWanting(): boolean {
    return this.wanted.size > 0
  }

  /** The first slices that are with no batch, of so many days in sum or one. */
  first(days: number): Map<string, Window> {
    return new Map(firstDays(this.wanted, ([, slice]) => slice, days))
  }

  /** What the batch has of the slices is not wanted any more. */
  meet(batch: Batch): void {
    const shared = [...batch.slices].filter(([key]) => this.wanted.delete(key))
    if (shared.length === 0) return
    this.met.add(batch)
    if (batch.number > this.since && !batch.isAbandoned) batch.join(this)
    else this.left.push(...shared.map(([, slice]) => slice))
  }

  learn({ receipt, faults, left }: Outcome): void {
    addReceipt(this.receipt, receipt)
    this.faults.push(...faults.filter(({ slice }) => this.slices.has(windowKey(slice))))
    this.left.push(...left.filter((slice) => this.slices.has(windowKey(slice))))
    if (this.faults.length > 0) this.giveUp()
  }

  fail(error: unknown): void {
    this.failure ??= { error }
    this.giveUp()
  }

  leave(reason: unknown): void {
    this.giveUp()
    for (const batch of this.met) batch.leave(this, reason)
  }

  /** Nothing more is begun. */
  private giveUp(): void {
    this.left.push(...this.wanted.values())
    this.wanted.clear()
  }

  outcome(): Outcome {
    if (this.failure) throw this.failure.error
    const { receipt, faults, left } = this
    return { receipt, faults, left }
  }
}
