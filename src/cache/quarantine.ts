import { jsonText, parseJson } from '../model/exact-json.ts'
import { newIds } from '../model/ids.ts'
import type { Problem, ProblemCode } from '../model/problem.ts'
import type { SourceRow } from '../model/source-row.ts'
import { fencedLookUp, type Sql } from './database.ts'
import type { QuarantinedRow, QuarantineStatus } from './entities/quarantined-row.ts'

/** A row that was just refused. */
export interface RefusedRow {
  rowIndex: number
  externalId: string | null
  row: SourceRow
  /** Tells the row from others: see `QuarantinedRow`. */
  fingerprint: string
  /** As that of an activity. */
  changedAt: string | null
  problems: readonly Problem[]
  /** Whose it is, of which kind, and of which day, as far as it can be told: the source's keys, and an ISO date. */
  keys: { user: string | null; stereotype: string | null; project: string | null }
  date: string | null
}

/**
 * Keeps refused rows whole. One that is in quarantine already is counted as refused once more; so is a discarded one
 * that a pull met again as it was. Returns the places of those that are news.
 */
export async function quarantineRows(
  sql: Sql,
  source: string,
  batchId: string,
  refused: readonly RefusedRow[],
  { isReplay = false }: { isReplay?: boolean } = {},
): Promise<Set<number>> {
  if (refused.length === 0) return new Set()
  const news = await sql<{ row_index: number }>(QUARANTINE, [
    source,
    batchId,
    newIds(refused.length),
    refused.map((r) => r.rowIndex),
    refused.map((r) => r.externalId),
    refused.map((r) => jsonText(r.row)),
    refused.map((r) => r.fingerprint),
    refused.map((r) => JSON.stringify(r.problems)),
    refused.map((r) => r.changedAt),
    isReplay,
    refused.map((r) => r.keys.user),
    refused.map((r) => r.keys.stereotype),
    refused.map((r) => r.keys.project),
    refused.map((r) => r.date),
  ])
  return new Set(news.map((row) => row.row_index))
}

/**
 * Releases the open rows of which a version as new or newer was accepted, but for those that were refused again. Returns
 * the open ones that are newer than what was accepted, with that.
 */
export async function releaseSuperseded<A extends { externalId: string; changedAt: string | null }>(
  sql: Sql,
  source: string,
  accepted: readonly A[],
  refusedAgain: readonly string[],
): Promise<{ id: string; than: A }[]> {
  const open = await sql(`SELECT 1 FROM quarantined_row WHERE status = 'OPEN' AND source = $1 LIMIT 1`, [source])
  if (open.length === 0) return []
  const values = [source, accepted.map((a) => a.externalId), accepted.map((a) => a.changedAt)]
  await sql(
    `UPDATE quarantined_row q SET status = 'RELEASED'
     FROM unnest($2::text[], $3::timestamptz[]) AS accepted (external_id, changed_at)
     WHERE q.status = 'OPEN' AND q.source = $1 AND q.external_id = accepted.external_id
       AND coalesce(q.changed_at <= accepted.changed_at, true) AND q.fingerprint <> ALL ($4::text[])`,
    [...values, refusedAgain],
  )
  const newer = await sql<{ id: string; position: number }>(
    `SELECT q.id, position - 1 AS position
     FROM unnest($2::text[], $3::timestamptz[]) WITH ORDINALITY AS accepted (external_id, changed_at, position)
     CROSS JOIN ${fencedLookUp(`SELECT id FROM quarantined_row
       WHERE status = 'OPEN' AND source = $1 AND external_id = accepted.external_id
         AND changed_at > accepted.changed_at`)} q`,
    values,
  )
  return newer.flatMap(({ id, position }) => {
    const than = accepted[position]
    return than ? [{ id, than }] : []
  })
}

