/** Users, stereotypes, projects, sprints and teams are listed in one way: whole, or page by page. */
import type { Sql } from './database.ts'

/** A table that is listed: by columns of which no two rows have the same, and each of its rows by what its columns are called. */
export interface ReferenceList<Row> {
  table: string
  /** SQL for the columns of a row. */
  columns: string
  order: readonly { column: string; property: keyof Row & string; type: 'text' | 'uuid' | 'date' }[]
}

/** What is asked of a list: up to `limit` rows after a place, in the list's order or against it. */
export interface ReferencePage {
  limit: number
  /** The values of what the list is ordered by. */
  after: readonly (string | number)[] | null
  backward: boolean
  /** Only rows in whose name this is a part, whatever its case. */
  name?: string | null
}

export function allOf<Row extends object>(sql: Sql, { table, columns, order }: ReferenceList<Row>): Promise<Row[]> {
  return sql(`SELECT ${columns} FROM ${table} ORDER BY ${order.map(({ column }) => column).join(', ')}`)
}

export function pageOf<Row extends object>(
  sql: Sql,
  { table, columns, order }: ReferenceList<Row>,
  { limit, after, backward, name }: ReferencePage,
): Promise<Row[]> {
  const names = order.map(({ column }) => column)
  const place = order.map(({ type }, i) => `$${i + 3}::${type}`)
  const isBeyond = after ? `AND (${names.join(', ')}) ${backward ? '<' : '>'} (${place.join(', ')})` : ''
  const ordered = names.map((column) => (backward ? `${column} DESC` : column))
  return sql(`SELECT ${columns} FROM ${table} WHERE ${IS_NAMED} ${isBeyond} ORDER BY ${ordered.join(', ')} LIMIT $2`, [
    patternOf(name),
    limit,
    ...(after ?? []),
  ])
}

/** How many rows there are on all pages. */
export async function countOf(sql: Sql, { table }: { table: string }, name?: string | null): Promise<number> {
  const [row] = await sql<{ count: number }>(`SELECT count(*) AS count FROM ${table} WHERE ${IS_NAMED}`, [
    patternOf(name),
  ])
  return row?.count ?? 0
}

const IS_NAMED = '($1::text IS NULL OR name ILIKE $1)'

/** A pattern for all that has this in it, as it stands. */
function patternOf(part: string | null | undefined): string | null {
  return part === null || part === undefined ? null : `%${part.replaceAll(/[\\%_]/g, '\\$&')}%`
}
