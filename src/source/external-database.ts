import pg from 'pg'
import { SourcePullError } from '../model/errors.ts'
import type { SourceRow } from '../model/json.ts'
import type { PullPlan } from './source-adapter.ts'
import type { Source } from './sources.ts'

const CONNECT_MS = 10_000

export interface SourcePage {
  rows: SourceRow[]
  /** The last row's cursor values, as text; undefined where there was no row. */
  cursor: string[] | undefined
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
      options: '-c default_transaction_read_only=on -c TimeZone=UTC -c DateStyle=ISO',
      types: plainTypes,
    })
    // A connection that breaks is reported by the query that it breaks.
    client.on('error', () => undefined)
    try {
      await client.connect()
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

  /** The next rows after a cursor (the first, after none), as many as `limit` and whatever ties with the last. */
  async page(plan: PullPlan, after: readonly string[] | null, limit: number): Promise<SourcePage> {
    const order = plan.cursor.join(', ')
    const texts = plan.cursor.map((column, i) => `(${column})::text AS ":${i}"`).join(', ')
    const place = plan.cursor.map((_, i) => `$${i + 1}`).join(', ')
    const { fields, rows } = await this.run(
      `SELECT ${texts}, source_rows.* FROM ${plan.table} source_rows
       ${after ? `WHERE (${order}) > (${place})` : ''}
       ORDER BY ${order} FETCH FIRST ${limit} ROWS WITH TIES`,
      after ?? [],
    )
    const width = plan.cursor.length
    const names = fields.slice(width).map((field) => field.name)
    return {
      rows: rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[width + i]]))),
      cursor: rows.at(-1)?.slice(0, width).map(String),
    }
  }

  /** All rows of a statement of the adapter's. */
  async all(text: string): Promise<SourceRow[]> {
    const { fields, rows } = await this.run(text)
    return rows.map((row) => Object.fromEntries(fields.map((field, i) => [field.name, row[i]])))
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
