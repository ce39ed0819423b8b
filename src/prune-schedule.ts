import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { pruneAudit } from './cache/audit-log.ts'
import { pruneRows } from './cache/batch-rows.ts'
import type { Database, Sql } from './cache/database.ts'
import { pruneOutbox } from './cache/outbox.ts'
import { pruneHistory } from './cache/prune-history.ts'
import { BusyError } from './model/errors.ts'
import type { Acl } from './source/acl.ts'

const PAUSE_MS = 3_600_000

/** So long events stay after they were handed over. */
const EVENT_KEEP_DAYS = 1

/** Who finds somebody else at it leaves it to him. */
const LONGEST_WAIT_MS = 100

/** How long what was is kept; infinite or null: for ever. */
export interface Kept {
  historySeconds: number
  batchKeepDays: number | null
  auditKeepDays: number | null
}

/** What is kept for some time, and how the rest goes; it says how much. */
type Job = readonly [what: string, prune: (database: Database) => Promise<object>]

/** What is older than is kept goes: when it is started, and every hour from then on, in one process at a time. */
export class PruneSchedule {
  private readonly acl: Pick<Acl, 'database' | 'stopping'>
  private readonly jobs: readonly Job[]
  private readonly log: FastifyBaseLogger
  private running: Promise<void> = Promise.resolve()

  constructor(
    acl: Pick<Acl, 'database' | 'stopping'>,
    { historySeconds, batchKeepDays, auditKeepDays }: Kept,
    log: FastifyBaseLogger,
  ) {
    this.acl = acl
    this.log = log
    const jobs: Job[] = [
      ['events', (database) => pruned(database, 'events', (sql) => pruneOutbox(sql, EVENT_KEEP_DAYS))],
    ]
    if (Number.isFinite(historySeconds)) jobs.push(['history', (database) => pruneHistory(database, historySeconds)])
    if (batchKeepDays !== null) {
      jobs.push(['rows of batches', async (database) => ({ pages: await pruneRows(database, batchKeepDays) })])
    }
    if (auditKeepDays !== null) {
      jobs.push([
        'entries of the audit log',
        (database) => pruned(database, 'entries', (sql) => pruneAudit(sql, auditKeepDays)),
      ])
    }
    this.jobs = jobs
  }

  start(): void {
    this.running = this.watch()
  }

  /** Resolves once the service stops and nothing is forgotten any more. */
  async ended(): Promise<void> {
    await this.running
  }

  private async watch(): Promise<void> {
    const { stopping } = this.acl
    while (!stopping.aborted) {
      for (const [what, prune] of this.jobs) {
        await this.prune(what, prune).catch((err: unknown) => {
          if (!stopping.aborted) this.log.warn({ err }, `${what} could not be pruned: it is tried again in an hour`)
        })
      }
      await delay(PAUSE_MS, undefined, { signal: stopping }).catch(() => undefined)
    }
  }

  private async prune(what: string, prune: (database: Database) => Promise<object>): Promise<void> {
    const { database, stopping } = this.acl
    const work = (signal: AbortSignal) => prune(database.during(AbortSignal.any([signal, stopping])))
    try {
      const pruned = await database.alone(`prune ${what}`, work, { longestWaitMs: LONGEST_WAIT_MS })
      if (Object.values(pruned).some((count) => count > 0)) this.log.info(pruned, `pruned: ${what} older than is kept`)
    } catch (error) {
      if (!(error instanceof BusyError)) throw error
    }
  }
}

/** What goes in one transaction. */
async function pruned(database: Database, what: string, prune: (sql: Sql) => Promise<number>): Promise<object> {
  return { [what]: await database.transaction(prune) }
}
