import { configOf } from './config/config.ts'
import { readEnv } from './config/env.ts'
import { exitWith } from './exit-with.ts'
import { serviceLog } from './log.ts'
import { pullSources, startService } from './start-service.ts'

/** Ending takes less than this, or it is forced. */
const STOP_MS = 4_500

async function main(): Promise<void> {
  const config = configOf(readEnv())
  const log = serviceLog(config.logLevel)
  const service = await startService(config, log)

  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => exitWith(new Error(`Not everything ended within ${STOP_MS} ms of ${signal}.`)), STOP_MS).unref()
    service.stop().then(() => process.exit(0), exitWith)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  service.lost?.then((reason) => {
    if (!stopping) exitWith(reason)
  }, exitWith)

  try {
    await pullSources(service, log)
    if (stopping) return
    await service.server.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: (address) =>
        `Steelthread is ready: the page is at ${address}/ and GraphiQL at ${address}/graphql`,
    })
  } catch (error) {
    await service.stop()
    throw error
  }
}

main().catch(exitWith)
