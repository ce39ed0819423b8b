import type { ProjectRecord, SprintRecord, StereotypeRecord, UserRecord } from '../model/activity.ts'
import { newIds } from '../model/ids.ts'
import { project, user } from '../model/subject.ts'
import type { Sql } from './database.ts'
import type { Project } from './entities/project.ts'
import type { Sprint } from './entities/sprint.ts'
import type { Stereotype } from './entities/stereotype.ts'
import type { User } from './entities/user.ts'
import { raiseRevisions } from './revisions.ts'
import { raiseSourceSlices } from './source-slices.ts'

/** A record with the name of the source that it belongs to. */
export type OfSource<T> = T & { source: string }

/** What was stored, and whether it is new. */
export type Upserted<T> = T & { isNew: boolean }

/** What there is of a source's key: its id, and what rules name it by, a stereotype by its code. */
export interface KnownKey {
  id: string
  name: string
}

/** Those of a source's keys that are known. */
export async function resolveKeys(
  sql: Sql,
  table: 'app_user' | 'stereotype' | 'project',
  source: string,
  keys: ReadonlySet<string>,
): Promise<Map<string, KnownKey>> {
  const name = table === 'stereotype' ? 'code' : 'name'
  const rows = await sql<KnownKey & { key: string }>(
    `SELECT external_id AS key, id, ${name} AS name FROM ${table} WHERE source = $1 AND external_id = ANY ($2::text[])`,
    [source, [...keys]],
  )
  return new Map(rows.map((row) => [row.key, row]))
}

/** The codes of a source's stereotypes, each once. */
export async function kindsOf(sql: Sql, source: string): Promise<string[]> {
  const rows = await sql<{ code: string }>('SELECT DISTINCT code FROM stereotype WHERE source = $1 ORDER BY code', [
    source,
  ])
  return rows.map(({ code }) => code)
}

/** Inserts or renames users, each key once. Returns them in the order given. The caller holds the sources' locks. */
export async function upsertUsers(sql: Sql, users: readonly OfSource<UserRecord>[]): Promise<Upserted<User>[]> {
  return sql<Upserted<User>>(UPSERT_USERS, [
    newIds(users.length),
    users.map((u) => u.source),
    users.map((u) => u.externalId),
    users.map((u) => u.name),
  ])
}

/**
 * Inserts or changes stereotypes, each key once. A code that becomes another raises every day of a user and of a
 * project that has an activity of it, and what it was before is kept as history.
 * Returns them in the order given. The caller holds the sources' locks.
 */
export async function upsertStereotypes(
  sql: Sql,
  stereotypes: readonly OfSource<StereotypeRecord>[],
): Promise<Upserted<Stereotype>[]> {
  const values = [
    newIds(stereotypes.length),
    stereotypes.map((s) => s.source),
    stereotypes.map((s) => s.externalId),
    stereotypes.map((s) => s.code),
    stereotypes.map((s) => s.name),
  ]
  await sql(RAISE_RECODED, values.slice(1, 4))
  return sql<Upserted<Stereotype>>(UPSERT_STEREOTYPES, values)
}

/** Inserts or renames projects, each key once. Returns them in the order given. The caller holds the sources' locks. */
export async function upsertProjects(
  sql: Sql,
  projects: readonly OfSource<ProjectRecord>[],
): Promise<Upserted<Project>[]> {
  return sql<Upserted<Project>>(UPSERT_PROJECTS, [
    newIds(projects.length),
    projects.map((p) => p.source),
    projects.map((p) => p.externalId),
    projects.map((p) => p.name),
    projects.map((p) => p.client),
  ])
}

/** Inserts, renames or moves sprints, each key once. Returns them in the order given. The caller holds the sources' locks. */
export async function upsertSprints(sql: Sql, sprints: readonly OfSource<SprintRecord>[]): Promise<Sprint[]> {
  return sql<Sprint>(UPSERT_SPRINTS, [
    newIds(sprints.length),
    sprints.map((s) => s.source),
    sprints.map((s) => s.externalId),
    sprints.map((s) => s.name),
    sprints.map((s) => s.startDate),
    sprints.map((s) => s.endDate),
  ])
}

