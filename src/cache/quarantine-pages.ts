import type { ProblemCode } from '../model/problem.ts'
import type { Sql } from './database.ts'
import type { QuarantinedRow, QuarantineStatus } from './entities/quarantined-row.ts'
import { problemLike } from './quarantine-selection.ts'

export interface QuarantineFilter {
  source?: string | null
  status?: QuarantineStatus | null
  code?: ProblemCode | null
  /** A column of the source that something is wrong with; the code is of that problem. */
  field?: string | null
}

/** These quarantined rows, in no order. */
export async function findQuarantined(sql: Sql, ids: readonly string[]): Promise<QuarantinedRow[]> {
  return sql<QuarantinedRow>(
    `SELECT ${ROW_COLUMNS}, q.batch_id AS "batchId", q.row_index AS "rowIndex"
     FROM quarantined_row q
     WHERE q.id = ANY ($1::uuid[])`,
    [ids],
  )
}

/** Quarantined rows, the one first seen longest ago first; or backward. */
export async function listQuarantine(
  sql: Sql,
  filter: QuarantineFilter,
  { limit, after, backward }: { limit: number; after: string | null; backward: boolean },
): Promise<QuarantinedRow[]> {
  const [order, beyond] = inDirection(backward)
  return sql<QuarantinedRow>(
    `SELECT ${ROW_COLUMNS}, q.batch_id AS "batchId", q.row_index AS "rowIndex"
     FROM quarantined_row q
     WHERE ${FILTER} AND ($4::uuid IS NULL OR q.id ${beyond} $4)
     ORDER BY q.id ${order}
     LIMIT $5`,
    [...filterValues(filter), after, limit],
  )
}

export async function countQuarantine(sql: Sql, filter: QuarantineFilter): Promise<number> {
  const [row] = await sql<{ count: number }>(
    `SELECT count(*) AS count FROM quarantined_row q WHERE ${FILTER}`,
    filterValues(filter),
  )
  return row?.count ?? 0
}

/** What each of these batches refused, in row order, or backward: `limit` rows a batch, after the given row. */
export async function listRejections(
  sql: Sql,
  batchIds: readonly string[],
  filter: QuarantineFilter,
  { limit, after, backward }: { limit: number; after: number | null; backward: boolean },
): Promise<QuarantinedRow[]> {
  const [order, beyond] = inDirection(backward)
  return sql<QuarantinedRow>(
    `SELECT rejected.*
     FROM unnest($4::uuid[]) AS asked (batch_id)
     CROSS JOIN LATERAL (
       SELECT ${ROW_COLUMNS}, r.batch_id AS "batchId", r.row_index AS "rowIndex"
       FROM rejection r
       JOIN quarantined_row q ON q.id = r.quarantined_row_id
       WHERE r.batch_id = asked.batch_id AND ($5::integer IS NULL OR r.row_index ${beyond} $5) AND ${FILTER}
       ORDER BY r.row_index ${order}
       LIMIT $6
     ) rejected
     ORDER BY rejected."batchId", rejected."rowIndex" ${order}`,
    [...filterValues(filter), batchIds, after, limit],
  )
}

export async function countRejections(
  sql: Sql,
  batchIds: readonly string[],
  filter: QuarantineFilter,
): Promise<Map<string, number>> {
  const rows = await sql<{ batch_id: string; count: number }>(
    `SELECT r.batch_id, count(*) AS count
     FROM rejection r
     JOIN quarantined_row q ON q.id = r.quarantined_row_id
     WHERE r.batch_id = ANY ($4::uuid[]) AND ${FILTER}
     GROUP BY r.batch_id`,
    [...filterValues(filter), batchIds],
  )
  return new Map(rows.map((row) => [row.batch_id, row.count]))
}

function inDirection(backward: boolean): readonly [order: string, beyond: string] {
  return backward ? ['DESC', '<'] : ['ASC', '>']
}

function filterValues({ source, status, ...problem }: QuarantineFilter): unknown[] {
  return [source ?? null, status ?? null, problemLike(problem)]
}

/** A problem of refused rows, and the first row that had it. */
export interface Refusal {
  code: ProblemCode
  count: number
  message: string
  rowIndex: number
  externalId: string | null
}

/** What is wrong with the rows that a batch refused, or with those of them that were refused for the first time, the most frequent first. */
export async function refusalsOf(sql: Sql, batchId: string, { isNew = false } = {}): Promise<Refusal[]> {
  return sql<Refusal>(
    `SELECT code, count(*) AS count, (array_agg(message ORDER BY row_index))[1] AS message, min(row_index) AS "rowIndex",
       (array_agg(external_id ORDER BY row_index))[1] AS "externalId"
     FROM (
       SELECT DISTINCT ON (r.row_index, p ->> 'code') r.row_index, q.external_id, p ->> 'code' AS code, p ->> 'message' AS message
       FROM rejection r JOIN ingest_batch b ON b.id = r.batch_id JOIN quarantined_row q ON q.id = r.quarantined_row_id
       CROSS JOIN jsonb_array_elements(q.problems) p
       WHERE r.batch_id = $1 AND (NOT $2 OR q.changed_at IS NULL OR q.first_seen_at >= b.started_at)
       ORDER BY r.row_index, p ->> 'code'
     ) refusal
     GROUP BY code ORDER BY 2 DESC, 1`,
    [batchId, isNew],
  )
}

const FILTER = `($1::text IS NULL OR q.source = $1) AND ($2::quarantine_status IS NULL OR q.status = $2)
       AND ($3::jsonb IS NULL OR q.problems @> $3)`

/** SQL for the columns of `quarantined_row` as `q`, but for which batch refused it and for what it holds. */
const ROW_COLUMNS = `q.id, q.source, q.external_id AS "externalId", q.problems, q.status, q.reason,
  q.first_seen_at AS "firstSeenAt", q.last_seen_at AS "lastSeenAt", q.attempts`
