import type { FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import type { OfferMode } from './cache/stage-versions.ts'
import { type Composition, compose } from './compose.ts'
import type { Config } from './config/config.ts'
import { fillDemoSource } from './demo-source/fill-demo-source.ts'
import { type SharedPostgres, shareEmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { utcToday } from './model/calendar.ts'
import { timesheets } from './source/adapters/timesheets.ts'
import type { SourceSetting } from './source/sources.ts'

/** The cache's database on the embedded server. */
export const CACHE = 'steelthread'
const DEMO_DATABASE = 'timesheets'

/** The service with the Postgres that it runs on. */
export interface RunningService extends Composition {
  /** Resolves with the reason once the embedded Postgres is gone for good. */
  lost?: Promise<Error>
}

/**
 * Starts what the configuration asks for. Without a `DATABASE_URL` that is an embedded Postgres, and without sources
 * of its own it gets the demo source beside the cache.
 * @param isShared Whether the embedded Postgres may be that of another process.
 */
export async function startService(
  config: Config,
  log: FastifyBaseLogger,
  { isShared = false }: { isShared?: boolean } = {},
): Promise<RunningService> {
  const { host, allowedHosts, limits, quarantineLimit, historySeconds, batchKeepDays, alerts } = config
  // A command is no deployment.
  const promotion: OfferMode = isShared ? 'never' : config.stagePromotion
  const settings = {
    log,
    limits,
    quarantineLimit,
    historySeconds,
    batchKeepDays,
    alerts,
    promotion,
    host,
    allowedHosts,
  }
  if (config.databaseUrl) {
    const { databaseUrl, sources } = config
    return compose({ databaseUrl, sources, ...settings })
  }
  const start = isShared ? shareEmbeddedPostgres : startEmbeddedPostgres
  const postgres: SharedPostgres & { lost?: Promise<Error> } = await start({ home: config.home, log })
  try {
    await postgres.createDatabase(CACHE)
    const sources = config.sources.length > 0 ? config.sources : [await demoSource(postgres, log)]
    const databaseUrl = postgres.url(CACHE)
    const composition = await compose({ databaseUrl, sources, ...settings })
    const stop: Composition['stop'] = (options) => composition.stop(options).finally(() => postgres.stop())
    return { ...composition, ...(postgres.lost && { lost: postgres.lost }), stop }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

async function demoSource(postgres: SharedPostgres, log: FastifyBaseLogger): Promise<SourceSetting> {
  await postgres.createDatabase(DEMO_DATABASE)
  const url = postgres.url(DEMO_DATABASE)
  const client = new pg.Client({ connectionString: url })
  // A connection that breaks is reported by the query that it breaks.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const entries = await fillDemoSource(client, { today: utcToday() })
    if (entries > 0) log.info({ entries }, 'made the source "demo": the time-tracking database of an invented company')
  } finally {
    await client.end()
  }
  return { name: 'demo', adapter: timesheets.name, url }
}
