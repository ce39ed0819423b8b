import { type Database, lookUp, type Sql } from '../cache/database.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../model/receipt.ts'
import { byUserAndDate, type Window, windowColumns } from '../model/window.ts'
import { type Stage, type StageGraph, stageOf } from '../stages/stage-graph.ts'
import { type Counters, countersSql, READING, readingValues } from './counters.ts'
import { findStale } from './find-stale.ts'
import { type LockedSlice, lockSlices } from './lock-slices.ts'
import { isSliceOf } from './slice-sql.ts'
import { readInputs } from './stage-inputs.ts'
import { rowsBySlice, type SliceRows, sameRows, sliceKey } from './stage-output.ts'
import { type StageTable, stageTable } from './stage-table.ts'
import { windowsRead } from './stage-windows.ts'
import { deleteStored, insertRows, readStored } from './write-annotations.ts'

/** How many slices a transaction takes: a crash loses at most what is under way, and memory is bounded by it. */
const BATCH_SLICES = 1_000

/** How many batches are under way at once: while the stage runs over one, Postgres works on another. */
const LANES = 2

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
      addReceipt(receipt, await this.database.derivation((sql) => this.bringUpToDate(sql, stage, batch)))
    })
    return receipt
  }

  private async bringUpToDate(sql: Sql, stage: Stage, batch: readonly Window[]): Promise<Receipt> {
    const locked = await lockSlices(sql, stage, batch)
    const toVerify: Window[] = []
    const verifiedCounters: Counters[] = []
    const toCompute = locked.filter((slice) => slice.inputs === null)
    // Now that they are locked, look again: another process may have done the work meanwhile.
    const known = locked.filter((slice) => slice.inputs !== null)
    const counters = known.length > 0 ? await readCounters(sql, stage, known) : []
    for (const [i, slice] of known.entries()) {
      const now = counters[i]
      if (!now || now.fresh) continue
      if (slice.inputs === now.inputs) {
        toVerify.push(slice)
        verifiedCounters.push(now)
      } else toCompute.push(slice)
    }
    toCompute.sort(byUserAndDate)
    await saveCounters(sql, stage, toVerify, verifiedCounters, null)
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
    const computed = rowsBySlice(stage, table, stage.definition.annotate(tables), slices)

    // A slice without `inputs` has no values that anyone may have read: whatever comes out is different.
    const comparable = slices.filter((slice) => slice.inputs !== null)
    const stored = await readStored(sql, stage, table, comparable)
    const rowsOf = (slice: Window) => computed.get(sliceKey(table, slice)) ?? []
    const changed = slices.map(
      (slice) => slice.inputs === null || !sameRows(rowsOf(slice), stored.get(sliceKey(table, slice)) ?? []),
    )
    const different = slices.filter((_, i) => changed[i])
    await deleteStored(
      sql,
      stage,
      table,
      different.filter((slice) => stored.get(sliceKey(table, slice))?.length),
    )
    await insertRows(sql, stage, table, different.flatMap(rowsOf) as SliceRows)
    await saveCounters(sql, stage, slices, counters, changed)
    return { recomputed: slices.length, unchanged: slices.length - different.length }
  }
}

async function readCounters(
  sql: Sql,
  stage: Stage,
  slices: readonly Window[],
): Promise<(Counters & { fresh: boolean })[]> {
  const own = `SELECT verified FROM slice WHERE logic = '${stage.logic}' AND ${isSliceOf('c')}`
  return sql<Counters & { fresh: boolean }>(
    `${READING}
     SELECT c.inputs, c.verified, c.needed, own.verified IS NOT DISTINCT FROM c.needed AS fresh
     FROM (${countersSql(stage)}) c CROSS JOIN ${lookUp(own)} own
     ORDER BY c.user_id, c.start_date, c.end_date`,
    readingValues(stage, slices),
  )
}

/** Writes what the slices now reflect. `changed` is null where the stage didn't run. */
async function saveCounters(
  sql: Sql,
  stage: Stage,
  slices: readonly Window[],
  counters: readonly Counters[],
  changed: readonly boolean[] | null,
): Promise<void> {
  if (slices.length === 0) return
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
      ...windowColumns(slices),
      stage.logic,
      counters.map((c) => c.inputs),
      counters.map((c) => c.verified),
      changed ?? slices.map(() => false),
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
