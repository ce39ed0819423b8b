/** What stands by rows that are kept, and by none of those that count. */
import { ActivityType } from '../model/activity.ts'
import { user } from '../model/subject.ts'
import { fencedLookUp, type Sql } from './database.ts'

const ROWS_AT_ONCE = 5_000

/** SQL for whether a row of a batch is kept that came after a place, the value of that number. */
const isKept = (batchId: string, rowIndex: string, place: string) => `coalesce((
    SELECT k.came > ${place} AND ${rowIndex} < k.first_row + k.row_count
    FROM batch_rows k WHERE k.batch_id = ${batchId} AND k.first_row <= ${rowIndex} ORDER BY k.first_row DESC LIMIT 1
  ), false)`

/** Activities as they stand in the order of their keys, so many after one of them. */
export interface StandingPage {
  /** The last key that was looked at; null where there are no more. */
  last: string | null
  /** Keys of activities that stand by a kept row, though none that counts makes them. */
  groundless: string[]
}

/**
 * Looks for activities that are as a row made them which came after a place, be it by way of quarantine, and of which no row counts.
 * What is from before, or from rows that aren't kept any more, is none of them.
 */
export async function findGroundless(
  sql: Sql,
  source: string,
  place: number,
  after: string | null,
): Promise<StandingPage> {
  const rows = await sql<{ key: string; isCounted: boolean; isKept: boolean; isOfBatch: boolean }>(
    `SELECT a.external_id AS key, live.is_there IS NOT NULL AS "isCounted",
       live.is_there IS NULL AND ${isKept('a.batch_id', 'a.row_index', '$2')} AS "isKept",
       live.is_there IS NULL AND EXISTS (SELECT FROM batch_rows WHERE batch_id = a.batch_id) AS "isOfBatch"
     FROM (
       SELECT external_id, batch_id, row_index FROM activity
       WHERE source = $1 AND ($3::text IS NULL OR external_id > $3) ORDER BY external_id LIMIT ${ROWS_AT_ONCE}
     ) a
     LEFT JOIN ${fencedLookUp(`SELECT true AS is_there FROM live_version
       WHERE source = $1 AND external_id = a.external_id AND is_good`)} live ON true
     ORDER BY a.external_id`,
    [source, place, after],
  )
  const others = rows.filter(({ isCounted }) => !isCounted)
  const replayed = others.filter((row) => !row.isKept && !row.isOfBatch).map(({ key }) => key)
  const kept = await keptByQuarantine(sql, source, place, replayed)
  return {
    last: rows.at(-1)?.key ?? null,
    groundless: others.filter((row) => row.isKept || kept.has(row.key)).map(({ key }) => key),
  }
}

/** Those of these keys of which quarantine released a row that is kept. */
async function keptByQuarantine(
  sql: Sql,
  source: string,
  place: number,
  keys: readonly string[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const rows = await sql<{ key: string }>(
    `SELECT DISTINCT q.external_id AS key
     FROM quarantined_row q JOIN rejection r ON r.quarantined_row_id = q.id
     WHERE q.source = $1 AND q.status = 'RELEASED' AND q.external_id = ANY ($3::text[])
       AND ${isKept('r.batch_id', 'r.row_index', '$2')}`,
    [source, place, keys],
  )
  return new Set(rows.map(({ key }) => key))
}

/** Those of these versions that are older than what stands of the same activity by a row which isn't kept. */
export async function olderThanUnkept<V extends { externalId: string; changedAt: string }>(
  sql: Sql,
  source: string,
  place: number,
  versions: readonly V[],
): Promise<Set<V>> {
  if (versions.length === 0) return new Set()
  const rows = await sql<{ position: number; key: string; isKept: boolean }>(
    `SELECT position - 1 AS position, version.external_id AS key, ${isKept('a.batch_id', 'a.row_index', '$2')} AS "isKept"
     FROM unnest($3::text[], $4::timestamptz[]) WITH ORDINALITY AS version (external_id, changed_at, position)
     CROSS JOIN ${fencedLookUp(`SELECT changed_at, batch_id, row_index FROM activity
       WHERE source = $1 AND external_id = version.external_id`)} a
     WHERE a.changed_at > version.changed_at`,
    [source, place, versions.map((v) => v.externalId), versions.map((v) => v.changedAt)],
  )
  const others = rows.filter((row) => !row.isKept)
  const keys = others.map(({ key }) => key)
  const kept = await keptByQuarantine(sql, source, place, keys)
  return new Set(others.filter(({ key }) => !kept.has(key)).flatMap(({ position }) => versions[position] ?? []))
}

/** Those of these fingerprints of rows that somebody discarded. */
export async function discardedAmong(sql: Sql, source: string, fingerprints: readonly string[]): Promise<Set<string>> {
  if (fingerprints.length === 0) return new Set()
  const rows = await sql<{ fingerprint: string }>(
    `SELECT fingerprint FROM quarantined_row q
     WHERE source = $1 AND fingerprint = ANY ($2::text[])
     GROUP BY fingerprint HAVING bool_or(status = 'DISCARDED') AND NOT bool_or(status = 'OPEN')`,
    [source, fingerprints],
  )
  return new Set(rows.map(({ fingerprint }) => fingerprint))
}

/**
 * Releases rows that wait, so many at most, though they would not by what counts: they are good now, or gave way to a good row. Returns
 * how many there were.
 */
export async function releaseGroundless(sql: Sql, source: string, place: number): Promise<number> {
  const released = await sql(
    `UPDATE quarantined_row SET status = 'RELEASED'
     WHERE id IN (
       SELECT q.id FROM quarantined_row q
       WHERE q.status = 'OPEN' AND q.source = $1
         AND NOT EXISTS (SELECT FROM live_version l WHERE l.source = $1 AND l.fingerprint = q.fingerprint)
         AND (
           EXISTS (SELECT FROM rejection r WHERE r.quarantined_row_id = q.id AND ${isKept('r.batch_id', 'r.row_index', '$2')})
           OR EXISTS (SELECT FROM live_version l WHERE l.source = $1 AND l.external_id = q.external_id AND l.is_good
             AND coalesce(q.changed_at <= l.changed_at::timestamptz, true))
         )
       LIMIT ${ROWS_AT_ONCE}
     )
     RETURNING 1`,
    [source, place],
  )
  return released.length
}

/** How much there is of a source, by what it is. */
export interface SourceSums {
  vaSeconds: number
  nvaSeconds: number
}

export async function sumsOfSource(sql: Sql, source: string): Promise<SourceSums> {
  const rows = await sql<{ type: ActivityType; seconds: number }>(
    'SELECT type, sum(duration_seconds)::bigint AS seconds FROM activity WHERE source = $1 GROUP BY type',
    [source],
  )
  const secondsOf = (type: ActivityType) => rows.find((row) => row.type === type)?.seconds ?? 0
  return { vaSeconds: secondsOf(ActivityType.VALUE_ADD), nvaSeconds: secondsOf(ActivityType.NON_VALUE_ADD) }
}

/** On how many days of people something was changed by the transaction that is under way. */
export async function changedDays(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>(
    `SELECT count(*) AS count FROM slice WHERE logic = '${user.sourceLogic}' AND xmin = pg_current_xact_id()::xid`,
  )
  return row?.count ?? 0
}