/** Releases these rows, and the open ones that hold older versions of the same activities. */
export async function releaseReplayed(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql(
    `UPDATE quarantined_row q SET status = 'RELEASED'
     FROM (
       SELECT id FROM unnest($1::uuid[]) AS replayed (id)
       UNION
       SELECT older.id FROM unnest($1::uuid[]) AS replayed (id)
       CROSS JOIN ${fencedLookUp('SELECT * FROM quarantined_row WHERE id = replayed.id')} q
       CROSS JOIN ${fencedLookUp(`SELECT id FROM quarantined_row older
         WHERE status = 'OPEN' AND source = q.source AND external_id = q.external_id
           AND (${byVersion('older')}) < (${byVersion('q')})`)} older
     ) released
     WHERE q.id = released.id`,
    [ids],
  )
}

/** Releases these rows where they are still open and this batch, which met all that the source has of them, didn't refuse them. */
export async function releaseGone(sql: Sql, ids: readonly string[], batchId: string): Promise<void> {
  if (ids.length === 0) return
  await sql(
    `UPDATE quarantined_row SET status = 'RELEASED' WHERE id = ANY ($1::uuid[]) AND status = 'OPEN' AND batch_id <> $2`,
    [ids, batchId],
  )
}

/** Discards the open rows of these activities. */
export async function discardOpenOf(
  sql: Sql,
  source: string,
  externalIds: readonly string[],
  reason: string,
): Promise<void> {
  await sql(
    `UPDATE quarantined_row SET status = 'DISCARDED', reason = $3
     WHERE status = 'OPEN' AND source = $1 AND external_id = ANY ($2::text[])`,
    [source, externalIds, reason],
  )
}

export async function discardRows(sql: Sql, ids: readonly string[], reason: string): Promise<void> {
  await sql(`UPDATE quarantined_row SET status = 'DISCARDED', reason = $2 WHERE id = ANY ($1::uuid[])`, [ids, reason])
}

/**
 * Has discarded rows wait again, but for those of which an equal one waits already. Returns the ids of those that do. The caller
 * holds the source's lock.
 */
export async function reopenRows(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    `UPDATE quarantined_row q SET status = 'OPEN', reason = NULL
     WHERE id = ANY ($1::uuid[]) AND status = 'DISCARDED'
       AND NOT EXISTS (SELECT FROM quarantined_row other WHERE status = 'OPEN' AND source = q.source AND fingerprint = q.fingerprint)
     RETURNING id`,
    [ids],
  )
  return rows.map(({ id }) => id)
}

/** The sources of those of these rows that are there, by id. */
export async function quarantinedSources(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; source: string }>(
    'SELECT id, source FROM quarantined_row WHERE id = ANY ($1::uuid[])',
    [ids],
  )
  return new Map(rows.map(({ id, source }) => [id, source]))
}

/** A quarantined row without what it holds. */
export interface KeptRow {
  id: string
  status: QuarantineStatus
  /** Of its JSON text. */
  bytes: number
}

/** Those of these rows that are there, locked until the transaction ends, the oldest version first. */
export async function lockQuarantinedRows(sql: Sql, ids: readonly string[]): Promise<KeptRow[]> {
  await sql('SELECT id FROM quarantined_row WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE', [ids])
  return sql<KeptRow>(
    `SELECT ${KEPT_COLUMNS} FROM quarantined_row q WHERE id = ANY ($1::uuid[]) ORDER BY ${byVersion('q')}`,
    [ids],
  )
}

/** Open rows with one of these problems, the oldest version first, so many after the given one. */
export async function openRowsWith(
  sql: Sql,
  source: string,
  codes: readonly ProblemCode[],
  page: { limit: number; after: string | null },
): Promise<KeptRow[]> {
  return sql<KeptRow>(
    `SELECT ${KEPT_COLUMNS}
     FROM quarantined_row q
     WHERE status = 'OPEN' AND source = $1 AND problems @> ANY ($2::jsonb[])
       AND ($3::uuid IS NULL OR (${byVersion('q')}) > (SELECT ${byVersion('q')} FROM quarantined_row q WHERE id = $3))
     ORDER BY ${byVersion('q')}
     LIMIT $4`,
    [source, codes.map((code) => JSON.stringify([{ code }])), page.after, page.limit],
  )
}

