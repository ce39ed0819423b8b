import type { Database } from '../cache/database.ts'
import { StageOutputError } from '../model/errors.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../model/receipt.ts'
import { byUserAndDate, type Window } from '../model/window.ts'
import { type Stage, type StageGraph, stageOf } from '../stages/stage-graph.ts'
import { bringUpToDate } from './bring-up-to-date.ts'
import { findStale } from './find-stale.ts'
import { type StageTable, stageTable } from './stage-table.ts'
import { windowsRead } from './stage-windows.ts'

/** How many slices a transaction takes: a crash loses at most what is under way, and memory is bounded by it. */
const BATCH_SLICES = 1_000

/** How many batches are under way at once: while the stage runs over one, Postgres works on another. */
const LANES = 2

/** After so many slices of a batch for which the stage fails, the rest of the batch is left. */
const MOST_FAULTS = 8

/** Brings slices up to date, running stages only where an input really changed. */
export class Refresher {
  private readonly database: Database
  private readonly graph: StageGraph
  private readonly tables: ReadonlyMap<Stage, StageTable>
  private readonly batchSlices: number

  constructor(database: Database, graph: StageGraph, batchSlices = BATCH_SLICES) {
    this.database = database
    this.graph = graph
    this.batchSlices = batchSlices
    this.tables = new Map(
      [...graph.values()].map((stage) => [stage, stageTable(database.dataSource, stage.definition)]),
    )
  }

  /**
   * Refreshes the stage's slices that lie in the windows, and before them whatever they read. When it resolves, each of
   * them reflects at least what was committed before the call, unless it was discarded meanwhile.
   * @throws StageOutputError where the stage, or one that it reads, fails for a slice; other slices of its batch are
   * brought up to date nonetheless.
   */
  async refresh(stageName: string, windows: readonly Window[]): Promise<Receipt> {
    return this.refreshStage(stageOf(this.graph, stageName), windows, LANES)
  }

  tableOf(stage: Stage): StageTable {
    const table = this.tables.get(stage)
    if (!table) throw new Error(`Broken invariant: stage "${stage.definition.name}" has no table.`)
    return table
  }

  private async refreshStage(stage: Stage, windows: readonly Window[], lanes = 1): Promise<Receipt> {
    const receipt = emptyReceipt()
    const { checked, stale } = await findStale(this.database.sql, stage, windows)
    receipt.checked = checked
    stale.sort(byUserAndDate)
    await inLanes(lanes, batchesOf(stale, this.batchSlices), async (batch) => {
      for (const read of stage.stages) {
        addReceipt(receipt, await this.refreshStage(read, windowsRead(stage, read, batch)))
      }
      const faults: StageOutputError[] = []
      addReceipt(receipt, await this.bringAllUpToDate(stage, batch, faults))
      for (const fault of faults) throw fault
    })
    return receipt
  }

  /**
   * Brings slices up to date that what they read is ready for. Where the stage fails for some, those are found by
   * halving, and the others are not held up by them.
   */
  private async bringAllUpToDate(stage: Stage, batch: readonly Window[], faults: StageOutputError[]): Promise<Receipt> {
    const receipt = emptyReceipt()
    if (faults.length >= MOST_FAULTS) return receipt
    try {
      return await this.database.derivation((sql) => bringUpToDate(sql, stage, (read) => this.tableOf(read), batch))
    } catch (error) {
      if (!(error instanceof StageOutputError)) throw error
      if (batch.length === 1) faults.push(error)
      else {
        const middle = Math.ceil(batch.length / 2)
        for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
          addReceipt(receipt, await this.bringAllUpToDate(stage, half, faults))
        }
      }
      return receipt
    }
  }
}

function* batchesOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size)
}

/** Works off the items, so many at a time; after a failure none is begun, and those under way are waited for. */
async function inLanes<T>(lanes: number, items: Generator<T>, work: (item: T) => Promise<void>): Promise<void> {
  const lane = async () => {
    // Leaving the loop by an error ends the generator, and so the other lanes.
    for (const item of items) await work(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
