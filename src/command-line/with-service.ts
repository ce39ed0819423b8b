/** Commands work on the cache as a service does, beside one that runs or without. */
import { pino } from 'pino'
import type { Composition } from '../compose.ts'
import { readConfig } from '../config/read-config.ts'
import { giveBackMemory } from '../give-back-memory.ts'
import { startService } from '../start-service.ts'

/** Runs work with a service that serves nobody and pulls nothing by itself. At Ctrl-C it stops at the next page. */
export async function withService<T>(work: (service: Composition) => Promise<T>): Promise<T> {
  const config = readConfig()
  const level = config.logLevel === 'info' ? 'fatal' : config.logLevel
  const service = await startService(config, pino({ level, base: undefined }, pino.destination(2)), { isShared: true })
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= service.stop()
    return stopped
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    await giveBackMemory()
    return await work(service)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    await stop()
  }
}
