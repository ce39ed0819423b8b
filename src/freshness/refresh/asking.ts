/** Whoever wants slices to be fresh asks for them here, whichever process brings that about. */
import { setMaxListeners } from 'node:events'
import type { DerivingDatabase } from '../../cache/database.ts'
import type { Dispatcher } from '../../dispatch/dispatcher.ts'
import { daysBetween } from '../../model/calendar.ts'
import type { Counters } from '../../model/counters.ts'
import { msLeft, setDeadline } from '../../model/deadlines.ts'
import { groupBy } from '../../model/group-by.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../../model/receipt.ts'
import { Room } from '../../model/room.ts'
import { neverAborted } from '../../model/until-aborted.ts'
import { firstDays, type Window } from '../../model/window.ts'
import { mostIn, type Period } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { findStale } from './find-stale.ts'
import { inPortions } from './portions.ts'

/** So many slices at most are asked for at once of one process; of more, several processes take some each. */
export const MOST_ASKED = 1_000

/** What a batch's slices span at most: small enough that several processes are at work to the end. */
const BATCH_DAYS = 3_000

/** How many batches of one request are under way at once: as many as a few processes have lanes. */
const BATCHES_AT_ONCE = 8

/** How many days are looked at at once: a look at more takes memory, at less time. */
const PORTION_DAYS = 16_000

export class Asking {
  private readonly database: DerivingDatabase
  private readonly dispatcher: Dispatcher
  private readonly counters: Counters

  constructor(database: DerivingDatabase, dispatcher: Dispatcher, counters: Counters) {
    this.database = database
    this.dispatcher = dispatcher
    this.counters = counters
  }

  /** Whether this process runs the stage. */
  runs({ definition, logic }: Stage): boolean {
    return this.dispatcher.answers('slices.refresh', { stage: definition.name, logic })
  }

  /**
   * Has the stage's slices that lie in the windows brought up to date: by this process where it runs the stage, else by others, in
   * batches. `checked` is as if it had been one.
   * @throws What the first batch failed with that did; no other is begun then.
   */
  async refresh(stage: Stage, windows: readonly Window[], signal?: AbortSignal): Promise<Receipt> {
    if (this.runs(stage) || mostSlices(stage.period, windows) <= MOST_ASKED) return this.ask(stage, windows, signal)
    const { sql } = signal ? this.database.during(signal) : this.database
    const receipt = emptyReceipt()
    const failed = new AbortController()
    const within = AbortSignal.any([failed.signal, signal ?? neverAborted()])
    const heardByMany = signal && heeding(signal)
    const room = new Room(BATCHES_AT_ONCE)
    const asked: Promise<void>[] = []
    const askFor = async (batch: readonly Window[]) => {
      const done = await this.ask(stage, batch, heardByMany)
      // They were counted when they were found.
      addReceipt(receipt, { ...done, checked: done.checked - batch.length })
    }
    const looked = inPortions(windows, PORTION_DAYS, async (portion) => {
      const { checked, stale } = await findStale(sql, stage, portion)
      receipt.checked += checked
      for (const batch of batchesOf(stale)) {
        const leave = await room.enter(1, within)
        const fail = (error: unknown) => failed.abort(error)
        asked.push(askFor(batch).catch(fail).finally(leave))
      }
      return checked
    })
    await looked.catch((error: unknown) => failed.abort(error))
    await Promise.all(asked)
    failed.signal.throwIfAborted()
    return receipt
  }

  private ask({ definition, logic }: Stage, windows: readonly Window[], signal?: AbortSignal): Promise<Receipt> {
    this.counters.add('stageRequests', definition.name)
    return this.dispatcher.request('slices.refresh', { stage: definition.name, logic, windows: [...windows] }, signal)
  }
}

/** A signal that aborts with another one, which as many as there are batches may listen to. */
function heeding(signal: AbortSignal): AbortSignal {
  const own = AbortSignal.any([signal])
  setMaxListeners(0, own)
  setDeadline(own, msLeft(signal))
  return own
}

/**
 * Slices in batches, those of a subject in one where they fit: they may read the same, and who works on one would wait for who
 * works on the other.
 */
function batchesOf(slices: readonly Window[]): Window[][] {
  const batches: { slices: Window[]; days: number }[] = []
  for (const own of groupBy(slices, ({ subjectId }) => subjectId).values()) {
    const last = batches.at(-1)
    const days = own.reduce((sum, { from, to }) => sum + daysBetween(from, to), 0)
    if (last && last.slices.length + own.length <= MOST_ASKED && last.days + days <= BATCH_DAYS) {
      last.slices.push(...own)
      last.days += days
    } else {
      for (let rest: readonly Window[] = own; rest.length > 0; ) {
        const batch = firstDays(rest, (slice) => slice, BATCH_DAYS).slice(0, MOST_ASKED)
        batches.push({ slices: batch, days: batch.reduce((sum, { from, to }) => sum + daysBetween(from, to), 0) })
        rest = rest.slice(batch.length)
      }
    }
  }
  return batches.map((batch) => batch.slices)
}

/** As many slices at most as lie in the windows. */
function mostSlices(period: Period, windows: readonly Window[]): number {
  if (period.kind === 'given') return windows.length
  return windows.reduce((sum, { from, to }) => sum + mostIn(period, daysBetween(from, to)), 0)
}
