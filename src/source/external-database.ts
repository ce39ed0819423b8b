import pg from 'pg'
import type { SourceIdentity } from '../cache/entities/source-cursor.ts'
import { SourcePullError } from '../model/errors.ts'
import type { SourceRow } from '../model/source-row.ts'
import { BLANKS } from './normal-key.ts'
import type { PullPlan, SourceAdapter } from './source-adapter.ts'
import { SourceConnection } from './source-connection.ts'
import type { Source } from './sources.ts'

/** How far a time of change without a zone may be off: what clocks are put back by in autumn. */
const ZONELESS_SECONDS = 3_600

/** A row as its source has it. */
export interface PulledRow {
  row: SourceRow
  /** The source's own key of it, as text. */
  key: string
  /** When it was changed, at most the source's now; `-infinity` where it doesn't say. UTC, as text that sorts by time. */
  changedAt: string
  /** True where it is stamped with a time that hasn't come yet. */
  isAhead: boolean
  /** The same, and too far for clocks that differ a little. */
  isFarAhead: boolean
}

/** What a source says of itself, out of the same snapshot as its rows. */
export interface SourceState {
  identity: SourceIdentity
  /** When its newest row was changed, those ahead of now aside; as `PulledRow.changedAt`, null where no row says. */
  newest: string | null
  /** The source's own now. */
  now: string
}

/**
 * One snapshot of a source's own database, read-only: a transaction, so that nothing is left behind on a connection
 * which a pooler shares with others. The session keeps the database's own time zone, as its views may rely on it.
 */
export class ExternalDatabase {
  private readonly source: string
  private readonly plan: PullPlan
  private readonly connection: SourceConnection
  /** The type of the plan's `changedAt`, once it was checked. */
  private changeType = 'timestamptz'

  private constructor(source: string, plan: PullPlan, connection: SourceConnection) {
    this.source = source
    this.plan = plan
    this.connection = connection
  }

  /**
   * @param signal Cuts the connection, whatever it runs.
   * @throws SourcePullError where the database can't be reached.
   */
  static async open(source: Source, plan: PullPlan, signal: AbortSignal): Promise<ExternalDatabase> {
    return new ExternalDatabase(source.name, plan, await SourceConnection.open(source, signal))
  }

  get longestAnswerMs(): number {
    return this.connection.longestAnswerMs
  }

  close(): Promise<void> {
    return this.connection.close()
  }

  /** @throws SourcePullError that names what is missing of the plan's table, or of another type than pulls can go by. */
  async checkColumns(required: readonly string[]): Promise<void> {
    const { table, changedAt } = this.plan
    const { fields } = await this.connection.run(`SELECT * FROM ${table} source_rows LIMIT 0`)
    const there = new Set(fields.map((field) => field.name))
    const missing = required.filter((column) => !there.has(column))
    if (missing.length > 0) {
      throw this.fault(
        `Source "${this.source}": ${table} has no column ${missing.map((column) => `"${column}"`).join(', ')}. ` +
          `It needs ${required.join(', ')}. Nothing was pulled.`,
        { missingColumns: missing },
      )
    }
    const change = await this.connection.run(`SELECT ${changedAt} FROM ${table} source_rows LIMIT 0`)
    const type = CHANGE_TYPES.get(change.fields[0]?.dataTypeID ?? 0)
    if (!type) {
      throw this.fault(
        `Source "${this.source}": ${changedAt} of ${table} must be a timestamp or a date, as pulls go by it. Nothing was pulled.`,
      )
    }
    this.changeType = type
  }

