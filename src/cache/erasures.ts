/** Somebody goes without a trace but that somebody went. */

import { withoutMarkup, wordPattern } from '../model/excerpts.ts'
import { type Deleted, deleteActivities } from './activities.ts'
import { keepDeletion } from './batch-rows.ts'
import type { Sql } from './database.ts'
import type { Erasure, ErasureCounts } from './entities/erasure.ts'
import type { User } from './entities/user.ts'
import { lockSlicesOf } from './removals.ts'

/** The user of an id, locked until the transaction ends. */
export async function lockUser(sql: Sql, id: string): Promise<User | null> {
  const [user] = await sql<User>(
    `SELECT id, source, external_id AS "externalId", name FROM app_user WHERE id = $1 FOR UPDATE`,
    [id],
  )
  return user ?? null
}

/** Deletes the activities of a user, and raises the days of projects that they lay on. Rows that came before as another's don't bring them back. */
export async function eraseActivitiesOf(sql: Sql, { id, source }: User): Promise<Deleted> {
  const rows = await sql<{ key: string }>('SELECT external_id AS key FROM activity WHERE user_id = $1', [id])
  const keys = rows.map(({ key }) => key)
  await keepDeletion(sql, source, keys)
  return deleteActivities(sql, source, keys)
}

/** Deletes what the history of activities holds of a user. */
export async function eraseHistoryOf(sql: Sql, userId: string): Promise<void> {
  await sql('DELETE FROM activity_history WHERE user_id = $1', [userId])
}

/** Deletes a user, with slices, days in teams, and annotations in whatever table has them: also those of other versions. */
export async function eraseSubject(
  sql: Sql,
  id: string,
): Promise<Pick<ErasureCounts, 'annotations' | 'slices' | 'memberships'>> {
  await lockSlicesOf(sql, 'SELECT $1::uuid', id)
  const countOf = async (table: string, column: string) =>
    (await sql(`DELETE FROM ${table} WHERE ${column} = $1 RETURNING 1`, [id])).length
  const slices = await countOf('slice', 'subject_id')
  const memberships = await countOf('team_member', 'user_id')
  let annotations = 0
  for (const { table } of await sql<{ table: string }>(ANNOTATIONS)) annotations += await countOf(table, 'user_id')
  await sql('DELETE FROM app_user WHERE id = $1', [id])
  return { annotations, slices, memberships }
}

const ANNOTATIONS = `
SELECT quote_ident(table_name) AS table
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'user_id' AND data_type = 'uuid'
  AND table_name NOT IN ('activity', 'team_member', 'activity_history')
ORDER BY 1`

/** A quarantined row of which isn't known whose it is. */
export interface Unattributed {
  id: string
  /** As JSON. */
  row: string
}

