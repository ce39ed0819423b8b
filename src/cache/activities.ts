import type { ActivityType } from '../model/activity.ts'
import { lookUp, plainArray, type Sql } from './database.ts'
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
}

export interface WriteCounts {
  inserted: number
  updated: number
  unchanged: number
}

/**
 * Inserts the new, updates the different, leaves the equal alone, and raises the revision of every user-day that
 * was touched, old place and new. One statement for the whole batch. The caller holds the source's lock: no one else
 * adds or deletes activities of the source, so what isn't there stays new.
 */
export async function writeActivities(
  sql: Sql,
  source: string,
  writes: readonly ActivityWrite[],
): Promise<WriteCounts> {
  const [counts] = await sql<WriteCounts>(WRITE, [
    source,
    plainArray(writes.map((w) => w.id)),
    writes.map((w) => w.externalId),
    plainArray(writes.map((w) => w.date)),
    plainArray(writes.map((w) => w.durationSeconds)),
    plainArray(writes.map((w) => w.type)),
    plainArray(writes.map((w) => w.stereotypeId)),
    plainArray(writes.map((w) => w.userId)),
  ])
  return counts ?? { inserted: 0, updated: 0, unchanged: 0 }
}

/** Deletes what is there of these and raises the user-days that they lay on. Returns how many there were. */
export async function deleteActivities(sql: Sql, source: string, externalIds: readonly string[]): Promise<number> {
  const [gone] = await sql<{ count: number }>(DELETE, [source, externalIds])
  return gone?.count ?? 0
}

const insertMet = (condition: string) => `INSERT INTO activity
    (id, source, external_id, date, duration_seconds, type, stereotype_id, user_id)
  SELECT id, $1, external_id, date, duration_seconds, type, stereotype_id, user_id FROM met WHERE ${condition}`

/** New rows need no second look for a conflict: it costs more than the first. */
const WRITE = `
WITH incoming AS (
  SELECT *
  FROM unnest($2::uuid[], $3::text[], $4::date[], $5::integer[], $6::activity_type[], $7::uuid[], $8::uuid[])
    AS t (id, external_id, date, duration_seconds, type, stereotype_id, user_id)
), met AS MATERIALIZED (
  SELECT i.*, a.user_id AS old_user_id, a.date AS old_date,
    (a.date, a.duration_seconds, a.type, a.stereotype_id, a.user_id)
      IS DISTINCT FROM (i.date, i.duration_seconds, i.type, i.stereotype_id, i.user_id) AS differs
  FROM incoming i
  LEFT JOIN ${lookUp('SELECT * FROM activity WHERE source = $1 AND external_id = i.external_id')} a ON true
), inserted AS (
  ${insertMet('old_user_id IS NULL')}
), updated AS (
  ${insertMet('old_user_id IS NOT NULL AND differs')}
  ON CONFLICT (source, external_id) DO UPDATE
    SET date = excluded.date, duration_seconds = excluded.duration_seconds, type = excluded.type,
      stereotype_id = excluded.stereotype_id, user_id = excluded.user_id
), touched AS (
  SELECT user_id, date FROM met WHERE differs
  UNION
  SELECT old_user_id, old_date FROM met WHERE differs AND old_user_id IS NOT NULL
), ${raiseSourceSlices('touched')}
SELECT count(*) FILTER (WHERE old_user_id IS NULL) AS inserted,
  count(*) FILTER (WHERE old_user_id IS NOT NULL AND differs) AS updated,
  count(*) FILTER (WHERE NOT differs) AS unchanged
FROM met`

const DELETE = `
WITH gone AS (
  DELETE FROM activity WHERE source = $1 AND external_id = ANY ($2::text[])
  RETURNING user_id, date
), touched AS (
  SELECT DISTINCT user_id, date FROM gone
), ${raiseSourceSlices('touched')}
SELECT count(*) AS count FROM gone`
