import pg from 'pg'
import type { CacheDataSource } from './cache-data-source.ts'
import { pendingMigrations } from './migrate.ts'

const ANSWER_MS = 5_000

/**
 * Whether the cache is migrated and answers, asked on a connection of its own: however busy the pool is, the probe is
 * answered. One question is under way at a time, whoever asks.
 */
export class Readiness {
  private readonly dataSource: CacheDataSource
  private client: pg.Client | undefined
  private asking: Promise<void> | undefined

  constructor(dataSource: CacheDataSource) {
    this.dataSource = dataSource
  }

  /** @throws Error that says why it isn't. */
  check(): Promise<void> {
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined
    })
    return this.asking
  }

  async close(): Promise<void> {
    await this.client?.end()
  }

  private async ask(): Promise<void> {
    this.client ??= await this.connect()
    try {
      const { rows } = await this.client.query<{ name: string }>('SELECT name FROM public.migrations')
      const pending = pendingMigrations(
        this.dataSource,
        rows.map(({ name }) => name),
      )
      if (pending.length > 0) throw new Error('migrations are pending')
    } catch (error) {
      await this.client?.end().catch(() => undefined)
      this.client = undefined
      throw error
    }
  }

  private async connect(): Promise<pg.Client> {
    const { options } = (this.dataSource.driver as unknown as { master: pg.Pool }).master
    const client = new pg.Client({
      ...options,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    })
    client.on('error', () => {
      this.client = undefined
    })
    await client.connect()
    return client
  }
}
