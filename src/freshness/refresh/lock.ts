/** Work is done once: slices are locked in key order, the same in every process, before anything is read for them. */
import { fencedLookUp, type Sql } from '../../cache/database.ts'
import { keepSubjects } from '../../cache/subject-lock.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { bySlice, type OfSlice } from '../slices/by-slice.ts'
import { isSliceOf, slicesAt } from '../slices/slice-sql.ts'

/** A slice as it is stored, locked until the transaction ends. */
export interface LockedSlice extends OfSlice {
  /** Null: it has no values, as it was never computed or was discarded. */
  inputSum: number | null
}

/**
 * Locks these slices of a stage in the order given, and makes those that aren't there; those of subjects that there are no
 * more are left out. Whoever else holds one of them is waited for. Subjects stay until the transaction ends, so nothing is
 * written of any that is gone. Slices that are lacking are made before any is locked: who held a lock while it made
 * another could be waited for by whom it waits for.
 */
export async function lock(sql: Sql, stage: Stage, asked: readonly Window[]): Promise<LockedSlice[]> {
  const slices = await keepSlices(sql, stage, asked)
  const values = [...windowColumns(slices), stage.logic]
  const made = await sql(MAKE, values)
  // Those that it made are locked by that, and no one else knows them yet.
  if (made.length === slices.length) return slices.map((slice) => ({ slice, inputSum: null }))
  const locked = await sql<Window & Pick<LockedSlice, 'inputSum'>>(LOCK, values)
  const ofSlices = slices.map((slice) => ({ slice }))
  return bySlice(ofSlices, locked).map(([{ slice }, { inputSum }]) => ({ slice, inputSum }))
}

/** Those of the slices whose subjects there are, and will be until the transaction ends. */
export async function keepSlices(sql: Sql, { subject }: Stage, slices: readonly Window[]): Promise<Window[]> {
  const ids = new Set(slices.map((slice) => slice.subjectId))
  const kept = new Set(await keepSubjects(sql, subject, [...ids]))
  return slices.filter((slice) => kept.has(slice.subjectId))
}

const LOCK = `
WITH ${slicesAt('asked')}
SELECT asked.subject_id AS "subjectId", asked.start_date AS "from", asked.end_date AS "to", own.input_sum AS "inputSum"
FROM asked
CROSS JOIN ${fencedLookUp(`SELECT input_sum FROM slice
  WHERE logic = $4 AND ${isSliceOf('asked')}
  FOR UPDATE`)} own`

const MAKE = `
WITH ${slicesAt('asked')}
INSERT INTO slice (logic, subject_id, start_date, end_date)
SELECT $4, subject_id, start_date, end_date FROM asked ORDER BY subject_id, start_date, end_date
ON CONFLICT DO NOTHING
RETURNING subject_id`
