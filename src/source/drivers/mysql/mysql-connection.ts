import type { Socket } from 'node:net'
import mysql, { type FieldPacket } from 'mysql2'
import type { SourcePullError } from '../../../model/errors.ts'
import type { PullPlan } from '../../source-adapter.ts'
import { brokenOff } from '../source-faults.ts'
import type { SourceAt } from '../source-snapshot.ts'
import { plainValue } from './mysql-types.ts'

/** For a connection and the beginning of the transaction together. */
const CONNECT_SECONDS = 10

/** For a last word; then the connection is cut. */
const GOODBYE_MS = 2_000

/** How long the server keeps rows that nobody takes, as the cache is busy. */
const UNTAKEN_SECONDS = 600

/** What a statement gives: the columns' names and types, and the rows' values. */
export interface MysqlAnswer {
  fields: readonly FieldPacket[]
  rows: unknown[][]
}

/** A read-only transaction of a MySQL or MariaDB server, on a connection of its own; no answer is waited for without an end. */
export class MysqlConnection {
  private readonly source: SourceAt
  private readonly signal: AbortSignal
  private readonly connection: mysql.Connection
  /** Why the connection was cut, if it was. */
  private lost: Error | undefined
  /** Whether rows are on their way. */
  private isStreaming = false
  /** Who waits for an answer: it never comes once the connection is cut. */
  private readonly waiting = new Set<(error: Error) => void>()
  /** What limits the time of a statement, as the server calls it. */
  private timeLimit = 'max_execution_time'

  private constructor(source: SourceAt, signal: AbortSignal) {
    this.source = source
    this.signal = signal
    this.connection = mysql.createConnection({
      uri: source.url,
      rowsAsArray: true,
      typeCast: plainValue,
      charset: 'utf8mb4_general_ci',
      connectTimeout: CONNECT_SECONDS * 1_000,
      enableKeepAlive: true,
      // A server must not ask for files of ours.
      flags: ['-LOCAL_FILES'],
    })
    // A connection that breaks is reported by the query that it breaks.
    this.connection.on('error', this.cut)
    signal.addEventListener('abort', this.stop)
  }

  /**
   * @param signal Cuts the connection, whatever it runs.
   * @throws SourcePullError where the database can't be reached.
   */
  static async open(source: SourceAt, plan: PullPlan, signal: AbortSignal): Promise<MysqlConnection> {
    signal.throwIfAborted()
    let connection: MysqlConnection | undefined
    try {
      const made = new MysqlConnection(source, signal)
      connection = made
      await made.within(Math.min(CONNECT_SECONDS, source.timeoutSeconds), () => made.begin(plan))
      return made
    } catch (cause) {
      await connection?.close()
      signal.throwIfAborted()
      throw brokenOff(source, 'reached', cause, TIMED_OUT)
    }
  }

  /** For one statement, and for the connection that it needs where another is under way. */
  get longestAnswerMs(): number {
    return 2 * this.source.timeoutSeconds * 1_000
  }

  /** @throws SourcePullError where the source refuses the statement, breaks off, or takes longer than one answer may. */
  run(sql: string, values: readonly unknown[] = []): Promise<MysqlAnswer> {
    return this.answer(() => this.query(sql, values))
  }

  /** The rows of a statement, so many at a time; the server waits while nobody asks for more. As `run` otherwise. */
  async *stream(sql: string, limit: number): AsyncGenerator<MysqlAnswer> {
    // It takes as long as the cache takes; only how long a page takes to come is limited.
    await this.run(`SET SESSION ${this.timeLimit} = 0`)
    const query = this.connection.query({ sql })
    let fields: readonly FieldPacket[] = []
    query.on('fields', (packets: FieldPacket[]) => {
      fields = packets
    })
    const stream = query.stream({ highWaterMark: limit })[Symbol.asyncIterator]()
    const page = async () => {
      const rows: unknown[][] = []
      while (rows.length < limit) {
        const { value, done } = await stream.next()
        if (done) break
        rows.push(value)
      }
      return rows
    }
    this.isStreaming = true
    for (let isFull = true; isFull; ) {
      const rows = await this.answer(page)
      isFull = rows.length === limit
      if (!isFull) this.isStreaming = false
      if (rows.length > 0) yield { fields, rows }
    }
  }

  /** Ends the transaction, or lets it go where the source doesn't answer any more, or has more to say than anybody wants. */
  async close(): Promise<void> {
    this.signal.removeEventListener('abort', this.stop)
    if (!this.lost && !this.isStreaming) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, GOODBYE_MS)
        this.connection.end(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    this.cut(new Error('it was closed'))
  }

  private async begin({ isUtc = false }: PullPlan): Promise<void> {
    const { rows } = await this.query('SELECT version()')
    const isMariaDb = /mariadb/i.test(String(rows[0]?.[0]))
    const { timeoutSeconds } = this.source
    this.timeLimit = isMariaDb ? 'max_statement_time' : 'max_execution_time'
    // The server gives up, which knows why, before we do.
    const limit = timeoutSeconds * 0.95 * (isMariaDb ? 1 : 1_000)
    await this.query(
      `SET SESSION ${this.timeLimit} = ${isMariaDb ? limit : Math.ceil(limit)}, net_write_timeout = ${UNTAKEN_SECONDS},
        sql_mode = replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''),
        lock_wait_timeout = ${Math.max(1, Math.floor(timeoutSeconds * 0.9))}${isUtc ? ", time_zone = '+00:00'" : ''}`,
    )
    await this.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    await this.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
  }

  private query(sql: string, values: readonly unknown[] = []): Promise<MysqlAnswer> {
    return new Promise((resolve, reject) => {
      this.connection.query({ sql, values: [...values] }, (error, rows, fields) => {
        if (error) reject(error)
        else resolve({ fields: fields ?? [], rows: rows as unknown[][] })
      })
    })
  }

  /** As `run`. */
  private async answer<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await this.within(this.source.timeoutSeconds, ask)
    } catch (cause) {
      this.signal.throwIfAborted()
      throw this.fault('pulled', cause)
    }
  }

  /** What the source answers; after so many seconds without an answer the connection is cut. */
  private async within<T>(seconds: number, ask: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted()
    if (this.lost) throw this.lost
    const timer = setTimeout(this.cut, seconds * 1_000, new Error(`no answer within ${seconds} s`))
    let giveUp: (error: Error) => void = () => undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        giveUp = reject
        this.waiting.add(giveUp)
        ask().then(resolve, reject)
      })
    } finally {
      clearTimeout(timer)
      this.waiting.delete(giveUp)
    }
  }

  private readonly cut = (error: Error): void => {
    this.lost ??= error
    for (const giveUp of this.waiting) giveUp(this.lost)
    this.connection.destroy()
    // That only says goodbye, which a server that stands still, or a reader that has stopped, never hears.
    ;(this.connection as unknown as { stream?: Socket }).stream?.destroy()
  }

  private readonly stop = (): void => this.cut(new Error('it was stopped'))

  private fault(what: 'reached' | 'pulled', cause: unknown): SourcePullError {
    return brokenOff(this.source, what, cause, TIMED_OUT)
  }
}

/** Our own words, and those of MySQL and MariaDB. */
const TIMED_OUT = /^no answer within|maximum statement execution time|max_statement_time|Lock wait timeout/
