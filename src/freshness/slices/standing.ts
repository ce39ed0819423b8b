/** A slice is fresh where its `source_sum` is what it needs: one comparison, however deep the cascade. */
import { fencedLookUp } from '../../cache/database.ts'
import { firstDaySql } from '../../periods/period.ts'
import { week } from '../../periods/week.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { liesBetween } from './lies-between.ts'
import { isSliceOf, periodsIn, slicesIn } from './slice-sql.ts'
import { isOfOneSource, neededBy, neededIn, sourceLogicOf } from './source-sum.ts'

/**
 * SQL for how the stage's slices that lie in the windows, a relation, stand: rows of `subject_id, start_date, end_date`;
 * `needed`; and columns of the slice, `source_sum`, `computed_at` and `changed_at` unless told, null where it was never
 * computed. A slice is there once any activity ever was on one of its days.
 */
export function standingIn(windows: string, stage: Stage, columns: readonly string[] = SHOWN): string {
  if (isOfOneSource(stage)) {
    // The slice and the source's are two rows of one group: no join is needed.
    const own = (column: string) => `max(slice.${column}) FILTER (WHERE slice.logic = '${stage.logic}') AS ${column}`
    return `SELECT slice.subject_id, slice.start_date, slice.end_date, ${neededIn('slice', stage)} AS needed,
      ${columns.map(own).join(', ')}
    FROM ${slicesIn(windows, [sourceLogicOf(stage), stage.logic], stage.period)}
    GROUP BY slice.subject_id, slice.start_date, slice.end_date`
  }
  const own = `SELECT ${columns.join(', ')} FROM slice
      WHERE logic = '${stage.logic}' AND ${isSliceOf('period')}`
  return `SELECT period.subject_id, period.start_date, period.end_date, period.needed,
      ${columns.map((column) => `own.${column}`).join(', ')}
    FROM (${needingIn(windows, stage)}) period LEFT JOIN ${fencedLookUp(own)} own ON true`
}

/** SQL for how often slices of the stage were pruned: by that one which is lacking is told from one that came to be. */
export function prunesOf({ logic }: Stage): string {
  return `(SELECT prunes FROM logic WHERE logic = '${logic}')`
}

const SHOWN = ['source_sum', 'computed_at', 'changed_at']

/** SQL for the stage's slices that lie in the windows, which are of whole periods, and what each of them `needed`. */
function needingIn(windows: string, stage: Stage): string {
  const { period, reach, subject } = stage
  if (period !== week || reach.days > 0) {
    return `SELECT period.*, ${neededBy('period', stage)} AS needed FROM (${periodsIn(windows, stage)}) period`
  }
  // All weeks are equally long: each day is looked at once, not in each of the weeks that reach back to it.
  const { startOf, endOf } = period.sql
  const first = firstDaySql(period, `${windows}.first_date`, reach)
  const sums = `SELECT * FROM (
        SELECT subject_id, start_date, ${endOf('start_date')} AS end_date, sum(sum(revision)) OVER (
          ORDER BY start_date RANGE BETWEEN '${7 * reach.periods} days' PRECEDING AND CURRENT ROW)::bigint AS needed
        FROM (
          SELECT subject_id, ${startOf('start_date')} AS start_date, revision FROM slice
          WHERE logic = '${subject.sourceLogic}' AND subject_id = ${windows}.subject_id
            AND ${liesBetween('slice', first, `${windows}.last_date`)}
        ) days
        GROUP BY subject_id, start_date
      ) weeks
      WHERE start_date >= ${windows}.first_date`
  return `SELECT week.* FROM ${windows} CROSS JOIN ${fencedLookUp(sums)} week`
}
