/** A number says what it is made of: the activities of its subject and its days, with what each adds to it. */
import type { Sql } from '../../cache/database.ts'
import { fencedLookUp } from '../../cache/database.ts'
import { ActivityType } from '../../model/activity.ts'
import type { Subject } from '../../model/subject.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import type { Period } from '../../periods/period.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import { memberOn } from './rollups.ts'

/** Which activities some number is made of. What isn't told doesn't matter. */
export interface Scope {
  /** The days; those of the windows that lie in them, where there are windows. */
  from: string
  to: string
  subjectId: string | null
  /** The team in which its users were when the period began in which the day lies. */
  teamId?: string | null
  stereotypeId?: string | null | undefined
  /** In lower case, as Postgres makes it. */
  code?: string | null
  /** Null: those of no project. */
  projectId?: string | null | undefined
  source?: string | null
  activityId?: string | null | undefined
}

/** What scopes that are looked at together have in common. */
export interface ScopeKind {
  subject: Subject
  /** The period by whose first day teams are asked for. */
  period: Period
  withoutPto: boolean
  /** In which of them activities must lie; unless told each scope's own days. */
  windows?: readonly Window[]
  filter?: ActivitiesFilter
}

/** Which activities count at all; all that is given must hold. */
export interface ActivitiesFilter {
  /** Of who was in one of these teams on the day. */
  teamIds?: readonly string[] | null
  projectIds?: readonly string[] | null
  /** Whatever their case. */
  stereotypeCodes?: readonly string[] | null
}

/** Where an activity stands in the order of a number's: by date and id. */
export type ContributionPlace = readonly [date: string, id: string]

/** An activity, and what it adds to a number, in seconds. */
export interface Contribution {
  activityId: string
  date: string
  nvaSeconds: number
  vaSeconds: number
  totalSeconds: number
  batchId: string | null
  rowIndex: number | null
}

