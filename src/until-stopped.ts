import type { FastifyBaseLogger } from 'fastify'
import type { Config } from './config/config.ts'
import { exitWith } from './exit-with.ts'
import { giveBackMemory } from './give-back-memory.ts'
import type { RunningService } from './start-service.ts'

/** Beyond the grace time, ending takes less than this, or it is forced. */
const LAST_MS = 8_000

/** Runs a service once it has started, until the process is told to stop. */
export async function untilStopped(
  { graceSeconds }: Pick<Config, 'graceSeconds'>,
  log: FastifyBaseLogger,
  started: Promise<RunningService>,
  run: (service: RunningService, isStopping: () => boolean) => Promise<void>,
): Promise<void> {
  let isStopping = false
  const stop = (signal: string) => {
    if (isStopping) return exitWith(new Error(`${signal} came a second time: not everything was ended in order.`))
    isStopping = true
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
  if (isStopping) return
  service.lost?.then((reason) => {
    if (!isStopping) exitWith(reason)
  }, exitWith)

  try {
    await run(service, () => isStopping)
  } catch (error) {
    if (isStopping) return
    await service.stop()
    throw error
  }
}
