import type { ActivityType } from '../model/activity.ts'
import { project, user } from '../model/subject.ts'
import type { Window } from '../model/window.ts'
import { fencedLookUp, plainArray, type Sql } from './database.ts'
import { raiseRevisions } from './revisions.ts'
import { raiseSourceSlices } from './source-slices.ts'

/** An activity ready to be stored: its references resolved, its id made (kept only if the activity is new). */
export interface ActivityWrite {
  id: string
  externalId: string
  date: string
  durationSeconds: number
  type: ActivityType
  stereotypeId: string
  userId: string
  projectId: string | null
  /** As that of an activity. */
  changedAt: string | null
  /** Which row of its batch it is, from 0. */
  rowIndex: number
}

export interface WriteCounts {
  inserted: number
  updated: number
  unchanged: number
}

/** How many activities became value added, or are it no longer. */
export interface ChangedSides {
  toValueAdd: number
  toNonValueAdd: number
}

/** What became of the writes; `older` are the keys of those that weren't written, as a newer version is stored. */
export interface Written {
  counts: WriteCounts
  sides: ChangedSides
  older: string[]
  touched: Window[]
}

/**
 * Inserts the new, updates the different, leaves the equal alone but for a later time of change, and raises the revision of every day of a user and of a project that
 * was touched, old place and new. What an activity was before is kept as history. One statement for the whole batch. An older version than the one stored is left out,
 * unless it is `forced`. The caller holds the source's lock: no one else adds or deletes activities of the source, so
 * what isn't there stays new.
 */
export async function writeActivities(
  sql: Sql,
  source: string,
  batchId: string,
  writes: readonly ActivityWrite[],
  { forced = false }: { forced?: boolean } = {},
): Promise<Written> {
  const [projects] = await sql<{ there: boolean }>(HAS_PROJECTS, [source])
  const statement = projects?.there ? WRITE_WITH_PROJECTS : WRITE
  const [written] = await sql<WriteCounts & ChangedSides & Omit<Written, 'counts' | 'sides'>>(statement, [
    source,
    plainArray(writes.map((w) => w.id)),
    writes.map((w) => w.externalId),
    plainArray(writes.map((w) => w.date)),
    plainArray(writes.map((w) => w.durationSeconds)),
    plainArray(writes.map((w) => w.type)),
    plainArray(writes.map((w) => w.stereotypeId)),
    plainArray(writes.map((w) => w.userId)),
    plainArray(writes.map(({ changedAt }) => (changedAt === null ? 'NULL' : `"${changedAt}"`))),
    plainArray(writes.map(({ projectId }) => projectId ?? 'NULL')),
    forced,
    batchId,
    plainArray(writes.map((w) => w.rowIndex)),
  ])
  if (!written) throw new Error('Broken invariant: a count is one row.')
  const { older, touched, toValueAdd, toNonValueAdd, ...counts } = written
  return { counts, sides: { toValueAdd, toNonValueAdd }, older, touched }
}

/** How many activities, and how much of people's time. */
export interface SideChange {
  activities: number
  seconds: number
}

/** How many stored activities have another type than they are given here, by the codes of their stereotypes. */
export async function sidesChanged(
  sql: Sql,
  source: string,
  typed: readonly { externalId: string; type: ActivityType }[],
): Promise<{ kind: string; toValueAdd: SideChange; toNonValueAdd: SideChange }[]> {
  const rows = await sql<{ kind: string; type: ActivityType; activities: number; seconds: number }>(
    `SELECT s.code AS kind, given.type, count(*) AS activities, sum(a.duration_seconds)::bigint AS seconds
     FROM unnest($2::text[], $3::activity_type[]) AS given (external_id, type)
     CROSS JOIN ${fencedLookUp('SELECT * FROM activity WHERE source = $1 AND external_id = given.external_id')} a
     JOIN stereotype s ON s.id = a.stereotype_id
     WHERE a.type <> given.type GROUP BY s.code, given.type`,
    [source, typed.map(({ externalId }) => externalId), typed.map(({ type }) => type)],
  )
  const none = { activities: 0, seconds: 0 }
  return rows.map(({ kind, type, ...change }) => ({
    kind,
    toValueAdd: type === 'VALUE_ADD' ? change : none,
    toNonValueAdd: type === 'VALUE_ADD' ? none : change,
  }))
}

