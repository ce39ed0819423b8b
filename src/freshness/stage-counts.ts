import type { Sql } from '../cache/database.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { standingSql } from './slice-sql.ts'

/** How many of a stage's slices are fresh, stale, or have no values that could be shown; counted in person-periods. */
export interface SliceCounts {
  fresh: number
  stale: number
  missing: number
}

/** Counts the stage's slices in the windows, as they are: nothing is refreshed. */
export async function countSlices(sql: Sql, stage: Stage, windows: readonly Window[]): Promise<SliceCounts> {
  const [counts] = await sql<SliceCounts>(
    `SELECT count(*) FILTER (WHERE verified = needed) AS fresh,
       count(*) FILTER (WHERE verified <> needed) AS stale,
       count(*) FILTER (WHERE verified IS NULL) AS missing
     FROM (${standingSql(stage)}) standing`,
    windowColumns(windows),
  )
  return counts ?? { fresh: 0, stale: 0, missing: 0 }
}
