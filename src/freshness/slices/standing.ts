/** A slice is fresh where its `source_sum` is what it needs: one comparison, however deep the cascade. */
import { fencedLookUp } from '../../cache/database.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { isSliceOf, periodsIn, slicesIn } from './slice-sql.ts'
import { isOfOneSource, neededBy, neededIn, sourceLogicOf } from './source-sum.ts'

/**
 * SQL for how the stage's slices that lie in the windows, a relation, stand: rows of `subject_id, start_date, end_date`;
 * `needed`; and the slice's own `source_sum`, `computed_at` and `changed_at`, null where it was never computed. A slice
 * is there once any activity ever was on one of its days.
 */
export function standingIn(windows: string, stage: Stage): string {
  if (isOfOneSource(stage)) {
    // The slice and the source's are two rows of one group: no join is needed.
    const own = (column: string) => `max(slice.${column}) FILTER (WHERE slice.logic = '${stage.logic}') AS ${column}`
    return `SELECT slice.subject_id, slice.start_date, slice.end_date, ${neededIn('slice', stage)} AS needed,
      ${own('source_sum')}, ${own('computed_at')}, ${own('changed_at')}
    FROM ${slicesIn(windows, [sourceLogicOf(stage), stage.logic], stage.period)}
    GROUP BY slice.subject_id, slice.start_date, slice.end_date`
  }
  const own = `SELECT source_sum, computed_at, changed_at FROM slice
      WHERE logic = '${stage.logic}' AND ${isSliceOf('period')}`
  return `SELECT period.subject_id, period.start_date, period.end_date, ${neededBy('period', stage)} AS needed,
      own.source_sum, own.computed_at, own.changed_at
    FROM (${periodsIn(windows, stage)}) period LEFT JOIN ${fencedLookUp(own)} own ON true`
}
