import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { dropPages, keptSources } from './cache/batch-rows.ts'
import { BusyError } from './model/errors.ts'
import type { Acl } from './source/acl.ts'

const PAUSE_MS = 3_600_000

const TURN = 'prune batches'

/** Drops the rows of batches that came longer ago than they are kept; once an hour, in one process at a time. Reports stay. */
export class BatchPruning {
  private readonly acl: Acl
  private readonly days: number
  private readonly log: FastifyBaseLogger
  private running: Promise<void> = Promise.resolve()

  /** @param days For so long rows are kept. */
  constructor(acl: Acl, days: number, log: FastifyBaseLogger) {
    this.acl = acl
    this.days = days
    this.log = log
  }

  start(): void {
    this.running = this.watch()
  }

  /** Resolves once the service stops and nothing is dropped any more. */
  async ended(): Promise<void> {
    await this.running
  }

  /** Drops what is due, a bounded transaction at a time; nothing where others are at it. Returns how many pages of rows that were. */
  async prune(): Promise<number> {
    const { database, stopping } = this.acl
    const work = async (signal: AbortSignal) => {
      let dropped = 0
      for (const source of await keptSources(database.sql)) {
        for (let some = -1; some !== 0; dropped += some) {
          AbortSignal.any([signal, stopping]).throwIfAborted()
          some = await database.transaction((sql) => dropPages(sql, source, this.days))
        }
      }
      return dropped
    }
    return database.alone(TURN, work, { longestWaitMs: 1 }).catch((error: unknown) => {
      if (error instanceof BusyError) return 0
      throw error
    })
  }

  private async watch(): Promise<void> {
    const { stopping } = this.acl
    while (!stopping.aborted) {
      await this.prune().then(
        (pages) => pages > 0 && this.log.info({ pages, days: this.days }, 'rows of batches are kept no longer'),
        (err: unknown) => stopping.aborted || this.log.warn({ err }, 'rows of batches could not be dropped'),
      )
      await delay(PAUSE_MS, undefined, { signal: stopping }).catch(() => undefined)
    }
  }
}
