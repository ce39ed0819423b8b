import type { ActivityType } from '../model/activity.ts'
import type { SubjectName } from '../model/subject.ts'
import { named, type Sql } from './database.ts'
import type { Project } from './entities/project.ts'
import type { Stereotype } from './entities/stereotype.ts'
import type { User } from './entities/user.ts'
import type { JsonKind } from './json-text.ts'

export interface ActivityCriteria {
  from?: string | null
  to?: string | null
  userIds?: readonly string[] | null
  projectIds?: readonly string[] | null
  /** Of whom was in one of these teams on the activity's day. */
  teamIds?: readonly string[] | null
  stereotypeCodes?: readonly string[] | null
  type?: ActivityType | null
  source?: string | null
  externalIds?: readonly string[] | null
  ids?: readonly string[] | null
}

export type SortColumn = 'date' | 'duration_seconds'

/** A place in the order: the sort column's value and the id, which settles ties. */
export type ActivityPlace = readonly [value: string | number, id: string]

export interface ActivityPageQuery {
  criteria: ActivityCriteria
  sort: SortColumn
  descending: boolean
  /** Only what comes after this place in the order asked for. */
  after: ActivityPlace | null
  limit: number
}

/** An activity with its user, its stereotype and its project, if it has one. */
export interface ActivityRow {
  id: string
  source: string
  externalId: string
  date: string
  durationSeconds: number
  type: ActivityType
  userId: string
  user: User
  stereotype: Stereotype
  project: Project | null
}

/** What a page's columns are called, and where they come from. */
const COLUMNS = {
  id: 'a.id',
  source: 'a.source',
  externalId: 'a.external_id',
  date: 'a.date',
  durationSeconds: 'a.duration_seconds',
  type: 'a.type',
  userId: 'u.id',
  userSource: 'u.source',
  userExternalId: 'u.external_id',
  userName: 'u.name',
  stereotypeId: 's.id',
  stereotypeSource: 's.source',
  stereotypeExternalId: 's.external_id',
  stereotypeCode: 's.code',
  stereotypeName: 's.name',
  projectId: 'p.id',
  projectSource: 'p.source',
  projectExternalId: 'p.external_id',
  projectName: 'p.name',
  projectClient: 'p.client',
}

/** How a page's columns are written as JSON; a project's are null where an activity has none. */
export const ACTIVITY_JSON: Readonly<Record<keyof typeof COLUMNS | 'duration', Exclude<JsonKind, 'float'>>> = {
  id: 'plain text',
  source: 'text',
  externalId: 'text',
  date: 'plain text',
  duration: 'duration',
  durationSeconds: 'number',
  type: 'plain text',
  userId: 'plain text',
  userSource: 'text',
  userExternalId: 'text',
  userName: 'text',
  stereotypeId: 'plain text',
  stereotypeSource: 'text',
  stereotypeExternalId: 'text',
  stereotypeCode: 'text',
  stereotypeName: 'text',
  projectId: 'plain text',
  projectSource: 'text',
  projectExternalId: 'text',
  projectName: 'text',
  projectClient: 'text',
}

/** The columns that hold an activity's subjects, by their kinds. */
export const SUBJECTS_OF_PAGE: Readonly<Record<SubjectName, 'userId' | 'projectId'>> = {
  user: 'userId',
  project: 'projectId',
}

export const activityColumns: readonly string[] = Object.keys(COLUMNS)

type ProjectColumn = Extract<keyof typeof COLUMNS, `project${string}`>

/** A page of `ActivityRow`s as columns. */
export type ActivityColumns = Record<
  Exclude<keyof typeof COLUMNS, 'durationSeconds' | 'type' | ProjectColumn>,
  string[]
> &
  Record<ProjectColumn, (string | null)[]> & {
    durationSeconds: number[]
    type: ActivityType[]
  }

/**
 * SQL for a page of activities, each with the columns of `ActivityColumns` and its `position` from 1 in the order
 * asked for; and one more, which says that the list goes on, unless that isn't asked. The last value is the limit.
 */
export function activityPageSql(query: ActivityPageQuery, isAlone = false): { text: string; values: unknown[] } {
  const { conditions, values } = conditionsOf(query.criteria)
  const direction = query.descending ? 'DESC' : 'ASC'
  const order = `a.${query.sort} ${direction}, a.id ${direction}`
  if (query.after) {
    const [value, id] = query.after
    values.push(value, id)
    const place = `($${values.length - 1}::${query.sort === 'date' ? 'date' : 'integer'}, $${values.length}::uuid)`
    conditions.push(`(a.${query.sort}, a.id) ${query.descending ? '<' : '>'} ${place}`)
  }
  values.push(query.limit)
  const more = isAlone ? 0 : 1
  const text = `
  SELECT ${named(COLUMNS)}, a.position
  FROM (
    SELECT a.*, row_number() OVER (ORDER BY ${order}) AS position
    FROM activity a
    ${where(conditions)}
    ORDER BY ${order}
    LIMIT ${roomFor(query.limit) + more}
  ) a
  JOIN app_user u ON u.id = a.user_id
  JOIN stereotype s ON s.id = a.stereotype_id
  LEFT JOIN project p ON p.id = a.project_id
  WHERE a.position <= $${values.length}::integer + ${more}`
  return { text, values }
}

