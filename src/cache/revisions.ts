/** No change of activities or codes goes without a revision of their source, and no former state without being kept. */
import { type Database, fencedLookUp, type Sql } from './database.ts'
import { NEW_SOURCE } from './source-lock.ts'

/**
 * CTEs for `revised`: the revision that the sources in the relation `changed`, which has their `source`, get by the
 * statement, and `at`, its time. A transaction that changes a source again stays at the revision that it has. The caller
 * holds the sources' locks, so that times are in the order of revisions.
 *
 * Times are in whole milliseconds, rounded up: a client that asks for the time that it was told gets what came then.
 * @param batch SQL for the batch that the change is of, or null.
 */
export function raiseRevisions(changed: string, batch: string): string {
  const last = `SELECT revision, at, xid = pg_current_xact_id() AND at >= now() AS is_own FROM source_revision
    WHERE source = changing.source ORDER BY revision DESC LIMIT 1`
  return `revised AS MATERIALIZED (
  SELECT changing.source, coalesce(last.is_own, false) AS is_own,
    CASE WHEN last.is_own THEN last.revision ELSE greatest(c.revision, last.revision, 0) + 1 END AS revision,
    greatest(date_trunc('milliseconds', greatest(clock_timestamp(), now()) + interval '999 microseconds'), last.at) AS at
  FROM (SELECT DISTINCT source FROM ${changed}) changing
  LEFT JOIN source_cursor c ON c.source = changing.source
  LEFT JOIN ${fencedLookUp(last)} last ON true
), counted AS (
  INSERT INTO source_cursor (source, revision, history_from)
  SELECT source, revision, at FROM revised WHERE NOT is_own ORDER BY source
  ON CONFLICT (source) DO UPDATE
    SET revision = excluded.revision, history_from = coalesce(source_cursor.history_from, excluded.history_from)
), noted AS (
  INSERT INTO source_revision (source, revision, at, batch_id, xid)
  SELECT source, revision, at, ${batch}, pg_current_xact_id() FROM revised WHERE NOT is_own
)`
}

/** Where a source stood at some moment. */
export interface SourceMoment {
  source: string
  /** Its last revision of that time; 0 where it had none. */
  revision: number
  /** The earliest moment of which everything is known of it; null where nothing was ever kept of it. */
  historyFrom: Date | null
}

/** The revisions that all sources had at a moment. It is settled: see `settledBy`. */
export function revisionsAt(sql: Sql, at: Date): Promise<SourceMoment[]> {
  const last = `SELECT revision FROM source_revision
    WHERE source = c.source AND at <= $1 ORDER BY at DESC, revision DESC LIMIT 1`
  return sql<SourceMoment>(
    `SELECT c.source, coalesce(last.revision, 0) AS revision, c.history_from AS "historyFrom"
     FROM source_cursor c LEFT JOIN ${fencedLookUp(last)} last ON true
     ORDER BY c.source`,
    [at],
  )
}

/**
 * Waits until what is committed of the time up to a moment is all that will ever be of it, so that a past that is asked
 * for twice is the same twice.
 *
 * A revision gets its time while its transaction holds the lock of its source, or has just made its row, and never one
 * before its transaction began. So one whose time is up to now is of a transaction that holds either, and is waited for,
 * or of one that has ended; whoever comes later gets a later time. Where nobody writes who began before the moment,
 * which Postgres says of who locks the table, nothing is waited for, and nothing is written: equal answers stay proven to be equal.
 * @param sources Those that are waited for; all, unless told.
 * @param at The moment, which is over; now, unless told.
 * @throws BusyError where one is written for longer than a lock is waited for.
 */
export async function settledBy(
  database: Pick<Database, 'sql' | 'transaction'>,
  sources: readonly string[] | null = null,
  at: Date | null = null,
): Promise<void> {
  const [table] = await database.sql<{ isWritten: boolean }>(IS_WRITTEN, [at])
  if (!table?.isWritten) return
  // Not both at once: who makes a source may hold another one.
  await database.transaction((sql) => sql(`SELECT pg_advisory_xact_lock(${NEW_SOURCE})`))
  await database.transaction((sql) =>
    sql('SELECT source FROM source_cursor WHERE $1::text[] IS NULL OR source = ANY ($1) ORDER BY source FOR SHARE', [
      sources,
    ]),
  )
}

/** When a transaction of another role began may not be known. */
const IS_WRITTEN = `SELECT EXISTS (
  SELECT FROM pg_locks LEFT JOIN pg_stat_activity USING (pid)
  WHERE relation = 'source_cursor'::regclass AND mode IN ('RowShareLock', 'RowExclusiveLock') AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND NOT coalesce(xact_start > $1, false)
) AS "isWritten"`
