import { lookUp, type Sql } from '../cache/database.ts'
import { keepUsers } from '../cache/user-lock.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { bySlice } from './by-slice.ts'
import { ASKED, isSliceOf } from './slice-sql.ts'

/** A slice as it is stored, locked until the transaction ends. */
export interface LockedSlice extends Window {
  /** Null: it has no values, as it was never computed or was discarded. */
  inputs: number | null
}

/**
 * Locks these slices of a stage in the order given, the same in every process, and makes those that aren't there; those
 * of users that there are no more are left out. Whoever else holds one of them is waited for. Users stay until the
 * transaction ends, so nothing is written of anybody who is gone. Slices that are lacking are made before any is locked:
 * who held a lock while it made another could be waited for by whom it waits for.
 */
export async function lockSlices(sql: Sql, stage: Stage, asked: readonly Window[]): Promise<LockedSlice[]> {
  const users = new Set(await keepUsers(sql, [...new Set(asked.map((slice) => slice.userId))]))
  const slices = asked.filter((slice) => users.has(slice.userId))
  const values = [...windowColumns(slices), stage.logic]
  const made = await sql(MAKE, values)
  // Those that it made are locked by that, and no one else knows them yet.
  if (made.length === slices.length) return slices.map((slice) => ({ ...slice, inputs: null }))
  const locked = await sql<LockedSlice>(LOCK, values)
  return bySlice(slices, locked).map(([slice, { inputs }]) => ({ ...slice, inputs }))
}

const LOCK = `
SELECT asked.user_id AS "userId", asked.start_date AS "from", asked.end_date AS "to", own.inputs
FROM ${ASKED}
CROSS JOIN ${lookUp(`SELECT inputs FROM slice
  WHERE logic = $4 AND ${isSliceOf('asked')}
  FOR UPDATE`)} own`

const MAKE = `
INSERT INTO slice (logic, user_id, start_date, end_date)
SELECT $4, user_id, start_date, end_date FROM ${ASKED} ORDER BY user_id, start_date, end_date
ON CONFLICT DO NOTHING
RETURNING user_id`
