import type { Sql } from './database.ts'
import type { SourceIdentity } from './entities/source-cursor.ts'

/** What is known of a source from earlier pulls. */
export interface KnownSource {
  /** The moment up to which it was pulled, as text; null before the first pull. */
  place: string | null
  identity: SourceIdentity | null
  /** As that of a source's cursor. */
  rules: string | null
  /** How long ago it was looked for what the source no longer has; null: never. */
  sweptSecondsAgo: number | null
}

export async function knownSource(sql: Sql, source: string): Promise<KnownSource> {
  const [row] = await sql<KnownSource>(
    `SELECT place::text, identity, rules, extract(epoch FROM clock_timestamp() - swept_at)::double precision AS "sweptSecondsAgo"
     FROM source_cursor WHERE source = $1`,
    [source],
  )
  return row ?? { place: null, identity: null, rules: null, sweptSecondsAgo: null }
}

export async function saveIdentity(sql: Sql, source: string, identity: SourceIdentity): Promise<void> {
  await sql('UPDATE source_cursor SET identity = $2 WHERE source = $1', [source, JSON.stringify(identity)])
}

/** Says by which rules all that was pulled is valued. */
export async function saveRules(sql: Sql, source: string, rules: string | null): Promise<void> {
  await sql('UPDATE source_cursor SET rules = $2 WHERE source = $1', [source, rules])
}

/** Moves the place on, never back. */
export async function advancePlace(sql: Sql, source: string, place: string): Promise<void> {
  await sql('UPDATE source_cursor SET place = greatest(place, $2::timestamptz) WHERE source = $1', [source, place])
}

/** Puts the place where it is, back too: for who knows all that the source holds. */
export async function setPlace(sql: Sql, source: string, place: string | null): Promise<void> {
  await sql('UPDATE source_cursor SET place = $2::timestamptz WHERE source = $1', [source, place])
}

/** The sources that were pulled before. */
export async function pulledSources(sql: Sql): Promise<string[]> {
  const rows = await sql<{ source: string }>('SELECT source FROM source_cursor WHERE place IS NOT NULL ORDER BY source')
  return rows.map((row) => row.source)
}
