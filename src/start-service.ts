import type { FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import { pulledSources } from './cache/source-places.ts'
import { type Composition, compose } from './compose.ts'
import type { Config } from './config/config.ts'
import { fillDemoSource } from './demo-source/fill-demo-source.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { SteelthreadError } from './model/errors.ts'
import { timesheets } from './source/adapters/timesheets.ts'
import { syncSource } from './source/pull.ts'
import type { SourceSetting } from './source/sources.ts'

/** The cache's database on the embedded server. */
export const CACHE = 'steelthread'
const DEMO_DATABASE = 'timesheets'

/** The service with the Postgres that it runs on. */
export interface RunningService extends Composition {
  /** The sources that have a database to pull. */
  pulled: readonly SourceSetting[]
  /** Resolves with the reason once the embedded Postgres is gone for good. */
  lost?: Promise<Error>
}

/**
 * Starts what the configuration asks for. Without a `DATABASE_URL` that is an embedded Postgres, and without sources
 * of its own it gets the demo source beside the cache.
 */
export async function startService(config: Config, log: FastifyBaseLogger): Promise<RunningService> {
  const { host, allowedHosts, limits } = config
  if (config.databaseUrl) {
    const { databaseUrl, sources } = config
    const composition = await compose({ databaseUrl, sources, log, limits, host, allowedHosts })
    return { ...composition, pulled: config.sources }
  }
  const postgres = await startEmbeddedPostgres({ home: config.home, log })
  try {
    await postgres.createDatabase(CACHE)
    const sources = config.sources.length > 0 ? config.sources : [await demoSource(postgres, log)]
    const composition = await compose({ databaseUrl: postgres.url(CACHE), sources, log, limits, host, allowedHosts })
    const stop: Composition['stop'] = (options) => composition.stop(options).finally(() => postgres.stop())
    return { ...composition, pulled: sources, lost: postgres.lost, stop }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

/**
 * Pulls every source that has a database. One that can't be pulled is logged; the others go on. What was pulled from
 * sources that aren't configured any more still counts, so that is said.
 */
export async function pullSources({ acl, pulled }: RunningService, log: FastifyBaseLogger): Promise<void> {
  for (const source of await pulledSources(acl.database.sql)) {
    if (pulled.some(({ name }) => name === source)) continue
    log.warn(
      { source },
      `the cache holds rows of source "${source}", which is not configured now: removeSource(name: "${source}") removes them`,
    )
  }
  for (const { name } of pulled) {
    try {
      const { received, inserted, updated, unchanged, quarantined, superseded } = await syncSource(acl, name)
      log.info({ source: name, received, inserted, updated, unchanged, quarantined, superseded }, 'source pulled')
    } catch (error) {
      if (!(error instanceof SteelthreadError)) throw error
      log.error({ source: name, code: error.code, ...error.details }, error.message)
    }
  }
}

async function demoSource(postgres: EmbeddedPostgres, log: FastifyBaseLogger): Promise<SourceSetting> {
  await postgres.createDatabase(DEMO_DATABASE)
  const url = postgres.url(DEMO_DATABASE)
  const client = new pg.Client({ connectionString: url })
  // A connection that breaks is reported by the query that it breaks.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const entries = await fillDemoSource(client, { today: new Date().toISOString().slice(0, 10) })
    if (entries > 0) log.info({ entries }, 'made the source "demo": the time-tracking database of an invented company')
  } finally {
    await client.end()
  }
  return { name: 'demo', adapter: timesheets.name, url }
}
