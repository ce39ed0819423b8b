import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { pruneHistory } from './cache/prune-history.ts'
import { BusyError } from './model/errors.ts'
import type { Acl } from './source/acl.ts'

const PAUSE_MS = 3_600_000

/** Who finds somebody else at it leaves it to him. */
const LONGEST_WAIT_MS = 100

/** Forgets history that is older than is kept: when it is started, and every hour from then on, in one process at a time. */
export class PruneSchedule {
  private readonly acl: Pick<Acl, 'database' | 'stopping'>
  private readonly keepSeconds: number
  private readonly log: FastifyBaseLogger
  private running: Promise<void> = Promise.resolve()

  /** @param keepSeconds Infinite: nothing is forgotten. */
  constructor(acl: Pick<Acl, 'database' | 'stopping'>, keepSeconds: number, log: FastifyBaseLogger) {
    this.acl = acl
    this.keepSeconds = keepSeconds
    this.log = log
  }

  start(): void {
    if (Number.isFinite(this.keepSeconds)) this.running = this.watch()
  }

  /** Resolves once the service stops and nothing is forgotten any more. */
  async ended(): Promise<void> {
    await this.running
  }

  private async watch(): Promise<void> {
    const { stopping } = this.acl
    while (!stopping.aborted) {
      await this.prune().catch((err: unknown) => {
        if (!stopping.aborted) this.log.warn({ err }, 'history could not be pruned: it is tried again in an hour')
      })
      await delay(PAUSE_MS, undefined, { signal: stopping }).catch(() => undefined)
    }
  }

  private async prune(): Promise<void> {
    const { database, stopping } = this.acl
    const work = (signal: AbortSignal) =>
      pruneHistory(database.during(AbortSignal.any([signal, stopping])), this.keepSeconds)
    try {
      const pruned = await database.alone('prune history', work, { longestWaitMs: LONGEST_WAIT_MS })
      if (Object.values(pruned).some((count) => count > 0)) this.log.info(pruned, 'history was pruned')
    } catch (error) {
      if (!(error instanceof BusyError)) throw error
    }
  }
}
