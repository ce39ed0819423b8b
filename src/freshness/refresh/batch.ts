/** Plan: what is done for several is done and counted once, and stops only when nobody waits for it. */
import type { StageOutputError } from '../../model/errors.ts'
import { emptyReceipt, type Receipt } from '../../model/receipt.ts'
import type { Window } from '../../model/window.ts'

/** What came of slices that were to be brought up to date: those that are in neither list are. */
export interface Outcome {
  receipt: Receipt
  /** For which the stage, or one that it reads, fails. */
  faults: Fault[]
  /** With which nothing was wrong, but nobody was at them to the end. */
  left: Window[]
}

export interface Fault {
  slice: Window
  error: StageOutputError
}

/** Brings slices of a stage up to date. */
export type Run = (slices: readonly Window[], signal: AbortSignal) => Promise<Outcome>

/** Who waits for a batch. */
export interface Waiter {
  learn(outcome: Outcome): void
  /** Told where the batch failed whole. */
  fail(error: unknown): void
}

/** Slices of a stage that are brought up to date together, and all in this process who wait for that. */
export class Batch {
  /** By their keys. */
  readonly slices: ReadonlyMap<string, Window>
  /** How many batches of the stage were begun by then, with this one. */
  readonly number: number
  /** Resolves when nothing of it is under way any more, whatever came of it. */
  readonly ended: Promise<void>
  private readonly waiters = new Set<Waiter>()
  private readonly abandoned = new AbortController()

  constructor(slices: ReadonlyMap<string, Window>, number: number, run: Run) {
    this.slices = slices
    this.number = number
    this.ended = run([...slices.values()], this.abandoned.signal).then(
      (outcome) => this.tell(outcome),
      (error: unknown) => {
        for (const waiter of this.waiters) waiter.fail(error)
      },
    )
  }

  /** True once all who waited for it have gone: it is not run to its end. */
  get isAbandoned(): boolean {
    return this.abandoned.signal.aborted
  }

  join(waiter: Waiter): void {
    this.waiters.add(waiter)
  }

  leave(waiter: Waiter, reason: unknown): void {
    if (this.waiters.delete(waiter) && this.waiters.size === 0) this.abandoned.abort(reason)
  }

  /** What was done is counted once: for the first of those who wait. */
  private tell({ receipt, faults, left }: Outcome): void {
    let own = receipt
    for (const waiter of this.waiters) {
      waiter.learn({ receipt: own, faults, left })
      own = emptyReceipt()
    }
  }
}
