/** What must be alone is alone in all processes. */
import pg from 'pg'
import { BusyError, UnavailableError } from '../model/errors.ts'
import { KeyedLanes } from '../model/lanes.ts'
import { isLockTimeout, noConnection, withoutConnectionLoss } from './connection-loss.ts'
import { HEARTBEAT_MS } from './session.ts'

export interface AloneOptions {
  /** How long others are waited for, in this process and elsewhere together; for ever, unless told. */
  longestWaitMs?: number
}

/** What is run while nobody else runs work of its key. The signal aborts where that isn't sure any more. */
export type AloneWork<T> = (signal: AbortSignal) => Promise<T>

/** Work that must be alone, in this process and in all others on the same database: one after the other, by key. */
export class Turns {
  private readonly options: pg.ClientConfig
  private readonly begin: string
  private readonly lanes = new KeyedLanes()

  /** @param begin SQL that begins a transaction of a session of the cache. */
  constructor(options: pg.ClientConfig, begin: string) {
    this.options = options
    this.begin = begin
  }

  /**
   * Runs `work` alone. What holds the key is a transaction on a connection of its own, one for each process: if the
   * process dies, or stands still for longer than such a transaction may be idle, Postgres lets go of the key.
   * @throws BusyError where others took longer than is waited for.
   * @throws UnavailableError where the key was lost before `work` was done, so that others may have been at it too.
   */
  take<T>(key: string, work: AloneWork<T>, { longestWaitMs = Number.POSITIVE_INFINITY }: AloneOptions): Promise<T> {
    const deadline = performance.now() + longestWaitMs
    return this.lanes.run([key], { longestWaitMs, late: () => busy(key) }, () => this.holding(key, deadline, work))
  }

  private async holding<T>(key: string, deadline: number, work: AloneWork<T>): Promise<T> {
    const client = new pg.Client({ ...this.options, keepAlive: true })
    const lost = new AbortController()
    const lose = (cause: unknown) => {
      if (!lost.signal.aborted) lost.abort(lostTurn(key, cause))
    }
    client.on('error', lose)
    let heartbeat: NodeJS.Timeout | undefined
    try {
      await client.connect().catch((error: unknown) => {
        throw noConnection(error)
      })
      await client.query(this.begin)
      await lock(client, key, deadline)
      heartbeat = setInterval(() => client.query('SELECT 1').catch(lose), HEARTBEAT_MS)
      const result = await work(lost.signal)
      await client.query('COMMIT').catch(lose)
      lost.signal.throwIfAborted()
      return result
    } catch (error) {
      throw withoutConnectionLoss(error)
    } finally {
      clearInterval(heartbeat)
      await client.end()
    }
  }
}

/** `Sql` of `database.ts`, which imports this. */
type Ask = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** Takes the turn of a key until the transaction ends; false where others have it, in whichever process. */
export async function takeTurn(sql: Ask, key: string): Promise<boolean> {
  const [row] = await sql<{ taken: boolean }>(`SELECT pg_try_advisory_xact_lock(${lockOf('$1::text')}) AS taken`, [key])
  return row?.taken ?? false
}

/** SQL for whether the turn of a key is taken now, by whichever process. */
export function isTaken(key: string): string {
  return `EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint) = ${lockOf(key)}
  )`
}

function lockOf(key: string): string {
  return `hashtextextended('steelthread ' || ${key}, 0)`
}

async function lock(client: pg.Client, key: string, deadline: number): Promise<void> {
  const ms = deadline === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.ceil(deadline - performance.now()))
  await client.query(`SELECT set_config('lock_timeout', $1, true)`, [`${ms}ms`])
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${lockOf('$1::text')})`, [key])
  } catch (error) {
    throw isLockTimeout(error) ? busy(key, error) : error
  }
}

function busy(key: string, cause?: unknown): BusyError {
  return new BusyError(
    `"${key}" is under way already, and didn't end within the time that is waited for it.`,
    {},
    cause,
  )
}

function lostTurn(key: string, cause: unknown): UnavailableError {
  return new UnavailableError(`The connection was lost that kept others away while "${key}" was under way.`, {}, cause)
}
