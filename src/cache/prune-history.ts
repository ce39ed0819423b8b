import type { Database } from './database.ts'

/** How many former states, former codes and revisions went. */
export interface PrunedHistory {
  states: number
  codes: number
  revisions: number
}

/**
 * Forgets what was over longer ago than so many seconds. It is said first from which moment on everything is known; then
 * what nobody can ask for any more goes, so many rows in each transaction. The revision that a source had at that moment
 * stays, and what held then. A source that is written now has its turn another time.
 */
export async function pruneHistory(
  database: Pick<Database, 'sql' | 'transaction'>,
  keepSeconds: number,
  batchRows = 5_000,
): Promise<PrunedHistory> {
  await database.transaction((sql) => sql(MOVE_ON, [keepSeconds]))
  const sources = await database.sql<{ source: string }>(
    'SELECT source FROM source_cursor WHERE history_from IS NOT NULL',
  )
  const pruned: PrunedHistory = { states: 0, codes: 0, revisions: 0 }
  for (const { source } of sources) {
    pruned.states += await prune(database, OVER_STATES, source, batchRows)
    pruned.codes += await prune(database, OVER_CODES, source, batchRows)
    // Last: states came and went by them.
    pruned.revisions += await prune(database, OLDER_REVISIONS, source, batchRows)
  }
  return pruned
}

async function prune(
  database: Pick<Database, 'transaction'>,
  statement: string,
  source: string,
  batchRows: number,
): Promise<number> {
  for (let total = 0; ; ) {
    const [deleted] = await database.transaction((sql) => sql<{ count: number }>(statement, [source, batchRows]))
    total += deleted?.count ?? 0
    if ((deleted?.count ?? 0) < batchRows) return total
  }
}

const MOVE_ON = `
UPDATE source_cursor SET history_from = now() - make_interval(secs => $1)
WHERE source IN (
  SELECT source FROM source_cursor WHERE history_from < now() - make_interval(secs => $1) ORDER BY source
  FOR UPDATE SKIP LOCKED
)`

/** The revision that the source had at the earliest moment that can be asked for. */
const FIRST_KNOWN = `(
  SELECT max(revision) FROM source_revision
  WHERE source = $1 AND at <= (SELECT history_from FROM source_cursor WHERE source = $1)
)`

const OVER = `until_revision <= ${FIRST_KNOWN} ORDER BY until_revision`

const OVER_STATES = deleteWhere('activity_history', OVER)

const OVER_CODES = deleteWhere('stereotype_history', OVER)

const OLDER_REVISIONS = deleteWhere('source_revision', `revision < ${FIRST_KNOWN} ORDER BY revision`)

function deleteWhere(table: string, condition: string): string {
  return `
WITH gone AS (
  DELETE FROM ${table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM ${table} WHERE source = $1 AND ${condition} LIMIT $2))
  RETURNING 1
)
SELECT count(*) AS count FROM gone`
}
