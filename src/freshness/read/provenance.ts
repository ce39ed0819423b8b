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
  /** Teams in one of which its users were then. */
  teamIds?: readonly string[] | null
  stereotypeIds?: readonly string[] | null
  /** Whatever their case. */
  stereotypeCodes?: readonly string[] | null
  /** Null among them: those of no project. */
  projectIds?: readonly (string | null)[] | null
  source?: string | null
  activityId?: string | null
}

/** What scopes that are looked at together have in common. */
export interface ScopeKind {
  subject: Subject
  /** The period by whose first day teams are asked for. */
  period: Period
  withoutPto: boolean
  /** In which of them activities must lie; unless told each scope's own days. */
  windows?: readonly Window[]
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
  const { subject, period, withoutPto, windows } = kind
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
    '(scope.activity_id IS NULL OR a.id = scope.activity_id)',
    `(scope.stereotype_ids IS NULL OR a.stereotype_id = ANY (string_to_array(scope.stereotype_ids, ' ')::uuid[]))`,
    `(scope.project_ids IS NULL OR coalesce(a.project_id::text, '${NO_PROJECT}') = ANY (string_to_array(scope.project_ids, ' ')))`,
    '(scope.codes IS NULL OR lower(s.code) = ANY (SELECT jsonb_array_elements_text(scope.codes::jsonb)))',
    '(scope.source IS NULL OR a.source = scope.source)',
    `(scope.team_ids IS NULL OR EXISTS (SELECT FROM team_member m
        WHERE m.team_id = ANY (string_to_array(scope.team_ids, ' ')::uuid[]) AND ${memberOn('a.user_id', start)}))`,
    `(scope.team_id IS NULL OR EXISTS (SELECT FROM team_member m WHERE m.team_id = scope.team_id AND ${memberOn('a.user_id', start)}))`,
  ]
  const those = `FROM ${days} JOIN stereotype s ON s.id = a.stereotype_id WHERE ${conditions.join('\n        AND ')}`
  const [order, isBeyond] = backward ? ['DESC', '<'] : ['ASC', '>']
  const page = `SELECT a.id, a.date, a.type, a.duration_seconds, a.batch_id, a.row_index ${those}
      AND ($14::date IS NULL OR (a.date, a.id) ${isBeyond} ($14::date, $15::uuid))
    ORDER BY a.date ${order}, a.id ${order} LIMIT $16`
  const rows = await sql<Row>(
    `WITH ${windowsAt('windows')}, scopes AS (
       SELECT * FROM unnest($4::date[], $5::date[], $6::uuid[], $7::uuid[], $8::text[], $9::uuid[], $10::text[], $11::text[], $12::text[],
           $13::text[]) WITH ORDINALITY AS scope (first_date, last_date, subject_id, team_id, stereotype_ids, activity_id, project_ids, source,
           team_ids, codes, place)
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
      scopes.map(({ stereotypeIds }) => stereotypeIds?.join(' ') ?? null),
      scopes.map(({ activityId = null }) => activityId),
      scopes.map(({ projectIds }) => projectIds?.map((id) => id ?? NO_PROJECT).join(' ') ?? null),
      scopes.map(({ source = null }) => source),
      scopes.map(({ teamIds }) => teamIds?.join(' ') ?? null),
      scopes.map(({ stereotypeCodes: codes }) => codes && JSON.stringify(codes.map((code) => code.toLowerCase()))),
      after?.[0] ?? null,
      after?.[1] ?? null,
      limit,
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
