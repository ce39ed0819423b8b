import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from './config/config.ts'
import { readConfig } from './config/read-config.ts'
import { exitWith } from './exit-with.ts'
import { giveBackMemory } from './give-back-memory.ts'
import { serviceLog } from './log.ts'
import { startService } from './start-service.ts'

/** Beyond the grace time, ending takes less than this, or it is forced. */
const LAST_MS = 8_000

/** Serves the API and the page, and pulls by schedule, until it is told to stop. */
export async function serve(): Promise<void> {
  const config = readConfig()
  await checkPort(config)
  const log = serviceLog(config.logLevel)
  const started = startService(config, log)

  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return exitWith(new Error(`${signal} came a second time: not everything was ended in order.`))
    stopping = true
    const { graceSeconds } = config
    log.info({ signal, graceSeconds }, 'stopping')
    const last = () =>
      exitWith(new Error(`Not everything ended within ${graceSeconds + LAST_MS / 1_000} s of ${signal}.`))
    setTimeout(last, graceSeconds * 1_000 + LAST_MS).unref()
    // What is half started can't be stopped in order.
    started.then((service) => service.stop({ graceSeconds })).then(() => process.exit(0), exitWith)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  const service = await started
  await giveBackMemory()
  if (stopping) return
  service.lost?.then((reason) => {
    if (!stopping) exitWith(reason)
  }, exitWith)

  try {
    await service.server.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: (address) =>
        `Steelthread is ready: the page is at ${address}/ and GraphiQL at ${address}/graphql`,
    })
    if (stopping) return
    service.schedule.start()
    service.alerts?.start()
    service.pruning?.start()
  } catch (error) {
    if (stopping) return
    await service.stop()
    throw error
  }
}

/** Finds out that nobody else listens there, before anything is started, made or migrated. */
async function checkPort({ host, port }: Config): Promise<void> {
  const probe = createServer()
  probe.listen({ host, port })
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}
