/** Batches as they came, in the order in which they came. */
import { v7 as uuidv7 } from 'uuid'
import type { Database, Sql } from './database.ts'
import { ComingKind } from './entities/batch-rows.ts'
import { type CameRow, type PackedPage, packKeys, unpackKeys, unpackRows } from './packed-rows.ts'

/** Rows that came together, ready to be kept. */
export interface Coming {
  batchId: string
  source: string
  kind: ComingKind
  /** The place in the batch of the first row. */
  firstRow: number
  pages: readonly PackedPage[]
}

/** Keeps rows as they came. The caller holds the source's lock, and writes what became of them in the same transaction. */
export async function keepRows(sql: Sql, { batchId, source, kind, firstRow, pages }: Coming): Promise<void> {
  if (pages.length === 0) return
  // One value of bytes, as those of an array would be sent as text.
  await sql(KEEP, [
    ...[batchId, source, kind, firstRow, Buffer.concat(pages.map(({ rows }) => rows))],
    ...[pages.map(({ rows }) => rows.length), pages.map((page) => page.rowCount), pages.map((page) => page.jsonBytes)],
  ])
}

const KEEP = `
WITH coming AS MATERIALIZED (SELECT nextval('coming') AS came)
INSERT INTO batch_rows (batch_id, first_row, source, came, kind, row_count, json_bytes, rows)
SELECT $1::uuid, $4::integer + sum(row_count) OVER before - row_count, $2, came, $3, row_count, json_bytes,
  substring($5::bytea FROM (1 + sum(length) OVER before - length)::integer FOR length)
FROM unnest($6::integer[], $7::integer[], $8::integer[]) WITH ORDINALITY AS page (length, row_count, json_bytes, position), coming
WINDOW before AS (ORDER BY position)`

/** Keeps that activities of these keys went, so that rows which came before don't bring them back. The caller holds the source's lock. */
export async function keepDeletion(sql: Sql, source: string, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length === 0) return
  const pages = [await packKeys(externalIds)]
  await keepRows(sql, { batchId: uuidv7(), source, kind: ComingKind.DELETED, firstRow: 0, pages })
}

/** A row of a batch, and its place there. */
export interface KeptRow {
  rowIndex: number
  row: CameRow['row']
}

/** Which rows of batches are asked for: so many after a place, or before it, against their order. */
export interface KeptPlace {
  after: number | null
  limit: number
  backward: boolean
}

/** How many rows of these batches are kept. */
export async function countKept(sql: Sql, batchIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql<{ id: string; count: number }>(
    `SELECT batch_id AS id, sum(row_count) AS count FROM batch_rows WHERE batch_id = ANY ($1::uuid[]) GROUP BY batch_id`,
    [batchIds],
  )
  return new Map(rows.map(({ id, count }) => [id, Number(count)]))
}

/** Pages that hold rows which are asked for, not looked into yet. */
export interface KeptPages {
  batchId: string
  firstRow: number
  jsonBytes: number
}

/** Which pages hold so many rows of each of these batches. */
export async function pagesWith(
  sql: Sql,
  batchIds: readonly string[],
  { after, limit, backward }: KeptPlace,
): Promise<KeptPages[]> {
  return sql<KeptPages>(
    `SELECT batch_id AS "batchId", first_row AS "firstRow", json_bytes AS "jsonBytes"
     FROM (
       SELECT *, sum(there) OVER (PARTITION BY batch_id ORDER BY first_row ${backward ? 'DESC' : 'ASC'}) - there AS others
       FROM (
         SELECT batch_id, first_row, json_bytes,
           ${backward ? 'least(first_row + row_count, $2) - first_row' : 'first_row + row_count - greatest(first_row, $2 + 1)'} AS there
         FROM batch_rows WHERE batch_id = ANY ($1::uuid[])
       ) pages
       WHERE there > 0
     ) counted
     WHERE others < $3`,
    [batchIds, after ?? (backward ? LAST_ROW : -1), limit],
  )
}

const LAST_ROW = 2 ** 31 - 1

/** The rows of these pages that are asked for, by batch, in their order or against it. */
export async function rowsIn(
  sql: Sql,
  pages: readonly KeptPages[],
  { after, limit, backward }: KeptPlace,
): Promise<Map<string, KeptRow[]>> {
  const found = new Map<string, KeptRow[]>()
  const kept = await sql<{ batchId: string; firstRow: number; rows: Buffer }>(
    `SELECT batch_id AS "batchId", first_row AS "firstRow", rows
     FROM batch_rows JOIN unnest($1::uuid[], $2::integer[]) AS asked (batch_id, first_row) USING (batch_id, first_row)
     ORDER BY first_row ${backward ? 'DESC' : 'ASC'}`,
    [pages.map(({ batchId }) => batchId), pages.map(({ firstRow }) => firstRow)],
  )
  for (const { batchId, firstRow, rows } of kept) {
    const came = (await unpackRows(rows)).map(({ row }, i) => ({ rowIndex: firstRow + i, row }))
    const beyond = came.filter(({ rowIndex }) => after === null || (backward ? rowIndex < after : rowIndex > after))
    if (backward) beyond.reverse()
    const before = found.get(batchId) ?? []
    found.set(batchId, [...before, ...beyond.slice(0, limit - before.length)])
  }
  return found
}

