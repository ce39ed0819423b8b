import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { secondsSincePull } from './cache/pulls.ts'
import { pulledSources } from './cache/source-places.ts'
import { SteelthreadError } from './model/errors.ts'
import type { Acl } from './source/acl.ts'
import { type Source, sourcesToPull } from './source/sources.ts'
import { BROKEN_OFF, pullIfDue } from './source/sync-source.ts'

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
    await this.pull(name, 0)
    while (everySeconds > 0 && !signal.aborted) {
      const ms = (await this.secondsUntilDue(name, everySeconds)) * 1_000
      await delay(ms, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) await this.pull(name, everySeconds)
    }
  }

  /** A pull that took longer than that is followed by as long a pause. */
  private async secondsUntilDue(name: string, everySeconds: number): Promise<number> {
    // Where the cache can't be asked, neither can it be pulled into.
    const ago = await secondsSincePull(this.acl.database.sql, name).catch(() => null)
    const rest = everySeconds - (ago ?? 0)
    return rest > 0 ? rest : everySeconds
  }

  private async pull(name: string, afterSeconds: number): Promise<void> {
    this.underWay.add(name)
    try {
      const report = await pullIfDue(this.acl, name, afterSeconds)
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
      this.log.error({ source, code: error.code, ...error.details }, error.message)
    } else {
      this.log.error({ source }, `the source could not be pulled: ${error instanceof Error ? error.message : error}`)
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
