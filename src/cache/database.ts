import pg from 'pg'
import { NulInTextError, UnavailableError } from '../model/errors.ts'
import { KeyedLanes } from '../model/lanes.ts'
import { untilAborted } from '../model/until-aborted.ts'
import { type AloneOptions, type AloneWork, Turns } from './alone.ts'
import type { CacheDataSource } from './cache-data-source.ts'
import {
  LONGEST_LOCK_WAIT_MS,
  NoConnectionError,
  noConnection,
  stillLocked,
  withoutConnectionLoss,
} from './connection-loss.ts'
import { HEARTBEAT_MS, idleFor, LOCAL_SETTINGS } from './session.ts'
import { lockSources } from './source-lock.ts'
import { isWornOut, prepared, unprepared } from './statements.ts'

/** Runs one SQL statement and returns its rows. */
export type Sql = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** Dates stay ISO text and 64-bit counts become numbers: nothing in the cache comes near 2^53. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.DATE) return (text: string) => text
    if (oid === pg.types.builtins.INT8) return Number
    return pg.types.getTypeParser(oid, format)
  },
} as pg.CustomTypesConfig

/** A snapshot that is open from its first statement until it is closed. */
export interface OpenSnapshot {
  /** Statements come one after the other, and all see the same. */
  sql: Sql
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Whether the connection was lost under it: then nothing that was read counts. */
  readonly isLost: boolean
  /** Resolves once nothing is read any more, nor comes of what was read. */
  idle(): Promise<void>
  /** What is asked for from now on is refused. */
  close(): Promise<void>
}

/** What stages are computed and read on. */
export interface DerivingDatabase
  extends Pick<Database, 'dataSource' | 'sql' | 'transaction' | 'derivation' | 'snapshot' | 'openSnapshot'> {
  during(signal: AbortSignal): DerivingDatabase
}

/** What is rehearsed runs as it would on a database. */
export type Rehearsed = Pick<Database, 'sql' | 'transaction' | 'writing'>

/** The cache's Postgres for SQL written as SQL, on the DataSource's own pool. */
export class Database {
  readonly dataSource: CacheDataSource
  private readonly pool: pg.Pool
  private readonly turns: Turns
  /** By source: they would wait for each other's lock anyway, and here hold no connection meanwhile. */
  private readonly writers: KeyedLanes
  private readonly signal: AbortSignal | undefined
  /** SQL that says what is seen of the cache; empty: everything. */
  private readonly seeing: string

  /** @param within Whose turns and writers it shares, what cancels all that it runs, and what it sees. */
  constructor(
    dataSource: CacheDataSource,
    within?: { database: Database; signal?: AbortSignal | undefined; seeing?: string },
  ) {
    this.dataSource = dataSource
    this.pool = dataSource.pool
    this.turns = within?.database.turns ?? new Turns(this.pool.options, this.opening(READ_WRITE))
    this.writers = within?.database.writers ?? new KeyedLanes()
    this.signal = within?.signal
    this.seeing = within?.seeing ?? within?.database.seeing ?? ''
  }

  /** The same for reads that see no more of the cache than this lets them: SQL which their transactions begin with. */
  limitedTo(seeing: string): Database {
    return new Database(this.dataSource, { database: this, signal: this.signal, seeing })
  }

  /**
   * The same for as long as the signal isn't aborted. When it is, what is under way is rejected with its reason at once:
   * the connection is let go, whatever it runs, and Postgres ends that when it misses it, after a second at most.
   */
  during(signal: AbortSignal): Database {
    return new Database(this.dataSource, { database: this, signal })
  }

  /** One statement that only reads, in a transaction of its own; again where the connection is lost under it. */
  readonly sql: Sql = (text, values = []) =>
    twice(() => {
      if (this.dataSource.isPooled || this.seeing) return this.between(READ_WRITE, (sql) => sql(text, values))
      return this.onClient(async (client) => (await prepared(client, text, values)).rows)
    })

  /**
   * Runs `work` in one READ COMMITTED transaction: committed when it resolves, rolled back when it rejects.
   * @throws UnavailableError where the connection is lost; whether that was committed by then, nobody knows.
   * @throws BusyError where others hold what it must lock for too long.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.between(READ_WRITE, work)
  }

  /**
   * The same while nobody else, in whichever process, writes rows of these sources. Not within another transaction.
   * @throws BusyError where others write them for longer than a lock is waited for.
   */
  writing<T>(sources: readonly string[], work: (sql: Sql) => Promise<T>): Promise<T> {
    const transaction = () =>
      this.transaction(async (sql) => {
        await lockSources(sql, sources)
        return work(sql)
      })
    return this.writers.run(sources, { longestWaitMs: LONGEST_LOCK_WAIT_MS, late: stillLocked }, transaction)
  }

