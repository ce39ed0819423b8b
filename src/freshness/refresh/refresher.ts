/** Plan: what is read is refreshed before who reads it, in batches that bound memory and what a crash can take. */
import type { DerivingDatabase } from '../../cache/database.ts'
import { Counters } from '../../model/counters.ts'
import { StageOutputError } from '../../model/errors.ts'
import { Lanes } from '../../model/lanes.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../../model/receipt.ts'
import { inSpan } from '../../model/spans.ts'
import { neverAborted } from '../../model/until-aborted.ts'
import type { Window } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { type StageTable, stageTable } from '../slices/stage-table.ts'
import { isRead, windowsRead } from '../slices/stage-windows.ts'
import { type Means, type RunStage, runHere, StageTimeoutError } from './annotate.ts'
import type { Asking } from './asking.ts'
import type { Fault, Outcome } from './batch.ts'
import { bringUpToDate } from './bring-up-to-date.ts'
import { chainOf, computeFirst, NotFirst } from './compute-first.ts'
import { findStale } from './find-stale.ts'
import { Herd } from './herd.ts'
import { inPortions } from './portions.ts'

/** How many person-days a transaction takes: a crash loses at most what is under way, and memory is bounded by it. */
const BATCH_DAYS = 1_500

/** How many batches' days are looked at at once: what a refresh holds is bounded by it, and soon begins to be computed. */
const PORTION_BATCHES = 10

/** How many transactions are under way at once, unless told: while a stage runs in one, Postgres works on the others. */
export const LANES = 3

/** After so many slices of a batch for which the stage fails, the rest of the batch is left. */
const MOST_FAULTS = 8

/** What a stage is refreshed with. */
interface Parts {
  table: StageTable
  herd: Herd
  /** Portions of who wants many slices come one after the other: the next has little to do where they overlap. */
  turns: Lanes
}

export interface RefresherOptions {
  batchDays?: number | undefined
  lanes?: number | undefined
  asking?: Asking | undefined
  run?: RunStage | undefined
  counters?: Counters | undefined
}

/**
 * Brings slices up to date, running stages only where an input really changed. All in this process who want a slice wait
 * for one batch; batches take turns. A batch waits for stages that its stage reads, and for a lane only once those are
 * done: so nobody ever waits for who waits for him.
 */
export class Refresher {
  private readonly database: DerivingDatabase
  private readonly parts = new Map<Stage, Parts>()
  private readonly lanes: Lanes
  private readonly asking: Asking | undefined
  private readonly means: Means
  /** Slices that were never computed when they were found stale. */
  private readonly untried = new WeakSet<Window>()
  /** How many slices of stages were computed, and how long that took, by the stages' names. */
  private readonly paces = new Map<string, { slices: number; ms: number }>()
  private readonly batchDays: number
  private readonly portionDays: number

  /** @param asking Leads to the processes that run stages which this one doesn't run; it runs all, unless told. */
  constructor(
    database: DerivingDatabase,
    { batchDays = BATCH_DAYS, lanes = LANES, asking, run = runHere, counters = new Counters() }: RefresherOptions = {},
  ) {
    this.database = database
    this.asking = asking
    this.means = { tableOf: (stage) => this.tableOf(stage), run, counters }
    this.lanes = new Lanes(lanes)
    this.batchDays = batchDays
    this.portionDays = PORTION_BATCHES * batchDays
  }

  /**
   * Refreshes the stage's slices that lie in the windows, and before them whatever they read. When it resolves, each of
   * them reflects at least what was committed before the call, unless it was discarded meanwhile. What others did of it
   * is not in the receipt.
   * @throws StageOutputError where the stage, or one that it reads, fails for a slice; others that were begun with it are
   * brought up to date nonetheless. Once the signal aborts, its reason; what nobody else waits for is not begun.
   */
  async refresh(stage: Stage, windows: readonly Window[], signal: AbortSignal = neverAborted()): Promise<Receipt> {
    const { herd, turns } = this.partsOf(stage)
    const how = { since: herd.begun, atOnce: LANES, signal }
    const receipt = emptyReceipt()
    await inPortions(windows, this.portionDays, async (portion) => {
      const work = () => this.refreshStage(stage, portion, how)
      const done = await (portion.length < windows.length ? turns.run(signal, work) : work())
      addReceipt(receipt, done.receipt)
      throwFaults(done.faults)
      return done.receipt.checked
    })
    return receipt
  }

  /** How long so many slices of a stage take, by what it took so far; null where none was computed. */
  secondsFor({ definition }: Stage, slices: number): number | null {
    const pace = this.paces.get(definition.name)
    return pace ? (slices * pace.ms) / pace.slices / 1_000 : null
  }

