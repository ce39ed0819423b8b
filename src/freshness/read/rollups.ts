/** What is summed up is summed up in the snapshot in which all of it is fresh. */
import type { Sql } from '../../cache/database.ts'
import { isPto } from '../../model/activity.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { CalendarPeriod } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { stereotypeSummary } from '../../stages/stereotype-summary.ts'
import { timeSplit } from '../../stages/time-split.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import type { StageAsked } from '../slices/stage-table.ts'
import type { GroupSql } from './standing-of-groups.ts'

/** What stages' tables come to in windows that are fresh. */
export interface RollUp<Row> {
  /** The same for equal roll-ups. */
  name: string
  /** Whose table it reads. */
  stage: string
  /** A stage that has the sums of longer periods: over long ranges its table is read for those that lie in them whole. */
  longer?: string
  read(sql: Sql, tables: readonly WindowsOfStage[]): Promise<Row[]>
  /** How slices are put into its groups; the keys are properties of its rows. */
  group: GroupSql
}

/** A stage's table, and where it is read. */
export interface WindowsOfStage extends StageAsked {
  windows: readonly Window[]
  /** Whether it may hold values that must not be taken: then each row is asked whether its slice has others. */
  isAsStored?: boolean
}

/** A group of a stage's annotations, and what its sums come to. */
export interface TotalsRow {
  subjectId: string | null
  teamId: string | null
  period: string | null
  /** By their columns; null where nothing of it is stored. */
  sums: Readonly<Record<string, number>> | null
}

/** What sums are grouped by. */
export interface Grouping {
  subject: boolean
  /** The teams of users on the first day of what is summed up; who is in several counts in each. */
  team?: boolean
  /** Its first day. */
  period: CalendarPeriod | null
}

/** The sums that a stage declares, by all that is asked for. */
export function totalsOf({ definition: { name, sums = [] } }: Stage, by: Grouping, longer?: Stage): RollUp<TotalsRow> {
  const columns = sums.map((sum) => `sum(t.${sum}) AS ${sum}`)
  const read = async (sql: Sql, tables: readonly WindowsOfStage[]) => {
    const groups = tables.map((asked, i) => {
      const { table } = asked
      const [subject, start] = [`t.${table.subject}`, `t.${table.period[0]}`]
      return `SELECT ${[groupColumns(by, subject, start), ...columns].join(', ')}
         FROM windows_${i} JOIN ${rowsIn(`windows_${i}`, asked)} ${teamsOf(by, subject, start)}
         GROUP BY 1, 2, 3`
    })
    const all = sums.map((sum) => `${sumSql(tables, sum)} AS "${sum}"`)
    const rows = await sql<Omit<TotalsRow, 'sums'> & Record<string, number>>(
      `WITH ${tables.map((_, i) => windowsAt(`windows_${i}`, 3 * i + 1)).join(', ')}
       SELECT ${['"subjectId"', '"teamId"', 'period', ...all].join(', ')}
       FROM (${groups.join('\n       UNION ALL ')}) t
       GROUP BY 1, 2, 3
       ORDER BY 3, 2, 1`,
      tables.flatMap(({ windows }) => windowColumns(windows)),
    )
    return rows.map(({ subjectId, teamId, period, ...own }) => ({ subjectId, teamId, period, sums: own }))
  }
  const grouping = `${by.subject} ${by.team} ${by.period?.name}`
  const group: GroupSql = {
    keys: ['subjectId', 'teamId', 'period'],
    columns: (subject, start) => groupColumns(by, subject, start),
    joins: (subject, start) => teamsOf(by, subject, start),
  }
  return { name: `totals of ${name} by ${grouping}`, stage: name, longer: longer?.definition.name, read, group }
}

/** SQL for what is grouped by, of SQL for the subject and for the first day of what is summed up, beside `teamsOf`. */
export function groupColumns(by: Grouping, subject: string, start: string): string {
  return [
    `${by.subject ? subject : 'NULL::uuid'} AS "subjectId"`,
    `${by.team ? 'm.team_id' : 'NULL::uuid'} AS "teamId"`,
    `${by.period ? by.period.sql.startOf(start) : 'NULL::date'} AS period`,
  ].join(', ')
}

/** SQL for the teams in which a user is on a day, if that is asked for. */
export function teamsOf(by: Grouping, user: string, day: string): string {
  return by.team ? `JOIN team_member m ON ${memberOn(user, day)}` : ''
}

