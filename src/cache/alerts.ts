/** What is wrong with sources, and what somebody is told of it: messages wait in the cache until they are delivered. */
import { newIds } from '../model/ids.ts'
import type { Sql } from './database.ts'
import type { Alert } from './entities/alert.ts'

/** What is wrong with which source. */
export type AlertKey = Pick<Alert, 'source' | 'kind'>

export async function openAlerts(sql: Sql): Promise<AlertKey[]> {
  return sql<AlertKey>('SELECT source, kind FROM alert ORDER BY raised_at, source, kind')
}

/** Says that something is wrong; what is known to be stays. */
export async function raiseAlert(sql: Sql, { source, kind }: AlertKey): Promise<void> {
  await sql('INSERT INTO alert (source, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING', [source, kind])
}

export async function endAlert(sql: Sql, { source, kind }: AlertKey): Promise<void> {
  await sql('DELETE FROM alert WHERE source = $1 AND kind = $2', [source, kind])
}

/** A batch that refused rows which nobody knew of. */
export interface RefusingBatch {
  id: string
  source: string
  /** How many rows it refused, and how many of them nobody knew of. */
  quarantined: number
  newlyQuarantined: number
}

/** Those of the last day of which nobody was told, but for pulls that go on; from now on somebody was. */
export async function takeRefusingBatches(sql: Sql): Promise<RefusingBatch[]> {
  return sql<RefusingBatch>(
    `WITH told AS (
       UPDATE ingest_batch SET is_told = true
       WHERE newly_quarantined > 0 AND NOT is_told AND NOT is_under_way AND finished_at > now() - interval '1 day'
       RETURNING id, source, quarantined, newly_quarantined AS "newlyQuarantined"
     )
     SELECT * FROM told ORDER BY id`,
  )
}

/** How a source stands, as far as alerts go. */
export interface SourceStanding {
  source: string
  isQuarantined: boolean
  /** Seconds since it was last pulled well, or sent; null: never. */
  seenSecondsAgo: number | null
}

/** How those of the sources stand that ever brought anything. */
export async function sourceStandings(sql: Sql, sources: readonly string[]): Promise<SourceStanding[]> {
  const last = (condition: string) =>
    `(SELECT max(started_at) FROM ingest_batch WHERE source = source_cursor.source AND ${condition})`
  return sql<SourceStanding>(
    `SELECT source, EXISTS (
         SELECT FROM quarantined_row WHERE status = 'OPEN' AND source = source_cursor.source
       ) AS "isQuarantined",
       extract(epoch FROM clock_timestamp() - greatest(
         ${last('is_pull AND NOT is_under_way AND error IS NULL')}, ${last('NOT is_pull')}
       ))::double precision AS "seenSecondsAgo"
     FROM source_cursor WHERE source = ANY ($1::text[])`,
    [sources],
  )
}

export async function addMessages(sql: Sql, messages: readonly object[]): Promise<void> {
  await sql(`INSERT INTO alert_message (id, message) SELECT * FROM unnest($1::uuid[], $2::jsonb[])`, [
    newIds(messages.length),
    messages.map((message) => JSON.stringify(message)),
  ])
}

/** A message on its way. */
export interface DueMessage {
  id: string
  message: object
  /** Which attempt this is, from 1. */
  attempts: number
  ageSeconds: number
}

/** The oldest message if it is due; it is due again after so many seconds, unless it is delivered before. */
export async function takeMessage(sql: Sql, againSeconds: number): Promise<DueMessage | undefined> {
  const [message] = await sql<DueMessage>(
    `UPDATE alert_message SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => $1)
     WHERE id = (SELECT id FROM alert_message ORDER BY id LIMIT 1) AND due_at <= clock_timestamp()
     RETURNING id, message, attempts, extract(epoch FROM clock_timestamp() - made_at)::double precision AS "ageSeconds"`,
    [againSeconds],
  )
  return message
}

export async function postponeMessage(sql: Sql, id: string, seconds: number): Promise<void> {
  await sql('UPDATE alert_message SET due_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1', [
    id,
    seconds,
  ])
}

export async function dropMessage(sql: Sql, id: string): Promise<void> {
  await sql('DELETE FROM alert_message WHERE id = $1', [id])
}