  tableOf(stage: Stage): StageTable {
    return this.partsOf(stage).table
  }

  private runs(stage: Stage): boolean {
    return this.asking?.runs(stage) ?? true
  }

  private partsOf(stage: Stage): Parts {
    const parts = this.parts.get(stage) ?? {
      table: stageTable(this.database.dataSource, stage.definition),
      herd: new Herd(this.batchDays, (slices, signal) => {
        const span = {
          name: `refresh ${stage.definition.name}`,
          words: () => ({ 'steelthread.slices': slices.length }),
        }
        return inSpan(span, () => this.runBatch(stage, slices, signal))
      }),
      turns: new Lanes(1),
    }
    this.parts.set(stage, parts)
    return parts
  }

  /**
   * Goes on until all are up to date or one has failed; what is left is in the outcome only in the latter case.
   * @param how `since` is how many batches of the stage were begun before the call, `atOnce` how many may be at once.
   */
  private async refreshStage(
    stage: Stage,
    windows: readonly Window[],
    { since, atOnce, signal }: { since: number; atOnce: number; signal: AbortSignal },
  ): Promise<Outcome> {
    const { herd } = this.partsOf(stage)
    const receipt = emptyReceipt()
    for (let asked = windows, isFirst = true; ; isFirst = false) {
      const { checked, stale, untried } = await findStale(this.database.during(signal).sql, stage, asked)
      for (const slice of untried) this.untried.add(slice)
      if (isFirst) {
        receipt.checked = checked
        countSlices(this.means.counters, stage, { checked })
      }
      const outcome = await herd.refresh(stale, since, atOnce, signal)
      addReceipt(receipt, outcome.receipt)
      if (outcome.faults.length > 0 || outcome.left.length === 0) return { ...outcome, receipt }
      asked = outcome.left
    }
  }

  private async runBatch(stage: Stage, slices: readonly Window[], signal: AbortSignal): Promise<Outcome> {
    const first = slices.every((slice) => this.untried.has(slice))
      ? await this.computeFirst(stage, slices, signal)
      : null
    if (first) return first
    const outcome: Outcome = { receipt: emptyReceipt(), faults: [], left: [] }
    let ready = slices
    for (const read of stage.stages) {
      const { asking } = this
      ready = await (asking && !asking.runs(read)
        ? askForRead(asking, stage, read, ready, outcome, signal)
        : this.refreshRead(stage, read, ready, outcome, signal))
    }
    if (ready.length === 0) return outcome
    const own = await this.inLane(stage, signal, () => this.bringAllUpToDate(stage, ready, signal))
    addReceipt(outcome.receipt, own.receipt)
    outcome.faults.push(...own.faults)
    outcome.left.push(...own.left)
    return outcome
  }

