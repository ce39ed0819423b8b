/** Looks, beside whatever is ingested, for what somebody should know of, and tells it by a webhook, and when it is over. */
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import {
  type AlertKey,
  addMessages,
  dropMessage,
  endAlert,
  openAlerts,
  postponeMessage,
  raiseAlert,
  sourceStandings,
  takeMessage,
  takeRefusingBatches,
} from '../cache/alerts.ts'
import { takeTurn } from '../cache/alone.ts'
import type { Sql } from '../cache/database.ts'
import { AlertKind } from '../cache/entities/alert.ts'
import { pullStates } from '../cache/pulls.ts'
import { refusalsOf } from '../cache/quarantine-pages.ts'
import { withoutContent } from '../model/without-content.ts'
import type { Acl } from '../source/acl.ts'
import { sourcesToPull } from '../source/sources.ts'
import { BROKEN_OFF } from '../source/sync-source.ts'
import { pullFailed, resolved, rowsRefused, sourceSilent, type WebhookMessage } from './alert-text.ts'
import { post } from './webhook.ts'

const LOOK_MS = 10_000
/** For so long a message is with the process that delivers it. */
const LEASE_SECONDS = 30
const LONGEST_PAUSE_SECONDS = 3_600
const OLDEST_SECONDS = 3 * 86_400

export interface AlertSettings {
  url: string
  /** After how many seconds a source is missed; 0: never. */
  silenceSeconds: number
}

/** Something that is wrong now, and how that is told. */
interface Fault extends AlertKey {
  message: WebhookMessage
}

export class Alerts {
  private readonly acl: Acl
  private readonly settings: AlertSettings
  private readonly log: FastifyBaseLogger
  private running: Promise<void> = Promise.resolve()

  constructor(acl: Acl, settings: AlertSettings, log: FastifyBaseLogger) {
    this.acl = acl
    this.settings = settings
    this.log = log
  }

  start(): void {
    this.running = this.watch()
  }

  /** Resolves once the service stops and nothing is told any more. */
  async ended(): Promise<void> {
    await this.running
  }

  private async watch(): Promise<void> {
    const { stopping } = this.acl
    while (!stopping.aborted) {
      // Where the cache can't be asked there is nothing to tell; the log is full of that already.
      await this.look().catch((err: unknown) => this.log.debug({ err }, 'alerts could not be looked for'))
      await delay(LOOK_MS, undefined, { signal: stopping }).catch(() => undefined)
    }
  }

  /** Notices what is wrong and what is over, and delivers what is due. Processes on one cache share that between them. */
  async look(): Promise<void> {
    await this.acl.database.transaction((sql) => this.notice(sql))
    await this.deliver()
  }

  private async notice(sql: Sql): Promise<void> {
    // Nobody else looks for alerts until the transaction ends.
    if (!(await takeTurn(sql, 'alerts'))) return
    const messages: WebhookMessage[] = []
    for (const batch of await takeRefusingBatches(sql)) {
      await raiseAlert(sql, { source: batch.source, kind: AlertKind.ROWS_REFUSED })
      messages.push(rowsRefused(batch, await refusalsOf(sql, batch.id, { isNew: true })))
    }
    const open = await openAlerts(sql)
    const { faults, quarantined } = await this.faults(sql, open)
    const isOpen = (key: AlertKey) => open.some((alert) => alert.source === key.source && alert.kind === key.kind)
    for (const fault of faults.filter((fault) => !isOpen(fault))) {
      await raiseAlert(sql, fault)
      messages.push(fault.message)
    }
    const isOver = ({ source, kind }: AlertKey) =>
      kind === AlertKind.ROWS_REFUSED
        ? !quarantined.has(source)
        : !faults.some((fault) => fault.source === source && fault.kind === kind)
    for (const alert of open.filter(isOver)) {
      await endAlert(sql, alert)
      messages.push(resolved(alert))
    }
    if (messages.length > 0) await addMessages(sql, messages)
  }

  /** What is wrong with the sources that are configured, and which of them, and of those of open alerts, have rows in quarantine. */
  private async faults(sql: Sql, open: readonly AlertKey[]): Promise<{ faults: Fault[]; quarantined: Set<string> }> {
    const { sources } = this.acl
    const pulled = await pullStates(
      sql,
      sourcesToPull(sources).map(({ name }) => name),
    )
    const failed = pulled.flatMap(({ name, error, lastSuccess }): Fault[] =>
      error === null || error === BROKEN_OFF.message
        ? []
        : [{ source: name, kind: AlertKind.PULL_FAILED, message: pullFailed(name, error, lastSuccess) }],
    )
    const standings = await sourceStandings(sql, [...sources.keys(), ...open.map(({ source }) => source)])
    const { silenceSeconds } = this.settings
    const silent = standings.flatMap(({ source, seenSecondsAgo: ago }): Fault[] =>
      !sources.has(source) || ago === null || silenceSeconds === 0 || ago < silenceSeconds
        ? []
        : [{ source, kind: AlertKind.SOURCE_SILENT, message: sourceSilent(source, ago) }],
    )
    const quarantined = new Set(standings.filter((each) => each.isQuarantined).map(({ source }) => source))
    return { faults: [...failed, ...silent], quarantined }
  }

  /** One after the other, the oldest first: nothing is said to be over before it was said to be wrong. */
  private async deliver(): Promise<void> {
    const { database, stopping } = this.acl
    while (!stopping.aborted) {
      const due = await database.transaction((sql) => takeMessage(sql, LEASE_SECONDS))
      if (!due) return
      const delivery = await post(this.settings.url, due.message, stopping)
      if (stopping.aborted && !delivery.delivered) return
      await database.transaction(async (sql) => {
        if (delivery.delivered) return dropMessage(sql, due.id)
        const { attempts } = due
        const { why } = delivery
        if (due.ageSeconds > OLDEST_SECONDS) {
          this.log.error(
            { attempts, why, alert: withoutContent((due.message as WebhookMessage).text) },
            'an alert could not be delivered for three days: it is dropped',
          )
          return dropMessage(sql, due.id)
        }
        const seconds = Math.min(LONGEST_PAUSE_SECONDS, delivery.afterSeconds ?? 2 ** Math.min(attempts, 12))
        this.log.warn({ attempts, why, seconds }, 'an alert could not be delivered: it is tried again')
        return postponeMessage(sql, due.id, seconds)
      })
      if (!delivery.delivered) return
    }
  }
}
