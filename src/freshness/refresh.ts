import type { ColumnTable } from 'arquero'
import { type Database, lookUp, type Sql } from '../cache/database.ts'
import { StageOutputError } from '../model/errors.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../model/receipt.ts'
import { byUserAndDate, type Window, windowColumns } from '../model/window.ts'
import { type Stage, type StageGraph, stageOf } from '../stages/stage-graph.ts'
import { bySlice } from './by-slice.ts'
import { countersSql, READING, readingValues, type SliceCounters } from './counters.ts'
import { findStale } from './find-stale.ts'
import { type LockedSlice, lockSlices } from './lock-slices.ts'
import { sameRows } from './slice-rows.ts'
import { isSliceOf } from './slice-sql.ts'
import { readInputs } from './stage-inputs.ts'
import { rowsBySlice } from './stage-output.ts'
import { type StageTable, stageTable } from './stage-table.ts'
import { windowsRead } from './stage-windows.ts'
import { deleteStored, insertRows, readStored } from './write-annotations.ts'

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
      return await this.database.derivation((sql) => this.bringUpToDate(sql, stage, batch))
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

  private async bringUpToDate(sql: Sql, stage: Stage, batch: readonly Window[]): Promise<Receipt> {
    const locked = await lockSlices(sql, stage, batch)
    const toVerify: SliceCounters[] = []
    const toCompute = locked.filter((slice) => slice.inputs === null)
    // Now that they are locked, look again: another process may have done the work meanwhile.
    const known = locked.filter((slice) => slice.inputs !== null)
    const counters = known.length > 0 ? await readCounters(sql, stage, known) : []
    for (const [slice, now] of bySlice(known, counters)) {
      if (now.fresh) continue
      if (slice.inputs === now.inputs) toVerify.push(now)
      else toCompute.push(slice)
    }
    toCompute.sort(byUserAndDate)
    await saveCounters(sql, stage, toVerify, null)
    const { recomputed, unchanged } = await this.compute(sql, stage, toCompute)
    return { checked: 0, recomputed, unchanged, verified: toVerify.length }
  }

  private async compute(
    sql: Sql,
    stage: Stage,
    slices: readonly LockedSlice[],
  ): Promise<{ recomputed: number; unchanged: number }> {
    if (slices.length === 0) return { recomputed: 0, unchanged: 0 }
    const table = this.tableOf(stage)
    const { tables, counters } = await readInputs(sql, stage, (read) => this.tableOf(read), slices)
    const computed = rowsBySlice(stage, table, annotate(stage, tables, slices), slices)

    // A slice without `inputs` has no values that anyone may have read: whatever comes out is different.
    const comparable = slices.filter((slice) => slice.inputs !== null)
    const stored = await readStored(sql, stage, table, comparable)
    const changed = slices.map((slice) => slice.inputs === null || !sameRows(computed.of(slice), stored.of(slice)))
    const different = slices.filter((_, i) => changed[i])
    const filled = different.filter((slice) => slice.inputs !== null && stored.of(slice).length > 0)
    await deleteStored(sql, stage, table, filled)
    await insertRows(
      sql,
      stage,
      table,
      different.flatMap((slice) => computed.of(slice)),
    )
    await saveCounters(sql, stage, counters, changed)
    return { recomputed: slices.length, unchanged: slices.length - different.length }
  }
}

function annotate({ definition }: Stage, tables: Record<string, ColumnTable>, slices: readonly Window[]): ColumnTable {
  try {
    return definition.annotate(tables)
  } catch (cause) {
    const { name, version } = definition
    const [slice] = slices
    const what = slices.length === 1 && slice ? `user ${slice.userId}, ${slice.from} to ${slice.to}` : 'some slices'
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StageOutputError(`Stage "${name}", version ${version}, failed for ${what}: ${reason}`, {}, cause)
  }
}

async function readCounters(
  sql: Sql,
  stage: Stage,
  slices: readonly Window[],
): Promise<(SliceCounters & { fresh: boolean })[]> {
  const own = `SELECT verified FROM slice WHERE logic = '${stage.logic}' AND ${isSliceOf('c')}`
  return sql<SliceCounters & { fresh: boolean }>(
    `${READING}
     SELECT c.user_id AS "userId", c.start_date AS "from", c.end_date AS "to", c.inputs, c.verified, c.needed, own.verified IS NOT DISTINCT FROM c.needed AS fresh
     FROM (${countersSql(stage)}) c CROSS JOIN ${lookUp(own)} own`,
    readingValues(stage, slices),
  )
}

/** Writes what the slices now reflect. `changed` is null where the stage didn't run. */
async function saveCounters(
  sql: Sql,
  stage: Stage,
  counters: readonly SliceCounters[],
  changed: readonly boolean[] | null,
): Promise<void> {
  if (counters.length === 0) return
  const ran = changed
    ? `inputs = c.inputs, computed_at = now(), revision = revision + c.changed::integer,
         changed_at = CASE WHEN c.changed THEN now() ELSE changed_at END,`
    : ''
  const own = `SELECT ctid FROM slice WHERE logic = $4 AND ${isSliceOf('c')}`
  // They are locked, so each stays where it is found.
  await sql(
    `UPDATE slice SET ${ran} verified = c.verified, verified_at = now()
     FROM unnest($1::uuid[], $2::date[], $3::date[], $5::bigint[], $6::bigint[], $7::boolean[])
       AS c (user_id, start_date, end_date, inputs, verified, changed)
     CROSS JOIN ${lookUp(own)} own
     WHERE slice.ctid = own.ctid`,
    [
      ...windowColumns(counters),
      stage.logic,
      counters.map((c) => c.inputs),
      counters.map((c) => c.verified),
      changed ?? counters.map(() => false),
    ],
  )
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
