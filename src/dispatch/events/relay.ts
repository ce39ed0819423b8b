/** From the outbox to the carrier: what is committed is handed over at least once, by one process at a time. */
import { setTimeout as delay } from 'node:timers/promises'
import { takeTurn } from '../../cache/alone.ts'
import { type Database, keptAlive } from '../../cache/database.ts'
import { markPublished, standOfOutbox, type WaitingEvent, waitingEvents } from '../../cache/outbox.ts'
import type { Counters } from '../../model/counters.ts'
import type { EventType } from '../../model/messages.ts'
import type { Carrier, Fact } from './carrier.ts'
import type { Deliveries } from './deliveries.ts'

/** So often it is looked for what a process left that didn't come to hand it over. */
const POLL_MS = 2_000

/** Where another process is at it, it may have looked before this one's facts were there: so soon it is looked again, and then later. */
const AGAIN_MS = 100

/** So many facts are handed over at once. */
const AT_ONCE = 100

/** What a look at the outbox came to: `stuck` is what the carrier didn't take. */
type Outcome = 'empty' | 'moved' | 'busy' | 'stuck'

export class Relay {
  private readonly database: Database
  private readonly carrier: Carrier
  private readonly deliveries: Deliveries
  private readonly counters: Counters
  private readonly onError: (error: unknown) => void
  private readonly polling: NodeJS.Timeout
  private running: Promise<void> | undefined
  private isWoken = false
  private isStopped = false
  private last: Outcome = 'empty'
  private againMs = AGAIN_MS

  /** @param onError Told of what it could not look for. */
  constructor(
    database: Database,
    carrier: Carrier,
    { deliveries, counters }: { deliveries: Deliveries; counters: Counters },
    onError: (error: unknown) => void,
  ) {
    this.database = database
    this.carrier = carrier
    this.deliveries = deliveries
    this.counters = counters
    this.onError = onError
    this.polling = setInterval(() => this.wake(), POLL_MS).unref()
  }

  /** Looks for what waits, beside all else. */
  wake(): void {
    this.isWoken = true
    this.running ??= this.run()
  }

  /** Resolves to true once nothing waits that was committed before; to false where the carrier doesn't take it. */
  async drained(): Promise<boolean> {
    while (!this.isStopped) {
      this.wake()
      await this.running
      if (this.last === 'empty') return true
      if (this.last === 'stuck') return false
      await delay(AGAIN_MS)
    }
    return false
  }

  /** Resolves once it hands nothing over any more. */
  async stop(): Promise<void> {
    this.isStopped = true
    clearInterval(this.polling)
    await this.running
  }

  private async run(): Promise<void> {
    while (this.isWoken && !this.isStopped) {
      this.isWoken = false
      this.last = await this.look()
      if (this.last === 'moved') this.isWoken = true
      this.againMs = this.last === 'busy' ? Math.min(2 * this.againMs, POLL_MS) : AGAIN_MS
      if (this.last === 'busy') setTimeout(() => this.wake(), this.againMs).unref()
    }
    // At once: whoever wakes it from now on is not taken for one who was heard.
    this.running = undefined
  }

  private async look(): Promise<Outcome> {
    try {
      const { waits, isDue } = await standOfOutbox(this.database.sql)
      if (isDue) await this.deliveries.retry()
      if (waits) return await this.database.derivation((sql) => this.handOver(sql))
      // Somebody else handed over what the carrier didn't take: whether it would now, it is asked.
      if (this.last === 'stuck') await this.carrier.take([])
      return 'empty'
    } catch (error) {
      this.onError(error)
      return 'stuck'
    }
  }

  private async handOver(sql: Database['sql']): Promise<Outcome> {
    if (!(await takeTurn(sql, 'outbox'))) return 'busy'
    const waiting = await waitingEvents(sql, AT_ONCE)
    const facts = new Map<Fact, WaitingEvent>(waiting.map((event) => [factOf(event), event]))
    const taken = await keptAlive(sql, () => this.carrier.take([...facts.keys()]))
    const places = taken.flatMap((fact) => facts.get(fact)?.place ?? [])
    if (places.length > 0) await markPublished(sql, places)
    for (const { type } of taken) this.counters.add('eventsPublished', type)
    return taken.length === waiting.length ? 'moved' : 'stuck'
  }
}

function factOf({ id, type, payload }: WaitingEvent): Fact {
  return { id, type: type as EventType, payload }
}
