/** A handler that fails is tried again with pauses, whichever carrier brought it its fact; at last the fact is a dead letter. */
import type { Database } from '../../cache/database.ts'
import { type Due, dropDelivered, keepUndelivered, postponeDue, takeDue } from '../../cache/undelivered.ts'
import type { Counters } from '../../model/counters.ts'
import type { Events, EventType } from '../../model/messages.ts'
import type { Fact } from './carrier.ts'

/** So often a fact is given to a subscription. */
export const MOST_ATTEMPTS = 5

/** The pause after the first attempt, and how many times as long the next one is. */
const FIRST_PAUSE_SECONDS = 1
const LONGER = 5

/** A handler that takes longer has failed. */
const LONGEST_MS = 60_000

const LONGEST_ERROR = 2_000

/** Told of a handler that failed, with the name of its subscription; `isDead` where it isn't tried again. */
export type OnHandlerFailed = (
  error: unknown,
  type: string,
  name: string,
  attempt: { attempts: number; isDead: boolean; eventId: string },
) => void

interface Subscription {
  type: EventType
  name: string
  handler: (event: never) => void | Promise<void>
}

export class Deliveries {
  private readonly database: Database
  private readonly onFailed: OnHandlerFailed
  private readonly counters: Counters
  private readonly subscriptions = new Map<string, Subscription>()

  constructor(database: Database, counters: Counters, onFailed: OnHandlerFailed) {
    this.database = database
    this.counters = counters
    this.onFailed = onFailed
  }

  add<T extends EventType>(type: T, name: string, handler: (event: Events[T]) => void | Promise<void>): void {
    this.subscriptions.set(keyOf(type, name), { type, name, handler })
  }

  /** Gives a fact to a subscription for the first time. Rejects where it fails and that can't be kept. */
  async deliver(fact: Fact, name: string): Promise<void> {
    const { id: eventId, type, payload, deliveries = 1 } = fact
    if (deliveries > 1) this.counters.add('eventsRedelivered', name)
    try {
      // Whoever was given it before was lost with it, and may have been lost by it.
      if (deliveries > MOST_ATTEMPTS) throw new Error(`${deliveries - 1} processes that were given it never answered.`)
      await this.handle(type, name, payload)
    } catch (error) {
      const attempts = Math.min(deliveries, MOST_ATTEMPTS)
      const pause = pauseAfter(attempts)
      const undelivered = { eventId, type, subscription: name, payload, attempts, error: said(error) }
      // Where it can't be kept, it comes again as it is.
      this.tell(error, type, name, { attempts, isDead: pause === null, eventId })
      await this.database.transaction((sql) => keepUndelivered(sql, undelivered, pause))
    }
  }

  /** Tries again what is due, of the subscriptions of this process. */
  async retry(): Promise<void> {
    const known = [...this.subscriptions.values()]
    if (known.length === 0) return
    for (;;) {
      const due = await this.database.derivation((sql) => takeDue(sql, known))
      if (!due) return
      await this.tryAgain(due)
    }
  }

  private async tryAgain({ id, eventId, type, subscription, payload, attempts: before }: Due): Promise<void> {
    this.counters.add('eventsRedelivered', subscription)
    try {
      await this.handle(type, subscription, payload)
      await this.database.transaction((sql) => dropDelivered(sql, id))
    } catch (error) {
      const attempts = before + 1
      const pause = pauseAfter(attempts)
      await this.database.transaction((sql) => postponeDue(sql, { id, attempts }, said(error), pause))
      this.tell(error, type, subscription, { attempts, isDead: pause === null, eventId })
    }
  }

  private tell(...[error, type, name, attempt]: Parameters<OnHandlerFailed>): void {
    this.counters.add(attempt.isDead ? 'eventsDead' : 'eventsFailed', name)
    this.onFailed(error, type, name, attempt)
  }

  private async handle(type: string, name: string, payload: object): Promise<void> {
    const subscription = this.subscriptions.get(keyOf(type, name))
    if (!subscription) throw new Error(`This process has no subscription "${name}" of ${type}.`)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`The handler took longer than ${LONGEST_MS / 1_000} s.`)), LONGEST_MS)
    })
    try {
      await Promise.race([subscription.handler(structuredClone(payload) as never), late])
      this.counters.add('eventsDelivered', name)
    } finally {
      clearTimeout(timer)
    }
  }
}

function keyOf(type: string, name: string): string {
  return `${type} ${name}`
}

/** In seconds; null after the last attempt. */
function pauseAfter(attempts: number): number | null {
  return attempts < MOST_ATTEMPTS ? FIRST_PAUSE_SECONDS * LONGER ** (attempts - 1) : null
}

/** What an error says, as text that can be kept. */
function said(error: unknown): string {
  const text = String(error instanceof Error ? error.message : error)
  return text.replaceAll('\0', '').slice(0, LONGEST_ERROR)
}
