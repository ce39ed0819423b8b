import type { FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import { settledWithin } from './api/close-server.ts'
import { type Composition, compose } from './compose.ts'
import type { Config } from './config/config.ts'
import { fillDemoSource } from './demo-source/fill-demo-source.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { PullSchedule } from './pull-schedule.ts'
import { timesheets } from './source/adapters/timesheets.ts'
import type { SourceSetting } from './source/sources.ts'

/** The cache's database on the embedded server. */
export const CACHE = 'steelthread'
const DEMO_DATABASE = 'timesheets'

/** How long the page that a pull is at is waited for when the service stops. */
const PAGE_MS = 2_000

/** The service with the Postgres that it runs on. */
export interface RunningService extends Composition {
  /** Pulls the sources that have a database, once it is started. */
  schedule: PullSchedule
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
    return { ...composition, ...scheduled(composition, log) }
  }
  const postgres = await startEmbeddedPostgres({ home: config.home, log })
  try {
    await postgres.createDatabase(CACHE)
    const sources = config.sources.length > 0 ? config.sources : [await demoSource(postgres, log)]
    const composition = await compose({ databaseUrl: postgres.url(CACHE), sources, log, limits, host, allowedHosts })
    const { schedule, stop: stopService } = scheduled(composition, log)
    const stop: Composition['stop'] = (options) => stopService(options).finally(() => postgres.stop())
    return { ...composition, schedule, lost: postgres.lost, stop }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

/** The schedule of a service's pulls, and what stops the service after it. */
function scheduled({ acl, stop }: Composition, log: FastifyBaseLogger): Pick<RunningService, 'schedule' | 'stop'> {
  const schedule = new PullSchedule(acl, log)
  return {
    schedule,
    stop: async (options) => {
      await settledWithin(PAGE_MS, schedule.stop())
      await stop(options)
    },
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
