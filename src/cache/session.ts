import pg from 'pg'
import { type EntitySubscriberInterface, EventSubscriber, type TransactionStartEvent } from 'typeorm'
import { LONGEST_LOCK_WAIT_MS } from './connection-loss.ts'

/** A transaction that is given nothing to do for this long is ended. */
const LONGEST_IDLE_MS = 15_000

/** Who keeps a transaction open while others work says so often that it is alive. */
export const HEARTBEAT_MS = LONGEST_IDLE_MS / 5

/** What the code relies on, whatever a role, a database or a server brings. */
const SETTINGS: Readonly<Record<string, string>> = {
  search_path: 'public',
  client_encoding: 'UTF8',
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  statement_timeout: '0',
  // A process that stands still loses its transactions, and with them their locks, before others give up waiting for it.
  idle_in_transaction_session_timeout: `${LONGEST_IDLE_MS}ms`,
  lock_timeout: `${LONGEST_LOCK_WAIT_MS}ms`,
  // Postgres ends what it runs for somebody who has gone.
  client_connection_check_interval: '1s',
}

/** How the cache's Postgres is reached. */
export interface CacheSession {
  url: string
  /**
   * A pooler such as PgBouncer stands between: the next transaction may be on another server's connection, and whatever
   * a session says is lost by then, or meets another application.
   */
  isPooled: boolean
}

/** SQL, one statement, that says the settings for the transaction which is under way. */
export const LOCAL_SETTINGS = `SELECT ${Object.entries(SETTINGS)
  .map(([name, value]) => `set_config('${name}', '${value}', true)`)
  .join(', ')}`

/** SQL that lets the transaction be given nothing to do for so long more than any other: it waits for somebody else. */
export function idleFor(ms: number): string {
  return `SELECT set_config('idle_in_transaction_session_timeout', '${LONGEST_IDLE_MS + ms}ms', true)`
}

/**
 * Finds out whether sessions of the cache last. They do where Postgres itself answers: every one is started with the
 * settings. A pooler can't hide that the process it names is not the one that answers, or it knows no `options`.
 */
export async function cacheSession(url: string): Promise<CacheSession> {
  const lasting = withSettings(url)
  try {
    return (await isAnsweredByPostgres(lasting)) ? { url: lasting, isPooled: false } : { url, isPooled: true }
  } catch (error) {
    if (error instanceof pg.DatabaseError && /unsupported startup parameter/i.test(error.message)) {
      return { url, isPooled: true }
    }
    throw error
  }
}

/** The URL's own `options` come first, so that the settings win. pg lets a URL's parameters win over all else. */
function withSettings(text: string): string {
  const url = new URL(text)
  const settings = Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
  url.searchParams.set('options', [url.searchParams.get('options') ?? '', ...settings].join(' ').trim())
  return url.href
}

async function isAnsweredByPostgres(connectionString: string): Promise<boolean> {
  const client: pg.Client & { processID?: number | null } = new pg.Client({ connectionString })
  // A connection that breaks is reported by the query that it breaks.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    return rows[0]?.pid === client.processID
  } finally {
    await client.end()
  }
}

/** Says the settings in TypeORM's own transactions: those of migrations. */
@EventSubscriber()
export class LocalSettings implements EntitySubscriberInterface {
  async afterTransactionStart({ queryRunner }: TransactionStartEvent): Promise<void> {
    await queryRunner.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE')
    await queryRunner.query(LOCAL_SETTINGS)
  }
}
