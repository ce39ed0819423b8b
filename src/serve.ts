import { once } from 'node:events'
import { createServer } from 'node:net'
import { isLoopback } from './api/http-guard.ts'
import type { Config } from './config/config.ts'
import { readConfig } from './config/read-config.ts'
import { hintFor } from './exit-with.ts'
import { serviceLog } from './log.ts'
import { ConfigError } from './model/errors.ts'
import { type RunningService, startService } from './start-service.ts'
import { untilStopped } from './until-stopped.ts'

/**
 * Serves the API and the page, and pulls by schedule, until it is told to stop.
 * @param options `stages` are those that it runs itself: with a broker none, unless told, and without one all.
 */
export async function serve({ stages }: { stages?: readonly string[] | 'all' | undefined } = {}): Promise<void> {
  const config = readConfig()
  if (stages && !config.broker) {
    throw new ConfigError(
      'BROKER_URL is not set: without a broker there is nobody else who runs stages, so serve runs all.',
    )
  }
  const runs = config.broker ? (stages ?? []) : 'all'
  checkAuth(config)
  if (config.metricsPort && config.metricsPort === config.port) {
    throw new ConfigError('METRICS_PORT must be another port than PORT, which has the metrics anyway.')
  }
  await checkPort(config)
  await checkMetricsPort(config)
  const log = serviceLog(config.logLevel)
  await untilStopped(config, log, startService(config, log, { runs }), async (service, isStopping) => {
    await serveProbes(service, config)
    await service.server.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: (address) =>
        `Steelthread is ready: the page is at ${address}/ and GraphiQL at ${address}/graphql`,
    })
    if (isStopping()) return
    service.schedule.start()
    service.pruning.start()
    service.alerts?.start()
  })
}

/** What leaves the machine is not shown to whoever asks, unless somebody says so. */
function checkAuth({ host, auth }: Config): void {
  if (auth || host === 'localhost' || isLoopback(host)) return
  throw new ConfigError(
    `AUTH must be set where HOST (${host}) is an address that others reach: keys, and then npx steelthread keys create --role admin, ` +
      'or AUTH_ISSUER; AUTH=none lets everybody who reaches it do everything.',
  )
}

/** Where operators keep metrics away from users. */
export async function serveProbes(service: RunningService, { host, metricsPort: port }: Config): Promise<void> {
  if (port !== undefined) await service.serveProbes({ host, port })
}

/** The same as of the port of the API, if metrics have one of their own. */
export async function checkMetricsPort({ host, metricsPort: port }: Config): Promise<void> {
  if (port === undefined) return
  await checkPort({ host, port }).catch((error: Error) => {
    throw new ConfigError(hintFor(error).replaceAll('PORT', 'METRICS_PORT'))
  })
}

/** Finds out that nobody else listens there, before anything is started, made or migrated. */
async function checkPort({ host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  const probe = createServer()
  probe.listen({ host, port })
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}
