import type { Sql } from '../cache/database.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { standingSql } from './slice-sql.ts'
import { windowsFor } from './stage-windows.ts'

export interface StaleSlices {
  /** How many slices lie in the windows. */
  checked: number
  /** Those whose values don't reflect the source as it is now. */
  stale: Window[]
  /** How many of the stale have no values at all. */
  missing: number
}

/** Finds the slices of a stage in the windows that are not fresh: one comparison each, however deep the cascade. */
export async function findStale(sql: Sql, stage: Stage, windows: readonly Window[]): Promise<StaleSlices> {
  const asked = windowsFor(stage.definition.period, windows)
  const [found] = await sql<{ checked: number; missing: number; stale: [string, string, string][] }>(
    `SELECT count(*) AS checked, count(*) - count(verified) AS missing,
       coalesce(
         json_agg(json_build_array(user_id, start_date, end_date)) FILTER (WHERE verified IS DISTINCT FROM needed), '[]'
       ) AS stale
     FROM ${standingSql(stage)}`,
    windowColumns(asked),
  )
  const stale = found?.stale.map(([userId, from, to]) => ({ userId, from, to })) ?? []
  return { checked: found?.checked ?? 0, stale, missing: found?.missing ?? 0 }
}
