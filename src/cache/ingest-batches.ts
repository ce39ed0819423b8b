import type { Warning } from '../model/warning.ts'
import type { Sql } from './database.ts'
import type { IngestBatch } from './entities/ingest-batch.ts'
import { PULL_ERROR } from './pulls.ts'

/** What became of rows; `received` is the sum of the others. */
export interface IngestCounts {
  received: number
  inserted: number
  updated: number
  unchanged: number
  quarantined: number
  superseded: number
  skipped: number
}

export function noCounts(): IngestCounts {
  return { received: 0, inserted: 0, updated: 0, unchanged: 0, quarantined: 0, superseded: 0, skipped: 0 }
}

/** A key under which a batch is taken once, and a hash of the rows that came with it. */
export interface Idempotency {
  key: string
  payloadHash: string
}

/** Opens a batch; false if its source has one with this idempotency key. The caller holds the source's lock. */
export async function openBatch(
  sql: Sql,
  batch: { id: string; source: string; idempotency?: Idempotency },
): Promise<boolean> {
  const rows = await sql(
    `INSERT INTO ingest_batch (id, source, idempotency_key, payload_hash, started_at, finished_at)
     VALUES ($1, $2, $3, $4, clock_timestamp(), clock_timestamp())
     ON CONFLICT (source, idempotency_key) DO NOTHING
     RETURNING id`,
    [batch.id, batch.source, batch.idempotency?.key ?? null, batch.idempotency?.payloadHash ?? null],
  )
  return rows.length > 0
}

/**
 * Adds to a batch's counts and moves the time at which it finished to now.
 * @param news Those of the quarantined rows that nobody knew of before.
 */
export async function addToBatch(sql: Sql, id: string, counts: IngestCounts, news: number): Promise<void> {
  await sql(
    `UPDATE ingest_batch
     SET received = received + $2, inserted = inserted + $3, updated = updated + $4, unchanged = unchanged + $5,
       quarantined = quarantined + $6, superseded = superseded + $7, skipped = skipped + $8,
       newly_quarantined = newly_quarantined + $9, finished_at = clock_timestamp()
     WHERE id = $1`,
    [
      ...[id, counts.received, counts.inserted, counts.updated, counts.unchanged, counts.quarantined],
      ...[counts.superseded, counts.skipped, news],
    ],
  )
}

export async function addRemoved(sql: Sql, id: string, removed: number): Promise<void> {
  await sql('UPDATE ingest_batch SET removed = removed + $2 WHERE id = $1', [id, removed])
}

export async function addWarnings(sql: Sql, id: string, warnings: readonly Warning[]): Promise<void> {
  await sql('UPDATE ingest_batch SET warnings = warnings || $2::jsonb WHERE id = $1', [id, JSON.stringify(warnings)])
}

export async function findBatch(sql: Sql, id: string): Promise<IngestBatch | null> {
  const [batch] = await sql<IngestBatch>(`SELECT ${BATCH_COLUMNS} FROM ingest_batch WHERE id = $1`, [id])
  return batch ?? null
}

/** The batches of these ids that there are. */
export function batchesByIds(sql: Sql, ids: readonly string[]): Promise<IngestBatch[]> {
  return sql<IngestBatch>(`SELECT ${BATCH_COLUMNS} FROM ingest_batch WHERE id = ANY ($1::uuid[])`, [ids])
}

/** The source's batch of this idempotency key. */
export async function findBatchOfKey(sql: Sql, source: string, key: string): Promise<IngestBatch | null> {
  const [batch] = await sql<IngestBatch>(
    `SELECT ${BATCH_COLUMNS} FROM ingest_batch WHERE source = $1 AND idempotency_key = $2`,
    [source, key],
  )
  return batch ?? null
}

/** Newest first, after the given id; or backward from it. */
export async function listBatches(
  sql: Sql,
  { limit, after, backward }: { limit: number; after: string | null; backward: boolean },
): Promise<IngestBatch[]> {
  const [order, beyond] = backward ? ['ASC', '>'] : ['DESC', '<']
  return sql<IngestBatch>(
    `SELECT ${BATCH_COLUMNS} FROM ingest_batch WHERE $2::uuid IS NULL OR id ${beyond} $2 ORDER BY id ${order} LIMIT $1`,
    [limit, after],
  )
}

export async function countBatches(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>('SELECT count(*) AS count FROM ingest_batch')
  return row?.count ?? 0
}

const BATCH_COLUMNS = `id, source, idempotency_key AS "idempotencyKey", payload_hash AS "payloadHash",
  started_at AS "startedAt", finished_at AS "finishedAt", received, inserted, updated, unchanged, quarantined,
  superseded, skipped, removed, warnings, is_pull AS "isPull", is_under_way AS "isUnderWay", ${PULL_ERROR} AS error`
