import 'reflect-metadata'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { type AlertSettings, Alerts } from './alerts/alerts.ts'
import { closeServer, settledWithin } from './api/close-server.ts'
import type { GuardOptions } from './api/http-guard.ts'
import { type Probes, probeServer } from './api/probes.ts'
import { RequestSignals } from './api/request-signals.ts'
import { apiServer } from './api/server.ts'
import { type AuthSettings, CheckingAuthenticator, takenFor } from './auth/authenticator.ts'
import { Database } from './cache/database.ts'
import { checkTables, migrate } from './cache/migrate.ts'
import { Notices } from './cache/notices.ts'
import { Readiness } from './cache/readiness.ts'
import { makeScopedViews } from './cache/scoped-views.ts'
import { SideConnection } from './cache/side-connection.ts'
import type { OfferMode } from './cache/stage-versions.ts'
import { StateProof } from './cache/state-proof.ts'
import type { BrokerHere } from './connect-broker.ts'
import { openCache } from './data-source.ts'
import type { BrokerSettings } from './dispatch/broker/broker-connection.ts'
import type { StreamLimits } from './dispatch/broker/event-stream.ts'
import type { Dispatcher } from './dispatch/dispatcher.ts'
import { EventBus } from './dispatch/events/event-bus.ts'
import { InProcessCarrier } from './dispatch/events/in-process-carrier.ts'
import { InProcessDispatcher } from './dispatch/in-process-dispatcher.ts'
import { Eager } from './freshness/eager/eager.ts'
import { Freshness } from './freshness/freshness.ts'
import { LANES } from './freshness/refresh/refresher.ts'
import { StageThreads } from './freshness/refresh/stage-threads.ts'
import { ActiveVersions } from './freshness/versions/active-versions.ts'
import { Live } from './live/live.ts'
import { utcToday } from './model/calendar.ts'
import { ANYBODY, type Caller } from './model/caller.ts'
import { Counters } from './model/counters.ts'
import { BrokerAwayError, ConfigError, UnavailableError } from './model/errors.ts'
import {
  DEFAULT_AUDIT_KEEP_DAYS,
  DEFAULT_BATCH_KEEP_DAYS,
  DEFAULT_GRACE_SECONDS,
  DEFAULT_HISTORY_SECONDS,
  DEFAULT_LIMITS,
  DEFAULT_QUARANTINE_LIMIT,
  DEFAULT_STAGE_SECONDS,
  type Limits,
} from './model/limits.ts'
import { type Restrictions, UNRESTRICTED } from './model/restrictions.ts'
import { withoutContent } from './model/without-content.ts'
import { PruneSchedule } from './prune-schedule.ts'
import { PullSchedule } from './pull-schedule.ts'
import { Metrics } from './sight/metrics.ts'
import { Standing } from './sight/standing.ts'
import type { TracingSettings } from './sight/tracing.ts'
import type { Acl } from './source/acl.ts'
import { type SourceSetting, sourcesOf, sourcesToPull } from './source/sources.ts'
import { BROKEN_OFF } from './source/sync-source.ts'
import type { StageDefinition } from './stages/define-stage.ts'
import { demoStages, stages } from './stages/index.ts'
import type { StageGraph } from './stages/stage-graph.ts'
import { StageVersions } from './stages/stage-versions.ts'

/** How long the page that a pull is at is waited for. */
const PAGE_MS = 2_000

/** How long the database is waited for once nobody is answered any more. */
const LEAVE_MS = 2_000

