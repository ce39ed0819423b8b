/** Rows as they came, small: most are of one shape, so their values are kept column by column, and compressed. */
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { isTooLongForText, jsonText, parseJson } from '../model/exact-json.ts'
import type { SourceRow } from '../model/source-row.ts'

/** A row as it came. */
export interface CameRow {
  /** Null where its user was erased. */
  row: SourceRow | null
  /** As that of an activity. */
  changedAt: string | null
  /** What the source knows it by, where its adapter can't tell by the row alone. */
  key: string | null
}

export interface PackedPage {
  rowCount: number
  /** Of its JSON. */
  jsonBytes: number
  rows: Buffer
}

const PAGE_ROWS = 1_000
const PAGE_LENGTH = 2 * 1024 * 1024

/** Fast counts: another level gains a tenth of the bytes for twice the time. */
const LEVEL = 1

/** Pages of rows, in their order. What is slow of it is done beside the event loop. */
export async function packRows(rows: readonly CameRow[]): Promise<PackedPage[]> {
  const pages: PackedPage[] = []
  for (let at = 0; at < rows.length; at += PAGE_ROWS) {
    for (const { text, rowCount } of texts(rows.slice(at, at + PAGE_ROWS))) pages.push(await packed(text, rowCount))
  }
  return pages
}

/** One page of the rows, however many they are. */
export async function packPage(rows: readonly CameRow[]): Promise<PackedPage> {
  return packed(jsonText(shapeOf(rows)), rows.length)
}

export async function unpackRows(page: Buffer): Promise<CameRow[]> {
  const kept = parseJson(await unpacked(page)) as Kept
  const rows = 'columns' in kept ? rowsOf(kept) : kept.rows
  return rows.map((row, i) => ({ row, changedAt: kept.changedAt?.[i] ?? null, key: kept.keys?.[i] ?? null }))
}

export async function packKeys(keys: readonly string[]): Promise<PackedPage> {
  return packed(jsonText(keys), keys.length)
}

export async function unpackKeys(page: Buffer): Promise<string[]> {
  return JSON.parse(await unpacked(page))
}

const compress = promisify(gzip)
const decompress = promisify(gunzip)

async function packed(text: string, rowCount: number): Promise<PackedPage> {
  const json = Buffer.from(text)
  return { rowCount, jsonBytes: json.length, rows: await compress(json, { level: LEVEL }) }
}

async function unpacked(page: Buffer): Promise<string> {
  return (await decompress(page)).toString()
}

/** What is in a page; times and keys are left out where no row has one. */
type Kept = (Columns | { rows: (SourceRow | null)[] }) & { changedAt?: (string | null)[]; keys?: (string | null)[] }

interface Columns {
  count: number
  columns: Record<string, unknown[]>
}

/** The JSON of rows, in parts where it would become long. */
function* texts(rows: readonly CameRow[]): Generator<{ text: string; rowCount: number }> {
  const text = textOf(rows)
  if (text !== null && (text.length <= PAGE_LENGTH || rows.length === 1)) yield { text, rowCount: rows.length }
  else {
    const half = Math.ceil(rows.length / 2)
    yield* texts(rows.slice(0, half))
    yield* texts(rows.slice(half))
  }
}

/** Null where no text is long enough, and there are fewer rows to be tried. */
function textOf(rows: readonly CameRow[]): string | null {
  try {
    return jsonText(shapeOf(rows))
  } catch (error) {
    if (rows.length > 1 && isTooLongForText(error)) return null
    throw error
  }
}

function shapeOf(came: readonly CameRow[]): Kept {
  const rows = came.map(({ row }) => row)
  return {
    ...(columnsOf(rows) ?? { rows }),
    ...(came.some(({ changedAt }) => changedAt !== null) && { changedAt: came.map(({ changedAt }) => changedAt) }),
    ...(came.some(({ key }) => key !== null) && { keys: came.map(({ key }) => key) }),
  }
}

/** Null where rows are not all of the same columns in the same order. */
function columnsOf(rows: readonly (SourceRow | null)[]): Columns | null {
  const names = Object.keys(rows[0] ?? {})
  // What is no column in JavaScript can't be put back as one.
  if (names.length === 0 || names.includes('__proto__')) return null
  const columns = names.map((): unknown[] => [])
  for (const row of rows) {
    let place = 0
    for (const name in row) {
      const value = row[name]
      if (name !== names[place] || value === undefined) return null
      columns[place]?.push(value)
      place += 1
    }
    if (place !== names.length) return null
  }
  return { count: rows.length, columns: Object.fromEntries(names.map((name, i) => [name, columns[i] ?? []])) }
}

function rowsOf({ count, columns }: Columns): SourceRow[] {
  const entries = Object.entries(columns)
  return Array.from({ length: count }, (_, i) => {
    const row: SourceRow = {}
    for (const [name, values] of entries) row[name] = values[i]
    return row
  })
}
