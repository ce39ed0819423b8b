/** Quarantined rows by what they have in common, not one by one. */
import type { ProblemCode } from '../model/problem.ts'
import type { Sql } from './database.ts'

/** Open rows of one source: all that is given must hold. */
export interface QuarantineSelection {
  source: string
  code?: ProblemCode | null
  /** A column of the source that something is wrong with. */
  field?: string | null
  /** The batch that refused them last. */
  batchId?: string | null
  /** When they were first seen: from then on, and before. */
  seenFrom?: Date | null
  seenBefore?: Date | null
  /** Only those of these that are so. */
  ids?: readonly string[] | null
}

export async function selectedIds(sql: Sql, selection: QuarantineSelection): Promise<string[]> {
  const rows = await sql<{ id: string }>(`SELECT id FROM quarantined_row q WHERE ${SELECTED}`, valuesOf(selection))
  return rows.map(({ id }) => id)
}

/** Marks the selected rows as not wanted. Returns how many there were. */
export async function discardSelected(sql: Sql, selection: QuarantineSelection, reason: string): Promise<number> {
  const rows = await sql(
    `UPDATE quarantined_row q SET status = 'DISCARDED', reason = $8 WHERE ${SELECTED} RETURNING id`,
    [...valuesOf(selection), reason],
  )
  return rows.length
}

/** The keys of the activities that these rows are of, those that have none left out. */
export async function keysOfRows(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ key: string }>(
    'SELECT DISTINCT external_id AS key FROM quarantined_row WHERE id = ANY ($1::uuid[]) AND external_id IS NOT NULL',
    [ids],
  )
  return rows.map(({ key }) => key)
}

/** How many of these rows are open, by what is wrong with them, the most first. */
export async function codesOfOpen(sql: Sql, ids: readonly string[]): Promise<{ code: ProblemCode; count: number }[]> {
  return sql<{ code: ProblemCode; count: number }>(
    `SELECT p ->> 'code' AS code, count(DISTINCT q.id) AS count
     FROM quarantined_row q CROSS JOIN jsonb_array_elements(q.problems) p
     WHERE q.id = ANY ($1::uuid[]) AND q.status = 'OPEN' GROUP BY 1 ORDER BY 2 DESC, 1`,
    [ids],
  )
}

/** What is wrong with rows, and how often. */
export interface QuarantineGroup {
  source: string
  code: ProblemCode
  field: string | null
  open: number
  released: number
  discarded: number
  firstSeenAt: Date
  lastSeenAt: Date
  /** Of the row seen last. */
  message: string
  /** How many were first seen on each day, as ISO dates of UTC, those without any left out. */
  days: { date: string; count: number }[]
}

/** Quarantined rows by source, code and column, what is open most first; days back to the given one. */
export async function summarise(
  sql: Sql,
  { source, from, limit }: { source: string | null; from: string; limit: number },
): Promise<QuarantineGroup[]> {
  return sql<QuarantineGroup>(
    `WITH problem AS (
       SELECT DISTINCT ON (q.id, p ->> 'code', p ->> 'field') q.source, p ->> 'code' AS code, p ->> 'field' AS field, q.status,
         q.first_seen_at, q.last_seen_at, p ->> 'message' AS message
       FROM quarantined_row q CROSS JOIN jsonb_array_elements(q.problems) p
       WHERE $1::text IS NULL OR q.source = $1
     ), day AS (
       SELECT source, code, field, (first_seen_at AT TIME ZONE 'UTC')::date AS date, count(*) AS count
       FROM problem WHERE first_seen_at >= $2::date GROUP BY 1, 2, 3, 4
     )
     SELECT source, code, field, count(*) FILTER (WHERE status = 'OPEN') AS open,
       count(*) FILTER (WHERE status = 'RELEASED') AS released, count(*) FILTER (WHERE status = 'DISCARDED') AS discarded,
       min(first_seen_at) AS "firstSeenAt", max(last_seen_at) AS "lastSeenAt",
       (array_agg(message ORDER BY last_seen_at DESC))[1] AS message,
       coalesce((SELECT jsonb_agg(jsonb_build_object('date', date, 'count', count) ORDER BY date) FROM day
         WHERE (day.source, day.code) = (problem.source, problem.code) AND day.field IS NOT DISTINCT FROM problem.field), '[]') AS days
     FROM problem
     GROUP BY source, code, field
     ORDER BY open DESC, source, code, field
     LIMIT $3`,
    [source, from, limit],
  )
}

function valuesOf({ source, batchId, seenFrom, seenBefore, ids, ...problem }: QuarantineSelection): unknown[] {
  return [source, problemLike(problem), batchId ?? null, seenFrom ?? null, seenBefore ?? null, 'OPEN', ids ?? null]
}

/** What the problems of a row contain where one of them is like that, as JSON; null where any row will do. */
export function problemLike({ code, field }: { code?: ProblemCode | null; field?: string | null }): string | null {
  // Half of a character, which Postgres takes for one that is missing in a text, it refuses in JSON.
  return code || field
    ? JSON.stringify([{ ...(code && { code }), ...(field && { field: field.toWellFormed() }) }])
    : null
}

const SELECTED = `q.source = $1 AND q.status = $6::quarantine_status AND ($2::jsonb IS NULL OR q.problems @> $2)
  AND ($3::uuid IS NULL OR q.batch_id = $3) AND ($4::timestamptz IS NULL OR q.first_seen_at >= $4)
  AND ($5::timestamptz IS NULL OR q.first_seen_at < $5)
  AND ($7::uuid[] IS NULL OR q.id = ANY ($7))`
