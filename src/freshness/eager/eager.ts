/** Stages that are wanted at once are brought up to date after each change, before anybody asks, and beside who does. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../../cache/database.ts'
import type { Dispatcher } from '../../dispatch/dispatcher.ts'
import { firstDays, type Window } from '../../model/window.ts'
import type { Freshness } from '../freshness.ts'
import type { ActiveVersions } from '../versions/active-versions.ts'
import { addTouched, type Touched, touchedOf, windowsTouched } from './touched-windows.ts'

/** So many days, of all subjects together, are brought up to date at once. */
const BATCH_DAYS = 1_000

/** Between two batches reads have as long a time as the last one took, but not longer than that. */
const LONGEST_PAUSE_MS = 1_000

/** So soon after a change it is begun: what comes by then is done with it. */
const GATHER_MS = 200

export interface EagerParts {
  database: Database
  dispatcher: Dispatcher
  freshness: Freshness
  versions: ActiveVersions
  /** Aborts when the service stops. */
  stopping: AbortSignal
  /** Told of a stage that could not be brought up to date: what is left of it is stale, and found by who reads it. */
  onFailure: (error: unknown, stage: string) => void
}

export class Eager {
  private readonly stages: readonly string[]
  private readonly parts: EagerParts
  /** What was touched since each stage was begun last. */
  private readonly touched = new Map<string, Touched>()
  private running: Promise<void> | undefined

  /** @param stages Names of stages that there are, in their order. */
  constructor(stages: readonly string[], parts: EagerParts) {
    this.stages = stages
    this.parts = parts
    parts.dispatcher.subscribe('activities.ingested', 'eager', (event) => this.touch(touchedOf(event)))
  }

  /** Resolves once nothing is brought up to date any more. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  /** Remembers what was touched: who goes on working has told by then that it was. */
  private touch(touched: Touched): void {
    for (const stage of this.stages) this.touched.set(stage, addTouched(this.touched.get(stage) ?? [], touched))
    this.running ??= this.run()
  }

  private async run(): Promise<void> {
    const { stopping, onFailure } = this.parts
    await this.pause(GATHER_MS)
    for (let name = this.next(); name !== undefined && !stopping.aborted; name = this.next()) {
      const touched = this.touched.get(name) ?? []
      this.touched.delete(name)
      await this.bring(name, touched).catch((error: unknown) => {
        if (!stopping.aborted) onFailure(error, name)
      })
    }
    // At once: what is touched from now on is not taken for done.
    this.running = undefined
  }

  private next(): string | undefined {
    return this.stages.find((stage) => this.touched.has(stage))
  }

  private async bring(name: string, touched: Touched): Promise<void> {
    const { database, freshness, versions, stopping } = this.parts
    const { graph } = await versions.current()
    const stage = graph.get(name)
    // Whoever has the version that is active does it.
    if (!stage) return
    let windows: readonly Window[] = await windowsTouched(database.sql, stage, touched)
    while (windows.length > 0 && !stopping.aborted) {
      const batch = firstDays(windows, (window) => window, BATCH_DAYS)
      windows = windows.slice(batch.length)
      const begun = performance.now()
      await freshness.bring(stage, batch, stopping)
      await this.pause(Math.min(performance.now() - begun, LONGEST_PAUSE_MS))
    }
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.parts.stopping }).catch(() => undefined)
  }
}
