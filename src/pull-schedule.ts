import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { type LastPulls, lastPulls } from './cache/pulls.ts'
import { pulledSources } from './cache/source-places.ts'
import { SteelthreadError } from './model/errors.ts'
import { withoutContent } from './model/without-content.ts'
import type { Acl } from './source/acl.ts'
import { type Source, sourcesToPull } from './source/sources.ts'
import { BROKEN_OFF, pullIfDue } from './source/sync-source.ts'

/** However often pulls failed, the next one is not later than that, or than the interval of the source. */
const LONGEST_PAUSE_SECONDS = 900

/** So much longer at most is a pause than it need be, so that sources and processes don't all pull at one moment. */
const JITTER = 0.1

/**
 * How long after the last pull of a source began the next one does: its interval, and after each that failed twice as long, a quarter of an
 * hour at most.
 */
export function pauseSeconds(everySeconds: number, failures: number): number {
  return Math.max(everySeconds, Math.min(LONGEST_PAUSE_SECONDS, everySeconds * 2 ** failures))
}

/**
 * Pulls every source that has a database: when it is started, and from then on each so long after its last pull began,
 * whichever process that was in. A pull that fails is logged; the others go on, and so does the source's next turn.
 */
export class PullSchedule {
  private readonly acl: Acl
  private readonly log: FastifyBaseLogger
  private readonly underWay = new Set<string>()
  private running: Promise<unknown> = Promise.resolve()

  constructor(acl: Acl, log: FastifyBaseLogger) {
    this.acl = acl
    this.log = log
  }

  start(): void {
    const sources = sourcesToPull(this.acl.sources)
    const work = [this.nameOthers(sources), ...sources.map((source) => this.watch(source))]
    this.running = Promise.all(work)
  }

  /** Resolves once the service stops and nothing is pulled by schedule any more. */
  async ended(): Promise<void> {
    await this.running
  }

  /** The sources that this process is pulling by schedule now. */
  pulling(): string[] {
    return [...this.underWay]
  }

  private async watch({ name, everySeconds }: Source): Promise<void> {
    const signal = this.acl.stopping
    await this.pull(name, () => true)
    while (everySeconds > 0 && !signal.aborted) {
      const seconds = (await this.secondsUntilDue(name, everySeconds)) * (1 + JITTER * Math.random())
      await delay(seconds * 1_000, undefined, { signal }).catch(() => undefined)
      const isDue = ({ secondsAgo, failures }: LastPulls) =>
        secondsAgo === null || secondsAgo >= pauseSeconds(everySeconds, failures)
      if (!signal.aborted) await this.pull(name, isDue)
    }
  }

  /** A pull that took longer than that is followed by as long a pause. */
  private async secondsUntilDue(name: string, everySeconds: number): Promise<number> {
    // Where the cache can't be asked, neither can it be pulled into.
    const last = await lastPulls(this.acl.database.sql, name).catch(() => ({ secondsAgo: null, failures: 0 }))
    const pause = pauseSeconds(everySeconds, last.failures)
    const rest = pause - (last.secondsAgo ?? 0)
    return rest > 0 ? rest : pause
  }

  private async pull(name: string, isDue: (last: LastPulls) => boolean): Promise<void> {
    this.underWay.add(name)
    try {
      const report = await pullIfDue(this.acl, name, isDue)
      if (!report) return
      const { received, inserted, updated, unchanged, quarantined, superseded, skipped, removed } = report
      const counts = { received, inserted, updated, unchanged, quarantined, superseded, skipped, removed }
      this.log.info({ source: name, ...counts }, 'source pulled')
    } catch (error) {
      this.say(name, error)
    } finally {
      this.underWay.delete(name)
    }
  }

  private say(source: string, error: unknown): void {
    if (error === BROKEN_OFF) this.log.info({ source }, 'the pull was broken off, as the service stops')
    else if (error instanceof SteelthreadError) {
      this.log.error({ source, code: error.code, ...error.details }, withoutContent(error.message))
    } else {
      const reason = withoutContent(error instanceof Error ? error.message : String(error))
      this.log.error({ source }, `the source could not be pulled: ${reason}`)
      this.log.debug({ source, err: error }, 'where that came from')
    }
  }

  /** What was pulled from sources that aren't configured any more still counts, so that is said. */
  private async nameOthers(sources: readonly Source[]): Promise<void> {
    const pulled = await pulledSources(this.acl.database.sql).catch(() => [])
    for (const source of pulled) {
      if (sources.some(({ name }) => name === source)) continue
      this.log.warn(
        { source },
        `the cache holds rows of source "${source}", which is not configured now: removeSource(name: "${source}") removes them`,
      )
    }
  }
}
