import { type Limits, tooMuch } from '../model/limits.ts'
import type { ProblemCode } from '../model/problem.ts'
import type { Sql } from './database.ts'
import type { QuarantinedRow, QuarantineStatus } from './entities/quarantined-row.ts'
import { ROW_COLUMNS, readRows } from './quarantine.ts'

export interface QuarantineFilter {
  source?: string | null
  status?: QuarantineStatus | null
  code?: ProblemCode | null
}

/** Quarantined rows, the one first seen longest ago first. */
export async function listQuarantine(
  sql: Sql,
  filter: QuarantineFilter,
  page: { limit: number; after: string | null },
  limits: Limits,
): Promise<QuarantinedRow[]> {
  return readPage(
    sql,
    `SELECT ${ROW_COLUMNS}, q.batch_id AS "batchId", q.row_index AS "rowIndex"
     FROM quarantined_row q
     WHERE ${FILTER} AND ($4::uuid IS NULL OR q.id > $4)
     ORDER BY q.id
     LIMIT $5`,
    [...filterValues(filter), page.after, page.limit],
    limits,
  )
}

export async function countQuarantine(sql: Sql, filter: QuarantineFilter): Promise<number> {
  const [row] = await sql<{ count: number }>(
    `SELECT count(*) AS count FROM quarantined_row q WHERE ${FILTER}`,
    filterValues(filter),
  )
  return row?.count ?? 0
}

/** What each of these batches refused, in row order: `limit` rows a batch, after the given row. */
export async function listRejections(
  sql: Sql,
  batchIds: readonly string[],
  filter: QuarantineFilter,
  page: { limit: number; after: number | null },
  limits: Limits,
): Promise<QuarantinedRow[]> {
  return readPage(
    sql,
    `SELECT rejected.*
     FROM unnest($4::uuid[]) AS asked (batch_id)
     CROSS JOIN LATERAL (
       SELECT ${ROW_COLUMNS}, r.batch_id AS "batchId", r.row_index AS "rowIndex"
       FROM rejection r
       JOIN quarantined_row q ON q.id = r.quarantined_row_id
       WHERE r.batch_id = asked.batch_id AND ($5::integer IS NULL OR r.row_index > $5) AND ${FILTER}
       ORDER BY r.row_index
       LIMIT $6
     ) rejected
     ORDER BY rejected."batchId", rejected."rowIndex"`,
    [...filterValues(filter), batchIds, page.after, page.limit],
    limits,
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

function filterValues({ source, status, code }: QuarantineFilter): unknown[] {
  return [source ?? null, status ?? null, code ? JSON.stringify([{ code }]) : null]
}

const FILTER = `($1::text IS NULL OR q.source = $1) AND ($2::quarantine_status IS NULL OR q.status = $2)
       AND ($3::jsonb IS NULL OR q.problems @> $3)`

/**
 * Rows for an answer.
 * @throws LimitError before any is read where they hold more than an answer may.
 */
async function readPage(sql: Sql, text: string, values: readonly unknown[], limits: Limits): Promise<QuarantinedRow[]> {
  const [size] = await sql<{ bytes: number }>(
    `SELECT coalesce(sum(octet_length(page.row)), 0)::bigint AS bytes FROM (${text}) page`,
    values,
  )
  const bytes = size?.bytes ?? 0
  if (bytes > limits.MAX_RESULT_BYTES) {
    throw tooMuch('MAX_RESULT_BYTES', limits, bytes, ['The rows of this page have', 'bytes', 'Ask for a smaller page.'])
  }
  return readRows(sql, text, values)
}