/** A part of what came at once, read back. */
export type CamePage = {
  batchId: string
  firstRow: number
  came: number
} & ({ kind: ComingKind.TAKEN | ComingKind.PULLED; rows: CameRow[] } | { kind: ComingKind.DELETED; keys: string[] })

/** What is read together: at least one coming, and no part of one. */
const ROWS_AT_ONCE = 5_000

/** What of a source came next after that, whole; empty where nothing did. Locked, where the caller is to change it. */
export async function nextComings(
  sql: Sql,
  source: string,
  after: number,
  { isLocked = false }: { isLocked?: boolean } = {},
): Promise<CamePage[]> {
  const pages = await sql<{ batchId: string; firstRow: number; came: number; kind: ComingKind; rows: Buffer }>(
    `SELECT batch_id AS "batchId", first_row AS "firstRow", came, kind, rows
     FROM batch_rows
     WHERE source = $1 AND came > $2 AND came <= (
       SELECT max(came) FROM (
         SELECT came, sum(row_count) OVER (ORDER BY came, first_row) - row_count AS before
         FROM (
           SELECT came, first_row, row_count FROM batch_rows
           WHERE source = $1 AND came > $2 ORDER BY came, first_row LIMIT ${ROWS_AT_ONCE}
         ) next
       ) counted
       WHERE before < ${ROWS_AT_ONCE}
     )
     ORDER BY came, first_row ${isLocked ? 'FOR UPDATE' : ''}`,
    [source, after],
  )
  const unpack = async ({ kind, rows, ...page }: (typeof pages)[number]): Promise<CamePage> =>
    kind === ComingKind.DELETED
      ? { ...page, kind, keys: await unpackKeys(rows) }
      : { ...page, kind, rows: await unpackRows(rows) }
  return Promise.all(pages.map(unpack))
}

/** How many rows are kept of what came of a source after that. */
export async function countRowsAfter(sql: Sql, source: string, after: number): Promise<number> {
  const [row] = await sql<{ count: number }>(
    `SELECT coalesce(sum(row_count), 0)::bigint AS count FROM batch_rows WHERE source = $1 AND came > $2 AND kind <> 'DELETED'`,
    [source, after],
  )
  return row?.count ?? 0
}

/** After which number came what came at a time or later. */
export async function placeBefore(sql: Sql, source: string, since: Date | null): Promise<number> {
  const [row] = await sql<{ place: number }>(
    `SELECT coalesce(max(came), 0) AS place FROM batch_rows WHERE source = $1 AND came_at < $2::timestamptz`,
    [source, since],
  )
  return Number(row?.place ?? 0)
}

/** Puts another page in the place of one. */
export async function replacePage(sql: Sql, page: CamePage, { rows, jsonBytes }: PackedPage): Promise<void> {
  await sql('UPDATE batch_rows SET rows = $3, json_bytes = $4 WHERE batch_id = $1 AND first_row = $2', [
    ...[page.batchId, page.firstRow, rows, jsonBytes],
  ])
}

const PAGES_AT_ONCE = 500

/** Drops pages that came earlier than so many days ago, so many at most; their reports stay. Returns how many there were. */
export async function dropPages(sql: Sql, source: string, days: number): Promise<number> {
  const dropped = await sql(
    `DELETE FROM batch_rows WHERE (batch_id, first_row) IN (
       SELECT batch_id, first_row
       FROM (SELECT * FROM batch_rows WHERE source = $1 ORDER BY came LIMIT ${PAGES_AT_ONCE}) oldest
       WHERE came_at < clock_timestamp() - make_interval(days => $2)
     )
     RETURNING 1`,
    [source, days],
  )
  return dropped.length
}

/** The sources of which anything is kept. */
export async function keptSources(sql: Sql): Promise<string[]> {
  const rows = await sql<{ source: string }>(
    `SELECT source FROM source_cursor c WHERE EXISTS (SELECT FROM batch_rows WHERE source = c.source) ORDER BY source`,
  )
  return rows.map(({ source }) => source)
}

/** Drops the pages that came longer ago than so many days, a bounded transaction at a time. Returns how many those were. */
export async function pruneRows(database: Pick<Database, 'sql' | 'transaction'>, days: number): Promise<number> {
  let dropped = 0
  for (const source of await keptSources(database.sql)) {
    for (let some = -1; some !== 0; dropped += Math.max(some, 0)) {
      some = await database.transaction((sql) => dropPages(sql, source, days))
    }
  }
  return dropped
}
