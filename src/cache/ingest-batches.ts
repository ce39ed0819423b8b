import type { Sql } from './database.ts'
import type { IngestBatch } from './entities/ingest-batch.ts'

/** What became of rows; `received` is the sum of the others. */
export interface IngestCounts {
  received: number
  inserted: number
  updated: number
  unchanged: number
  quarantined: number
}

/** Opens a batch; false if one with this idempotency key is there already (waiting for it if it is under way). */
export async function openBatch(
  sql: Sql,
  batch: { id: string; source: string; idempotencyKey: string | null },
): Promise<boolean> {
  const rows = await sql(
    `INSERT INTO ingest_batch (id, source, idempotency_key, started_at, finished_at)
     VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp())
     ON CONFLICT (idempotency_key) DO NOTHING
     RETURNING id`,
    [batch.id, batch.source, batch.idempotencyKey],
  )
  return rows.length > 0
}

/** Adds to a batch's counts and moves the time at which it finished to now. */
export async function addToBatch(sql: Sql, id: string, counts: IngestCounts): Promise<void> {
  await sql(
    `UPDATE ingest_batch
     SET received = received + $2, inserted = inserted + $3, updated = updated + $4, unchanged = unchanged + $5,
       quarantined = quarantined + $6, finished_at = clock_timestamp()
     WHERE id = $1`,
    [id, counts.received, counts.inserted, counts.updated, counts.unchanged, counts.quarantined],
  )
}

export async function findBatch(
  sql: Sql,
  by: { id: string } | { idempotencyKey: string },
): Promise<IngestBatch | null> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['idempotency_key', by.idempotencyKey]
  const [batch] = await sql<IngestBatch>(`SELECT ${BATCH_COLUMNS} FROM ingest_batch WHERE ${column} = $1`, [value])
  return batch ?? null
}

/** Newest first, after the given id. */
export async function listBatches(sql: Sql, page: { limit: number; after: string | null }): Promise<IngestBatch[]> {
  return sql<IngestBatch>(
    `SELECT ${BATCH_COLUMNS} FROM ingest_batch WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`,
    [page.limit, page.after],
  )
}

export async function countBatches(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>('SELECT count(*) AS count FROM ingest_batch')
  return row?.count ?? 0
}

const BATCH_COLUMNS = `id, source, idempotency_key AS "idempotencyKey", started_at AS "startedAt",
  finished_at AS "finishedAt", received, inserted, updated, unchanged, quarantined`