/** The rows of a page, as its columns come. Activities of one user share it, and so with stereotypes and projects. */
export function activityRows(columns: ActivityColumns): ActivityRow[] {
  const users = new Map<string, User>()
  const stereotypes = new Map<string, Stereotype>()
  const projects = new Map<string, Project>()
  const at = <T>(column: readonly T[], i: number) => column[i] as T
  const projectAt = (i: number) => {
    const projectId = at(columns.projectId, i)
    if (projectId === null) return null
    const project = projects.get(projectId) ?? {
      id: projectId,
      source: at(columns.projectSource, i) ?? '',
      externalId: at(columns.projectExternalId, i) ?? '',
      name: at(columns.projectName, i) ?? '',
      client: at(columns.projectClient, i),
    }
    projects.set(projectId, project)
    return project
  }
  return columns.id.map((id, i) => {
    const userId = at(columns.userId, i)
    const user = users.get(userId) ?? {
      id: userId,
      source: at(columns.userSource, i),
      externalId: at(columns.userExternalId, i),
      name: at(columns.userName, i),
    }
    users.set(userId, user)
    const stereotypeId = at(columns.stereotypeId, i)
    const stereotype = stereotypes.get(stereotypeId) ?? {
      id: stereotypeId,
      source: at(columns.stereotypeSource, i),
      externalId: at(columns.stereotypeExternalId, i),
      code: at(columns.stereotypeCode, i),
      name: at(columns.stereotypeName, i),
    }
    stereotypes.set(stereotypeId, stereotype)
    return {
      id,
      source: at(columns.source, i),
      externalId: at(columns.externalId, i),
      date: at(columns.date, i),
      durationSeconds: at(columns.durationSeconds, i),
      type: at(columns.type, i),
      userId,
      user,
      stereotype,
      project: projectAt(i),
    }
  })
}

const ROOMS = [1, 10, 50, 100, 250, 500]

/**
 * A round limit to plan by. Postgres keeps no plan for a limit that it is only told with each request, since it can't
 * say what a page costs; and with the limit in the statement each limit would be a statement of its own.
 */
function roomFor(limit: number): number {
  return ROOMS.find((room) => limit <= room) ?? 1_000
}

export async function countActivities(sql: Sql, criteria: ActivityCriteria): Promise<number> {
  const { conditions, values } = conditionsOf(criteria)
  const [row] = await sql<{ count: number }>(`SELECT count(*) AS count FROM activity a ${where(conditions)}`, values)
  return row?.count ?? 0
}

function conditionsOf(criteria: ActivityCriteria): { conditions: string[]; values: unknown[] } {
  const conditions: string[] = []
  const values: unknown[] = []
  const add = (value: unknown, condition: (parameter: string) => string) => {
    if (value === undefined || value === null) return
    values.push(value)
    conditions.push(condition(`$${values.length}`))
  }
  add(criteria.from, (p) => `a.date >= ${p}::date`)
  add(criteria.to, (p) => `a.date <= ${p}::date`)
  add(criteria.userIds, (p) => `a.user_id = ANY (${p}::uuid[])`)
  add(criteria.projectIds, (p) => `a.project_id = ANY (${p}::uuid[])`)
  add(
    criteria.teamIds,
    (p) => `EXISTS (
      SELECT FROM team_member m WHERE m.team_id = ANY (${p}::uuid[]) AND m.user_id = a.user_id
        AND a.date BETWEEN m.start_date AND coalesce(m.end_date, 'infinity')
    )`,
  )
  add(criteria.stereotypeCodes, (p) => `a.stereotype_id IN (SELECT id FROM stereotype WHERE code = ANY (${p}::text[]))`)
  add(criteria.type, (p) => `a.type = ${p}::activity_type`)
  add(criteria.source, (p) => `a.source = ${p}`)
  add(criteria.externalIds, (p) => `a.external_id = ANY (${p}::text[])`)
  add(criteria.ids, (p) => `a.id = ANY (${p}::uuid[])`)
  return { conditions, values }
}

function where(conditions: readonly string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
}