  /**
   * As a transaction, for what can be computed again: it commits without waiting for the disk. A crash of Postgres may
   * take the last moments back, each transaction whole and in the order of the commits, so nothing is left that stands
   * on what is lost. Statements are planned once: they look up by keys, whatever the values. Again where the connection
   * is lost.
   */
  derivation<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const begin = `${READ_WRITE}; SET LOCAL synchronous_commit = off; SET LOCAL plan_cache_mode = force_generic_plan`
    return twice(() => this.between(begin, work))
  }

  /** Runs `work` in one read-only transaction whose statements all see the same snapshot; again as `sql` does. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return twice(() => this.between(SNAPSHOT, work))
  }

  /** The same for reads that nobody can list beforehand. Nothing is held until the first, and it is not run again. */
  openSnapshot(): OpenSnapshot {
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    let opened: Promise<Sql> | undefined
    let closed: Promise<void> = Promise.resolve()
    const open = () => {
      opened ??= new Promise((resolve, reject) => {
        closed = this.between(SNAPSHOT, (sql) => {
          resolve(sql)
          return ended
        })
        closed.catch(reject)
      })
      return opened
    }
    let last: Promise<unknown> = Promise.resolve()
    let isLost = false
    let isClosed = false
    const run = async <Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> => {
      if (isClosed) throw new Error('The snapshot is closed.')
      // Postgres would refuse it, and then everything that comes after it in the transaction.
      if (values.some(holdsNul)) throw new NulInTextError()
      try {
        return await (await open())<Row>(text, values)
      } catch (error) {
        const shown = withoutConnectionLoss(error)
        isLost ||= shown instanceof UnavailableError
        throw shown
      }
    }
    const sql: Sql = <Row extends object>(text: string, values: readonly unknown[] = []) => {
      const next = last.then(() => run<Row>(text, values))
      last = next.catch(() => undefined)
      return next
    }
    return {
      sql,
      snapshot: (work) => work(sql),
      get isLost() {
        return isLost
      },
      idle: async () => {
        for (let seen: unknown; seen !== last; ) {
          seen = last
          await last
          await new Promise(setImmediate)
        }
      },
      close: async () => {
        isClosed = true
        await last
        end()
        await closed.catch(() => undefined)
      },
    }
  }

  /** Runs `work` while no other process, and nobody else in this one, runs work of the same key: see `Turns.take`. */
  alone<T>(key: string, work: AloneWork<T>, options: AloneOptions = {}): Promise<T> {
    return this.turns.take(key, work, options)
  }

  /**
   * Runs `work`, which writes rows of these sources, on a database whose statements and transactions are all parts of one
   * that is rolled back in the end: what came of it is told, and nothing is changed. Others who write such rows wait meanwhile.
   * @param idleMs How long it may wait for others than this database.
   */
  async rehearse<T>(sources: readonly string[], work: (database: Rehearsed) => Promise<T>, idleMs = 0): Promise<T> {
    const over = new Error('Taken back.')
    let result: { value: T } | undefined
    const rehearsal = this.writing(sources, async (sql) => {
      await sql(idleFor(idleMs))
      const transaction: Rehearsed['transaction'] = (work) => work(sql)
      const writing: Rehearsed['writing'] = async (sources, work) => {
        await lockSources(sql, sources)
        return work(sql)
      }
      result = { value: await work({ sql, transaction, writing }) }
      throw over
    })
    await rehearsal.catch((error: unknown) => {
      if (error !== over) throw error
    })
    if (!result) throw new Error('Broken invariant: a rehearsal that was taken back has a result.')
    return result.value
  }

  /**
   * Runs `work` in a transaction that is taken back, one statement after the other. None is prepared: names may mean something else
   * in it.
   */
  apart<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.onClient(async (client, lose) => {
      await client.query(this.opening(READ_WRITE))
      let last: Promise<unknown> = Promise.resolve()
      const sql: Sql = <Row extends object>(text: string, values: readonly unknown[] = []) => {
        const next = last.then(async () => (await unprepared(client, text, values)).rows as Row[])
        last = next.catch(() => undefined)
        return next
      }
      try {
        return await work(sql)
      } finally {
        await last
        await client.query('ROLLBACK').catch(lose)
      }
    })
  }

  private between<T>(begin: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    // What is seen is said by names: a plan that is kept is of what they meant.
    const query = this.dataSource.isPooled || this.seeing ? unprepared : prepared
    return this.onClient(async (client, lose) => {
      await client.query(this.opening(begin))
      const sql: Sql = async (text, values = []) => (await query(client, text, values)).rows
      const sequel: (() => void)[] = []
      sequels.set(sql, sequel)
      try {
        const result = await work(sql)
        await client.query('COMMIT')
        for (const work of sequel) work()
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch(lose)
        throw error
      }
    })
  }

  /** @param work Told how to say that the connection is lost. */
  private async onClient<T>(work: (client: pg.PoolClient, lose: (error: Error) => void) => Promise<T>): Promise<T> {
    const { signal } = this
    const client = await this.connect()
    let broken: Error | undefined
    let isHeld = true
    // Between two statements nobody but this listens; unheard, it would end the process.
    const lose = (error: Error) => {
      broken ??= error
    }
    const letGo = () => {
      if (!isHeld) return
      isHeld = false
      signal?.removeEventListener('abort', letGo)
      client.off('error', lose)
      client.release(signal?.aborted || broken !== undefined || isWornOut(client))
    }
    client.on('error', lose)
    signal?.addEventListener('abort', letGo)
    try {
      return await work(client, lose)
    } catch (error) {
      signal?.throwIfAborted()
      const shown = withoutConnectionLoss(broken ?? error)
      if (shown instanceof UnavailableError) lose(shown)
      throw shown
    } finally {
      letGo()
    }
  }

  private async connect(): Promise<pg.PoolClient> {
    const { signal } = this
    signal?.throwIfAborted()
    // Then nobody waits for it.
    const isThere = this.pool.idleCount > this.pool.waitingCount
    const connecting = this.pool.connect().catch((error: unknown) => {
      throw noConnection(error)
    })
    if (!signal) return connecting
    const client = await (isThere ? connecting : untilAborted(connecting, signal)).catch((error: unknown) => {
      connecting.then((late) => late.release()).catch(() => undefined)
      throw error
    })
    if (signal.aborted) client.release()
    signal.throwIfAborted()
    return client
  }

  private opening(begin: string): string {
    return [begin, this.dataSource.isPooled && LOCAL_SETTINGS, this.seeing].filter(Boolean).join('; ')
  }
}

