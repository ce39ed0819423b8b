import type { Sql } from './database.ts'
import type { Project } from './entities/project.ts'
import type { Sprint } from './entities/sprint.ts'
import type { Stereotype } from './entities/stereotype.ts'
import type { User } from './entities/user.ts'
import { allOf, type ReferenceList } from './reference-lists.ts'

/** Those of the users that are there, in no order. */
export async function usersByIds(sql: Sql, ids: readonly string[]): Promise<User[]> {
  return sql<User>(`SELECT ${USER} FROM app_user WHERE id = ANY ($1::uuid[])`, [ids])
}

export async function allUserIds(sql: Sql): Promise<string[]> {
  return (await sql<{ id: string }>('SELECT id FROM app_user ORDER BY id')).map((row) => row.id)
}

/** Every stereotype, by source and code. */
export async function allStereotypes(sql: Sql): Promise<Stereotype[]> {
  return allOf(sql, STEREOTYPES)
}

/** Those of the stereotypes that are there, in no order. */
export async function stereotypesByIds(sql: Sql, ids: readonly string[]): Promise<Stereotype[]> {
  return sql<Stereotype>(`SELECT ${STEREOTYPE} FROM stereotype WHERE id = ANY ($1::uuid[])`, [ids])
}

/** The ids of stereotypes by their codes, in lower case as Postgres makes it, and by source. */
export async function stereotypeIdsByCode(sql: Sql): Promise<Map<string, string[]>> {
  const rows = await sql<{ code: string; ids: string[] }>(
    `SELECT lower(code) AS code, array_agg(id::text ORDER BY source, code, external_id) AS ids FROM stereotype GROUP BY 1`,
  )
  return new Map(rows.map(({ code, ids }) => [code, ids]))
}

/** Every project, by source and name. */
export async function allProjects(sql: Sql): Promise<Project[]> {
  return allOf(sql, PROJECTS)
}

/** Those of the projects that are there, in no order. */
export async function projectsByIds(sql: Sql, ids: readonly string[]): Promise<Project[]> {
  return sql<Project>(`SELECT ${PROJECT} FROM project WHERE id = ANY ($1::uuid[])`, [ids])
}

/** Every sprint, the earliest first. */
export async function allSprints(sql: Sql): Promise<Sprint[]> {
  return allOf(sql, SPRINTS)
}

/** Those of the sprints that are there, in no order. */
export async function sprintsByIds(sql: Sql, ids: readonly string[]): Promise<Sprint[]> {
  return sql<Sprint>(`SELECT ${SPRINT} FROM sprint WHERE id = ANY ($1::uuid[])`, [ids])
}

const USER = 'id, source, external_id AS "externalId", name'

const STEREOTYPE = 'id, source, external_id AS "externalId", code, name'

const PROJECT = 'id, source, external_id AS "externalId", name, client'

const SPRINT = 'id, source, external_id AS "externalId", name, start_date AS "startDate", end_date AS "endDate"'

/** By name. */
export const USERS: ReferenceList<User> = {
  table: 'app_user',
  columns: USER,
  order: [
    { column: 'name', property: 'name', type: 'text' },
    { column: 'id', property: 'id', type: 'uuid' },
  ],
}

/** By source and code. */
export const STEREOTYPES: ReferenceList<Stereotype> = {
  table: 'stereotype',
  columns: STEREOTYPE,
  order: [
    { column: 'source', property: 'source', type: 'text' },
    { column: 'code', property: 'code', type: 'text' },
    { column: 'external_id', property: 'externalId', type: 'text' },
  ],
}

/** By source and name. */
export const PROJECTS: ReferenceList<Project> = {
  table: 'project',
  columns: PROJECT,
  order: [
    { column: 'source', property: 'source', type: 'text' },
    { column: 'name', property: 'name', type: 'text' },
    { column: 'external_id', property: 'externalId', type: 'text' },
  ],
}

/** The earliest first. */
export const SPRINTS: ReferenceList<Sprint> = {
  table: 'sprint',
  columns: SPRINT,
  order: [
    { column: 'start_date', property: 'startDate', type: 'date' },
    { column: 'end_date', property: 'endDate', type: 'date' },
    { column: 'name', property: 'name', type: 'text' },
    { column: 'source', property: 'source', type: 'text' },
    { column: 'id', property: 'id', type: 'uuid' },
  ],
}