/** The service, put together and migrated; nothing is pulled and nothing listens yet. */
export interface Composition {
  acl: Acl
  database: Database
  dispatcher: Dispatcher
  freshness: Freshness
  versions: ActiveVersions
  live: Live
  /** The ISO date, in UTC. */
  today(): string
  server: FastifyInstance
  /** Pulls the sources that have a database, once it is started. */
  schedule: PullSchedule
  /** Forgets what is older than is kept, once it is started. */
  pruning: PruneSchedule
  /** Brings stages up to date before anybody asks; undefined where that is wanted of none. */
  eager: Eager | undefined
  /** What the process has done since it was started. */
  counters: Counters
  /** Serves its probes and metrics by themselves, until it stops. */
  serveProbes(at: { host: string; port: number }): Promise<void>
  /** Tells what is wrong with sources, once it is started; undefined where nobody is to be told. */
  alerts: Alerts | undefined
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
  /** How long history is kept; infinite: for ever. Default: 400 days. */
  historySeconds?: number
  /** For how many days rows are kept as they came; null: for ever. Default: 90. */
  batchKeepDays?: number | null
  /** For how many days it is kept who changed what; null: for ever. Default: 400. */
  auditKeepDays?: number | null
  /** How it is found out who asks; undefined: nobody is asked, and everybody may do everything. */
  auth?: AuthSettings | undefined
  /** What callers are held to. Default: to nothing. */
  restrictions?: Partial<Restrictions>
  /** Who asks, where nobody is asked who that is. Default: anybody. */
  caller?: Caller
  /** Where alerts are sent. */
  alerts?: AlertSettings | undefined
  /** The ISO date. Default: that of the machine, in UTC. */
  today?: () => string
  /** Every version of every stage; of the same stages as the registry. Default: those of the registry. */
  stages?: readonly StageDefinition[]
  /** What becomes of raised versions of stages. Default: `auto`. */
  promotion?: OfferMode
  /** Leads to the processes that run stages which this one doesn't run. */
  broker?: (BrokerSettings & StreamLimits) | undefined
  /** Where traces are sent. Default: nothing is traced. */
  tracing?: TracingSettings | undefined
  /** Whether it hands events over; else it leaves them to the other processes. Default: yes. */
  relays?: boolean
  /** Names of the stages that this process runs. Default: all. */
  runs?: readonly string[] | undefined
  /** How many batches of slices it computes at once. Default: 3. */
  concurrency?: number | undefined
  /** How long a stage may take for one batch. Default: 30. */
  stageSeconds?: number
  /** Names of stages that are brought up to date before anybody asks. Default: none. */
  eager?: readonly string[]
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
  historySeconds = DEFAULT_HISTORY_SECONDS,
  batchKeepDays = DEFAULT_BATCH_KEEP_DAYS,
  auditKeepDays = DEFAULT_AUDIT_KEEP_DAYS,
  auth,
  restrictions = {},
  caller = ANYBODY,
  alerts: alertSettings,
  stages: definitions = stages,
  promotion = 'auto',
  broker: brokerSettings,
  tracing,
  relays = true,
  runs,
  concurrency: lanes,
  stageSeconds = DEFAULT_STAGE_SECONDS,
  eager: eagerStages = [],
  ...guard
}: CompositionOptions): Promise<Composition> {
  const known = new StageVersions(definitions)
  const named = sourcesOf(sources)
  const dataSource = await openCache(databaseUrl)
  if (dataSource.isPooled) {
    log.info('DATABASE_URL leads to a pooler: every transaction says its settings, and no statement stays prepared')
  }
  let broker: BrokerHere | undefined
  let threads: StageThreads | undefined
  const stopTracing = tracing && (await startTracing(tracing, log))
  try {
    await migrate(dataSource)
    await checkTables(dataSource)
    if (auth) await makeScopedViews(dataSource)
    const database = new Database(dataSource)
    const readiness = new Readiness(dataSource)
    const proof = new StateProof(dataSource)
    broker = brokerSettings && (await connected(brokerSettings, log))
    const notices = new Notices(dataSource, (error) =>
      log.warn({ err: error }, 'subscribers of other processes were not told of an event'),
    )
    const counters = new Counters()
    const events = new EventBus(
      // Of its own: it takes turns with nothing else.
      new Database(dataSource),
      broker?.carrier ?? new InProcessCarrier(notices),
      {
        handlerFailed: (err, type, name, { isDead, ...attempt }) =>
          log.error(
            { err, type, name, ...attempt },
            isDead
              ? 'a handler failed for the last time: the event is among the deadLetters'
              : 'a handler failed: it is tried again',
          ),
        // Where the cache can't be asked the log is full of that already.
        notRelayed: (err) => log.debug({ err }, 'it could not be looked for events that wait'),
      },
      { relays, counters },
    )
    const dispatcher = broker?.dispatcherWith(events) ?? new InProcessDispatcher(events)
    const own = stagesNamed('--stages', runs, known)
    // A thread has no other stages than those of the registry.
    const isRegistry = definitions.every((definition) => demoStages.includes(definition))
    if (own.size > 0 && isRegistry) {
      threads = new StageThreads({
        most: lanes ?? LANES,
        timeoutMs: stageSeconds * 1_000,
        isCautious: broker !== undefined,
      })
    }
    const freshness = new Freshness(database, dispatcher, known.graph(), { lanes, run: threads?.run, counters })
    const versions = new ActiveVersions(database, dispatcher, known)
    freshness.respond(broker && known.inEveryGraph(own))
    if (broker) log.info({ stages: [...own] }, 'stages that this process runs; others it asks for over the broker')
    watch(dispatcher, log)
    await takeOver(versions, promotion, log)
    const live = new Live(dispatcher, (message) => log.warn(message))
    const stopping = new AbortController()
    const wanted = stagesNamed('EAGER_STAGES', eagerStages, known)
    const eager =
      wanted.size > 0
        ? new Eager([...wanted], {
            ...{ database, dispatcher, freshness, versions, stopping: stopping.signal },
            onFailure: (err, stage) =>
              log.warn({ err, stage }, 'the stage could not be brought up to date before it is asked for'),
          })
        : undefined
    const acl: Acl = {
      database,
      dispatcher,
      sources: named,
      quarantineLimit,
      stopping: stopping.signal,
      counters,
      warn: (details, message) => log.warn(details, withoutContent(message)),
    }
    const schedule = new PullSchedule(acl, log)
    const pruning = new PruneSchedule(acl, { historySeconds, batchKeepDays, auditKeepDays }, log)
    const alerts = alertSettings && new Alerts(acl, alertSettings, log)
    const limits = { ...DEFAULT_LIMITS, ...given }
    const signals = new RequestSignals(limits, log)
    const pulled = sourcesToPull(named)
    const sides = [new SideConnection(dataSource), new SideConnection(dataSource)] as const
    const standing = new Standing(...sides, pulled)
    const checkReady = async () => {
      if (stopping.signal.aborted) throw new UnavailableError('The service is stopping.')
      await readiness.check()
      const chosen = await versions.current()
      chosen.checkAll()
      checkReachable(chosen.graph, dispatcher, broker)
    }
    const probes: Probes = {
      checkReady,
      stand: async () => ({
        ...(broker && { broker: broker.isConnected ? 'there' : 'away' }),
        ...(await standing.words()),
        pulling: schedule.pulling(),
      }),
      metrics: new Metrics(counters, standing, {
        pool: dataSource.pool,
        sources: pulled,
        known: { stages: known.own.map(({ name }) => name), sources: pulled.map(({ name }) => name) },
        checkReady,
        isBrokerThere: () => broker?.isConnected,
        subscribers: () => live.subscriberCount,
      }),
    }
    const server = await apiServer({
      service: { database, freshness, versions, acl, limits, today },
      log,
      signals,
      authenticator: auth && caller === ANYBODY ? new CheckingAuthenticator(database, auth) : takenFor(caller),
      proof,
      restrictions: { ...UNRESTRICTED, ...restrictions },
      live,
      counters,
      probes,
      ...guard,
    })
    const probeServers: FastifyInstance[] = []
    const serveProbes: Composition['serveProbes'] = async ({ host, port }) => {
      const server = probeServer(probes, { log, counters, host })
      probeServers.push(server)
      const listenTextResolver = (address: string) => `metrics are at ${address}/metrics`
      await server.listen({ host, port, listenTextResolver })
    }
    const stop = async ({ graceSeconds = DEFAULT_GRACE_SECONDS } = {}) => {
      stopping.abort(BROKEN_OFF)
      const left = broker?.leave()
      const pulled = settledWithin(
        PAGE_MS,
        Promise.all([schedule.ended(), pruning.ended(), alerts?.ended(), eager?.idle()]),
      )
      const cancelled = await closeServer(server, signals, graceSeconds * 1_000)
      if (cancelled > 0) log.warn({ cancelled }, `requests were cancelled: they didn't end within ${graceSeconds} s`)
      await Promise.all([pulled, left, ...probeServers.map((each) => settledWithin(LEAVE_MS, each.close()))])
      const did = counters.read()
      if (Object.keys(did).length > 0) log.info({ counters: did }, 'what this process did')
      await settledWithin(
        LEAVE_MS,
        Promise.all([
          dispatcher
            .idle()
            .then(() => events.close())
            .then(() => broker?.close()),
          readiness.close(),
          ...sides.map((side) => side.close()),
          proof.close(),
          versions.close(),
          live.close(),
        ])
          .then(() => threads?.close())
          .then(() => dataSource.destroy()),
      )
      if (stopTracing) await settledWithin(LEAVE_MS, stopTracing())
    }
    return {
      acl,
      database,
      dispatcher,
      freshness,
      versions,
      live,
      today,
      server,
      schedule,
      pruning,
      alerts,
      eager,
      counters,
      serveProbes,
      stop,
    }
  } catch (error) {
    await broker?.close()
    await threads?.close()
    await stopTracing?.()
    await dataSource.destroy()
    throw error
  }
}

