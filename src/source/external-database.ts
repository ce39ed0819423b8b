import pg from 'pg'
import { SourcePullError } from '../model/errors.ts'
import type { SourceRow } from '../model/source-row.ts'
import type { PullPlan } from './source-adapter.ts'
import type { Source } from './sources.ts'

const CONNECT_MS = 10_000

/** A row's place in its source: when it was changed, and its key; both as text. */
export type SourcePlace = readonly [changedAt: string, key: string]

export interface SourcePage {
  rows: SourceRow[]
  /** Where the next pull goes on once these rows are stored; null for rows without a place in time. */
  cursor: SourcePlace | null
}

/** A read-only session on a source's own database. */
export class ExternalDatabase {
  private readonly client: pg.Client
  private readonly source: string

  private constructor(source: string, client: pg.Client) {
    this.source = source
    this.client = client
  }

  /** @throws SourcePullError where the database can't be reached. */
  static async open({ name, url }: Source): Promise<ExternalDatabase> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'steelthread',
      types: plainTypes,
    })
    // A connection that breaks is reported by the query that it breaks.
    client.on('error', () => undefined)
    try {
      await client.connect()
      // After connecting, as a URL may bring options of its own.
      await client.query('SET default_transaction_read_only = on')
      await client.query("SET TimeZone = 'UTC'")
      await client.query("SET DateStyle = 'ISO'")
    } catch (cause) {
      throw new SourcePullError(`Source "${name}" can't be reached: ${reason(cause)}.`, { source: name }, cause)
    }
    return new ExternalDatabase(name, client)
  }

  async close(): Promise<void> {
    await this.client.end()
  }

  /** @throws SourcePullError that names the columns of the plan's table that aren't there. */
  async checkColumns(plan: PullPlan, required: readonly string[]): Promise<void> {
    const { fields } = await this.run(`SELECT * FROM ${plan.table} LIMIT 0`)
    const there = new Set(fields.map((field) => field.name))
    const missing = required.filter((column) => !there.has(column))
    if (missing.length > 0) {
      throw new SourcePullError(
        `Source "${this.source}": ${plan.table} has no column ${missing.map((column) => `"${column}"`).join(', ')}. ` +
          `It needs ${required.join(', ')}. Nothing was pulled.`,
        { source: this.source, missingColumns: missing },
      )
    }
  }

  /**
   * Pages of about `limit` rows: first those that don't say when they were changed, then all that were changed after a
   * place, in order. A page ends where no row ties with its last one.
   */
  async *pages(
    { table, changedAt, key }: PullPlan,
    after: SourcePlace | null,
    limit: number,
  ): AsyncGenerator<SourcePage> {
    let last: string | null = null
    for (let full = true; full; ) {
      const where: string = last === null ? '' : `AND ${key} > $1`
      const { rows, places } = await this.page(
        `FROM ${table} source_rows WHERE ${changedAt} IS NULL ${where} ORDER BY ${key}`,
        last === null ? [] : [last],
        { changedAt, key, limit },
      )
      full = rows.length >= limit
      last = places.at(-1)?.[1] ?? null
      if (rows.length > 0) yield { rows, cursor: null }
    }
    let place = after
    for (let full = true; full; ) {
      const { rows, places } = await this.page(
        `FROM ${table} source_rows
         WHERE ${place ? `(${changedAt}, ${key}) > ($1, $2)` : `${changedAt} IS NOT NULL`} ORDER BY ${changedAt}, ${key}`,
        place ?? [],
        { changedAt, key, limit },
      )
      full = rows.length >= limit
      place = places.at(-1) ?? place
      if (rows.length > 0) yield { rows, cursor: place }
    }
  }

  /** All rows of a statement of the adapter's. */
  async all(text: string): Promise<SourceRow[]> {
    const { fields, rows } = await this.run(text)
    return rows.map((row) => Object.fromEntries(fields.map((field, i) => [field.name, row[i]])))
  }

  private async page(
    rest: string,
    values: readonly string[],
    { changedAt, key, limit }: { changedAt: string; key: string; limit: number },
  ): Promise<{ rows: SourceRow[]; places: SourcePlace[] }> {
    const { fields, rows } = await this.run(
      `SELECT (${changedAt})::text AS ":changed_at", (${key})::text AS ":key", source_rows.*
       ${rest} FETCH FIRST ${limit} ROWS WITH TIES`,
      values,
    )
    const names = fields.slice(2).map((field) => field.name)
    return {
      rows: rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i + 2]]))),
      places: rows.slice(-1).map(([changed, own]) => [String(changed), String(own)]),
    }
  }

  private async run(text: string, values: readonly string[] = []): Promise<pg.QueryArrayResult<unknown[]>> {
    try {
      return await this.client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })
    } catch (cause) {
      throw new SourcePullError(
        `Source "${this.source}" can't be pulled: ${reason(cause)}.`,
        { source: this.source },
        cause,
      )
    }
  }
}

function reason(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reason).join('; ')
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}

/** Rows as JSON would have them: dates and times stay text, whole numbers are numbers. */
const plainTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const { DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL, INT8 } = pg.types.builtins
    if (([DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL] as number[]).includes(oid)) return String
    if (oid === INT8) return (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : text)
    return pg.types.getTypeParser(oid, format)
  },
} as pg.CustomTypesConfig
