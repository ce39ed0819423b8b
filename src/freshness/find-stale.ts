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
  const staleOnes = (column: string) =>
    `coalesce(json_agg(${column}) FILTER (WHERE verified IS DISTINCT FROM needed), '[]')`
  const [found] = await sql<{ checked: number; missing: number; users: string[]; from: string[]; to: string[] }>(
    `SELECT count(*) AS checked, count(*) - count(verified) AS missing, ${staleOnes('user_id')} AS users,
       ${staleOnes('start_date')} AS "from", ${staleOnes('end_date')} AS "to"
     FROM (${standingSql(stage)}) standing`,
    windowColumns(asked),
  )
  const { checked = 0, missing = 0, users = [], from = [], to = [] } = found ?? {}
  return { checked, stale: users.map((userId, i) => ({ userId, from: from[i] ?? '', to: to[i] ?? '' })), missing }
}
