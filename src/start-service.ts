import type { FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import { type Composition, compose } from './compose.ts'
import type { Config } from './config/config.ts'
import { fillDemoSource } from './demo-source/fill-demo-source.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { SteelthreadError } from './model/errors.ts'
import { syncSource } from './source/pull.ts'
import type { SourceSetting } from './source/sources.ts'

/** The cache's database on the embedded server. */
export const CACHE = 'steelthread'
const DEMO_SOURCE = 'timesheets'

/** The service with the Postgres that it runs on. */
export interface RunningService extends Composition {
  /** The sources that have a database to pull. */
  pulled: readonly SourceSetting[]
}

/**
 * Starts what the configuration asks for. Without a `DATABASE_URL` that is an embedded Postgres, and without sources
 * of its own it gets the demo source beside the cache.
 */
export async function startService(config: Config, log: FastifyBaseLogger): Promise<RunningService> {
  if (config.databaseUrl) {
    const composition = await compose({ databaseUrl: config.databaseUrl, sources: config.sources, log })
    return { ...composition, pulled: config.sources }
  }
  const postgres = await startEmbeddedPostgres({ home: config.home, log })
  try {
    await postgres.createDatabase(CACHE)
    const sources = config.sources.length > 0 ? config.sources : [await demoSource(postgres, log)]
    const composition = await compose({ databaseUrl: postgres.url(CACHE), sources, log })
    const stop = () => composition.stop().finally(() => postgres.stop())
    return { ...composition, pulled: sources, stop }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

/** Pulls every source that has a database. One that can't be pulled is logged; the others go on. */
export async function pullSources({ acl, pulled }: RunningService, log: FastifyBaseLogger): Promise<void> {
  for (const { name } of pulled) {
    try {
      const { received, inserted, updated, unchanged, quarantined } = await syncSource(acl, name, false)
      log.info({ source: name, received, inserted, updated, unchanged, quarantined }, 'source pulled')
    } catch (error) {
      if (!(error instanceof SteelthreadError)) throw error
      log.error({ source: name, code: error.code, ...error.details }, error.message)
    }
  }
}

async function demoSource(postgres: EmbeddedPostgres, log: FastifyBaseLogger): Promise<SourceSetting> {
  await postgres.createDatabase(DEMO_SOURCE)
  const url = postgres.url(DEMO_SOURCE)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const entries = await fillDemoSource(client, { today: new Date().toISOString().slice(0, 10) })
    if (entries > 0) log.info({ entries }, 'made the demo source: the database "timesheets" of an invented company')
  } finally {
    await client.end()
  }
  return { name: DEMO_SOURCE, adapter: DEMO_SOURCE, url }
}
