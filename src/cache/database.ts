import { createHash } from 'node:crypto'
import pg from 'pg'
import { DataSource, type DataSourceOptions } from 'typeorm'
import { UnavailableError } from '../model/errors.ts'
import { withoutConnectionLoss } from './connection-loss.ts'
import { type CacheSession, LOCAL_SETTINGS } from './session.ts'

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

/** The cache's DataSource, and how its sessions are. */
export class CacheDataSource extends DataSource {
  readonly isPooled: boolean

  constructor(options: DataSourceOptions, { isPooled }: Pick<CacheSession, 'isPooled'>) {
    super(options)
    this.isPooled = isPooled
  }
}

/** The cache's Postgres for SQL written as SQL, on the DataSource's own pool. */
export class Database {
  readonly dataSource: CacheDataSource
  private readonly pool: pg.Pool
  /** By key: what ends when the last in this process who waits for it had its turn. */
  private readonly turns = new Map<string, Promise<unknown>>()

  constructor(dataSource: CacheDataSource) {
    this.dataSource = dataSource
    this.pool = (dataSource.driver as unknown as { master: pg.Pool }).master
  }

  /** One statement that only reads, in a transaction of its own; again where the connection is lost under it. */
  readonly sql: Sql = (text, values = []) =>
    twice(async () => {
      if (this.dataSource.isPooled) return this.transaction((sql) => sql(text, values))
      return (await this.pool.query(prepared(text, values))).rows
    })

  /**
   * Runs `work` in one READ COMMITTED transaction: committed when it resolves, rolled back when it rejects.
   * @throws UnavailableError where the connection is lost; whether that was committed by then, nobody knows.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.between(READ_WRITE, work)
  }

  /**
   * The same for what can be computed again: it commits without waiting for the disk. A crash of Postgres may take the
   * last moments back, each transaction whole and in the order of the commits, so nothing is left that stands on what is
   * lost. Statements are planned once: they look up by keys, whatever the values. Again where the connection is lost.
   */
  derivation<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const begin = `${READ_WRITE}; SET LOCAL synchronous_commit = off; SET LOCAL plan_cache_mode = force_generic_plan`
    return twice(() => this.between(begin, work))
  }

  /** Runs `work` in one read-only transaction whose statements all see the same snapshot; again as `sql` does. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return twice(() => this.between('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work))
  }

  /**
   * Runs `work` while no other process, and nobody else in this one, runs work of the same key; others wait. What holds
   * the key is a transaction on a connection of its own, one for each process: if it dies, Postgres lets go of the key.
   * @throws UnavailableError where the key was lost before `work` was done, so that others may have been at it too.
   */
  alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = Promise.resolve(this.turns.get(key)).then(() => this.holding(key, work))
    const ended = turn
      .catch(() => undefined)
      .then(() => {
        if (this.turns.get(key) === ended) this.turns.delete(key)
      })
    this.turns.set(key, ended)
    return turn
  }

  private async holding<T>(key: string, work: () => Promise<T>): Promise<T> {
    const client = new pg.Client({ ...this.pool.options, keepAlive: true })
    // A connection that breaks is reported by the query that it breaks.
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query(this.opening(READ_WRITE))
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`steelthread ${key}`])
      const result = await work()
      await client.query('COMMIT').catch((cause: unknown) => {
        throw new UnavailableError(
          `The connection was lost that kept others away while "${key}" was under way.`,
          {},
          cause,
        )
      })
      return result
    } finally {
      await client.end()
    }
  }

  private async between<T>(begin: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw withoutConnectionLoss(error)
    })
    const query = this.dataSource.isPooled ? unprepared : prepared
    let broken: Error | undefined
    // Between two statements nobody but this listens; unheard, it would end the process.
    const onError = (error: Error) => {
      broken = error
    }
    client.on('error', onError)
    try {
      await client.query(this.opening(begin))
      const result = await work(async (text, values = []) => (await client.query(query(text, values))).rows)
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken ??= failure
      })
      throw withoutConnectionLoss(broken ?? error)
    } finally {
      client.off('error', onError)
      client.release(broken)
    }
  }

  private opening(begin: string): string {
    return this.dataSource.isPooled ? `${begin}; ${LOCAL_SETTINGS}` : begin
  }
}

/** Runs what may be run again, once more where the connection was lost. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(withoutConnectionLoss(error) instanceof UnavailableError)) throw error
    return work().catch((again: unknown) => {
      throw withoutConnectionLoss(again)
    })
  }
}

const READ_WRITE = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'

/**
 * An array of Postgres, of values that need no quotes: numbers, UUIDs, dates and names of enums. pg's own way looks at
 * every character of every value.
 */
export function plainArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`
}

/**
 * SQL for a relation that is looked up for each row of what stands before it, by the keys that the SELECT names.
 * Postgres is not left to choose another way: it plans by statistics, and what was written since they were gathered is
 * not in them. While a stage is computed for the first time they say that it has no slices yet, and the plan for none
 * is to read all of them each time; a batch of rows would be matched with the whole cache.
 */
export function lookUp(select: string): string {
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
 */
export function jsonColumns(names: readonly string[]): string {
  return `json_build_object(${names.map((name) => `'${name}', coalesce(json_agg("${name}"), '[]')`).join(', ')})`
}

const names = new Map<string, string>()

/**
 * Every statement has a name of its own, so that Postgres parses and plans it once a connection; made of its text, so
 * that a name means the same whoever says it.
 */
function prepared(text: string, values: readonly unknown[]): pg.QueryConfig {
  const name = names.get(text) ?? `steelthread_${createHash('sha256').update(text).digest('base64url')}`
  names.set(text, name)
  return { name, text, values: [...values] }
}

function unprepared(text: string, values: readonly unknown[]): pg.QueryConfig {
  return { text, values: [...values] }
}