/** The bytes of what these rows hold. */
export async function bytesOfRows(sql: Sql, ids: readonly string[]): Promise<number> {
  const [sum] = await sql<{ bytes: number }>(
    'SELECT coalesce(sum(octet_length(row)), 0)::bigint AS bytes FROM quarantined_row WHERE id = ANY ($1::uuid[])',
    [ids],
  )
  return sum?.bytes ?? 0
}

/** A quarantined row with what it holds, and its version. */
export type WholeRow = Required<Pick<QuarantinedRow, 'id' | 'row' | 'externalId' | 'fingerprint' | 'changedAt'>>

/** Those of these rows that are there, as they came, the oldest version first. */
export async function readWholeRows(sql: Sql, ids: readonly string[]): Promise<WholeRow[]> {
  const found = await sql<Omit<WholeRow, 'row'> & { row: string }>(
    `SELECT q.id, q.row, q.external_id AS "externalId", q.fingerprint, q.changed_at::text AS "changedAt"
     FROM quarantined_row q
     WHERE id = ANY ($1::uuid[])
     ORDER BY ${byVersion('q')}`,
    [ids],
  )
  return found.map((kept) => ({ ...kept, row: parseJson(kept.row) as SourceRow }))
}

const KEPT_COLUMNS = 'q.id, q.status, octet_length(q.row) AS bytes'

/** Rows that were sent in have no time but that at which they came last. */
function byVersion(row: string): string {
  return `coalesce(${row}.changed_at, ${row}.last_seen_at), ${row}.id`
}

const QUARANTINE = `
WITH refused AS (
  SELECT *
  FROM unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
      $11::text[], $12::text[], $13::text[], $14::date[])
    AS t (id, row_index, external_id, row, fingerprint, problems, changed_at, user_key, stereotype_key, project_key, date)
), known AS (
  SELECT refused.*, discarded.id AS discarded_id
  FROM refused
  LEFT JOIN ${fencedLookUp(`SELECT id FROM quarantined_row WHERE status = 'DISCARDED' AND source = $1
    AND fingerprint = refused.fingerprint AND refused.changed_at IS NOT NULL ORDER BY id DESC LIMIT 1`)} discarded ON true
), again AS (
  UPDATE quarantined_row q
  SET batch_id = $2::uuid, row_index = known.row_index, last_seen_at = now(), attempts = attempts + 1
  FROM known WHERE q.id = known.discarded_id
  RETURNING q.id, q.row_index
), kept AS (
  INSERT INTO quarantined_row
    (id, source, batch_id, row_index, external_id, row, fingerprint, problems, changed_at,
      user_key, stereotype_key, project_key, date, first_seen_at, last_seen_at)
  SELECT id, $1, $2::uuid, row_index, external_id, row, fingerprint, problems::jsonb, changed_at,
    user_key, stereotype_key, project_key, date, now(), now()
  FROM known WHERE discarded_id IS NULL
  ON CONFLICT (source, fingerprint) WHERE status = 'OPEN' DO UPDATE
    SET batch_id = excluded.batch_id, row_index = excluded.row_index, problems = excluded.problems,
      changed_at = excluded.changed_at, user_key = excluded.user_key, stereotype_key = excluded.stereotype_key,
      project_key = excluded.project_key, date = excluded.date, attempts = quarantined_row.attempts + 1,
      last_seen_at = CASE WHEN $10 THEN quarantined_row.last_seen_at ELSE excluded.last_seen_at END
  RETURNING id, row_index, attempts = 1 OR changed_at IS NULL AS is_news
), refusals AS (
  INSERT INTO rejection (batch_id, row_index, quarantined_row_id)
  SELECT $2::uuid, row_index, id FROM kept UNION ALL SELECT $2::uuid, row_index, id FROM again
)
SELECT row_index FROM kept WHERE is_news`
