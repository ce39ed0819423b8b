/** Facts are written with what they tell of; hints go at once. Which carrier takes them is nobody's business. */
import { type Database, onCommit, type Sql } from '../../cache/database.ts'
import { addEvent, standOfOutbox } from '../../cache/outbox.ts'
import { Counters } from '../../model/counters.ts'
import type { Events, EventType, Hints, HintType } from '../../model/messages.ts'
import type { Carrier, Hear } from './carrier.ts'
import { Deliveries, type OnHandlerFailed } from './deliveries.ts'
import { Relay } from './relay.ts'

/** What an operator wants to know of. */
export interface BusTrouble {
  handlerFailed: OnHandlerFailed
  /** It could not be looked for facts that wait. */
  notRelayed(error: unknown): void
}

export class EventBus {
  private readonly database: Database
  private readonly carrier: Carrier
  private readonly deliveries: Deliveries
  private readonly relay: Relay | undefined

  /** @param relays Whether it hands facts over; else it leaves them to other processes. */
  constructor(
    database: Database,
    carrier: Carrier,
    trouble: BusTrouble,
    { relays = true, counters = new Counters() } = {},
  ) {
    this.database = database
    this.carrier = carrier
    const deliveries = new Deliveries(database, counters, trouble.handlerFailed)
    this.deliveries = deliveries
    this.relay = relays ? new Relay(database, carrier, { deliveries, counters }, trouble.notRelayed) : undefined
  }

  async publish<T extends EventType>(sql: Sql, type: T, payload: Events[T]): Promise<void> {
    await addEvent(sql, type, payload)
    onCommit(sql, () => this.relay?.wake())
  }

  subscribe<T extends EventType>(type: T, name: string, handler: (event: Events[T]) => void | Promise<void>): void {
    this.deliveries.add(type, name, handler)
    this.carrier.subscribe(type, name, (fact) => this.deliveries.deliver(fact, name))
  }

  hint<T extends HintType>(type: T, payload: Hints[T]): void {
    this.carrier.hint(type, payload)
  }

  listen(hear: Hear): Promise<() => Promise<void>> {
    return this.carrier.listen(hear)
  }

  get reachesAll(): boolean {
    return this.carrier.reachesAll
  }

  /** Resolves once what was told before has reached whoever subscribed, as far as it can be carried now. */
  async idle(): Promise<void> {
    for (let isLeft = true; isLeft; ) {
      const isDrained = (await this.relay?.drained()) ?? false
      await this.carrier.idle()
      // Handlers tell of what they do.
      isLeft = isDrained && (await standOfOutbox(this.database.sql)).waits
    }
  }

  async close(): Promise<void> {
    await this.relay?.stop()
    await this.carrier.close()
  }
}