/** Whoever has no broker doesn't load what leads to one. */
async function connected(settings: BrokerSettings & StreamLimits, log: FastifyBaseLogger): Promise<BrokerHere> {
  const { connectBroker } = await import('./connect-broker.ts')
  return connectBroker(settings, settings, log)
}

/** Whoever traces nothing doesn't load what traces. */
async function startTracing(settings: TracingSettings, log: FastifyBaseLogger): Promise<() => Promise<void>> {
  const { startTracing } = await import('./sight/tracing.ts')
  return startTracing(settings, (err) => log.warn({ err }, 'traces could not be sent'))
}

/** Names of stages, in their order; all, unless told. @throws ConfigError for one that this build doesn't have. */
function stagesNamed(setting: string, asked: readonly string[] | undefined, known: StageVersions): ReadonlySet<string> {
  const names = known.own.map(({ name }) => name)
  const unknown = asked?.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(`${setting}: there is no stage "${unknown}"; there is ${names.join(', ')}.`)
  }
  return new Set(names.filter((name) => asked?.includes(name) ?? true))
}

/** @throws BrokerAwayError where the broker is away and others run a stage. */
function checkReachable(graph: StageGraph, dispatcher: Dispatcher, broker: BrokerHere | undefined): void {
  if (!broker || broker.isConnected) return
  for (const [stage, { logic }] of graph) {
    if (!dispatcher.answers('slices.refresh', { stage, logic })) throw new BrokerAwayError(stage)
  }
}