/** SQL for the condition that a row of `team_member`, as `m`, says of a user that he is in a team on a day. */
export function memberOn(user: string, day: string): string {
  return `m.user_id = ${user} AND ${day} BETWEEN m.start_date AND coalesce(m.end_date, 'infinity')`
}

/** How many annotations a stage has in the windows. */
export function countOf(stageName: string): RollUp<{ count: number }> {
  return {
    group: { keys: [], columns: () => '1 AS count', joins: () => '' },
    name: `count of ${stageName}`,
    stage: stageName,
    read: (sql, [first]) => {
      const asked = first as WindowsOfStage
      return sql(
        `WITH ${windowsAt('windows')} SELECT count(*) AS count FROM windows JOIN ${rowsIn('windows', asked)}`,
        windowColumns(asked.windows),
      )
    },
  }
}

/** SQL for a stage's rows in the windows, a relation, as `t`: what stands behind its JOIN. */
export function rowsIn(
  windows: string,
  { stage: { logic, period }, table, isAsStored }: Omit<WindowsOfStage, 'windows'>,
): string {
  const [start, end] = table.period
  const inWindow =
    period.kind === 'given'
      ? `t.${start} = ${windows}.first_date AND t.${end} = ${windows}.last_date`
      : `t.${start} BETWEEN ${windows}.first_date AND ${windows}.last_date`
  const last = period.kind === 'given' ? `t.${end}` : period.sql.endOf(`t.${start}`)
  const usable = `AND EXISTS (SELECT FROM slice WHERE slice.logic = t.logic AND slice.subject_id = t.${table.subject}
      AND slice.start_date = t.${start} AND slice.end_date = ${last} AND slice.source_sum IS NOT NULL)`
  return `${table.name} t ON t.logic = '${logic}' AND t.${table.subject} = ${windows}.subject_id AND ${inWindow} ${isAsStored ? usable : ''}`
}

/** Whole numbers are made bigint again, as Postgres sums those up to a numeric, which comes as text. */
function sumSql(tables: readonly StageAsked[], name: string): string {
  const type = tables[0]?.table.columns.find((column) => column.name === name)?.type
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
export const IS_IN_PLACE = '(a.user_id, a.date) IS NOT DISTINCT FROM (t.user_id, t.date)'

/** time_split by stereotype, PTO left out, largest NVA first. */
export const stereotypeRollUp: RollUp<StereotypeRow> = {
  name: 'waste by stereotype',
  stage: timeSplit.name,
  longer: stereotypeSummary.name,
  read: async (sql, tables) => {
    const rows = await sql<StereotypeRow>(
      `WITH ${tables.map((_, i) => windowsAt(`windows_${i}`, 3 * i + 1)).join(', ')}
       SELECT s.id AS "stereotypeId", s.code, sum(t.nva)::bigint AS "nvaSecondsSum", sum(t.va)::bigint AS "vaSecondsSum",
         sum(t.total)::bigint AS "totalSum", sum(t.count)::bigint AS "activityCount"
       FROM (${tables.map((asked, i) => byStereotype(`windows_${i}`, asked)).join('\n       UNION ALL ')}) t
       JOIN stereotype s ON s.id = t.stereotype_id
       GROUP BY s.id, s.code
       ORDER BY "nvaSecondsSum" DESC, s.code`,
      tables.flatMap(({ windows }) => windowColumns(windows)),
    )
    return rows.filter(({ code }) => !isPto(code))
  },
  group: {
    keys: ['stereotypeId'],
    columns: () => 'kind_of.stereotype_id AS "stereotypeId"',
    joins: (subject, start, end) => `CROSS JOIN LATERAL (
      SELECT DISTINCT stereotype_id FROM activity WHERE user_id = ${subject} AND date BETWEEN ${start} AND ${end}) kind_of`,
  },
}

function byStereotype(windows: string, asked: WindowsOfStage): string {
  const rows = `${windows} JOIN ${rowsIn(windows, asked)}`
  return asked.stage.definition.name === stereotypeSummary.name
    ? `SELECT t.stereotype_id, t.nva_seconds_sum AS nva, t.va_seconds_sum AS va, t.total_sum AS total, t.activity_count AS count
       FROM ${rows}`
    : `SELECT a.stereotype_id, t.nva_seconds AS nva, t.va_seconds AS va, t.total_seconds AS total, 1 AS count
       FROM ${rows} JOIN activity a ON a.id = t.activity_id
       WHERE ${IS_IN_PLACE}`
}