/** So many of the activities of each scope, after a place, in their order or against it; and how many there are in all, if that is asked for. */
export async function contributionsTo(
  sql: Sql,
  kind: ScopeKind,
  scopes: readonly Scope[],
  {
    after,
    backward,
    limit,
    isCounted,
  }: { after: ContributionPlace | null; backward: boolean; limit: number; isCounted: boolean },
): Promise<{ found: Contribution[]; count: number }[]> {
  const { subject, period, withoutPto, windows, filter = {} } = kind
  const start = period.kind === 'calendar' ? period.sql.startOf('a.date') : 'a.date'
  const days = windows
    ? `windows JOIN activity a ON a.${subject.column} = windows.subject_id
        AND a.date BETWEEN greatest(windows.first_date, scope.first_date) AND least(windows.last_date, scope.last_date)`
    : `activity a`
  const own = windows
    ? `(scope.subject_id IS NULL OR windows.subject_id = scope.subject_id)`
    : `a.${subject.column} = scope.subject_id AND a.date BETWEEN scope.first_date AND scope.last_date`
  const conditions = [
    own,
    ...(withoutPto ? [`lower(s.code) <> 'pto'`] : []),
    filterSql(filter, { user: 'a.user_id', start, project: 'a.project_id' }, 16),
    '(scope.activity_id IS NULL OR a.id = scope.activity_id)',
    '(scope.stereotype_id IS NULL OR a.stereotype_id = scope.stereotype_id)',
    '(scope.code IS NULL OR lower(s.code) = scope.code)',
    `(scope.project_id IS NULL OR coalesce(a.project_id::text, '${NO_PROJECT}') = scope.project_id)`,
    '(scope.source IS NULL OR a.source = scope.source)',
    `(scope.team_id IS NULL OR EXISTS (SELECT FROM team_member m WHERE m.team_id = scope.team_id AND ${memberOn('a.user_id', start)}))`,
  ]
  const those = `FROM ${days} JOIN stereotype s ON s.id = a.stereotype_id WHERE ${conditions.join('\n        AND ')}`
  const [order, isBeyond] = backward ? ['DESC', '<'] : ['ASC', '>']
  const page = `SELECT a.id, a.date, a.type, a.duration_seconds, a.batch_id, a.row_index ${those}
      AND ($12::date IS NULL OR (a.date, a.id) ${isBeyond} ($12::date, $13::uuid))
    ORDER BY a.date ${order}, a.id ${order} LIMIT $14`
  const rows = await sql<Row>(
    `WITH ${windowsAt('windows')}, scopes AS (
       SELECT * FROM unnest($4::date[], $5::date[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::text[])
         WITH ORDINALITY AS scope (first_date, last_date, subject_id, team_id, stereotype_id, activity_id, project_id, source, place)
       CROSS JOIN LATERAL (SELECT ($15::text[])[place] AS code) codes
     )
     SELECT scope.place, found.id AS "activityId", found.date, found.type, found.duration_seconds AS seconds,
       found.batch_id AS "batchId", found.row_index AS "rowIndex", counted.count
     FROM scopes scope
     CROSS JOIN ${fencedLookUp(isCounted ? `SELECT count(*) AS count ${those}` : 'SELECT 0 AS count')} counted
     LEFT JOIN ${fencedLookUp(page)} found ON true
     ORDER BY scope.place, found.date ${order}, found.id ${order}`,
    [
      ...windowColumns(windows ?? []),
      scopes.map(({ from }) => from),
      scopes.map(({ to }) => to),
      scopes.map(({ subjectId }) => subjectId),
      scopes.map(({ teamId = null }) => teamId),
      scopes.map(({ stereotypeId = null }) => stereotypeId),
      scopes.map(({ activityId = null }) => activityId),
      scopes.map(({ projectId }) => (projectId === undefined ? null : (projectId ?? NO_PROJECT))),
      scopes.map(({ source = null }) => source),
      after?.[0] ?? null,
      after?.[1] ?? null,
      limit,
      scopes.map(({ code = null }) => code),
      ...filterValues(filter),
    ],
  )
  const byScope: { found: Contribution[]; count: number }[] = scopes.map(() => ({ found: [], count: 0 }))
  for (const { place, count, type, seconds, activityId, ...row } of rows) {
    const own = byScope[place - 1]
    if (!own) continue
    own.count = count
    if (activityId === null) continue
    const nvaSeconds = type === ActivityType.NON_VALUE_ADD ? seconds : 0
    own.found.push({ ...row, activityId, nvaSeconds, vaSeconds: seconds - nvaSeconds, totalSeconds: seconds })
  }
  return byScope
}

const NO_PROJECT = 'none'

interface Row {
  place: number
  count: number
  activityId: string | null
  date: string
  type: ActivityType
  seconds: number
  batchId: string | null
  rowIndex: number | null
}

/**
 * SQL for what a filter says, of SQL for a user, a day and a project, beside stereotypes as `s`.
 * @param at The number of its first parameter.
 */
export function filterSql(
  { teamIds, projectIds, stereotypeCodes }: ActivitiesFilter,
  { user, start, project }: { user: string; start: string; project?: string },
  at: number,
): string {
  const conditions = ['true']
  const next = () => `$${at + conditions.length - 1}`
  if (teamIds) {
    conditions.push(
      `EXISTS (SELECT FROM team_member m WHERE m.team_id = ANY (${next()}::uuid[]) AND ${memberOn(user, start)})`,
    )
  }
  if (projectIds) conditions.push(`${project} = ANY (${next()}::uuid[])`)
  // As arrays they are looked up once, not for each row.
  if (stereotypeCodes) {
    const codes = `ARRAY(SELECT lower(code) FROM unnest(${next()}::text[]) code)`
    conditions.push(`s.id = ANY (ARRAY(SELECT id FROM stereotype WHERE lower(code) = ANY (${codes})))`)
  }
  return conditions.join(' AND ')
}

/** The parameters of the same. */
export function filterValues({ teamIds, projectIds, stereotypeCodes }: ActivitiesFilter): unknown[] {
  return [teamIds, projectIds, stereotypeCodes].filter((values) => values !== null && values !== undefined)
}
