/** Which of the kept rows count, worked out in the order in which they came; it outgrows no memory, as it is in the cache. */
import { fencedLookUp, type Sql } from './database.ts'
import type { LiveVersion } from './entities/live-version.ts'

/** A kept row that counts, or that waits. */
export type Live = Omit<LiveVersion, 'source'>

/** Forgets what was worked out of a source. */
export async function clearLive(sql: Sql, source: string): Promise<void> {
  await sql('DELETE FROM live_version WHERE source = $1', [source])
}

/** Begins anew, for a run of this id. */
export async function beginLive(sql: Sql, source: string, runId: string): Promise<void> {
  await clearLive(sql, source)
  await sql('INSERT INTO live_version (source, came, row_index, is_good, fingerprint) VALUES ($1, -1, 0, false, $2)', [
    source,
    runId,
  ])
}

/** Whether what was worked out is still that of this run: nobody began another one. */
export async function isLiveOf(sql: Sql, source: string, runId: string): Promise<boolean> {
  const rows = await sql('SELECT FROM live_version WHERE source = $1 AND came = -1 AND fingerprint = $2', [
    source,
    runId,
  ])
  return rows.length > 0
}

/** What counts of these activities, in the order in which it came. */
export async function liveOf(sql: Sql, source: string, externalIds: readonly string[]): Promise<Live[]> {
  return sql<Live>(
    `SELECT ${COLUMNS} FROM unnest($2::text[]) AS asked (external_id)
     CROSS JOIN ${fencedLookUp('SELECT * FROM live_version WHERE source = $1 AND external_id = asked.external_id')} l
     ORDER BY came, row_index`,
    [source, externalIds],
  )
}

/** What counts of the rows that came after one place, up to another. */
export async function liveBetween(sql: Sql, source: string, after: number, upTo: number): Promise<Live[]> {
  return sql<Live>(
    `SELECT ${COLUMNS} FROM live_version l WHERE source = $1 AND came > $2 AND came <= $3 ORDER BY came, row_index`,
    [source, after, upTo],
  )
}

/** Has these count of these activities, and of rows without a key; nothing else of those does. */
export async function replaceLive(
  sql: Sql,
  source: string,
  externalIds: readonly string[],
  live: readonly Live[],
): Promise<void> {
  await sql(
    `DELETE FROM live_version WHERE ctid = ANY (ARRAY (
       SELECT l.place FROM unnest($2::text[]) AS asked (external_id)
       CROSS JOIN ${fencedLookUp('SELECT ctid AS place FROM live_version WHERE source = $1 AND external_id = asked.external_id')} l
     ))`,
    [source, externalIds],
  )
  await sql(
    `INSERT INTO live_version (source, came, row_index, external_id, changed_at, is_good, fingerprint)
     SELECT $1, * FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::text[], $6::boolean[], $7::text[])`,
    [
      source,
      ...[live.map((each) => each.came), live.map((each) => each.rowIndex), live.map((each) => each.externalId)],
      ...[live.map((each) => each.changedAt), live.map((each) => each.isGood), live.map((each) => each.fingerprint)],
    ],
  )
}

const COLUMNS = `came, row_index AS "rowIndex", l.external_id AS "externalId", changed_at AS "changedAt",
  is_good AS "isGood", fingerprint`
