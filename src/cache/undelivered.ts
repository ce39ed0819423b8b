/** What subscriptions failed at waits in the cache: whoever has the subscription tries it again. */
import { v7 as uuidv7 } from 'uuid'
import type { Sql } from './database.ts'
import type { UndeliveredEvent } from './entities/undelivered-event.ts'

/** A fact as a subscription is given it again. */
export type Due = Pick<UndeliveredEvent, 'id' | 'eventId' | 'type' | 'subscription' | 'payload' | 'attempts'>

/** Who tries takes it for so long: then it is taken for dead. */
const LEASE = `interval '5 minutes'`

/** Keeps what a subscription failed at for the first time; what is kept already stays. @param seconds Until it is tried again; null: never. */
export async function keepUndelivered(
  sql: Sql,
  { eventId, type, subscription, payload, error, attempts }: Omit<UndeliveredEvent, 'id' | 'failedAt' | 'dueAt'>,
  seconds: number | null,
): Promise<void> {
  await sql(
    `INSERT INTO undelivered_event (id, event_id, type, subscription, payload, error, attempts, due_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8)) ON CONFLICT DO NOTHING`,
    [uuidv7(), eventId, type, subscription, JSON.stringify(payload), error, attempts, seconds],
  )
}

/** One that is due, of these subscriptions; nobody else has it meanwhile. */
export async function takeDue(
  sql: Sql,
  subscriptions: readonly { type: string; name: string }[],
): Promise<Due | undefined> {
  const [due] = await sql<Due>(
    `UPDATE undelivered_event SET due_at = now() + ${LEASE}
     WHERE id = (
       SELECT id FROM undelivered_event
       WHERE due_at <= now() AND (type, subscription) IN (SELECT * FROM unnest($1::text[], $2::text[]))
       ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
     )
     RETURNING id, event_id AS "eventId", type, subscription, payload, attempts`,
    [subscriptions.map(({ type }) => type), subscriptions.map(({ name }) => name)],
  )
  return due
}

/** Says that it failed again. @param seconds Until it is tried again; null: it is a dead letter. */
export async function postponeDue(
  sql: Sql,
  { id, attempts }: Pick<UndeliveredEvent, 'id' | 'attempts'>,
  error: string,
  seconds: number | null,
): Promise<void> {
  await sql(
    `UPDATE undelivered_event SET attempts = $2, error = $3, failed_at = now(), due_at = now() + make_interval(secs => $4)
     WHERE id = $1`,
    [id, attempts, error, seconds],
  )
}

export async function dropDelivered(sql: Sql, id: string): Promise<void> {
  await sql('DELETE FROM undelivered_event WHERE id = $1', [id])
}

/** SQL for whether one is a dead letter: it isn't tried again, or is due for so long that nobody has its subscription. */
export const DEAD = `(due_at IS NULL OR due_at < now() - interval '10 minutes')`

const COLUMNS = `id, event_id AS "eventId", type, subscription, payload, error, attempts, failed_at AS "failedAt"`

/** Dead letters, the newest first, after the given id; or backward from it. */
export async function deadLetters(
  sql: Sql,
  { limit, after, backward }: { limit: number; after: string | null; backward: boolean },
): Promise<UndeliveredEvent[]> {
  const [order, beyond] = backward ? ['ASC', '>'] : ['DESC', '<']
  return sql<UndeliveredEvent>(
    `SELECT ${COLUMNS} FROM undelivered_event
     WHERE ${DEAD} AND ($2::uuid IS NULL OR id ${beyond} $2) ORDER BY id ${order} LIMIT $1`,
    [limit, after],
  )
}

/** The dead letters of these ids that there are. */
export function deadLettersByIds(sql: Sql, ids: readonly string[]): Promise<UndeliveredEvent[]> {
  return sql<UndeliveredEvent>(`SELECT ${COLUMNS} FROM undelivered_event WHERE id = ANY ($1::uuid[]) AND ${DEAD}`, [
    ids,
  ])
}

export async function countDeadLetters(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>(`SELECT count(*) AS count FROM undelivered_event WHERE ${DEAD}`)
  return row?.count ?? 0
}

/** Has dead letters tried again, as if for the first time. Returns those that there are of these ids. */
export async function makeDue(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    `UPDATE undelivered_event SET due_at = now(), attempts = 0 WHERE id = ANY ($1::uuid[]) AND ${DEAD} RETURNING id`,
    [ids],
  )
  return rows.map(({ id }) => id)
}

/** Drops dead letters. Returns those that there were of these ids. */
export async function dropDead(sql: Sql, ids: readonly string[]): Promise<UndeliveredEvent[]> {
  return sql<UndeliveredEvent>(
    `DELETE FROM undelivered_event WHERE id = ANY ($1::uuid[]) AND ${DEAD} RETURNING ${COLUMNS}`,
    [ids],
  )
}
