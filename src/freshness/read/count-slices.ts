/** To look is not to touch: slices are counted as they stand, and nothing is refreshed. */
import type { Sql } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import { standingIn } from '../slices/standing.ts'

/** How many of a stage's slices are fresh, stale, or have no values that could be shown; counted in person-periods. */
export interface SliceCounts {
  fresh: number
  stale: number
  missing: number
}

/** Counts the stage's slices in the windows, as they are: nothing is refreshed. */
export async function countSlices(sql: Sql, stage: Stage, windows: readonly Window[]): Promise<SliceCounts> {
  const [counts] = await sql<SliceCounts>(
    `WITH ${windowsAt('windows')}
     SELECT count(*) FILTER (WHERE source_sum = needed) AS fresh,
       count(*) FILTER (WHERE source_sum <> needed) AS stale,
       count(*) FILTER (WHERE source_sum IS NULL) AS missing
     FROM (${standingIn('windows', stage)}) standing`,
    windowColumns(windows),
  )
  return counts ?? { fresh: 0, stale: 0, missing: 0 }
}
