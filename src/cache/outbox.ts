/** Facts wait in the cache until they are handed over: one whose change is committed is never lost. */
import { v7 as uuidv7 } from 'uuid'
import type { Sql } from './database.ts'
import { DEAD } from './undelivered.ts'

/** A fact as it waits. */
export interface WaitingEvent {
  /** By which whoever is told twice knows it. */
  id: string
  /** Its place among those that wait. */
  place: number
  type: string
  payload: object
}

/** Writes a fact as a part of the transaction that it tells of. */
export async function addEvent(sql: Sql, type: string, payload: object): Promise<void> {
  await sql('INSERT INTO outbox (id, type, payload) VALUES ($1, $2, $3)', [uuidv7(), type, JSON.stringify(payload)])
}

/**
 * The first of those that wait, in the order in which they were written. They are told by a mark, not by a place that was
 * reached: one that was committed late has a place before others that were handed over.
 */
export async function waitingEvents(sql: Sql, limit: number): Promise<WaitingEvent[]> {
  return sql<WaitingEvent>(
    `SELECT id, place, type, payload FROM outbox WHERE published_at IS NULL ORDER BY place LIMIT $1`,
    [limit],
  )
}

/** Whether something waits to be handed over, and whether something that was is to be tried again. */
export async function standOfOutbox(sql: Sql): Promise<{ waits: boolean; isDue: boolean }> {
  const [row] = await sql<{ waits: boolean; isDue: boolean }>(
    `SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL) AS waits,
       EXISTS (SELECT FROM undelivered_event WHERE due_at <= now()) AS "isDue"`,
  )
  return row ?? { waits: false, isDue: false }
}

/** How much waits to be handed over, for how long the oldest of it has, what is tried again, and how many dead letters there are. */
export interface OutboxDepth {
  waiting: number
  oldestSeconds: number
  undelivered: number
  deadLetters: number
}

/** SQL for that, in one row. */
export const OUTBOX_DEPTH = `SELECT count(*) AS waiting,
    coalesce(extract(epoch FROM now() - min(made_at)), 0)::double precision AS "oldestSeconds",
    (SELECT count(*) FROM undelivered_event WHERE NOT ${DEAD}) AS undelivered,
    (SELECT count(*) FROM undelivered_event WHERE ${DEAD}) AS "deadLetters"
  FROM outbox WHERE published_at IS NULL`

export async function outboxDepth(sql: Sql): Promise<OutboxDepth> {
  const [depth] = await sql<OutboxDepth>(OUTBOX_DEPTH)
  if (!depth) throw new Error('Broken invariant: sums are of a row, whatever there is.')
  return depth
}

export async function markPublished(sql: Sql, places: readonly number[]): Promise<void> {
  await sql('UPDATE outbox SET published_at = now() WHERE place = ANY($1::bigint[])', [places])
}

/** Drops those that were handed over more than so many days ago. Returns how many. */
export async function pruneOutbox(sql: Sql, days: number): Promise<number> {
  const [row] = await sql<{ count: number }>(
    `WITH pruned AS (
       DELETE FROM outbox WHERE published_at < now() - make_interval(days => $1) RETURNING 1
     )
     SELECT count(*) FROM pruned`,
    [days],
  )
  return row?.count ?? 0
}
