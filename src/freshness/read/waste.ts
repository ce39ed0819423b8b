/** Where time goes, by whatever it can be told apart by: over the same annotations, with the same idea of PTO as everywhere. */
import type { Sql } from '../../cache/database.ts'
import { user } from '../../model/subject.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import { calendarPeriods } from '../../periods/index.ts'
import { monthSummary } from '../../stages/month-summary.ts'
import { nvaSummary } from '../../stages/nva-summary.ts'
import { stereotypeSummary } from '../../stages/stereotype-summary.ts'
import { timeSplit } from '../../stages/time-split.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import { waiting } from './completeness.ts'
import { type ActivitiesFilter, filterSql, filterValues } from './provenance.ts'
import { IS_IN_PLACE, memberOn, type RollUp, rowsIn, type WindowsOfStage } from './rollups.ts'

/** What time can be told apart by. */
export const DIMENSIONS = ['USER', 'TEAM', 'TEAMS', 'PROJECT', 'STEREOTYPE', 'CODE', 'SOURCE', 'SPRINT'] as const

/** Beside those: the periods of the calendar, by their names in capitals. */
export type Dimension = (typeof DIMENSIONS)[number] | Uppercase<string>

export interface WasteAsked {
  by: readonly Dimension[]
  filter: ActivitiesFilter
  /** Whether activities are counted: then sums of days don't do. */
  isCounted: boolean
}

/** A group: the values of what it is told apart by, under the name of each dimension, and its sums in seconds. */
export type WasteRow = Readonly<Record<Dimension, string | null>> & {
  nvaSeconds: number
  vaSeconds: number
  totalSeconds: number
  /** Null where they aren't counted. */
  activityCount: number | null
}

/** SQL for what a row of some relation is of. */
interface Facts {
  user: string
  /** The first day of what it sums up. */
  start: string
  project?: string
  stereotype?: string
}

/** Sums by all that is asked for. PTO is left out. */
export function wasteOf({ by, filter, isCounted }: WasteAsked): RollUp<WasteRow> {
  const isOfActivities = isCounted || needsActivities({ by, filter })
  // Months do where nothing is told apart that changes within them.
  const inMonths = by.every((each) => IN_MONTHS.includes(each)) && !filter.teamIds && !filter.projectIds
  const [stage, longer] = isOfActivities ? [timeSplit, stereotypeSummary] : [nvaSummary, monthSummary]
  const values = filterValues(filter)
  const names = by.map((each) => `"${each}"`)
  return {
    name: JSON.stringify(['waste', by, filter, isOfActivities]),
    stage: stage.name,
    ...(inMonths && { longer: longer.name }),
    read: (sql, tables) => {
      const at = 3 * tables.length + 1
      const rows = tables.map((asked, i) => factsOf(`windows_${i}`, asked, { by, filter, at }))
      return sql<WasteRow>(
        `WITH ${tables.map((_, i) => windowsAt(`windows_${i}`, 3 * i + 1)).join(', ')}
         SELECT ${[...names, ...SUMS].join(', ')}
         FROM (${rows.join('\n         UNION ALL ')}) t
         ${names.length > 0 ? `GROUP BY ${names.join(', ')}` : 'HAVING count(*) > 0'}
         ORDER BY ${['"nvaSeconds" DESC', ...names].join(', ')}`,
        [...tables.flatMap(({ windows }) => windowColumns(windows)), ...values],
      )
    },
    group: {
      keys: by,
      columns: (subject, start) => columnsOf(by, ofActivities(subject, start)) || 'NULL AS "none"',
      joins: (subject, start, end) => {
        const kinds = `CROSS JOIN LATERAL (SELECT DISTINCT project_id, stereotype_id FROM activity
          WHERE user_id = ${subject} AND date BETWEEN ${start} AND ${end}) a`
        const facts = isOfActivities ? ofActivities(subject, start) : { user: subject, start }
        return `${isOfActivities ? kinds : ''} ${joinsOf(by, facts)} AND ${filterSql(filter, facts, 4)}`
      },
      values,
    },
  }
}

/** How many rows wait in quarantine that belong to each group, by the values of its dimensions, joined by blanks. */
export async function quarantinedByWaste(
  sql: Sql,
  { by, filter }: WasteAsked,
  windows: readonly Window[],
): Promise<Map<string, number>> {
  // What nobody knows is told apart by nothing.
  const isOfKind = by.includes('STEREOTYPE') || by.includes('CODE') || Boolean(filter.stereotypeCodes)
  const facts: Facts = {
    user: 'windows.subject_id',
    start: 'q.date',
    project: '(SELECT id FROM project WHERE source = whose.source AND external_id = q.project_key)',
    ...(isOfKind && {
      stereotype: '(SELECT id FROM stereotype WHERE source = whose.source AND external_id = q.stereotype_key)',
    }),
  }
  const rows = await sql<Record<string, string | null> & { count: number }>(
    `WITH ${windowsAt('windows')}
     SELECT ${[...(by.length > 0 ? [columnsOf(by, facts)] : []), 'count(*) AS count'].join(', ')}
     FROM windows ${waiting(user)} ${joinsOf(by, facts)} AND ${filterSql(filter, facts, 4)}
     ${by.length > 0 ? `GROUP BY ${by.map((each) => `"${each}"`).join(', ')}` : ''}`,
    [...windowColumns(windows), ...filterValues(filter)],
  )
  return new Map(rows.map((row) => [by.map((each) => row[each]).join(' '), row.count]))
}

