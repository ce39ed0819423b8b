/** What a source no longer has goes: its keys are held against those that were pulled of it. */
import { spans } from '../model/window.ts'
import { type Deleted, deleteActivities } from './activities.ts'
import { keepDeletion } from './batch-rows.ts'
import type { Sql } from './database.ts'

/** How many are deleted by one statement. */
const BATCH = 5_000

/** What of a source's was pulled, and how much of that it no longer has. */
export interface Gone {
  pulled: number
  gone: number
}

/** Whether anything was pulled of a source that is still there; what was sent in for it is not meant. */
export async function hasPulled(sql: Sql, source: string): Promise<boolean> {
  const [row] = await sql<{ there: boolean }>(
    'SELECT EXISTS (SELECT FROM activity WHERE source = $1 AND changed_at IS NOT NULL) AS there',
    [source],
  )
  return row?.there ?? false
}

/** Makes room for the keys that a source has, until the transaction ends. */
export async function beginSweep(sql: Sql): Promise<void> {
  await sql('CREATE TEMPORARY TABLE swept (key text PRIMARY KEY) ON COMMIT DROP')
}

export async function addKeys(sql: Sql, keys: readonly string[]): Promise<void> {
  await sql('INSERT INTO swept SELECT DISTINCT unnest($1::text[]) ON CONFLICT DO NOTHING', [keys])
}

/** Finds what is gone, once all keys are there. The caller holds the source's lock. */
export async function findGone(sql: Sql, source: string): Promise<Gone> {
  await sql('ANALYZE swept')
  await sql('CREATE TEMPORARY TABLE gone (number bigserial PRIMARY KEY, key text) ON COMMIT DROP')
  await sql(
    `INSERT INTO gone (key)
     SELECT external_id FROM activity WHERE source = $1 AND changed_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM swept WHERE key = external_id)`,
    [source],
  )
  const [row] = await sql<Gone>(
    `SELECT (SELECT count(*) FROM activity WHERE source = $1 AND changed_at IS NOT NULL) AS pulled,
       (SELECT count(*) FROM gone) AS gone`,
    [source],
  )
  return row ?? { pulled: 0, gone: 0 }
}

/** Deletes what is gone, by this batch, and raises its days; discards what waits of it in quarantine. That is kept as what else came. */
export async function removeGone(sql: Sql, source: string, batchId: string, reason: string): Promise<Deleted> {
  const discarded = await sql<{ key: string }>(
    `UPDATE quarantined_row SET status = 'DISCARDED', reason = $2
     WHERE status = 'OPEN' AND source = $1 AND changed_at IS NOT NULL AND external_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM swept WHERE key = external_id)
     RETURNING external_id AS key`,
    [source, reason],
  )
  await keepDeletion(sql, source, [...new Set(discarded.map(({ key }) => key))])
  let removed: Deleted = { count: 0, touched: [] }
  for (let after = 0; ; after += BATCH) {
    const gone = await sql<{ key: string }>('SELECT key FROM gone WHERE number > $1 AND number <= $2', [
      after,
      after + BATCH,
    ])
    if (gone.length === 0) return removed
    const keys = gone.map(({ key }) => key)
    await keepDeletion(sql, source, keys)
    const { count, touched } = await deleteActivities(sql, source, keys, batchId)
    removed = { count: removed.count + count, touched: spans([...removed.touched, ...touched]) }
  }
}

export async function saveSwept(sql: Sql, source: string): Promise<void> {
  await sql('UPDATE source_cursor SET swept_at = clock_timestamp() WHERE source = $1', [source])
}
