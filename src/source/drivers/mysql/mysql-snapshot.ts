import mysql, { type FieldPacket } from 'mysql2'
import type { SourceRow } from '../../../model/source-row.ts'
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
import { type MysqlAnswer, MysqlConnection } from './mysql-connection.ts'

/**
 * One snapshot of a MySQL or MariaDB database, as far as its tables are InnoDB's; read-only. The session keeps the
 * server's own time zone, unless the times of the database are in UTC.
 */
export class MysqlSnapshot extends SqlSnapshot implements SourceSnapshot {
  private readonly connection: MysqlConnection
  /** While pages come over the one, keys are looked up over another. */
  private readonly open: () => Promise<MysqlConnection>
  private lookUps: Promise<MysqlConnection> | undefined
  /** SQL for when a row was changed; null where none says. */
  private readonly changedAt: string
  private changeType: ChangeType = DATETIME

  private constructor(
    source: SourceAt,
    plan: PullPlan,
    connection: MysqlConnection,
    open: () => Promise<MysqlConnection>,
  ) {
    super(source, plan)
    this.connection = connection
    this.open = open
    this.changedAt = plan.changedAt ?? 'CAST(NULL AS DATETIME)'
  }

  static async open(source: SourceAt, plan: PullPlan, signal: AbortSignal): Promise<MysqlSnapshot> {
    const open = () => MysqlConnection.open(source, plan, signal)
    return new MysqlSnapshot(source, plan, await open(), open)
  }

  get longestAnswerMs(): number {
    return this.connection.longestAnswerMs
  }

  async close(): Promise<void> {
    const lookUps = await this.lookUps?.catch(() => undefined)
    await lookUps?.close()
    await this.connection.close()
  }

  async checkColumns(): Promise<void> {
    const { table } = this.plan
    const { fields } = await this.connection.run(`SELECT * FROM ${table} source_rows LIMIT 0`)
    const types = fields.map(({ name, columnType = -1 }) => [name, COLUMN_TYPES.get(columnType) ?? null] as const)
    checkColumns(this.source, table, new Map(types))
    const change = await this.connection.run(`SELECT ${this.changedAt} FROM ${table} source_rows LIMIT 0`)
    const type = CHANGE_TYPES.get(change.fields[0]?.columnType ?? -1)
    this.changeType = checkChangeType(this.source, this.plan, type)
  }

  protected async readState(): Promise<SourceState> {
    const { table, changedAt } = this.plan
    const newest = changedAt ? `max(${changedAt})` : `if(count(*) = 0, NULL, ${NOW})`
    const past = changedAt ? `WHERE ${changedAt} <= ${NOW}` : ''
    const [there] = await this.all(
      `SELECT DATABASE() AS source_database, ${utc(NOW)} AS source_now,
        (SELECT ${utc(newest)} FROM ${table} source_rows ${past}) AS newest,
        (SELECT create_time FROM information_schema.tables
         WHERE table_schema = DATABASE() AND table_name = ${mysql.escape(nameOf(table))}) AS made`,
    )
    const [server] = await this.all(`SHOW GLOBAL VARIABLES WHERE variable_name IN ('server_uuid', 'server_uid')`)
    return {
      identity: identityOf(this.source, {
        system: textOf(server?.Value),
        database: String(there?.source_database),
        table,
        made: String(there?.made),
      }),
      newest: textOf(there?.newest),
      now: String(there?.source_now),
    }
  }

  async *pages(since: string | null, limit: number): AsyncGenerator<SourcePage> {
    const now = this.plan.changedAt ? null : (await this.state()).now
    for (const { where, order } of this.parts(since)) {
      for await (const answer of this.connection.stream(`${this.select()} ${where} ORDER BY ${order}`, limit)) {
        const rows = pulledRows(answer)
        yield { rows, place: placeOf(rows) }
      }
    }
    if (now) yield { rows: [], place: now }
  }

  async rowsOf(keys: readonly string[]): Promise<PulledRow[]> {
    this.lookUps ??= this.open()
    const connection = await this.lookUps
    const plain = keys.map((key) => key.trim().toLowerCase())
    return pulledRows(
      await connection.run(
        `${this.select()} WHERE ${this.key} IN (?) OR lower(trim(${this.key})) IN (?) ORDER BY ${this.changedAt}, ${this.key}`,
        [keys, plain],
      ),
    )
  }

  async *keys(limit: number): AsyncGenerator<string[]> {
    const text = `SELECT ${this.key} FROM ${this.plan.table} source_rows`
    for await (const { rows } of this.connection.stream(text, limit)) yield rows.map(([key]) => String(key))
  }

