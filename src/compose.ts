import 'reflect-metadata'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { type AlertSettings, Alerts } from './alerts/alerts.ts'
import { closeServer, settledWithin } from './api/close-server.ts'
import type { GuardOptions } from './api/http-guard.ts'
import { RequestSignals } from './api/request-signals.ts'
import { apiServer } from './api/server.ts'
import { BatchPruning } from './batch-pruning.ts'
import type { CacheDataSource } from './cache/cache-data-source.ts'
import { Database } from './cache/database.ts'
import { checkTables, migrate } from './cache/migrate.ts'
import { Notices } from './cache/notices.ts'
import { Readiness } from './cache/readiness.ts'
import { StateProof } from './cache/state-proof.ts'
import { cacheDataSource } from './data-source.ts'
import { InProcessDispatcher } from './dispatch/in-process-dispatcher.ts'
import { Freshness } from './freshness/freshness.ts'
import { Live } from './live/live.ts'
import { utcToday } from './model/calendar.ts'
import { ConfigError } from './model/errors.ts'
import {
  DEFAULT_BATCH_KEEP_DAYS,
  DEFAULT_GRACE_SECONDS,
  DEFAULT_LIMITS,
  DEFAULT_QUARANTINE_LIMIT,
  type Limits,
} from './model/limits.ts'
import { PullSchedule } from './pull-schedule.ts'
import type { Acl } from './source/acl.ts'
import { type SourceSetting, sourcesOf } from './source/sources.ts'
import { BROKEN_OFF } from './source/sync-source.ts'
import { stages } from './stages/index.ts'
import { stageGraph } from './stages/stage-graph.ts'

/** How long the page that a pull is at is waited for. */
const PAGE_MS = 2_000

/** How long the database is waited for once nobody is answered any more. */
const LEAVE_MS = 2_000

/** The service, put together and migrated; nothing is pulled and nothing listens yet. */
export interface Composition {
  acl: Acl
  database: Database
  dispatcher: InProcessDispatcher
  freshness: Freshness
  live: Live
  /** The ISO date, in UTC. */
  today(): string
  server: FastifyInstance
  /** Pulls the sources that have a database, once it is started. */
  schedule: PullSchedule
  /** Tells what is wrong with sources, once it is started; undefined where nobody is to be told. */
  alerts: Alerts | undefined
  /** Drops rows that are kept no longer, once it is started; undefined where they are kept for ever. */
  pruning: BatchPruning | undefined
  /**
   * Takes nothing on any more, finishes what is under way, and lets go of the database. What hasn't ended after the
   * grace time is cancelled, which the log says.
   */
  stop(options?: { graceSeconds?: number }): Promise<void>
}

export interface CompositionOptions extends GuardOptions {
  databaseUrl: string
  sources: readonly SourceSetting[]
  log: FastifyBaseLogger
  /** What isn't given is as usual. */
  limits?: Partial<Limits>
  /** Of how many percent of bad rows a batch is refused whole. Default: 20. */
  quarantineLimit?: number
  /** For how many days rows are kept as they came; null: for ever. Default: 90. */
  batchKeepDays?: number | null
  /** Where alerts are sent. */
  alerts?: AlertSettings | undefined
  /** The ISO date. Default: that of the machine, in UTC. */
  today?: () => string
}

/**
 * Builds the service on a database.
 * @throws ConfigError where the database can't be reached or a source names no adapter.
 * @throws StageError for a stage without a table.
 */
