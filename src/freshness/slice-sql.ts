import { SOURCE_LOGIC } from '../cache/entities/slice.ts'
import type { Stage } from '../stages/stage-graph.ts'

/** The windows of a statement's parameters $1 (users), $2 (from), $3 (to). */
export const WINDOWS = 'unnest($1::uuid[], $2::date[], $3::date[]) AS w (user_id, first_date, last_date)'

/** The slices of a statement's parameters $1 (users), $2 (start), $3 (end). */
export const ASKED = 'unnest($1::uuid[], $2::date[], $3::date[]) AS asked (user_id, start_date, end_date)'

/**
 * SQL for the stage's slices that lie in the windows, a relation `w (user_id, first_date, last_date)`, each with what its `verified` must be: the sum of the source
 * revisions over its days, now. Rows of `user_id, start_date, end_date, needed`. A slice is there once any activity
 * ever was on one of its days.
 */
export function neededSql(stage: Stage, windows = WINDOWS): string {
  if (stage.definition.period === 'day' && stage.daysBack === 0) {
    return `SELECT source.user_id, source.start_date, source.end_date, source.revision AS needed
    FROM ${windows}
    JOIN slice source ON source.logic = '${SOURCE_LOGIC}' AND source.user_id = w.user_id
      AND source.start_date BETWEEN w.first_date AND w.last_date`
  }
  return `SELECT slices.user_id, slices.start_date, slices.end_date, ${sourceSum('slices', stage.daysBack)} AS needed
    FROM (${periodsSql(stage, windows)}) slices`
}

/** SQL for a relation of what `neededSql` gives, each slice beside its own `verified`: null where it has no values. */
export function standingSql(stage: Stage): string {
  return `(${neededSql(stage)}) needed
     LEFT JOIN (SELECT * FROM slice WHERE logic = '${stage.logic}') own USING (user_id, start_date, end_date)`
}

/** SQL for the sum of the source revisions over a slice's days. */
export function sourceSum(slices: string, daysBack: number): string {
  return `(SELECT coalesce(sum(source.revision), 0)::bigint FROM slice source
      WHERE source.logic = '${SOURCE_LOGIC}' AND source.user_id = ${slices}.user_id
        AND source.start_date BETWEEN ${slices}.start_date - ${daysBack} AND ${slices}.end_date)`
}

function periodsSql(stage: Stage, windows: string): string {
  const inWindow = `FROM ${windows}
      JOIN slice source ON source.logic = '${SOURCE_LOGIC}' AND source.user_id = w.user_id
        AND source.start_date BETWEEN w.first_date AND w.last_date`
  switch (stage.definition.period) {
    case 'day':
      return `SELECT source.user_id, source.start_date, source.end_date ${inWindow}`
    case 'week':
      return `SELECT DISTINCT source.user_id, monday AS start_date, monday + 6 AS end_date ${inWindow}
      CROSS JOIN LATERAL (SELECT source.start_date - (extract(isodow FROM source.start_date)::integer - 1)) AS week (monday)`
    case 'sprint':
      return `SELECT DISTINCT w.user_id, w.first_date AS start_date, w.last_date AS end_date ${inWindow}`
  }
}
