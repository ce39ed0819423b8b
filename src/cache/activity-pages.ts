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
  userId: string
  user: User
  stereotype: Stereotype
}

/**
 * SQL for a page of `ActivityRow`s in the order asked for, each with its `position` from 1; and one more, which says
 * that the list goes on.
 */
export function activityPageSql(query: ActivityPageQuery): { text: string; values: unknown[] } {
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
  const text = `
  SELECT * FROM (
  SELECT a.id, a.source, a.external_id AS "externalId", a.date, a.duration_seconds AS "durationSeconds", a.type,
    a.user_id AS "userId", row_number() OVER (ORDER BY ${order}) AS position,
    json_build_object('id', u.id, 'source', u.source, 'externalId', u.external_id, 'name', u.name) AS "user",
    json_build_object('id', s.id, 'source', s.source, 'externalId', s.external_id, 'code', s.code, 'name', s.name)
      AS stereotype
  FROM activity a
  JOIN app_user u ON u.id = a.user_id
  JOIN stereotype s ON s.id = a.stereotype_id
  ${where(conditions)}
  ORDER BY ${order}
  LIMIT ${roomFor(query.limit) + 1}
  ) rows WHERE position <= $${values.length}::integer + 1`
  return { text, values }
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
