import type { Sql } from './database.ts'
import { isTurnTaken } from './source-lock.ts'

/** More failures than that make no pause longer. */
const PULLS_LOOKED_AT = 10

const BROKEN_OFF = 'Broken off: the process that pulled ended before the pull was over.'

/** SQL for why a pull of `ingest_batch` failed, or what became of it else; null where it went well. */
export const PULL_ERROR = `CASE WHEN NOT is_under_way THEN error
  WHEN ${isTurnTaken('ingest_batch.source')} THEN 'The pull is under way.' ELSE '${BROKEN_OFF}' END`

/** A pull that is over, and how many of the rows that it refused nobody knew of before. */
export interface EndedPull {
  id: string
  newlyQuarantined: number
}

const ENDED = 'RETURNING id, newly_quarantined AS "newlyQuarantined"'

/**
 * Opens the report of a pull. Those before it that are said to be under way are none, as the caller has the source's turn: they are
 * returned.
 */
export async function openPull(sql: Sql, { id, source }: { id: string; source: string }): Promise<EndedPull[]> {
  const brokenOff = await sql<EndedPull>(
    `UPDATE ingest_batch SET is_under_way = false, error = $2 WHERE source = $1 AND is_pull AND is_under_way ${ENDED}`,
    [source, BROKEN_OFF],
  )
  await sql(
    `INSERT INTO ingest_batch (id, source, is_pull, is_under_way, started_at, finished_at)
     VALUES ($1, $2, true, true, clock_timestamp(), clock_timestamp())`,
    [id, source],
  )
  return brokenOff
}

/** Says that a pull is over, and why it failed; returns nothing where others took it for broken off. */
export async function closePull(sql: Sql, id: string, error: string | null): Promise<EndedPull[]> {
  return sql<EndedPull>(
    `UPDATE ingest_batch SET is_under_way = false, error = $2, finished_at = clock_timestamp()
     WHERE id = $1 AND is_under_way ${ENDED}`,
    [id, error],
  )
}

/** What pulls of a source came to lately. */
export interface LastPulls {
  /** How long ago the last one began, by the clock of the cache; null where there was none. */
  secondsAgo: number | null
  /** How many failed since one went well, at most 10; those that were broken off are none. */
  failures: number
}

export async function lastPulls(sql: Sql, source: string): Promise<LastPulls> {
  const [row] = await sql<LastPulls>(
    `WITH pull AS (
       SELECT started_at, NOT is_under_way AND error IS NULL AS is_good,
         NOT is_under_way AND error NOT LIKE 'Broken off%' AS has_failed
       FROM ingest_batch WHERE source = $1 AND is_pull ORDER BY started_at DESC LIMIT ${PULLS_LOOKED_AT}
     )
     SELECT extract(epoch FROM clock_timestamp() - (SELECT max(started_at) FROM pull))::double precision AS "secondsAgo",
       (SELECT count(*) FROM pull WHERE has_failed AND started_at > coalesce((SELECT max(started_at) FROM pull WHERE is_good), '-infinity')) AS failures`,
    [source],
  )
  return row ?? { secondsAgo: null, failures: 0 }
}

/** How pulls of a source stand; null for what there never was. */
export interface PullState {
  name: string
  lastPull: Date | null
  lastSuccess: Date | null
  /** By the clock of the cache. */
  successSecondsAgo: number | null
  error: string | null
  cursor: string | null
  pulling: boolean
}

/** How pulls of these sources stand, in their order. */
export function pullStates(sql: Sql, sources: readonly string[]): Promise<PullState[]> {
  return sql<PullState>(PULL_STATES, [sources])
}

const newest = (columns: string, condition: string) => `LATERAL (
    SELECT ${columns} FROM ingest_batch WHERE source = asked.name AND is_pull AND ${condition}
    ORDER BY started_at DESC LIMIT 1
  )`

/** SQL for that, of sources whose names are the first value. */
export const PULL_STATES = `
SELECT asked.name, last.started_at AS "lastPull", good.started_at AS "lastSuccess",
  extract(epoch FROM clock_timestamp() - good.started_at)::double precision AS "successSecondsAgo", ended.error,
  to_char(source_cursor.place AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor,
  coalesce(last.is_under_way AND asked.is_taken, false) AS pulling
FROM (
  SELECT name, i, ${isTurnTaken('name')} AS is_taken FROM unnest($1::text[]) WITH ORDINALITY AS given (name, i)
) asked
LEFT JOIN source_cursor ON source_cursor.source = asked.name
LEFT JOIN ${newest('started_at, is_under_way', 'true')} last ON true
LEFT JOIN ${newest('started_at', 'NOT is_under_way AND error IS NULL')} good ON true
LEFT JOIN ${newest(`${PULL_ERROR} AS error`, 'NOT (is_under_way AND asked.is_taken)')} ended ON true
ORDER BY asked.i`

/** When a source was last looked at, and how long ago that is by the clock of the cache, in seconds. */
export interface LastLook {
  at: Date
  secondsAgo: number
}

/** When each of these sources was last looked at: when a pull began that went well, or rows of it were sent in. */
export async function lastLooks(sql: Sql, sources: readonly string[]): Promise<Map<string, LastLook>> {
  const rows = await sql<LastLook & { name: string }>(LAST_LOOKS, [sources])
  return new Map(rows.map(({ name, ...look }) => [name, look]))
}

const LAST_LOOKS = `
SELECT asked.name, looked.at, extract(epoch FROM clock_timestamp() - looked.at)::integer AS "secondsAgo"
FROM unnest($1::text[]) AS asked (name)
LEFT JOIN ${newest('started_at AS at', 'NOT is_under_way AND error IS NULL')} pulled ON true
LEFT JOIN LATERAL (
  SELECT finished_at AS at FROM ingest_batch WHERE source = asked.name AND NOT is_pull ORDER BY started_at DESC LIMIT 1
) sent ON true
CROSS JOIN LATERAL (SELECT greatest(pulled.at, sent.at) AS at) looked
WHERE looked.at IS NOT NULL`
