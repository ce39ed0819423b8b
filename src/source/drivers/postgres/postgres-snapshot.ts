import pg from 'pg'
import type { SourceRow } from '../../../model/source-row.ts'
import { BLANKS } from '../../normal-key.ts'
import type { ColumnType, PullPlan } from '../../source-adapter.ts'
import { checkColumns } from '../source-faults.ts'
import {
  identityOf,
  type PulledRow,
  placeOf,
  type SourceAt,
  type SourcePage,
  type SourceSnapshot,
  type SourceState,
} from '../source-snapshot.ts'
import {
  type ChangeType,
  checkChangeType,
  isName,
  overlapOf,
  type RowsInOrder,
  rowOf,
  SqlSnapshot,
  textOf,
} from '../sql-source.ts'
import { PostgresConnection } from './postgres-connection.ts'

/**
 * One snapshot of a Postgres database, read-only: a transaction, so that nothing is left behind on a connection which a
 * pooler shares with others. The session keeps the database's own time zone, as its views may rely on it, unless its
 * times are in UTC.
 */
export class PostgresSnapshot extends SqlSnapshot implements SourceSnapshot {
  private readonly connection: PostgresConnection
  /** SQL for when a row was changed; null where none says. */
  private readonly changedAt: string
  private changeType: ChangeType = MOMENT

  private constructor(source: SourceAt, plan: PullPlan, connection: PostgresConnection) {
    super(source, plan)
    this.connection = connection
    this.changedAt = plan.changedAt ?? 'NULL::timestamptz'
  }

  static async open(source: SourceAt, plan: PullPlan, signal: AbortSignal): Promise<PostgresSnapshot> {
    return new PostgresSnapshot(source, plan, await PostgresConnection.open(source, plan, signal))
  }

  get longestAnswerMs(): number {
    return this.connection.longestAnswerMs
  }

  close(): Promise<void> {
    return this.connection.close()
  }

  async checkColumns(): Promise<void> {
    const { table } = this.plan
    const { fields } = await this.connection.run(`SELECT * FROM ${table} source_rows LIMIT 0`)
    const types = fields.map(({ name, dataTypeID }) => [name, COLUMN_TYPES.get(dataTypeID) ?? null] as const)
    checkColumns(this.source, table, new Map(types))
    const change = await this.connection.run(`SELECT ${this.changedAt} FROM ${table} source_rows LIMIT 0`)
    this.changeType = checkChangeType(this.source, this.plan, CHANGE_TYPES.get(change.fields[0]?.dataTypeID ?? 0))
  }

  protected async readState(): Promise<SourceState> {
    const { table, changedAt } = this.plan
    const [tells] = await this.all(`SELECT has_function_privilege('pg_control_system()', 'execute') AS system`)
    const system = tells?.system ? '(SELECT system_identifier FROM pg_control_system())::text' : 'NULL::text'
    const made = isName(table) ? `to_regclass(${pg.escapeLiteral(table)})::oid` : 'NULL::oid'
    const newest = changedAt ? `max(${changedAt})` : 'max(now())'
    const past = changedAt ? `WHERE ${changedAt} <= now()` : ''
    const [there] = await this.all(`SELECT current_database() AS database, ${system} AS system,
      ${utc('now()')} AS now, concat_ws('/', (SELECT oid FROM pg_database WHERE datname = current_database()), ${made}) AS made,
      (SELECT ${utc(newest)} FROM ${table} source_rows ${past}) AS newest`)
    return {
      identity: identityOf(this.source, {
        system: textOf(there?.system),
        database: String(there?.database),
        table,
        made: String(there?.made),
      }),
      newest: textOf(there?.newest),
      now: String(there?.now),
    }
  }

  async *pages(since: string | null, limit: number): AsyncGenerator<SourcePage> {
    for (const { where, order } of this.parts(since)) {
      for await (const answer of this.fetched(`${this.select()} ${where} ORDER BY ${order}`, limit)) {
        const rows = pulledRows(answer)
        yield { rows, place: placeOf(rows) }
      }
    }
    if (!this.plan.changedAt) yield { rows: [], place: (await this.state()).now }
  }

  async rowsOf(keys: readonly string[]): Promise<PulledRow[]> {
    const plain = (text: string) => `lower(btrim(${text} COLLATE "default", $2::text))`
    return pulledRows(
      await this.connection.run(
        `${this.select()}
        WHERE ${this.key} = ANY ($1::text[]) OR ${plain(this.key)} IN (SELECT ${plain('k')} FROM unnest($1::text[]) k)
        ORDER BY ${this.changedAt} NULLS FIRST, ${this.key}`,
        [keys, BLANKS],
      ),
    )
  }

