import { readConfig } from './config/read-config.ts'
import { serviceLog } from './log.ts'
import { ConfigError } from './model/errors.ts'
import { checkMetricsPort, serveProbes } from './serve.ts'
import { startService } from './start-service.ts'
import { untilStopped } from './until-stopped.ts'

/** Runs stages for whoever asks for them over the broker, until it is told to stop. It serves no API, and pulls nothing. */
export async function work(options: { stages: readonly string[] | 'all'; concurrency: number }): Promise<void> {
  const config = readConfig()
  if (!config.broker) {
    throw new ConfigError(
      'BROKER_URL must be set for work: over the broker it is asked to run stages, such as nats://127.0.0.1:4222.',
    )
  }
  if (!config.databaseUrl) {
    throw new ConfigError('DATABASE_URL must be set for work: that of the cache on which the processes are that serve.')
  }
  await checkMetricsPort(config)
  const log = serviceLog(config.logLevel)
  const { stages: runs, concurrency } = options
  const started = startService(config, log, { runs, concurrency, isDeployed: false })
  await untilStopped(config, log, started, async (service) => {
    await serveProbes(service, config)
    log.info({ concurrency }, 'Steelthread is ready: it runs stages for whoever asks over the broker')
  })
}
