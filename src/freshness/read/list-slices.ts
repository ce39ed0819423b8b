/** A page of slices is found without looking at any of the stage's own: a slice is there once an activity was. */
import type { Sql } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { periodsIn, windowsAt } from '../slices/slice-sql.ts'

/** The first slices of a stage in the windows, after a place, by subject and date; or backward from it. */
export function listSlices(
  sql: Sql,
  stage: Stage,
  windows: readonly Window[],
  after: Window | null,
  { limit, backward = false }: { limit: number; backward?: boolean },
): Promise<Window[]> {
  const isBeyond = backward ? '<' : '>'
  const order = backward ? ' DESC' : ''
  const left = windows.filter(({ subjectId }) => {
    return !after || (backward ? subjectId <= after.subjectId : subjectId >= after.subjectId)
  })
  return sql(
    `WITH ${windowsAt('windows')}
     SELECT subject_id AS "subjectId", start_date AS "from", end_date AS "to" FROM (${periodsIn('windows', stage)}) slices
     WHERE $4::uuid IS NULL OR (subject_id, start_date, end_date) ${isBeyond} ($4::uuid, $5::date, $6::date)
     ORDER BY subject_id${order}, start_date${order}, end_date${order}
     LIMIT $7`,
    [...windowColumns(left), after?.subjectId ?? null, after?.from ?? null, after?.to ?? null, limit],
  )
}
