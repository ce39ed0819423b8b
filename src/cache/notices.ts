/** What a process tells all others on the same cache, by NOTIFY: at once, and lost where nobody listens. */
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { CacheDataSource } from './cache-data-source.ts'

/** Of a notice, in bytes: Postgres takes less than 8000. */
export const LONGEST_NOTICE = 7_999

/** What is told within so long is told by one statement. */
const GATHER_MS = 20

/** What comes while so many notices wait is lost: Postgres doesn't answer. */
const MOST_WAITING = 1_000

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
const CONNECT_MS = 10_000

/** Told of what went wrong: notices were lost. */
export type OnNoticesLost = (error: unknown) => void

/**
 * Notices of this process to all that listen, itself among them. It listens over a connection of its own, which is made
 * anew where it is lost; what is told meanwhile doesn't arrive.
 */
export class Notices {
  private readonly dataSource: CacheDataSource
  private readonly onLost: OnNoticesLost
  private waiting: string[] = []
  private sending: Promise<void> | undefined
  private onNotice: ((notice: string) => void) | undefined
  private client: pg.Client | undefined
  private connecting: Promise<void> | undefined
  private retry: NodeJS.Timeout | undefined
  private pauseMs = FIRST_PAUSE_MS

  constructor(dataSource: CacheDataSource, onLost: OnNoticesLost) {
    this.dataSource = dataSource
    this.onLost = onLost
  }

  /** Behind a pooler nobody can listen: the connection that does is somebody else's by the next transaction. */
  get canListen(): boolean {
    return !this.dataSource.isPooled
  }

  /** Sends a notice beside all else. Resolves, also where it is lost, once nothing waits to be sent. */
  send(notice: string): Promise<void> {
    if (this.waiting.length < MOST_WAITING) this.waiting.push(notice)
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined
    })
    return this.sending
  }

  /** Listens until `stop`. Resolves once it does, or where it can't for now: then it goes on trying. */
  async listen(onNotice: (notice: string) => void): Promise<void> {
    this.onNotice = onNotice
    this.connecting ??= this.connect()
    await this.connecting
  }

  async stop(): Promise<void> {
    const { client } = this
    this.onNotice = undefined
    this.connecting = undefined
    this.client = undefined
    clearTimeout(this.retry)
    await client?.end().catch(() => undefined)
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) {
      await wait(GATHER_MS)
      await this.dataSource.pool.query(NOTIFY, [this.waiting.splice(0)]).catch(this.onLost)
    }
  }

  private async connect(): Promise<void> {
    const { options } = this.dataSource.pool
    const client = new pg.Client({ ...options, connectionTimeoutMillis: CONNECT_MS, keepAlive: true })
    this.client = client
    client.on('error', () => this.lose(client))
    client.on('end', () => this.lose(client))
    client.on('notification', ({ payload }) => this.onNotice?.(payload ?? ''))
    try {
      await client.connect()
      await client.query(LISTEN)
      this.pauseMs = FIRST_PAUSE_MS
    } catch {
      this.lose(client)
    }
  }

  private lose(client: pg.Client): void {
    if (this.client !== client) return
    this.client = undefined
    client.end().catch(() => undefined)
    this.retry = setTimeout(() => {
      this.connecting = this.connect()
    }, this.pauseMs).unref()
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS)
  }
}

const LISTENERS = `hashtextextended('steelthread listeners', 0)`

/** Who listens says so by a lock that it shares with others who do. */
const LISTEN = `LISTEN steelthread; SELECT pg_advisory_lock_shared(${LISTENERS})`

/**
 * Where nobody has that lock, nobody listens: then nothing is written, no transaction gets a number, and Postgres' snapshot
 * stays what it is. A notice needn't reach the disk.
 */
const NOTIFY = `SELECT pg_notify('steelthread', notice), set_config('synchronous_commit', 'off', true)
  FROM unnest($1::text[]) AS notice WHERE NOT (SELECT pg_try_advisory_xact_lock(${LISTENERS}))`
