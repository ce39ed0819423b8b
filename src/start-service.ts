import type { FastifyBaseLogger } from 'fastify'
import pg from 'pg'
import type { OfferMode } from './cache/stage-versions.ts'
import { commandLine } from './command-line/who.ts'
import { type Composition, compose } from './compose.ts'
import type { Config } from './config/config.ts'
import { fillDemoSource } from './demo-source/fill-demo-source.ts'
import { type DemoTeam, readTeams } from './demo-source/read-teams.ts'
import { type SharedPostgres, shareEmbeddedPostgres, startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { makeDemoTeams } from './make-demo-teams.ts'
import { utcToday } from './model/calendar.ts'
import { ANYBODY } from './model/caller.ts'
import { timesheets } from './source/adapters/timesheets.ts'
import type { SourceSetting } from './source/sources.ts'
import { demoStages, stages } from './stages/index.ts'

/** The cache's database on the embedded server. */
export const CACHE = 'steelthread'
const DEMO_DATABASE = 'timesheets'

/** The service with the Postgres that it runs on. */
export interface RunningService extends Composition {
  /** Resolves with the reason once the embedded Postgres is gone for good. */
  lost?: Promise<Error>
}

/** What of it a process takes on; everything, unless told. */
export interface Part {
  /** Whether the embedded Postgres may be that of another process, as it is for a command. */
  isShared?: boolean
  /** Whether its versions of stages are offered: whoever only helps is no deployment. */
  isDeployed?: boolean
  /** Names of the stages that it runs. */
  runs?: readonly string[] | 'all'
  /** How many batches of slices it computes at once. */
  concurrency?: number
}

/**
 * Starts what the configuration asks for. Without a `DATABASE_URL` that is an embedded Postgres, and without sources
 * of its own it gets the demo source beside the cache.
 */
export async function startService(
  config: Config,
  log: FastifyBaseLogger,
  { isShared = false, isDeployed = !isShared, runs = 'all', concurrency }: Part = {},
): Promise<RunningService> {
  const { host, allowedHosts, publicUrl, auth, limits, restrictions, quarantineLimit } = config
  const { historySeconds, batchKeepDays, auditKeepDays, alerts, stageSeconds } = config
  const promotion: OfferMode = isDeployed ? config.stagePromotion : 'never'
  const settings = {
    log,
    limits,
    quarantineLimit,
    historySeconds,
    batchKeepDays,
    auditKeepDays,
    alerts,
    auth: auth === 'none' ? undefined : auth,
    // Who may run commands has the database itself.
    restrictions: isShared ? undefined : restrictions,
    caller: isShared ? commandLine() : ANYBODY,
    promotion,
    host,
    allowedHosts,
    publicUrl,
    // A command is over before anybody could ask it.
    broker: isShared ? undefined : config.broker,
    tracing: isShared ? undefined : config.tracing,
    // Those who serve tell what a command did: their subscribers and their logs are watched.
    relays: !isShared,
    eager: isShared ? [] : config.eagerStages,
    runs: runs === 'all' ? undefined : runs,
    concurrency,
    stageSeconds,
  }
  if (config.databaseUrl) {
    const { databaseUrl, sources } = config
    return compose({ databaseUrl, sources, ...settings })
  }
  const start = isShared ? shareEmbeddedPostgres : startEmbeddedPostgres
  const postgres: SharedPostgres & { lost?: Promise<Error> } = await start({ home: config.home, log })
  let composition: Composition | undefined
  try {
    await postgres.createDatabase(CACHE)
    const demo = config.sources.length > 0 ? undefined : await demoSource(postgres, log)
    const sources = demo ? [demo.source] : config.sources
    // Whoever promoted the demo's candidate and then came with a source of their own goes on with it.
    const known = (await postgres.hasDatabase(DEMO_DATABASE)) ? demoStages : stages
    composition = await compose({ databaseUrl: postgres.url(CACHE), sources, stages: known, ...settings })
    if (demo) await makeDemoTeams(composition.acl, demo.source.name, demo.teams)
    const { stop: stopServing } = composition
    const stop: Composition['stop'] = (options) => stopServing(options).finally(() => postgres.stop())
    return { ...composition, ...(postgres.lost && { lost: postgres.lost }), stop }
  } catch (error) {
    await composition?.stop()
    await postgres.stop()
    throw error
  }
}

/** The demo source, made where it isn't there yet, and the teams of its people. */
interface Demo {
  source: SourceSetting
  teams: DemoTeam[]
}

async function demoSource(postgres: SharedPostgres, log: FastifyBaseLogger): Promise<Demo> {
  await postgres.createDatabase(DEMO_DATABASE)
  const url = postgres.url(DEMO_DATABASE)
  const client = new pg.Client({ connectionString: url })
  // A connection that breaks is reported by the query that it breaks.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const entries = await fillDemoSource(client, { today: utcToday() })
    if (entries > 0) log.info({ entries }, 'made the source "demo": the time-tracking database of an invented company')
    return { source: { name: 'demo', adapter: timesheets.name, url }, teams: await readTeams(client) }
  } finally {
    await client.end()
  }
}
