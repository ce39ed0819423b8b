/** A connection beside the pool's: however busy those are, it is answered. */
import pg from 'pg'
import type { CacheDataSource } from './cache-data-source.ts'
import { NoConnectionError, noConnection, withoutConnectionLoss } from './connection-loss.ts'
import { type Sql, typeParsers } from './database.ts'
import { LOCAL_SETTINGS } from './session.ts'
import { prepared, unprepared } from './statements.ts'

const ANSWER_MS = 10_000

const READ = 'BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY'

/** Runs small statements that only read, one after the other; where the connection is lost, over another one. */
export class SideConnection {
  private readonly dataSource: CacheDataSource
  private client: Promise<pg.Client> | undefined
  private last: Promise<unknown> = Promise.resolve()

  constructor(dataSource: CacheDataSource) {
    this.dataSource = dataSource
  }

  /** @throws UnavailableError where the database can't be reached. */
  readonly sql: Sql = async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    try {
      return await this.run<Row>(text, values)
    } catch (error) {
      if (error instanceof NoConnectionError) throw error
      return this.run<Row>(text, values).catch((error: unknown) => {
        throw withoutConnectionLoss(error)
      })
    }
  }

  /** The same for statements that rely on what sessions are told, which a pooler forgets. */
  readonly sqlInSession: Sql = (text, values) => {
    if (!this.dataSource.isPooled) return this.sql(text, values)
    const next = this.last.then(async () => {
      await this.sql(`${READ}; ${LOCAL_SETTINGS}`)
      return this.sql<never>(text, values).finally(() => this.sql('COMMIT').catch(() => undefined))
    })
    this.last = next.catch(() => undefined)
    return next
  }

  async close(): Promise<void> {
    const client = await this.client?.catch(() => undefined)
    await client?.end().catch(() => undefined)
  }

  private async run<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    this.client ??= this.connect()
    const { client } = this
    try {
      const query = this.dataSource.isPooled ? unprepared : prepared
      return (await query(await client, text, values)).rows as Row[]
    } catch (error) {
      this.lose(client)
      throw error
    }
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.dataSource.pool.options,
      types: typeParsers,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    })
    client.on('error', () => undefined)
    await client.connect().catch((error: unknown) => {
      throw noConnection(error)
    })
    return client
  }

  private lose(client: Promise<pg.Client>): void {
    if (this.client === client) this.client = undefined
    client.then((lost) => lost.end()).catch(() => undefined)
  }
}