/** How much of these activities there is, by what it is. */
export async function secondsOf(
  sql: Sql,
  source: string,
  externalIds: readonly string[],
): Promise<{ activities: number; vaSeconds: number; nvaSeconds: number }> {
  const [row] = await sql<{ activities: number; vaSeconds: number; nvaSeconds: number }>(
    `SELECT count(*) AS activities,
       coalesce(sum(duration_seconds) FILTER (WHERE type = 'VALUE_ADD'), 0)::bigint AS "vaSeconds",
       coalesce(sum(duration_seconds) FILTER (WHERE type = 'NON_VALUE_ADD'), 0)::bigint AS "nvaSeconds"
     FROM activity WHERE source = $1 AND external_id = ANY ($2::text[])`,
    [source, externalIds],
  )
  return row ?? { activities: 0, vaSeconds: 0, nvaSeconds: 0 }
}

/** A version of an activity that its source dates. */
export interface Version {
  externalId: string
  changedAt: string
}

/** Those of these versions that are older than what is stored of the same key. */
export async function olderThanStored<V extends Version>(
  sql: Sql,
  source: string,
  versions: readonly V[],
): Promise<Set<V>> {
  if (versions.length === 0) return new Set()
  const rows = await sql<{ position: number }>(
    `SELECT position - 1 AS position
     FROM unnest($2::text[], $3::timestamptz[]) WITH ORDINALITY AS version (external_id, changed_at, position)
     CROSS JOIN ${fencedLookUp('SELECT changed_at FROM activity WHERE source = $1 AND external_id = version.external_id')} a
     WHERE a.changed_at > version.changed_at`,
    [source, versions.map((v) => v.externalId), versions.map((v) => v.changedAt)],
  )
  return new Set(rows.flatMap(({ position }) => versions[position] ?? []))
}

/** Dates what is stored back to these versions, which are what their source has now though they were refused. */
export async function dateBack(sql: Sql, source: string, versions: readonly Version[]): Promise<void> {
  if (versions.length === 0) return
  await sql(
    `UPDATE activity a SET changed_at = version.changed_at
     FROM unnest($2::text[], $3::timestamptz[]) AS version (external_id, changed_at)
     WHERE a.source = $1 AND a.external_id = version.external_id AND a.changed_at > version.changed_at`,
    [source, versions.map((v) => v.externalId), versions.map((v) => v.changedAt)],
  )
}

/** Forgets when the source changed what is stored of it: whatever comes next counts as newer. */
export async function forgetChangeTimes(sql: Sql, source: string): Promise<void> {
  await sql(`UPDATE activity SET changed_at = '-infinity' WHERE source = $1 AND changed_at IS NOT NULL`, [source])
}

/** How many there were, and on which days of users. */
export interface Deleted {
  count: number
  touched: Window[]
}

/**
 * Deletes what is there of these and raises the days of users and projects that they lay on. What they were is kept as
 * history. The caller holds the source's lock.
 * @param batchId The batch that they go by, where it is one.
 */
export async function deleteActivities(
  sql: Sql,
  source: string,
  externalIds: readonly string[],
  batchId: string | null = null,
): Promise<Deleted> {
  const [deleted] = await sql<Deleted>(DELETE, [source, externalIds, batchId])
  return deleted ?? { count: 0, touched: [] }
}

/** SQL for one window for each user in \`touched\`, from the first of the days to the last. */
const TOUCHED = `(
  SELECT coalesce(json_agg(json_build_object('subjectId', user_id, 'from', first, 'to', last)), '[]')
  FROM (SELECT user_id, min(date) AS first, max(date) AS last FROM touched GROUP BY user_id) spans
) AS touched`

const REVISION = '(SELECT revision FROM revised)'

const insertMet = (condition: string) => `INSERT INTO activity
    (id, source, external_id, date, duration_seconds, type, stereotype_id, user_id, changed_at, project_id, batch_id, row_index,
      since_revision)
  SELECT id, $1, external_id, date, duration_seconds, type, stereotype_id, user_id, changed_at, project_id,
    CASE WHEN differs THEN $12::uuid ELSE old_batch_id END, CASE WHEN differs THEN row_index ELSE old_row_index END,
    CASE WHEN differs THEN ${REVISION} ELSE old_since END
  FROM met
  WHERE ${condition}`

const HISTORY_COLUMNS = `activity_id, until_revision, since_revision, source, external_id, date, duration_seconds, type,
      stereotype_id, user_id, project_id, changed_at, batch_id, row_index`

const BECAME = 'differs AND NOT older AND old_type <> type AND type ='

