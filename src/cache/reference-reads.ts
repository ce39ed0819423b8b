import type { Sql } from './database.ts'
import type { Project } from './entities/project.ts'
import type { Sprint } from './entities/sprint.ts'
import type { Stereotype } from './entities/stereotype.ts'
import type { User } from './entities/user.ts'

/** Those of the users that are there, in no order. */
export async function usersByIds(sql: Sql, ids: readonly string[]): Promise<User[]> {
  return sql<User>(`SELECT ${USER} FROM app_user WHERE id = ANY ($1::uuid[])`, [ids])
}

/** Users by name, after the given place. */
export async function listUsers(
  sql: Sql,
  page: { limit: number; after: readonly [name: string, id: string] | null },
): Promise<User[]> {
  return sql<User>(
    `SELECT ${USER} FROM app_user WHERE $2::text IS NULL OR (name, id) > ($2, $3::uuid) ORDER BY name, id LIMIT $1`,
    [page.limit, page.after?.[0] ?? null, page.after?.[1] ?? null],
  )
}

export async function countUsers(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>('SELECT count(*) AS count FROM app_user')
  return row?.count ?? 0
}

export async function allUserIds(sql: Sql): Promise<string[]> {
  return (await sql<{ id: string }>('SELECT id FROM app_user ORDER BY id')).map((row) => row.id)
}

/** Every stereotype, by source and code. */
export async function allStereotypes(sql: Sql): Promise<Stereotype[]> {
  return sql<Stereotype>(`SELECT ${STEREOTYPE} FROM stereotype ORDER BY source, code, external_id`)
}

/** Those of the stereotypes that are there, in no order. */
export async function stereotypesByIds(sql: Sql, ids: readonly string[]): Promise<Stereotype[]> {
  return sql<Stereotype>(`SELECT ${STEREOTYPE} FROM stereotype WHERE id = ANY ($1::uuid[])`, [ids])
}

/** Every project, by source and name. */
export async function allProjects(sql: Sql): Promise<Project[]> {
  return sql<Project>(`SELECT ${PROJECT} FROM project ORDER BY source, name, external_id`)
}

/** Those of the projects that are there, in no order. */
export async function projectsByIds(sql: Sql, ids: readonly string[]): Promise<Project[]> {
  return sql<Project>(`SELECT ${PROJECT} FROM project WHERE id = ANY ($1::uuid[])`, [ids])
}

/** Every sprint, the earliest first. */
export async function allSprints(sql: Sql): Promise<Sprint[]> {
  return sql<Sprint>(`SELECT ${SPRINT} FROM sprint ORDER BY start_date, end_date, name, source`)
}

/** Those of the sprints that are there, in no order. */
export async function sprintsByIds(sql: Sql, ids: readonly string[]): Promise<Sprint[]> {
  return sql<Sprint>(`SELECT ${SPRINT} FROM sprint WHERE id = ANY ($1::uuid[])`, [ids])
}

const USER = 'id, source, external_id AS "externalId", name'

const STEREOTYPE = 'id, source, external_id AS "externalId", code, name'

const PROJECT = 'id, source, external_id AS "externalId", name, client'

const SPRINT = 'id, source, external_id AS "externalId", name, start_date AS "startDate", end_date AS "endDate"'