  async *keys(limit: number): AsyncGenerator<string[]> {
    const text = `SELECT ${this.key} FROM ${this.plan.table} source_rows`
    for await (const { rows } of this.fetched(text, limit)) yield rows.map(([key]) => String(key))
  }

  /** The rows of a statement, so many at a time, through a cursor. */
  private async *fetched(text: string, limit: number): AsyncGenerator<PostgresAnswer> {
    await this.connection.run(`DECLARE fetched NO SCROLL CURSOR FOR ${text}`)
    for (let isFull = true; isFull; ) {
      const answer = await this.connection.run(`FETCH FORWARD ${limit} FROM fetched`)
      isFull = answer.rows.length === limit
      if (answer.rows.length > 0) yield answer
    }
    await this.connection.run('CLOSE fetched')
  }

  protected async all(text: string): Promise<SourceRow[]> {
    const { fields, rows } = await this.connection.run(text)
    const names = fields.map(({ name }) => name)
    return rows.map((row) => rowOf(names, row))
  }

  protected async has(table: string): Promise<boolean> {
    const [row] = await this.all(`SELECT to_regclass('${table}') IS NOT NULL AS there`)
    return row?.there === true || row?.there === 't'
  }

  /** SQL for a row's own key as text, never null. */
  private get key(): string {
    return `coalesce((${this.plan.key})::text, '')`
  }

  /** An interval. */
  private get tolerance(): string {
    return `interval '${overlapOf(this.source, this.plan, this.changeType)} seconds'`
  }

  private select(): string {
    const { changedAt } = this
    return `SELECT ${this.key}, coalesce(${utc(upToNow(changedAt))}, '-infinity'),
      coalesce(${changedAt} > now(), false), coalesce(${changedAt} > now() + ${this.tolerance}, false), source_rows.*
      FROM ${this.plan.table} source_rows`
  }

  protected byChange(since: string | null, changedAt: string): RowsInOrder[] {
    const from = since && `(${pg.escapeLiteral(since)}::timestamptz - ${this.tolerance})::${this.changeType.name}`
    const dated = from ? `${changedAt} >= ${from}` : `${changedAt} IS NOT NULL`
    return [
      { where: `WHERE ${changedAt} IS NULL`, order: this.key },
      { where: `WHERE ${dated}`, order: `${changedAt}, ${this.key}` },
    ]
  }

  protected byDate(since: string | null): RowsInOrder {
    const { rescan } = this.plan
    const where = since && rescan ? `WHERE (${rescan.date})::text >= (current_date - ${rescan.days})::text` : ''
    return { where, order: this.key }
  }
}

type PostgresAnswer = pg.QueryArrayResult<unknown[]>

function pulledRows({ fields, rows }: PostgresAnswer): PulledRow[] {
  const names = fields.slice(OWN_COLUMNS).map((field) => field.name)
  return rows.map(([key, changedAt, isAhead, isFarAhead, ...row]) => ({
    row: rowOf(names, row),
    key: String(key),
    changedAt: String(changedAt),
    isAhead: isAhead === true,
    isFarAhead: isFarAhead === true,
  }))
}

/** The columns of `select` that are not the row's own. */
const OWN_COLUMNS = 4

const MOMENT: ChangeType = { name: 'timestamptz', isMoment: true }

const CHANGE_TYPES: ReadonlyMap<number, ChangeType> = new Map([
  [pg.types.builtins.DATE, { name: 'date', isMoment: false }],
  [pg.types.builtins.TIMESTAMP, { name: 'timestamp', isMoment: false }],
  [pg.types.builtins.TIMESTAMPTZ, MOMENT],
])

const { BOOL, BPCHAR, DATE, FLOAT4, FLOAT8, INT2, INT4, INT8, NUMERIC, TEXT, TIMESTAMP, TIMESTAMPTZ, VARCHAR } =
  pg.types.builtins

const COLUMN_TYPES: ReadonlyMap<number, ColumnType> = new Map([
  ...[INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC].map((oid) => [oid, 'number'] as const),
  ...[TEXT, VARCHAR, BPCHAR].map((oid) => [oid, 'text'] as const),
  ...[TIMESTAMP, TIMESTAMPTZ].map((oid) => [oid, 'moment'] as const),
  [DATE, 'date'],
  [BOOL, 'flag'],
])

function upToNow(time: string): string {
  return `CASE WHEN ${time} > now() THEN now() ELSE ${time} END`
}

/** SQL for a time as text that sorts by time, whatever the session's zone. */
function utc(time: string): string {
  return `to_char((${time})::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.USZ')`
}
