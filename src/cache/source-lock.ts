/** Writers of one source take turns: each holds the lock of its row until its transaction ends. */
import { isTaken } from './alone.ts'

/**
 * Until the transaction ends, nobody else writes rows of these sources: a batch sees the old place of every activity
 * that it moves, a stereotype's new code meets every activity that has it, and no two batches wait for each other.
 */
export async function lockSources(sql: Run, sources: readonly string[]): Promise<void> {
  const names = [...new Set(sources)].sort()
  await sql(MAKE, [names])
  await sql('SELECT source FROM source_cursor WHERE source = ANY ($1::text[]) ORDER BY source FOR UPDATE', [names])
}

/** SQL for the lock that is held, with others, by who makes the row of a source, which nobody else sees until it is committed. */
export const NEW_SOURCE = `hashtextextended('steelthread new source', 0)`

const MAKE = `
WITH made AS (
  INSERT INTO source_cursor (source) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING RETURNING source
)
SELECT pg_advisory_xact_lock_shared(${NEW_SOURCE}) FROM made`

/** `Sql` of `database.ts`, which imports this. */
type Run = (text: string, values: readonly unknown[]) => Promise<unknown>

/** The key of `Database.alone` for pulls of a source, and for whoever removes it. */
export function turnOf(source: string): string {
  return `${TURN}${source}`
}

/** SQL for whether somebody has the turn of the source. */
export function isTurnTaken(source: string): string {
  return isTaken(`'${TURN}' || ${source}`)
}

const TURN = 'source '