/** What is done once transactions are committed. */
const sequels = new WeakMap<Sql, (() => void)[]>()

/** Does `work` once the transaction of these statements is committed, and never where it is taken back. */
export function onCommit(sql: Sql, work: () => void): void {
  sequels.get(sql)?.push(work)
}

/** Does `work`, which may give the transaction nothing to do for long, and says meanwhile that it is alive. */
export async function keptAlive<T>(sql: Sql, work: () => T | Promise<T>): Promise<T> {
  // Where that fails, so does the next statement.
  const alive = setInterval(() => sql('SELECT 1').catch(() => undefined), HEARTBEAT_MS)
  try {
    return await work()
  } finally {
    clearInterval(alive)
  }
}

/** Whether a row couldn't be made because there is one with its key. */
export function isKeyTaken(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505'
}

function holdsNul(value: unknown): boolean {
  return Array.isArray(value) ? value.some(holdsNul) : typeof value === 'string' && value.includes('\0')
}

/** Runs what may be run again, once more where the connection was lost under it. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const shown = withoutConnectionLoss(error)
    if (!(shown instanceof UnavailableError) || shown instanceof NoConnectionError) throw shown
    return work().catch((again: unknown) => {
      throw withoutConnectionLoss(again)
    })
  }
}

const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'
const READ_WRITE = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'

/**
 * An array of Postgres, of values that need no quotes: numbers, UUIDs, dates and names of enums. pg's own way looks at
 * every character of every value.
 */
export function plainArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`
}

/**
 * SQL for a relation that is looked up for each row of what stands before it, by the keys that the SELECT names: a fence
 * for the planner. Postgres is not left to choose another way: it plans by statistics, and what was written since they were gathered is
 * not in them. While a stage is computed for the first time they say that it has no slices yet, and the plan for none
 * is to read all of them each time; a batch of rows would be matched with the whole cache.
 */
export function fencedLookUp(select: string): string {
  return `LATERAL (${select} OFFSET 0)`
}

/** SQL for a list of columns, each under its name. */
export function named(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, column]) => `${column} AS "${name}"`)
    .join(', ')
}

/**
 * SQL for a relation's columns of these names, each as an array, in one JSON object. Cheaper than JSON of rows, where
 * Postgres looks every column's type up for every row.
 * @param inRow What a column is called in the relation, where that is something else.
 */
export function jsonColumns(names: readonly string[], inRow: (name: string) => string = (name) => name): string {
  return `json_build_object(${names.map((name) => `'${name}', coalesce(json_agg("${inRow(name)}"), '[]')`).join(', ')})`
}
