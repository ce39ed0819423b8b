import type { ActivityType } from '../model/activity.ts'
import type { Sql } from './database.ts'
import type { Stereotype } from './entities/stereotype.ts'
import type { User } from './entities/user.ts'

export interface ActivityCriteria {
  from?: string | null
  to?: string | null
  userIds?: readonly string[] | null
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

/** An activity with its user and stereotype. */
export interface ActivityRow {
  id: string
  source: string
  externalId: string
  date: string
  durationSeconds: number
  type: ActivityType
  user: User
  stereotype: Stereotype
}

/** A page of activities with their users and stereotypes, in one statement. */
export async function listActivities(sql: Sql, query: ActivityPageQuery): Promise<ActivityRow[]> {
  const { conditions, values } = conditionsOf(query.criteria)
  const direction = query.descending ? 'DESC' : 'ASC'
  if (query.after) {
    const [value, id] = query.after
    values.push(value, id)
    const place = `($${values.length - 1}::${query.sort === 'date' ? 'date' : 'integer'}, $${values.length}::uuid)`
    conditions.push(`(a.${query.sort}, a.id) ${query.descending ? '<' : '>'} ${place}`)
  }
  values.push(query.limit)
  const rows = await sql<FlatRow>(
    `SELECT a.id, a.source, a.external_id, a.date, a.duration_seconds, a.type,
       u.id AS user_id, u.source AS user_source, u.external_id AS user_external_id, u.name AS user_name,
       s.id AS stereotype_id, s.source AS stereotype_source, s.external_id AS stereotype_external_id,
       s.code AS stereotype_code, s.name AS stereotype_name
     FROM activity a
     JOIN app_user u ON u.id = a.user_id
     JOIN stereotype s ON s.id = a.stereotype_id
     ${where(conditions)}
     ORDER BY a.${query.sort} ${direction}, a.id ${direction}
     LIMIT $${values.length}`,
    values,
  )
  return rows.map(nested)
}

export async function countActivities(sql: Sql, criteria: ActivityCriteria): Promise<number> {
  const { conditions, values } = conditionsOf(criteria)
  const [row] = await sql<{ count: number }>(
    `SELECT count(*) AS count FROM activity a JOIN stereotype s ON s.id = a.stereotype_id ${where(conditions)}`,
    values,
  )
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
  add(criteria.stereotypeCodes, (p) => `s.code = ANY (${p}::text[])`)
  add(criteria.type, (p) => `a.type = ${p}::activity_type`)
  add(criteria.source, (p) => `a.source = ${p}`)
  add(criteria.externalIds, (p) => `a.external_id = ANY (${p}::text[])`)
  add(criteria.ids, (p) => `a.id = ANY (${p}::uuid[])`)
  return { conditions, values }
}

function where(conditions: readonly string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
}

interface FlatRow {
  id: string
  source: string
  external_id: string
  date: string
  duration_seconds: number
  type: ActivityType
  user_id: string
  user_source: string
  user_external_id: string
  user_name: string
  stereotype_id: string
  stereotype_source: string
  stereotype_external_id: string
  stereotype_code: string
  stereotype_name: string
}

function nested(row: FlatRow): ActivityRow {
  return {
    id: row.id,
    source: row.source,
    externalId: row.external_id,
    date: row.date,
    durationSeconds: row.duration_seconds,
    type: row.type,
    user: { id: row.user_id, source: row.user_source, externalId: row.user_external_id, name: row.user_name },
    stereotype: {
      id: row.stereotype_id,
      source: row.stereotype_source,
      externalId: row.stereotype_external_id,
      code: row.stereotype_code,
      name: row.stereotype_name,
    },
  }
}