/** Quarantined rows of a source of which isn't known whose they are, so many after one of them. */
export async function unattributedRows(
  sql: Sql,
  source: string,
  after: string | null,
  limit: number,
): Promise<Unattributed[]> {
  return sql<Unattributed>(
    `SELECT id, row FROM quarantined_row
     WHERE source = $1 AND user_key IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
    [source, after, limit],
  )
}

/** Deletes quarantined rows, and that they were refused. */
export async function eraseQuarantined(
  sql: Sql,
  { source, externalId }: User,
  others: readonly string[],
): Promise<number> {
  const [row] = await sql<{ count: number }>(
    `WITH gone AS (
       DELETE FROM quarantined_row WHERE source = $1 AND user_key = $2 OR id = ANY ($3::uuid[]) RETURNING id
     ), rejections AS (
       DELETE FROM rejection WHERE quarantined_row_id IN (SELECT id FROM gone)
     )
     SELECT count(*) AS count FROM gone`,
    [source, externalId, others],
  )
  return row?.count ?? 0
}

/** Takes what names a user out of what reports and alerts say of a source. */
export async function eraseMentions(sql: Sql, { source, externalId, name }: User): Promise<void> {
  const pattern = `(?<=")${escaped(externalId)}(?=\\\\?")|(?<!\\w)${escaped(name)}(?!\\w)`
  const replaced = (text: string) => `regexp_replace(${text}, $2, '…', 'g')`
  await sql(
    `UPDATE ingest_batch SET error = ${replaced('error')}, warnings = (
       SELECT coalesce(jsonb_agg(warning || jsonb_build_object('message', ${replaced(`warning ->> 'message'`)}) ORDER BY position), '[]')
       FROM jsonb_array_elements(warnings) WITH ORDINALITY AS told (warning, position)
     )
     WHERE source = $1 AND (error ~ $2 OR warnings::text ~ $2)`,
    [source, pattern],
  )
  const told = await sql<{ id: string; message: unknown }>(
    'SELECT id, message FROM alert_message ORDER BY id FOR UPDATE',
  )
  const without = withoutMentions([externalId, name])
  const changed = told
    .map(({ id, message }) => ({ id, before: JSON.stringify(message), after: JSON.stringify(without(message)) }))
    .filter(({ before, after }) => before !== after)
  await sql(
    `UPDATE alert_message a SET message = t.message::jsonb FROM unnest($1::text[], $2::text[]) AS t (id, message) WHERE a.id::text = t.id`,
    [changed.map(({ id }) => id), changed.map(({ after }) => after)],
  )
}

/** Has facts that wait, or were told lately, say nothing of a user: neither which days nor in a reason. */
export async function eraseFromEvents(sql: Sql, { id, externalId, name }: User): Promise<void> {
  const without = withoutMentions([id, externalId, name])
  for (const table of ['outbox', 'undelivered_event']) {
    const told = await sql<{ id: string; payload: object }>(
      `SELECT id, payload FROM ${table}
       WHERE EXISTS (SELECT FROM unnest($1::text[]) AS text WHERE strpos(payload::text, text) > 0) FOR UPDATE`,
      [[id, externalId, name].map((text) => JSON.stringify(text).slice(1, -1))],
    )
    await sql(
      `UPDATE ${table} e SET payload = t.payload::json FROM unnest($1::uuid[], $2::text[]) AS t (id, payload) WHERE e.id = t.id`,
      [told.map((event) => event.id), told.map(({ payload }) => JSON.stringify(without(withoutWindows(payload, id))))],
    )
  }
}

/** Of an event's windows those of others, which it says. */
function withoutWindows(payload: object, id: string): object {
  if (!('windows' in payload) || !Array.isArray(payload.windows)) return payload
  const windows = payload.windows.filter(({ subjectId }) => subjectId !== id)
  return windows.length === payload.windows.length ? payload : { ...payload, windows, isComplete: false }
}

/** Replaces these texts, where they are words, in all texts of a value. */
function withoutMentions(texts: readonly string[]): (value: unknown) => unknown {
  const patterns = texts.flatMap((text) => [text, withoutMarkup(text)]).map((text) => wordPattern(text, 'gu'))
  return (value) => mapTexts(value, (text) => patterns.reduce((left, each) => left.replace(each, '…'), text))
}

/** The same with each text in it changed; names of fields stay. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, mapTexts(inside, change)]))
}

function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}_ ]/gu, (character) => `\\${character}`)
}

export async function erasuresByIds(sql: Sql, ids: readonly string[]): Promise<Erasure[]> {
  return sql<Erasure>(
    'SELECT id, pseudonym, reason, erased_at AS "erasedAt", counts FROM erasure WHERE id = ANY ($1::uuid[])',
    [ids],
  )
}

export async function addErasure(
  sql: Sql,
  { id, pseudonym, reason, counts }: Omit<Erasure, 'erasedAt'>,
): Promise<Erasure> {
  const [erasure] = await sql<Erasure>(
    `INSERT INTO erasure (id, pseudonym, reason, counts) VALUES ($1, $2, $3, $4)
     RETURNING id, pseudonym, reason, erased_at AS "erasedAt", counts`,
    [id, pseudonym, reason, JSON.stringify(counts)],
  )
  if (!erasure) throw new Error('Broken invariant: what was inserted is returned.')
  return erasure
}
