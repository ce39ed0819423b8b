import { lookUp } from '../cache/database.ts'
import { SOURCE_LOGIC } from '../cache/entities/slice.ts'
import type { Stage } from '../stages/stage-graph.ts'

/** The windows of a statement's parameters $1 (users), $2 (from), $3 (to). */
export const WINDOWS = 'unnest($1::uuid[], $2::date[], $3::date[]) AS w (user_id, first_date, last_date)'

/** The slices of a statement's parameters $1 (users), $2 (start), $3 (end). */
export const ASKED = 'unnest($1::uuid[], $2::date[], $3::date[]) AS asked (user_id, start_date, end_date)'

/** SQL for the condition that a slice is the one which a relation of that name names. */
export function isSliceOf(relation: string): string {
  return `user_id = ${relation}.user_id AND start_date = ${relation}.start_date AND end_date = ${relation}.end_date`
}

/** SQL for the condition that a slice is of one of these logics. */
export function isOfLogic(logics: readonly string[]): string {
  return `logic IN (${logics.map((logic) => `'${logic}'`).join(', ')})`
}

/** SQL for the slices of these logics that start in the windows, a relation `w (user_id, first_date, last_date)`. */
export function slicesIn(windows: string, logics: readonly string[]): string {
  const select = `SELECT * FROM slice
      WHERE ${isOfLogic(logics)} AND user_id = w.user_id
        AND start_date BETWEEN w.first_date AND w.last_date`
  return `${windows} CROSS JOIN ${lookUp(select)} slice`
}

/** Whether each slice of the stage is one day and depends on that day alone. */
export function isOfOneDay({ definition, daysBack }: Stage): boolean {
  return definition.period === 'day' && daysBack === 0
}

/**
 * SQL for how the stage's slices that lie in the windows stand: rows of `user_id, start_date, end_date`; `needed`, what
 * `verified` must be, the sum of the source revisions over the slice's days, now; and the slice's own `verified`,
 * `computed_at` and `changed_at`, null where it has no values. A slice is there once any activity ever was on one of
 * its days.
 */
export function standingSql(stage: Stage, windows = WINDOWS): string {
  if (isOfOneDay(stage)) {
    // The slice and the source's are two rows of one group: no join is needed.
    const own = (column: string) => `max(slice.${column}) FILTER (WHERE slice.logic = '${stage.logic}') AS ${column}`
    return `SELECT slice.user_id, slice.start_date, slice.end_date,
      max(slice.revision) FILTER (WHERE slice.logic = '${SOURCE_LOGIC}') AS needed,
      ${own('verified')}, ${own('computed_at')}, ${own('changed_at')}
    FROM ${slicesIn(windows, [SOURCE_LOGIC, stage.logic])}
    GROUP BY slice.user_id, slice.start_date, slice.end_date`
  }
  const own = `SELECT verified, computed_at, changed_at FROM slice
      WHERE logic = '${stage.logic}' AND ${isSliceOf('period')}`
  return `SELECT period.user_id, period.start_date, period.end_date, ${sourceSum('period', stage.daysBack)} AS needed,
      own.verified, own.computed_at, own.changed_at
    FROM (${periodsSql(stage, windows)}) period LEFT JOIN ${lookUp(own)} own ON true`
}

/** SQL for the sum of the source revisions over a slice's days. */
export function sourceSum(slices: string, daysBack: number): string {
  return `(SELECT coalesce(sum(source.revision), 0)::bigint FROM slice source
      WHERE source.logic = '${SOURCE_LOGIC}' AND source.user_id = ${slices}.user_id
        AND source.start_date BETWEEN ${slices}.start_date - ${daysBack} AND ${slices}.end_date)`
}

/** SQL for the slices of a stage that there are in the windows, a relation `w`: those that have an activity's day. */
export function periodsSql(stage: Stage, windows: string): string {
  const sources = slicesIn(windows, [SOURCE_LOGIC])
  switch (stage.definition.period) {
    case 'day':
      return `SELECT slice.user_id, slice.start_date, slice.end_date FROM ${sources}`
    case 'week':
      return `SELECT DISTINCT slice.user_id, monday AS start_date, monday + 6 AS end_date FROM ${sources}
      CROSS JOIN LATERAL (SELECT slice.start_date - (extract(isodow FROM slice.start_date)::integer - 1)) AS week (monday)`
    case 'sprint':
      return `SELECT DISTINCT w.user_id, w.first_date AS start_date, w.last_date AS end_date FROM ${sources}`
  }
}