  /** Brings about what slices read of a stage. Returns those that are ready then. */
  private async refreshRead(
    stage: Stage,
    read: Stage,
    slices: readonly Window[],
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<readonly Window[]> {
    const upstream = await this.refreshStage(read, windowsRead(stage, read, slices), {
      since: this.partsOf(read).herd.begun,
      atOnce: 1,
      signal,
    })
    addReceipt(outcome.receipt, upstream.receipt)
    return readyFor(stage, read, slices, upstream, outcome)
  }

  /** Computes slices and all that they read, where nothing of it was ever computed; null where it was, or a stage fails for one of several. */
  private async computeFirst(stage: Stage, slices: readonly Window[], signal: AbortSignal): Promise<Outcome | null> {
    const { means } = this
    const chain = chainOf(stage, means.tableOf)
    if (!chain?.every((each) => this.runs(each))) return null
    const work = () => this.database.derivation((sql) => computeFirst(sql, chain, means, slices))
    try {
      const receipt = await this.inLane(stage, signal, async () => {
        const begun = performance.now()
        const done = await work()
        this.addPace(stage, done, begun)
        for (const each of chain)
          countSlices(means.counters, each, { checked: each === stage ? 0 : slices.length, recomputed: slices.length })
        return done
      })
      return { receipt, faults: [], left: [] }
    } catch (error) {
      if (!(error instanceof NotFirst || error instanceof StageOutputError)) throw error
      const [slice] = slices
      const isAlone = chain.length === 1 && slices.length === 1
      if (error instanceof NotFirst || !slice || !isAlone) return null
      return { receipt: emptyReceipt(), faults: [{ slice, error }], left: [] }
    }
  }

  private inLane<T>({ definition }: Stage, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const asked = performance.now()
    return this.lanes.run(signal, () => {
      this.means.counters.add('stageBatches', definition.name)
      this.means.counters.time('stageQueueMs', definition.name, performance.now() - asked)
      return work()
    })
  }

  private addPace({ definition }: Stage, { recomputed }: Receipt, begun: number): void {
    if (recomputed === 0) return
    const pace = this.paces.get(definition.name) ?? { slices: 0, ms: 0 }
    pace.slices += recomputed
    pace.ms += performance.now() - begun
    this.paces.set(definition.name, pace)
  }

  /**
   * Brings slices up to date that what they read is ready for. Where the stage fails for some, those are found by
   * halving, and the others are not held up by them; half of what it was ended for has half of the time. What is begun is finished, whoever waits: so each request, however
   * short of time, leaves less to do to the next.
   */
  private async bringAllUpToDate(
    stage: Stage,
    slices: readonly Window[],
    signal: AbortSignal,
    outcome: Outcome = { receipt: emptyReceipt(), faults: [], left: [] },
    share = 1,
  ): Promise<Outcome> {
    if (outcome.faults.length >= MOST_FAULTS) {
      outcome.left.push(...slices)
      return outcome
    }
    signal.throwIfAborted()
    try {
      const begun = performance.now()
      const receipt = await this.database.derivation((sql) =>
        bringUpToDate(sql, stage, { ...this.means, share }, slices),
      )
      this.addPace(stage, receipt, begun)
      countSlices(this.means.counters, stage, receipt)
      addReceipt(outcome.receipt, receipt)
    } catch (error) {
      if (!(error instanceof StageOutputError)) throw error
      const [slice] = slices
      if (slices.length === 1 && slice) outcome.faults.push({ slice, error })
      else {
        const middle = Math.ceil(slices.length / 2)
        const part = error.cause instanceof StageTimeoutError ? share / 2 : share
        for (const half of [slices.slice(0, middle), slices.slice(middle)]) {
          await this.bringAllUpToDate(stage, half, signal, outcome, part)
        }
      }
    }
    return outcome
  }
}

/** Counts what became of slices of one stage. */
function countSlices(counters: Counters, { definition: { name } }: Stage, done: Partial<Receipt>): void {
  const { checked = 0, recomputed = 0, unchanged = 0, verified = 0 } = done
  if (checked > 0) counters.add('slicesChecked', name, checked)
  if (recomputed > 0) counters.add('slicesRecomputed', name, recomputed)
  if (unchanged > 0) counters.add('slicesUnchanged', name, unchanged)
  if (verified > 0) counters.add('slicesVerified', name, verified)
}

/** Brings about what slices read of a stage that other processes run. Returns those that are ready then: where it fails for some slices, those that don't read them are asked for again. */
async function askForRead(
  asking: Asking,
  stage: Stage,
  read: Stage,
  slices: readonly Window[],
  outcome: Outcome,
  signal: AbortSignal,
): Promise<readonly Window[]> {
  let ready = slices
  while (ready.length > 0) {
    try {
      addReceipt(outcome.receipt, await asking.refresh(read, windowsRead(stage, read, ready), signal))
      return ready
    } catch (error) {
      if (!(error instanceof StageOutputError)) throw error
      const faults = error.slices.map((slice) => ({ slice, error }))
      const sound = readyFor(stage, read, ready, { faults, left: [] }, outcome)
      if (sound.length === ready.length) throw error
      if (outcome.faults.length >= MOST_FAULTS) {
        outcome.left.push(...sound)
        return []
      }
      ready = sound
    }
  }
  return ready
}

/** @throws The first of the faults, with all of their slices. */
function throwFaults(faults: readonly Fault[]): void {
  const [first] = faults
  if (!first) return
  const { message, details } = first.error
  const error = new StageOutputError(message, details, first.error)
  error.slices = faults.map(({ slice }) => slice)
  throw error
}

/** The slices for which all that they read of this stage is up to date; the outcome is told of the others. */
function readyFor(
  stage: Stage,
  read: Stage,
  slices: readonly Window[],
  { faults, left }: Pick<Outcome, 'faults' | 'left'>,
  outcome: Outcome,
): readonly Window[] {
  if (faults.length === 0) return slices
  return slices.filter((slice) => {
    const fault = faults.find((fault) => isRead(stage, read, slice, fault.slice))
    const isLeft = left.some((each) => isRead(stage, read, slice, each))
    if (fault) outcome.faults.push({ slice, error: fault.error })
    else if (isLeft) outcome.left.push(slice)
    return !fault && !isLeft
  })
}