/** New rows need no second look for a conflict: it costs more than the first. */
const writeSql = (hasProjects: boolean) => `
WITH incoming AS (
  SELECT *
  FROM unnest($2::uuid[], $3::text[], $4::date[], $5::integer[], $6::activity_type[], $7::uuid[], $8::uuid[], $9::timestamptz[],
      $10::uuid[], $13::integer[])
    AS t (id, external_id, date, duration_seconds, type, stereotype_id, user_id, changed_at, project_id, row_index)
), met AS MATERIALIZED (
  SELECT i.*, a.user_id AS old_user_id, a.project_id AS old_project_id, a.date AS old_date, a.type AS old_type,
    a.batch_id AS old_batch_id, a.row_index AS old_row_index, a.id AS old_id, a.duration_seconds AS old_duration_seconds,
    a.stereotype_id AS old_stereotype_id, a.changed_at AS old_changed_at, a.since_revision AS old_since,
    (a.date, a.duration_seconds, a.type, a.stereotype_id, a.user_id, a.project_id)
      IS DISTINCT FROM (i.date, i.duration_seconds, i.type, i.stereotype_id, i.user_id, i.project_id) AS differs,
    NOT $11::boolean AND coalesce(i.changed_at < a.changed_at, false) AS older,
    i.changed_at IS NOT NULL AND coalesce(i.changed_at > a.changed_at, true) AS is_later
  FROM incoming i
  LEFT JOIN ${fencedLookUp('SELECT * FROM activity WHERE source = $1 AND external_id = i.external_id')} a ON true
), changed AS (
  SELECT $1::text AS source WHERE EXISTS (SELECT FROM met WHERE differs AND NOT older)
), ${raiseRevisions('changed', '$12::uuid')}, kept AS (
  INSERT INTO activity_history (${HISTORY_COLUMNS})
  SELECT old_id, ${REVISION}, old_since, $1, external_id, old_date, old_duration_seconds, old_type,
    old_stereotype_id, old_user_id, old_project_id, old_changed_at, old_batch_id, old_row_index
  FROM met WHERE old_id IS NOT NULL AND differs AND NOT older AND old_since < ${REVISION}
), inserted AS (
  ${insertMet('old_user_id IS NULL')}
), updated AS (
  ${insertMet('old_user_id IS NOT NULL AND CASE WHEN differs THEN NOT older ELSE is_later END')}
  ON CONFLICT (source, external_id) DO UPDATE
    SET date = excluded.date, duration_seconds = excluded.duration_seconds, type = excluded.type,
      stereotype_id = excluded.stereotype_id, user_id = excluded.user_id, changed_at = excluded.changed_at,
      project_id = excluded.project_id, batch_id = excluded.batch_id, row_index = excluded.row_index,
      since_revision = excluded.since_revision
), touched AS (
  SELECT user_id, date FROM met WHERE differs AND NOT older
  UNION
  SELECT old_user_id, old_date FROM met WHERE differs AND NOT older AND old_user_id IS NOT NULL
), ${raiseSourceSlices(user, 'touched')}${hasProjects ? RAISE_PROJECTS : ''}
SELECT count(*) FILTER (WHERE old_user_id IS NULL) AS inserted,
  count(*) FILTER (WHERE old_user_id IS NOT NULL AND differs AND NOT older) AS updated,
  count(*) FILTER (WHERE NOT differs) AS unchanged,
  count(*) FILTER (WHERE ${BECAME} 'VALUE_ADD') AS "toValueAdd",
  count(*) FILTER (WHERE ${BECAME} 'NON_VALUE_ADD') AS "toNonValueAdd",
  coalesce(array_agg(external_id) FILTER (WHERE differs AND older), '{}') AS older,
  ${TOUCHED}
FROM met`

const RAISE_PROJECTS = `, touched_projects AS (
  SELECT project_id, date FROM met WHERE differs AND NOT older AND project_id IS NOT NULL
  UNION
  SELECT old_project_id, old_date FROM met WHERE differs AND NOT older AND old_project_id IS NOT NULL
), ${raiseSourceSlices(project, 'touched_projects')}`

const WRITE = writeSql(false)

/** Where a source has no projects none of its activities has one, and there is nothing more to raise. */
const WRITE_WITH_PROJECTS = writeSql(true)

const HAS_PROJECTS = 'SELECT EXISTS (SELECT FROM project WHERE source = $1) AS there'

const DELETE = `
WITH gone AS (
  DELETE FROM activity WHERE source = $1 AND external_id = ANY ($2::text[])
  RETURNING *
), ${raiseRevisions('gone', '$3::uuid')}, kept AS (
  INSERT INTO activity_history (${HISTORY_COLUMNS})
  SELECT id, ${REVISION}, since_revision, source, external_id, date, duration_seconds, type, stereotype_id, user_id,
    project_id, changed_at, batch_id, row_index
  FROM gone WHERE since_revision < ${REVISION}
), touched AS (
  SELECT DISTINCT user_id, date FROM gone
), touched_projects AS (
  SELECT DISTINCT project_id, date FROM gone WHERE project_id IS NOT NULL
), ${raiseSourceSlices(user, 'touched')}, ${raiseSourceSlices(project, 'touched_projects')}
SELECT count(*) AS count, ${TOUCHED} FROM gone`