/** A build that was started says which versions are its own: an operator wants to see what that changes. */
async function takeOver(versions: ActiveVersions, promotion: OfferMode, log: FastifyBaseLogger): Promise<void> {
  const { renewed } = await versions.offer(promotion)
  for (const { logic, definition } of renewed) {
    const { name: stage, version } = definition
    log.info({ stage, version, logic }, 'the logic of this stage is new: what is read of it is computed again')
  }
  const { graph } = await versions.current()
  for (const [name, { stage, version }] of graph.missing) {
    log.error(
      { stage: name, missing: { stage, version } },
      'this build lacks a version that is active: it refuses reads of the stage',
    )
  }
}

/** Facts that an operator wants to see. */
function watch(dispatcher: Dispatcher, log: FastifyBaseLogger): void {
  dispatcher.subscribe('rows.quarantined', 'alert', (event) => log.warn(event, 'rows were quarantined'))
  dispatcher.subscribe('activities.ingested', 'log', ({ windows: _, ...event }) =>
    log.info(event, 'activities changed'),
  )
  dispatcher.subscribe('source.removed', 'log', (event) => log.info(event, 'source removed'))
  dispatcher.subscribe('stage.promoted', 'log', (event) => log.info(event, 'another version of the stage answers now'))
  dispatcher.subscribe('annotations.discarded', 'log', (event) => log.info(event, 'annotations discarded'))
}