const SUMS = [
  'sum(t.nva)::bigint AS "nvaSeconds"',
  'sum(t.va)::bigint AS "vaSeconds"',
  'sum(t.total)::bigint AS "totalSeconds"',
  'sum(t.count)::bigint AS "activityCount"',
]

const IN_MONTHS: readonly Dimension[] = ['USER', 'STEREOTYPE', 'CODE', 'SOURCE', 'MONTH', 'QUARTER']

function needsActivities({ by, filter }: Pick<WasteAsked, 'by' | 'filter'>): boolean {
  return Boolean(
    by.some((each) => ['PROJECT', 'STEREOTYPE', 'CODE'].includes(each)) || filter.projectIds || filter.stereotypeCodes,
  )
}

/** What rows are of beside which their activities stand as `a`. */
function ofActivities(user: string, start: string): Facts {
  return { user, start, project: 'a.project_id', stereotype: 'a.stereotype_id' }
}

/** SQL for the rows of a stage's table in the windows, each with what it is told apart by. */
function factsOf(
  windows: string,
  asked: WindowsOfStage,
  { by, filter, at }: Pick<WasteAsked, 'by' | 'filter'> & { at: number },
): string {
  const { name } = asked.stage.definition
  const rows = `${windows} JOIN ${rowsIn(windows, asked)}`
  const select = (facts: Facts, sums: string, from: string, where = 'true') => {
    const columns = [...(by.length > 0 ? [columnsOf(by, facts)] : []), sums].join(', ')
    return `SELECT ${columns} FROM ${from} ${joinsOf(by, facts)} AND ${where} AND ${filterSql(filter, facts, at)}`
  }
  const sums = 't.nva_seconds_sum AS nva, t.va_seconds_sum AS va, t.total_sum AS total'
  const start = `t.${asked.table.period[0]}`
  switch (name) {
    case timeSplit.name: {
      const facts = ofActivities('t.user_id', start)
      const own = 't.nva_seconds AS nva, t.va_seconds AS va, t.total_seconds AS total, 1 AS count'
      return select(facts, own, `${rows} JOIN activity a ON a.id = t.activity_id`, IS_IN_PLACE)
    }
    case stereotypeSummary.name:
      return select(
        { user: 't.user_id', start, stereotype: 't.stereotype_id' },
        `${sums}, t.activity_count AS count`,
        rows,
      )
    default:
      return select({ user: 't.user_id', start }, `${sums}, NULL::bigint AS count`, rows)
  }
}

/** SQL for what rows are told apart by, each under its dimension's name. */
function columnsOf(by: readonly Dimension[], { user, start, project, stereotype }: Facts): string {
  const columns: Record<string, string> = {
    USER: user,
    TEAM: 'm.team_id',
    TEAMS: `(SELECT coalesce(string_agg(m.team_id::text, ' ' ORDER BY m.team_id), '') FROM team_member m WHERE ${memberOn(user, start)})`,
    PROJECT: project ?? 'NULL::uuid',
    STEREOTYPE: stereotype ?? 'NULL::uuid',
    CODE: 'lower(s.code)',
    SOURCE: `(SELECT u.source FROM app_user u WHERE u.id = ${user})`,
    SPRINT: 'sp.id',
  }
  for (const period of calendarPeriods) columns[period.name.toUpperCase()] = period.sql.startOf(start)
  return by.map((each) => `${columns[each]} AS "${each}"`).join(', ')
}

/** SQL for what rows need joined; it ends in a WHERE that is true of all but PTO. */
function joinsOf(by: readonly Dimension[], { user, start, stereotype }: Facts): string {
  const joins = []
  if (by.includes('TEAM')) joins.push(`JOIN team_member m ON ${memberOn(user, start)}`)
  if (by.includes('SPRINT')) joins.push(`JOIN sprint sp ON ${start} BETWEEN sp.start_date AND sp.end_date`)
  if (stereotype === undefined) return `${joins.join(' ')} WHERE true`
  return `JOIN stereotype s ON s.id = ${stereotype} ${joins.join(' ')} WHERE lower(s.code) <> 'pto'`
}
