import type { ColumnTable } from 'arquero'
import { lookUp, type Sql } from '../cache/database.ts'
import { StageOutputError } from '../model/errors.ts'
import type { Receipt } from '../model/receipt.ts'
import { byUserAndDate, type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { bySlice } from './by-slice.ts'
import { countersSql, READING, readingValues, type SliceCounters } from './counters.ts'
import { type LockedSlice, lockSlices } from './lock-slices.ts'
import { sameRows } from './slice-rows.ts'
import { isSliceOf } from './slice-sql.ts'
import { readInputs } from './stage-inputs.ts'
import { rowsBySlice } from './stage-output.ts'
import type { StageTable } from './stage-table.ts'
import { deleteStored, insertRows, readStored } from './write-annotations.ts'

type TableOf = (stage: Stage) => StageTable

/**
 * Brings slices of a stage up to date, in one transaction and in key order, that what they read is ready for.
 * @throws StageOutputError where the stage fails for one of them.
 */
export async function bringUpToDate(
  sql: Sql,
  stage: Stage,
  tableOf: TableOf,
  batch: readonly Window[],
): Promise<Receipt> {
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
  const { recomputed, unchanged } = await compute(sql, stage, tableOf, toCompute)
  return { checked: 0, recomputed, unchanged, verified: toVerify.length }
}

async function compute(
  sql: Sql,
  stage: Stage,
  tableOf: TableOf,
  slices: readonly LockedSlice[],
): Promise<{ recomputed: number; unchanged: number }> {
  if (slices.length === 0) return { recomputed: 0, unchanged: 0 }
  const table = tableOf(stage)
  const { tables, counters } = await readInputs(sql, stage, tableOf, slices)
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