export async function compose({
  databaseUrl,
  sources,
  log,
  limits: given,
  today = utcToday,
  quarantineLimit = DEFAULT_QUARANTINE_LIMIT,
  batchKeepDays = DEFAULT_BATCH_KEEP_DAYS,
  alerts: alertSettings,
  ...guard
}: CompositionOptions): Promise<Composition> {
  const graph = stageGraph(stages)
  const known = sourcesOf(sources)
  const dataSource = await connect(databaseUrl)
  if (dataSource.isPooled) {
    log.info('DATABASE_URL leads to a pooler: every transaction says its settings, and no statement stays prepared')
  }
  try {
    await migrate(dataSource)
    await checkTables(dataSource)
    const database = new Database(dataSource)
    const readiness = new Readiness(dataSource)
    const proof = new StateProof(dataSource)
    const dispatcher = new InProcessDispatcher((error, type, name) =>
      log.error({ err: error, type, name }, 'a handler failed'),
    )
    const freshness = new Freshness(database, dispatcher, graph)
    for (const { logic, definition } of await freshness.keepLogics()) {
      const { name: stage, version } = definition
      log.info({ stage, version, logic }, 'the logic of this stage is new: what is read of it is computed again')
    }
    freshness.respond()
    watch(dispatcher, log)
    const notices = new Notices(dataSource, (error) =>
      log.warn({ err: error }, 'subscribers of other processes were not told of an event'),
    )
    const live = new Live(dispatcher, notices, (message) => log.warn(message))
    const stopping = new AbortController()
    const acl: Acl = {
      database,
      dispatcher,
      sources: known,
      quarantineLimit,
      stopping: stopping.signal,
      warn: (details, message) => log.warn(details, message),
    }
    const schedule = new PullSchedule(acl, log)
    const alerts = alertSettings && new Alerts(acl, alertSettings, log)
    const pruning = batchKeepDays === null ? undefined : new BatchPruning(acl, batchKeepDays, log)
    const limits = { ...DEFAULT_LIMITS, ...given }
    const signals = new RequestSignals(limits, log)
    const server = await apiServer({
      service: { database, freshness, acl, limits, today },
      log,
      signals,
      proof,
      live,
      checkReady: () => readiness.check(),
      pulling: () => schedule.pulling(),
      ...guard,
    })
    const stop = async ({ graceSeconds = DEFAULT_GRACE_SECONDS } = {}) => {
      stopping.abort(BROKEN_OFF)
      const pulled = settledWithin(PAGE_MS, Promise.all([schedule.ended(), alerts?.ended(), pruning?.ended()]))
      const cancelled = await closeServer(server, signals, graceSeconds * 1_000)
      if (cancelled > 0) log.warn({ cancelled }, `requests were cancelled: they didn't end within ${graceSeconds} s`)
      await pulled
      await settledWithin(
        LEAVE_MS,
        Promise.all([dispatcher.idle(), readiness.close(), proof.close(), live.close()]).then(() =>
          dataSource.destroy(),
        ),
      )
    }
    return { acl, database, dispatcher, freshness, live, today, server, schedule, alerts, pruning, stop }
  } catch (error) {
    await dataSource.destroy()
    throw error
  }
}

async function connect(url: string): Promise<CacheDataSource> {
  try {
    return await (await cacheDataSource(url)).initialize()
  } catch (cause) {
    const { host, pathname } = new URL(url)
    const reason = cause instanceof Error ? cause.message || ('code' in cause && String(cause.code)) : String(cause)
    throw new ConfigError(`DATABASE_URL: the database ${host}${pathname} can't be used: ${reason}`, {}, cause)
  }
}

/** Facts that an operator wants to see. */
function watch(dispatcher: InProcessDispatcher, log: FastifyBaseLogger): void {
  dispatcher.subscribe('rows.quarantined', 'alert', (event) => log.warn(event, 'rows were quarantined'))
  dispatcher.subscribe('activities.ingested', 'log', ({ windows: _, ...event }) =>
    log.info(event, 'activities changed'),
  )
  dispatcher.subscribe('slices.refreshed', 'log', ({ windows: _, ...event }) => log.debug(event, 'slices refreshed'))
  dispatcher.subscribe('source.removed', 'log', (event) => log.info(event, 'source removed'))
  dispatcher.subscribe('annotations.discarded', 'log', (event) => log.info(event, 'annotations discarded'))
}