  protected async all(text: string): Promise<SourceRow[]> {
    const { fields, rows } = await this.connection.run(text)
    const names = namesOf(fields)
    return rows.map((row) => rowOf(names, row))
  }

  protected async has(table: string): Promise<boolean> {
    const rows = await this.all(
      `SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ${mysql.escape(nameOf(table))}`,
    )
    return rows.length > 0
  }

  /** SQL for a row's own key as text, never null. */
  private get key(): string {
    return `coalesce(cast(${this.plan.key} AS char), '')`
  }

  private get tolerance(): string {
    return `INTERVAL ${overlapOf(this.source, this.plan, this.changeType)} SECOND`
  }

  private select(): string {
    const { changedAt } = this
    return `SELECT ${this.key}, coalesce(${utc(`least(${changedAt}, ${NOW})`)}, '-infinity'),
      coalesce(${changedAt} > ${NOW}, false), coalesce(${changedAt} > ${NOW} + ${this.tolerance}, false), source_rows.*
      FROM ${this.plan.table} source_rows`
  }

  protected byChange(since: string | null, changedAt: string): RowsInOrder[] {
    const from = since
      ? `convert_tz(cast(${mysql.escape(since.replace(/Z$/, ''))} AS datetime(6)), '+00:00', @@session.time_zone) - ${this.tolerance}`
      : mysql.escape(FIRST_TIME)
    return [
      // 0000-00-00, which is stored where times are not checked, says nothing either.
      { where: `WHERE ${changedAt} IS NULL OR ${changedAt} < ${mysql.escape(FIRST_TIME)}`, order: this.key },
      { where: `WHERE ${changedAt} >= ${from}`, order: `${changedAt}, ${this.key}` },
    ]
  }

  protected byDate(since: string | null): RowsInOrder {
    const { rescan } = this.plan
    const where = since && rescan ? `WHERE ${rescan.date} >= CURRENT_DATE - INTERVAL ${rescan.days} DAY` : ''
    return { where, order: this.key }
  }
}

function pulledRows({ fields, rows }: MysqlAnswer): PulledRow[] {
  const names = namesOf(fields.slice(OWN_COLUMNS))
  return rows.map(([key, changedAt, isAhead, isFarAhead, ...row]) => ({
    row: rowOf(names, row),
    key: String(key),
    changedAt: String(changedAt),
    isAhead: isAhead === 1,
    isFarAhead: isFarAhead === 1,
  }))
}

/** The columns of `select` that are not the row's own. */
const OWN_COLUMNS = 4

const NOW = 'now(6)'
const FIRST_TIME = '1000-01-01'

const DATETIME: ChangeType = { name: 'datetime', isMoment: false }

const { DATE, DATETIME: DATETIME_CODE, TIMESTAMP } = mysql.Types

const CHANGE_TYPES: ReadonlyMap<number, ChangeType> = new Map([
  [DATE, { name: 'date', isMoment: false }],
  [DATETIME_CODE, DATETIME],
  [TIMESTAMP, { name: 'timestamp', isMoment: true }],
])

const { DECIMAL, DOUBLE, FLOAT, INT24, LONG, LONGLONG, NEWDECIMAL, SHORT, TINY } = mysql.Types
const { BLOB, STRING, VAR_STRING } = mysql.Types

/** A flag is a small number there, as any other. */
const COLUMN_TYPES: ReadonlyMap<number, ColumnType> = new Map([
  ...[DECIMAL, DOUBLE, FLOAT, INT24, LONG, LONGLONG, NEWDECIMAL, SHORT, TINY].map((type) => [type, 'number'] as const),
  ...[BLOB, STRING, VAR_STRING].map((type) => [type, 'text'] as const),
  ...[DATETIME_CODE, TIMESTAMP].map((type) => [type, 'moment'] as const),
  [DATE, 'date'],
])

/** SQL for a time as text that sorts by time, whatever the session's zone. */
function utc(time: string): string {
  return `date_format(convert_tz(${time}, @@session.time_zone, '+00:00'), '%Y-%m-%d %H:%i:%s.%fZ')`
}

function namesOf(fields: readonly FieldPacket[]): string[] {
  return fields.map(({ name }) => name)
}

/** A table's name without the marks around it; of a query, none that there is. */
function nameOf(table: string): string {
  return isName(table) ? table.replaceAll(/["`]/g, '') : ''
}
