import type { SourceRemovalCounts } from '../model/messages.ts'
import { project, user } from '../model/subject.ts'
import type { Sql } from './database.ts'
import { raiseRevisions } from './revisions.ts'

/**
 * Deletes everything that came from a source, its history too, and forgets how far it was pulled. The slices of its users and projects go
 * too: none ever gets the id of another. The caller holds the source's lock, whose row stays.
 */
export async function deleteSource(sql: Sql, source: string): Promise<SourceRemovalCounts> {
  // Whoever writes slices of these users keeps them until that is committed; what comes after it sees all of them.
  await sql('SELECT id FROM app_user WHERE source = $1 ORDER BY id FOR UPDATE', [source])
  await sql('SELECT id FROM project WHERE source = $1 ORDER BY id FOR UPDATE', [source])
  const subjects = 'SELECT id FROM app_user WHERE source = $1 UNION ALL SELECT id FROM project WHERE source = $1'
  await lockSlicesOf(sql, subjects, source)
  const [counts] = await sql<SourceRemovalCounts>(DELETE_SOURCE, [source])
  if (!counts) throw new Error('Broken invariant: a SELECT of one row gave none.')
  return counts
}

/** Whether anything was ever kept under this name. */
export async function isKnownSource(sql: Sql, source: string): Promise<boolean> {
  const kept = await sql(
    `SELECT FROM source_cursor WHERE source = $1 UNION ALL (SELECT FROM ingest_batch WHERE source = $1 AND is_pull LIMIT 1)`,
    [source],
  )
  return kept.length > 0
}

const DELETE_SOURCE = `
WITH activities AS (DELETE FROM activity WHERE source = $1 RETURNING 1),
  users AS (DELETE FROM app_user WHERE source = $1 RETURNING id),
  projects AS (DELETE FROM project WHERE source = $1 RETURNING id),
  slices AS (DELETE FROM slice WHERE subject_id IN (SELECT id FROM users UNION ALL SELECT id FROM projects)),
  members AS (DELETE FROM team_member WHERE user_id IN (SELECT id FROM users)),
  stereotypes AS (DELETE FROM stereotype WHERE source = $1 RETURNING 1),
  sprints AS (DELETE FROM sprint WHERE source = $1 RETURNING 1),
  quarantined AS (DELETE FROM quarantined_row WHERE source = $1 RETURNING 1),
  batches AS (DELETE FROM ingest_batch WHERE source = $1 RETURNING id),
  kept AS (DELETE FROM batch_rows WHERE source = $1),
  rejections AS (DELETE FROM rejection WHERE batch_id IN (SELECT id FROM batches)),
  history AS (DELETE FROM activity_history WHERE source = $1),
  codes AS (DELETE FROM stereotype_history WHERE source = $1),
  revisions AS (DELETE FROM source_revision WHERE source = $1),
  place AS (
    UPDATE source_cursor SET place = NULL, identity = NULL, history_from = NULL, revision = revision + 1 WHERE source = $1
  )
SELECT (SELECT count(*) FROM activities) AS activities, (SELECT count(*) FROM users) AS users,
  (SELECT count(*) FROM stereotypes) AS stereotypes, (SELECT count(*) FROM sprints) AS sprints,
  (SELECT count(*) FROM projects) AS projects, (SELECT count(*) FROM quarantined) AS "quarantinedRows", (SELECT count(*) FROM batches) AS batches`

/** What can be deleted by id once nothing refers to it. */
export type Deletable = 'app_user' | 'stereotype' | 'project' | 'sprint'

/** A record to be deleted, and how many activities refer to it. */
export interface Candidate {
  id: string
  source: string
  name: string
  activities: number
}

/** Those of these records that are there. */
export async function candidatesOf(sql: Sql, table: Deletable, ids: readonly string[]): Promise<Candidate[]> {
  const records = await sql<Omit<Candidate, 'activities'>>(
    `SELECT id, source, name FROM ${table} WHERE id = ANY ($1::uuid[]) ORDER BY id`,
    [ids],
  )
  const counts = await activitiesOf(sql, table, ids)
  return records.map((record) => ({ ...record, activities: counts.get(record.id) ?? 0 }))
}

/** Counted in one pass: by each record, Postgres would go through all the ids each time. */
async function activitiesOf(sql: Sql, table: Deletable, ids: readonly string[]): Promise<Map<string, number>> {
  const column = { app_user: 'user_id', stereotype: 'stereotype_id', project: 'project_id', sprint: null }[table]
  if (!column) return new Map()
  const rows = await sql<{ id: string; count: number }>(
    `SELECT ${column} AS id, count(*) AS count FROM activity WHERE ${column} = ANY ($1::uuid[]) GROUP BY 1`,
    [ids],
  )
  return new Map(rows.map(({ id, count }) => [id, count]))
}

/**
 * Deletes these records, the slices of those that are subjects, and users' days in teams. Nothing is kept of a user, in
 * no former state of an activity either; codes of stereotypes are, as former activities have them, and what was done for
 * a project is of none there.
 */
export async function deleteByIds(sql: Sql, table: Deletable, ids: readonly string[]): Promise<void> {
  await sql(`SELECT id FROM ${table} WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`, [ids])
  if (table === user.table || table === project.table) {
    await lockSlicesOf(sql, 'SELECT unnest($1::uuid[])', ids)
    await sql('DELETE FROM slice WHERE subject_id = ANY ($1::uuid[])', [ids])
  }
  // Former time of a project that is gone is of no project.
  if (table === project.table)
    await sql('UPDATE activity_history SET project_id = NULL WHERE project_id = ANY ($1::uuid[])', [ids])
  if (table === user.table) {
    await sql('DELETE FROM team_member WHERE user_id = ANY ($1::uuid[])', [ids])
    await sql('DELETE FROM activity_history WHERE user_id = ANY ($1::uuid[])', [ids])
  }
  await sql(table === 'stereotype' ? DELETE_STEREOTYPES : `DELETE FROM ${table} WHERE id = ANY ($1::uuid[])`, [ids])
}

const DELETE_STEREOTYPES = `
WITH gone AS (
  DELETE FROM stereotype WHERE id = ANY ($1::uuid[]) RETURNING *
), ${raiseRevisions('gone', 'NULL')}
INSERT INTO stereotype_history (stereotype_id, until_revision, since_revision, source, external_id, code, name)
SELECT id, revision, since_revision, source, external_id, code, name
FROM gone JOIN revised USING (source) WHERE since_revision < revision`

/** In the order in which everybody locks slices. */
export async function lockSlicesOf(sql: Sql, subjects: string, value: unknown): Promise<void> {
  await sql(
    `SELECT count(*) FROM (
       SELECT FROM slice WHERE subject_id IN (${subjects}) ORDER BY subject_id, start_date, end_date, logic FOR UPDATE
     ) locked`,
    [value],
  )
}
