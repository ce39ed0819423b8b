/** What is summed up is summed up in the snapshot in which all of it is fresh. */
import type { Sql } from '../../cache/database.ts'
import { isPto } from '../../model/activity.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { CalendarPeriod } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { timeSplit } from '../../stages/time-split.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import type { StageTable } from '../slices/stage-table.ts'

/** What a stage's table comes to in windows that are fresh. */
export interface RollUp<Row> {
  /** The same for equal roll-ups. */
  name: string
  /** Whose table it reads. */
  stage: string
  read(sql: Sql, asked: { stage: Stage; table: StageTable }, windows: readonly Window[]): Promise<Row[]>
}

/** A group of a stage's annotations, and what its sums come to. */
export interface TotalsRow {
  subjectId: string | null
  period: string | null
  /** By their columns. */
  sums: Readonly<Record<string, number>>
}

/** The sums that a stage declares, by subject, by the first day of a period, by both or by neither. */
export function totalsOf(
  stageName: string,
  by: { subject: boolean; period: CalendarPeriod | null },
): RollUp<TotalsRow> {
  const read: RollUp<TotalsRow>['read'] = async (sql, { stage, table }, windows) => {
    const subject = by.subject ? `t.${table.subject}` : 'NULL::uuid'
    const period = by.period ? by.period.sql.startOf(`t.${table.period[0]}`) : 'NULL::date'
    const sums = (stage.definition.sums ?? []).map((name) => `${sumSql(table, name)} AS "${name}"`)
    const rows = await sql<Omit<TotalsRow, 'sums'> & TotalsRow['sums']>(
      `WITH ${windowsAt('windows')}
       SELECT ${[`${subject} AS "subjectId"`, `${period} AS period`, ...sums].join(', ')}
       FROM windows JOIN ${rowsIn('windows', stage, table)}
       GROUP BY 1, 2
       ORDER BY 2, 1`,
      windowColumns(windows),
    )
    return rows.map(({ subjectId, period, ...sums }) => ({ subjectId, period, sums }))
  }
  return { name: `totals of ${stageName} by ${by.subject} ${by.period?.name}`, stage: stageName, read }
}

/** How many annotations a stage has in the windows. */
export function countOf(stageName: string): RollUp<{ count: number }> {
  return {
    name: `count of ${stageName}`,
    stage: stageName,
    read: (sql, { stage, table }, windows) =>
      sql(
        `WITH ${windowsAt('windows')} SELECT count(*) AS count FROM windows JOIN ${rowsIn('windows', stage, table)}`,
        windowColumns(windows),
      ),
  }
}

/** SQL for a stage's rows in the windows, a relation, as `t`: what stands behind its JOIN. */
function rowsIn(windows: string, { logic, period }: Stage, table: StageTable): string {
  const [start, end] = table.period
  const inWindow =
    period.kind === 'given'
      ? `t.${start} = ${windows}.first_date AND t.${end} = ${windows}.last_date`
      : `t.${start} BETWEEN ${windows}.first_date AND ${windows}.last_date`
  return `${table.name} t ON t.logic = '${logic}' AND t.${table.subject} = ${windows}.subject_id AND ${inWindow}`
}

/** Whole numbers are made bigint again, as Postgres sums those up to a numeric, which comes as text. */
function sumSql({ columns }: StageTable, name: string): string {
  const type = columns.find((column) => column.name === name)?.type
  return `sum(t.${name})${type === 'double precision' || type === 'real' ? '' : '::bigint'}`
}

/** Sums in seconds. */
export interface StereotypeRow {
  stereotypeId: string
  code: string
  nvaSecondsSum: number
  vaSecondsSum: number
  totalSum: number
  activityCount: number
}

/**
 * That an activity is where its annotation is. Not by `=`: Postgres would look activities up by user and day, and all of a
 * long day for each of them, where its statistics don't know how long the day is.
 */
const IS_IN_PLACE = '(a.user_id, a.date) IS NOT DISTINCT FROM (t.user_id, t.date)'

/** time_split by stereotype, PTO left out, largest NVA first. */
export const stereotypeRollUp: RollUp<StereotypeRow> = {
  name: 'waste by stereotype',
  stage: timeSplit.name,
  read: async (sql, { stage, table }, windows) => {
    const rows = await sql<StereotypeRow>(
      `WITH ${windowsAt('windows')}
       SELECT s.id AS "stereotypeId", s.code, sum(t.nva_seconds) AS "nvaSecondsSum",
         sum(t.va_seconds) AS "vaSecondsSum", sum(t.total_seconds) AS "totalSum", count(*) AS "activityCount"
       FROM windows JOIN ${rowsIn('windows', stage, table)}
       JOIN activity a ON a.id = t.activity_id
       JOIN stereotype s ON s.id = a.stereotype_id
       WHERE ${IS_IN_PLACE}
       GROUP BY s.id
       ORDER BY "nvaSecondsSum" DESC, s.code`,
      windowColumns(windows),
    )
    return rows.filter(({ code }) => !isPto(code))
  },
}
