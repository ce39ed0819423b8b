import type { Sql } from '../cache/database.ts'
import { type Window, windowColumns } from '../model/window.ts'
import { nvaSummary } from '../stages/nva-summary.ts'
import type { StageGraph } from '../stages/stage-graph.ts'
import { stageOf } from '../stages/stage-graph.ts'
import { timeSplit } from '../stages/time-split.ts'
import { WINDOWS } from './slice-sql.ts'

export type SummaryPeriod = 'day' | 'week' | 'month'

/** Sums in seconds. In SQL they are made bigint again, as Postgres sums that up to a numeric, which comes as text. */
export interface Sums {
  nvaSecondsSum: number
  vaSecondsSum: number
  totalSum: number
}

export interface NvaRollupRow extends Sums {
  userId: string | null
  period: string | null
}

/** nva_summary over the windows, by user, by the first day of a period, by both or by neither. */
export async function rollUpNva(
  sql: Sql,
  graph: StageGraph,
  windows: readonly Window[],
  by: { user: boolean; period: SummaryPeriod | null },
): Promise<NvaRollupRow[]> {
  const user = by.user ? 't.user_id' : 'NULL::uuid'
  const period = by.period ? `date_trunc('${by.period}', t.date::timestamp)::date` : 'NULL::date'
  return sql<NvaRollupRow>(
    `SELECT ${user} AS "userId", ${period} AS period, sum(t.nva_seconds_sum)::bigint AS "nvaSecondsSum",
       sum(t.va_seconds_sum)::bigint AS "vaSecondsSum", sum(t.total_sum)::bigint AS "totalSum"
     FROM ${WINDOWS}
     JOIN nva_summary t ON t.logic = $4 AND t.user_id = w.user_id AND t.date BETWEEN w.first_date AND w.last_date
     GROUP BY 1, 2
     ORDER BY 2, 1`,
    [...windowColumns(windows), stageOf(graph, nvaSummary.name).logic],
  )
}

export interface StereotypeRollupRow extends Sums {
  stereotypeId: string
  activityCount: number
}

/**
 * That an activity is where its annotation is. Not by `=`: Postgres would look activities up by user and day, and all of a
 * long day for each of them, where its statistics don't know how long the day is.
 */
const IS_IN_PLACE = '(a.user_id, a.date) IS NOT DISTINCT FROM (t.user_id, t.date)'

/** time_split over the windows by stereotype, PTO left out, largest NVA first. */
export async function rollUpByStereotype(
  sql: Sql,
  graph: StageGraph,
  windows: readonly Window[],
): Promise<StereotypeRollupRow[]> {
  return sql<StereotypeRollupRow>(
    `SELECT a.stereotype_id AS "stereotypeId", sum(t.nva_seconds) AS "nvaSecondsSum",
       sum(t.va_seconds) AS "vaSecondsSum", sum(t.total_seconds) AS "totalSum", count(*) AS "activityCount"
     FROM ${WINDOWS}
     JOIN time_split t ON t.logic = $4 AND t.user_id = w.user_id AND t.date BETWEEN w.first_date AND w.last_date
     JOIN activity a ON a.id = t.activity_id
     JOIN stereotype s ON s.id = a.stereotype_id
     WHERE lower(s.code) <> 'pto' AND ${IS_IN_PLACE}
     GROUP BY a.stereotype_id, s.code
     ORDER BY "nvaSecondsSum" DESC, s.code`,
    [...windowColumns(windows), stageOf(graph, timeSplit.name).logic],
  )
}