const UPSERT_USERS = `
WITH incoming AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
    WITH ORDINALITY AS t (id, source, external_id, name, position)
), written AS (
  INSERT INTO app_user (id, source, external_id, name)
  SELECT id, source, external_id, name FROM incoming ORDER BY source, external_id
  ON CONFLICT (source, external_id) DO UPDATE SET name = excluded.name
  RETURNING *, xmax = 0 AS is_new
)
SELECT w.id, w.source, w.external_id AS "externalId", w.name, is_new AS "isNew"
FROM written w JOIN incoming USING (source, external_id) ORDER BY position`

const RAISE_RECODED = `
WITH recoded AS (
  SELECT s.id
  FROM stereotype s
  JOIN unnest($1::text[], $2::text[], $3::text[]) AS i (source, external_id, code) USING (source, external_id)
  WHERE s.code <> i.code
), touched AS (
  SELECT DISTINCT a.user_id, a.date FROM activity a JOIN recoded ON recoded.id = a.stereotype_id
), touched_projects AS (
  SELECT DISTINCT a.project_id, a.date FROM activity a JOIN recoded ON recoded.id = a.stereotype_id
  WHERE a.project_id IS NOT NULL
), ${raiseSourceSlices(user, 'touched')}, ${raiseSourceSlices(project, 'touched_projects')}
SELECT count(*) FROM touched`

const UPSERT_STEREOTYPES = `
WITH incoming AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
    WITH ORDINALITY AS t (id, source, external_id, code, name, position)
), met AS MATERIALIZED (
  SELECT i.*, s.id AS old_id, s.code AS old_code, s.name AS old_name, s.since_revision AS old_since,
    s.code IS DISTINCT FROM i.code AS differs
  FROM incoming i LEFT JOIN stereotype s USING (source, external_id)
), changed AS (
  SELECT source FROM met WHERE differs
), ${raiseRevisions('changed', 'NULL')}, kept AS (
  INSERT INTO stereotype_history (stereotype_id, until_revision, since_revision, source, external_id, code, name)
  SELECT old_id, revision, old_since, source, external_id, old_code, old_name
  FROM met JOIN revised USING (source) WHERE old_id IS NOT NULL AND differs AND old_since < revision
), written AS (
  INSERT INTO stereotype (id, source, external_id, code, name, since_revision)
  SELECT id, source, external_id, code, name, CASE WHEN differs THEN revision ELSE old_since END
  FROM met LEFT JOIN revised USING (source) ORDER BY source, external_id
  ON CONFLICT (source, external_id) DO UPDATE
    SET code = excluded.code, name = excluded.name, since_revision = excluded.since_revision
  RETURNING *, xmax = 0 AS is_new
)
SELECT w.id, w.source, w.external_id AS "externalId", w.code, w.name, is_new AS "isNew"
FROM written w JOIN incoming USING (source, external_id) ORDER BY position`

const UPSERT_PROJECTS = `
WITH incoming AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
    WITH ORDINALITY AS t (id, source, external_id, name, client, position)
), written AS (
  INSERT INTO project (id, source, external_id, name, client)
  SELECT id, source, external_id, name, client FROM incoming ORDER BY source, external_id
  ON CONFLICT (source, external_id) DO UPDATE SET name = excluded.name, client = excluded.client
  RETURNING *, xmax = 0 AS is_new
)
SELECT w.id, w.source, w.external_id AS "externalId", w.name, w.client, is_new AS "isNew"
FROM written w JOIN incoming USING (source, external_id) ORDER BY position`

const UPSERT_SPRINTS = `
WITH incoming AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[])
    WITH ORDINALITY AS t (id, source, external_id, name, start_date, end_date, position)
), written AS (
  INSERT INTO sprint (id, source, external_id, name, start_date, end_date)
  SELECT id, source, external_id, name, start_date, end_date FROM incoming ORDER BY source, external_id
  ON CONFLICT (source, external_id) DO UPDATE
    SET name = excluded.name, start_date = excluded.start_date, end_date = excluded.end_date
  RETURNING *
)
SELECT w.id, w.source, w.external_id AS "externalId", w.name, w.start_date AS "startDate", w.end_date AS "endDate"
FROM written w JOIN incoming USING (source, external_id) ORDER BY position`
