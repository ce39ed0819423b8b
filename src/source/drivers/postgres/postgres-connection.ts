import { Socket } from 'node:net'
import pg from 'pg'
import type { SourcePullError } from '../../../model/errors.ts'
import type { PullPlan } from '../../source-adapter.ts'
import { brokenOff } from '../source-faults.ts'
import type { SourceAt } from '../source-snapshot.ts'
import { plainTypes } from './postgres-types.ts'

/** For a connection and the beginning of the transaction together. */
const CONNECT_SECONDS = 10

/** For a last word; then the connection is cut. */
const GOODBYE_MS = 2_000

/** A read-only transaction of a source's own database, on a connection of its own; no answer is waited for without an end. */
export class PostgresConnection {
  private readonly source: SourceAt
  private readonly isUtc: boolean
  private readonly signal: AbortSignal
  private readonly socket = new Socket()
  private readonly client: pg.Client
  /** Why the connection broke, if it did. */
  private lost: Error | undefined
  /** Ends when the last statement so far was answered: the time for one answer is no other's. */
  private answered: Promise<unknown> = Promise.resolve()

  private constructor(source: SourceAt, { isUtc = false }: PullPlan, signal: AbortSignal) {
    this.source = source
    this.isUtc = isUtc
    this.signal = signal
    this.client = new pg.Client({
      connectionString: source.url,
      application_name: 'steelthread',
      types: plainTypes,
      keepAlive: true,
      stream: () => this.socket,
    })
    // A connection that breaks is reported by the query that it breaks, and that doesn't know why.
    this.client.on('error', this.cut)
    signal.addEventListener('abort', this.stop)
  }

  /**
   * @param signal Cuts the connection, whatever it runs.
   * @throws SourcePullError where the database can't be reached.
   */
  static async open(source: SourceAt, plan: PullPlan, signal: AbortSignal): Promise<PostgresConnection> {
    // What was never connected can't be closed: nothing answers, and nobody hears the socket's error.
    signal.throwIfAborted()
    const connection = new PostgresConnection(source, plan, signal)
    try {
      await connection.within(Math.min(CONNECT_SECONDS, source.timeoutSeconds), () => connection.begin())
    } catch (cause) {
      await connection.close()
      signal.throwIfAborted()
      throw connection.fault('reached', cause)
    }
    return connection
  }

  /** For one statement that is sent while another is under way. */
  get longestAnswerMs(): number {
    return 2 * this.source.timeoutSeconds * 1_000
  }

  /** @throws SourcePullError where the source refuses the statement, breaks off, or takes longer than one answer may. */
  async run(text: string, values: readonly unknown[] = []): Promise<pg.QueryArrayResult<unknown[]>> {
    const ask = () => this.client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })
    const answer = this.answered.then(() => this.within(this.source.timeoutSeconds, ask))
    this.answered = answer.catch(() => undefined)
    try {
      return await answer
    } catch (cause) {
      this.signal.throwIfAborted()
      throw this.fault('pulled', cause)
    }
  }

  /** Ends the transaction, or lets it go where the source doesn't answer any more. */
  async close(): Promise<void> {
    this.signal.removeEventListener('abort', this.stop)
    const timer = setTimeout(this.cut, GOODBYE_MS, new Error('no answer to a goodbye'))
    await this.client.query('ROLLBACK').catch(() => undefined)
    await this.client.end().finally(() => clearTimeout(timer))
  }

  private async begin(): Promise<void> {
    await this.client.connect()
    await this.client.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; " +
        `${this.isUtc ? "SET LOCAL TimeZone = 'UTC'; " : ''}` +
        // Between two pages the transaction waits for the cache.
        `SET LOCAL idle_in_transaction_session_timeout = 0; ${this.limits()}`,
    )
  }

  /** SQL that has the server give up, which knows why, before we do; what it allows of itself is never made more. */
  private limits(): string {
    const ms = (share: number) => Math.ceil(this.source.timeoutSeconds * 1_000 * share)
    return `SELECT set_config(name, least(nullif(setting::bigint, 0), ms)::text, true)
      FROM pg_settings JOIN (VALUES ('lock_timeout', ${ms(0.9)}), ('statement_timeout', ${ms(0.95)})) own (name, ms) USING (name)`
  }

  /** What the source answers; after so many seconds without an answer the connection is cut. */
  private async within<T>(seconds: number, ask: () => Promise<T>): Promise<T> {
    const timer = setTimeout(this.cut, seconds * 1_000, new Error(`no answer within ${seconds} s`))
    try {
      this.signal.throwIfAborted()
      return await ask()
    } finally {
      clearTimeout(timer)
    }
  }

  private readonly cut = (error: Error): void => {
    this.lost ??= error
    this.socket.destroy(error)
  }

  private readonly stop = (): void => this.cut(new Error('it was stopped'))

  private fault(what: 'reached' | 'pulled', cause: unknown): SourcePullError {
    return brokenOff(this.source, what, this.lost ?? cause, TIMED_OUT)
  }
}

/** Our own words, and Postgres'. */
const TIMED_OUT = /^no answer within|due to (statement|lock) timeout$/