  async state({ name: adapter, caselessKeys = false }: SourceAdapter): Promise<SourceState> {
    const { table, changedAt } = this.plan
    const [tells] = await this.all(`SELECT has_function_privilege('pg_control_system()', 'execute') AS system`)
    const system = tells?.system ? '(SELECT system_identifier FROM pg_control_system())::text' : 'NULL::text'
    // What is not a name but a query has no making of its own.
    const made = /^[\w."]+$/.test(table) ? `to_regclass(${pg.escapeLiteral(table)})::oid` : 'NULL::oid'
    const [there] = await this.all(`SELECT current_database() AS database, ${system} AS system,
      ${utc('now()')} AS now, concat_ws('/', (SELECT oid FROM pg_database WHERE datname = current_database()), ${made}) AS made,
      (SELECT ${utc(`max(${changedAt})`)} FROM ${table} source_rows WHERE ${changedAt} <= now()) AS newest`)
    const text = (value: unknown) => (value === null || value === undefined ? null : String(value))
    return {
      identity: {
        system: text(there?.system),
        database: String(there?.database),
        adapter,
        keys: caselessKeys ? 'without case' : 'with case',
        table,
        made: String(there?.made),
      },
      newest: text(there?.newest),
      now: String(there?.now),
    }
  }

  /**
   * The rows that were changed since a moment, or all, in the order of their changes, page by page: first those that
   * don't say when they were changed. It begins `overlapSeconds` before the moment, as transactions may have been
   * open then and times of change may be coarse; an hour more where they have no zone.
   */
  async *pages(since: string | null, overlapSeconds: number, limit: number): AsyncGenerator<PulledRow[]> {
    const { changedAt, key } = this.plan
    const type = this.changeType
    const tolerance = `interval '${overlapSeconds + (type === 'timestamptz' ? 0 : ZONELESS_SECONDS)} seconds'`
    const from = since && `(${pg.escapeLiteral(since)}::timestamptz - ${tolerance})::${type}`
    const dated = from ? `${changedAt} >= ${from}` : `${changedAt} IS NOT NULL`
    // Two statements, so that an index on the time of change gives the second its order.
    for (const where of [
      `WHERE ${changedAt} IS NULL ORDER BY ${key}`,
      `WHERE ${dated} ORDER BY ${changedAt}, ${key}`,
    ]) {
      await this.connection.run(`DECLARE pulled NO SCROLL CURSOR FOR ${this.select(tolerance)} ${where}`)
      for (let full = true; full; ) {
        const rows = await this.rows(`FETCH FORWARD ${limit} FROM pulled`)
        full = rows.length === limit
        if (rows.length > 0) yield rows
      }
      await this.connection.run('CLOSE pulled')
    }
  }

  /** All rows of these keys, however they are padded and whatever their case, in the order of their changes. */
  async rowsOf(keys: readonly string[]): Promise<PulledRow[]> {
    const key = `(${this.plan.key})::text`
    const plain = (text: string) => `lower(btrim(${text} COLLATE "default", $2::text))`
    return this.rows(
      `${this.select(`interval '0'`)}
      WHERE ${key} = ANY ($1::text[]) OR ${plain(key)} IN (SELECT ${plain('k')} FROM unnest($1::text[]) k) ${this.order}`,
      [keys, BLANKS],
    )
  }

  /** All rows of a statement of the adapter's. */
  async all(text: string): Promise<SourceRow[]> {
    const { fields, rows } = await this.connection.run(text)
    return rows.map((row) => Object.fromEntries(fields.map((field, i) => [field.name, row[i]])))
  }

  /** Whether it has a table of this name. */
  async has(table: string): Promise<boolean> {
    const [row] = await this.all(`SELECT to_regclass('${table}') IS NOT NULL AS there`)
    return row?.there === true || row?.there === 't'
  }

  private select(tolerance: string): string {
    const { table, changedAt, key } = this.plan
    return `SELECT (${key})::text, coalesce(${utc(upToNow(changedAt))}, '-infinity'),
      coalesce(${changedAt} > now(), false), coalesce(${changedAt} > now() + ${tolerance}, false), source_rows.*
      FROM ${table} source_rows`
  }

  private get order(): string {
    return `ORDER BY ${this.plan.changedAt} NULLS FIRST, ${this.plan.key}`
  }

  private async rows(text: string, values: readonly unknown[] = []): Promise<PulledRow[]> {
    const { fields, rows } = await this.connection.run(text, values)
    const names = fields.slice(OWN_COLUMNS).map((field) => field.name)
    return rows.map(([key, changedAt, isAhead, isFarAhead, ...row]) => ({
      row: Object.fromEntries(names.map((name, i) => [name, row[i]])),
      key: String(key),
      changedAt: String(changedAt),
      isAhead: isAhead === true,
      isFarAhead: isFarAhead === true,
    }))
  }

  private fault(message: string, details: object = {}): SourcePullError {
    return new SourcePullError(message, { source: this.source, ...details })
  }
}

/** The columns of `select` that are not the row's own. */
const OWN_COLUMNS = 4

const { DATE, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins

const CHANGE_TYPES: ReadonlyMap<number, string> = new Map([
  [DATE, 'date'],
  [TIMESTAMP, 'timestamp'],
  [TIMESTAMPTZ, 'timestamptz'],
])

function upToNow(time: string): string {
  return `CASE WHEN ${time} > now() THEN now() ELSE ${time} END`
}

/** SQL for a time as text that sorts by time, whatever the session's zone. */
function utc(time: string): string {
  return `to_char((${time})::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.USZ')`
}
