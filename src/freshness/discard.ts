/** Annotations can be thrown away at any time: revisions stay, so nobody takes what was thrown away for what comes next. */
import type { Sql } from '../cache/database.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { deleteStored } from './refresh/store.ts'
import { slicesAt } from './slices/slice-sql.ts'
import type { StageTable } from './slices/stage-table.ts'

/**
 * Throws away a stage's annotations whose period lies in [from, to] and forgets that they were computed; their
 * revisions stay. Returns how many slices had values.
 */
export async function discardSlices(
  sql: Sql,
  stage: Stage,
  table: StageTable,
  range: { from: string | null; to: string | null },
): Promise<number> {
  const slices = await sql<Window>(
    `SELECT subject_id AS "subjectId", start_date AS "from", end_date AS "to" FROM slice
     WHERE logic = $1 AND input_sum IS NOT NULL
       AND ($2::date IS NULL OR start_date >= $2) AND ($3::date IS NULL OR end_date <= $3)
     ORDER BY subject_id, start_date, end_date
     FOR UPDATE`,
    [stage.logic, range.from, range.to],
  )
  await deleteStored(sql, stage, table, slices)
  await sql(
    `WITH ${slicesAt('asked')}
     UPDATE slice SET source_sum = NULL, input_sum = NULL FROM asked
     WHERE slice.logic = $4 AND slice.subject_id = asked.subject_id
       AND slice.start_date = asked.start_date AND slice.end_date = asked.end_date`,
    [...windowColumns(slices), stage.logic],
  )
  return slices.length
}
