/** Facts are written with what they tell of; hints go at once. Which carrier takes them is nobody's business. */
import { type Database, onCommit, type Sql } from '../../cache/database.ts'
import { addEvent, isWaiting } from '../../cache/outbox.ts'
import type { Events, EventType, Hints, HintType } from '../../model/messages.ts'
import type { Carrier, Hear } from './carrier.ts'
import { Relay } from './relay.ts'

/** What an operator wants to know of. */
export interface BusTrouble {
  /** A handler failed, of the subscription of that name. */
  handlerFailed(error: unknown, type: string, name: string): void
  /** It could not be looked for facts that wait. */
  notRelayed(error: unknown): void
}

export class EventBus {
  private readonly database: Database
  private readonly carrier: Carrier
  private readonly relay: Relay
  private readonly trouble: BusTrouble

  constructor(database: Database, carrier: Carrier, trouble: BusTrouble) {
    this.database = database
    this.carrier = carrier
    this.relay = new Relay(database, carrier, trouble.notRelayed)
    this.trouble = trouble
  }

  async publish<T extends EventType>(sql: Sql, type: T, payload: Events[T]): Promise<void> {
    await addEvent(sql, type, payload)
    onCommit(sql, () => this.relay.wake())
  }

  subscribe<T extends EventType>(type: T, name: string, handler: (event: Events[T]) => void | Promise<void>): void {
    this.carrier.subscribe(type, name, async ({ payload }) => {
      try {
        await handler(payload as Events[T])
      } catch (error) {
        this.trouble.handlerFailed(error, type, name)
      }
    })
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
      const isDrained = await this.relay.drained()
      await this.carrier.idle()
      // Handlers tell of what they do.
      isLeft = isDrained && (await isWaiting(this.database.sql))
    }
  }

  async close(): Promise<void> {
    await this.relay.stop()
    await this.carrier.close()
  }
}
