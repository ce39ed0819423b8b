/** What is summed up is summed up in the snapshot in which all of it is fresh. */
import type { Sql } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { CalendarPeriod } from '../../periods/period.ts'
import { nvaSummary } from '../../stages/nva-summary.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { timeSplit } from '../../stages/time-split.ts'
import { windowsAt } from '../slices/slice-sql.ts'

/** Sums in seconds. In SQL they are made bigint again, as Postgres sums that up to a numeric, which comes as text. */
export interface Sums {
  nvaSecondsSum: number
  vaSecondsSum: number
  totalSum: number
}

/** What a stage's table comes to in windows that are fresh. */
export interface RollUp<Row> {
  /** The same for equal roll-ups. */
  name: string
  /** Whose table it reads. */
  stage: string
  read(sql: Sql, stage: Stage, windows: readonly Window[]): Promise<Row[]>
}

export interface NvaRollupRow extends Sums {
  userId: string | null
  period: string | null
}

/** nva_summary by user, by the first day of a period, by both or by neither. */
export function nvaRollUp(by: { user: boolean; period: CalendarPeriod | null }): RollUp<NvaRollupRow> {
  const user = by.user ? 't.user_id' : 'NULL::uuid'
  const period = by.period ? by.period.sql.startOf('t.date') : 'NULL::date'
  const read = (sql: Sql, { logic }: Stage, windows: readonly Window[]) =>
    sql<NvaRollupRow>(
      `WITH ${windowsAt('windows')}
     SELECT ${user} AS "userId", ${period} AS period, sum(t.nva_seconds_sum)::bigint AS "nvaSecondsSum",
       sum(t.va_seconds_sum)::bigint AS "vaSecondsSum", sum(t.total_sum)::bigint AS "totalSum"
     FROM windows
     JOIN nva_summary t ON t.logic = $4 AND t.user_id = windows.user_id
       AND t.date BETWEEN windows.first_date AND windows.last_date
     GROUP BY 1, 2
     ORDER BY 2, 1`,
      [...windowColumns(windows), logic],
    )
  return { name: `nva by ${user}, ${period}`, stage: nvaSummary.name, read }
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

/** time_split by stereotype, PTO left out, largest NVA first. */
export const stereotypeRollUp: RollUp<StereotypeRollupRow> = {
  name: 'waste by stereotype',
  stage: timeSplit.name,
  read: (sql, { logic }, windows) =>
    sql<StereotypeRollupRow>(
      `WITH ${windowsAt('windows')}
     SELECT a.stereotype_id AS "stereotypeId", sum(t.nva_seconds) AS "nvaSecondsSum",
       sum(t.va_seconds) AS "vaSecondsSum", sum(t.total_seconds) AS "totalSum", count(*) AS "activityCount"
     FROM windows
     JOIN time_split t ON t.logic = $4 AND t.user_id = windows.user_id
       AND t.date BETWEEN windows.first_date AND windows.last_date
     JOIN activity a ON a.id = t.activity_id
     JOIN stereotype s ON s.id = a.stereotype_id
     WHERE lower(s.code) <> 'pto' AND ${IS_IN_PLACE}
     GROUP BY a.stereotype_id, s.code
     ORDER BY "nvaSecondsSum" DESC, s.code`,
      [...windowColumns(windows), logic],
    ),
}
