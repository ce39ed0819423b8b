/** Where nothing was committed, nothing is different: Postgres' own snapshot says so, never a clock. */
import pg from 'pg'
import type { CacheDataSource } from './cache-data-source.ts'

/** Who waits for a proof for so long is better off without. */
const LONGEST_WAIT_MS = 1_000

/**
 * Proves that two moments saw the same: transactions that had been committed by then are the same where the snapshots
 * are. It is read over one connection: a crash of Postgres may take the last commits back and use their numbers again,
 * but it takes the connection with it, and over another one every proof is another.
 */
export class StateProof {
  private readonly dataSource: CacheDataSource
  private client: pg.Client | undefined
  private connections = 0
  private underWay: Promise<unknown> = Promise.resolve()
  private next: Promise<string | null> | undefined

  constructor(dataSource: CacheDataSource) {
    this.dataSource = dataSource
  }

  /**
   * The state now: as committed when it was asked for, or later. Equal ones are of equal states. It is read once for all
   * who wait. Null where it can't be known.
   */
  now(): Promise<string | null> {
    // Behind a pooler nobody knows whose connection it is.
    if (this.dataSource.isPooled) return NOT_KNOWN
    this.next ??= this.underWay.then(() => {
      this.next = undefined
      return this.read()
    })
    this.underWay = this.next
    return this.next
  }

  async close(): Promise<void> {
    await this.client?.end()
  }

  private async read(): Promise<string | null> {
    try {
      this.client ??= await this.connect()
      const { rows } = await this.client.query<{ snapshot: string }>(SNAPSHOT)
      return `${this.connections} ${rows[0]?.snapshot}`
    } catch {
      // Whoever asks the database for more is told why it doesn't answer.
      await this.lose(this.client)
      return null
    }
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.dataSource.pool.options,
      connectionTimeoutMillis: LONGEST_WAIT_MS,
      query_timeout: LONGEST_WAIT_MS,
      keepAlive: true,
    })
    client.on('error', () => this.lose(client))
    await client.connect()
    this.connections++
    return client
  }

  private async lose(client: pg.Client | undefined): Promise<void> {
    if (this.client === client) this.client = undefined
    await client?.end().catch(() => undefined)
  }
}

const NOT_KNOWN = Promise.resolve(null)
const SNAPSHOT = { name: 'snapshot', text: 'SELECT pg_current_snapshot()::text AS snapshot' }
