/** Subscribers are told what happened, in whichever process. An event that is lost costs eagerness, never correctness. */
import { randomUUID } from 'node:crypto'
import type { Notices } from '../cache/notices.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { TooManySubscribersError, TooSlowError } from '../model/errors.ts'
import type { Events } from '../model/messages.ts'
import { EventQueue, MOST_WAITING } from './event-queue.ts'
import { LIVE_TYPES, type LiveType, noticeText, readNotice } from './live-events.ts'

/** Of one process. */
export const MOST_SUBSCRIBERS = 1_000

/** Whether a subscriber asks for a fact of each type; for none of the types that are left out. */
export type Asks = { [T in LiveType]?: (event: Events[T]) => boolean }

/** A fact, the same object for all who are told. */
export type Told = { [T in LiveType]: { type: T; event: Events[T] } }[LiveType]

interface Subscriber {
  asks: Asks
  queue: EventQueue<Told | TooSlowError>
  onTooSlow: () => void
}

export class Live {
  private readonly sender = randomUUID()
  private readonly notices: Notices
  private readonly warn: (message: string) => void
  private readonly subscribers = new Set<Subscriber>()
  private isWarned = false

  constructor(dispatcher: Dispatcher, notices: Notices, warn: (message: string) => void) {
    this.notices = notices
    this.warn = warn
    for (const type of LIVE_TYPES) {
      dispatcher.subscribe(type, 'live', (event) => {
        this.deliver(type, event)
        const notice = noticeText({ sender: this.sender, type, event })
        return notice === null ? undefined : this.notices.send(notice)
      })
    }
  }

  /** How many there are now in this process. */
  get subscriberCount(): number {
    return this.subscribers.size
  }

  /**
   * What happens from now on, until the queue is ended. A subscriber for whom too many events wait is told that it is too slow:
   * the last of the queue is a TooSlowError.
   * @throws TooManySubscribersError where there are as many as may be.
   */
  async subscribe(asks: Asks, onTooSlow: () => void = () => undefined): Promise<EventQueue<Told | TooSlowError>> {
    if (this.subscribers.size >= MOST_SUBSCRIBERS) {
      const many = MOST_SUBSCRIBERS.toLocaleString('en')
      throw new TooManySubscribersError(`This process has ${many} subscribers, and takes no more; try again later.`)
    }
    const queue = new EventQueue<Told | TooSlowError>(() => {
      this.subscribers.delete(subscriber)
      if (this.subscribers.size === 0) void this.notices.stop()
    })
    const subscriber = { asks, queue, onTooSlow }
    this.subscribers.add(subscriber)
    await this.listen()
    return queue
  }

  /** Ends all subscriptions. */
  async close(): Promise<void> {
    for (const { queue } of this.subscribers) queue.end()
    await this.notices.stop()
  }

  private async listen(): Promise<void> {
    if (this.notices.canListen) return this.notices.listen((text) => this.hear(text))
    if (!this.isWarned) {
      this.warn('DATABASE_URL leads to a pooler: subscribers are told only what happens in the process that they ask')
    }
    this.isWarned = true
  }

  private hear(text: string): void {
    const notice = readNotice(text)
    if (!notice || notice.sender === this.sender) return
    try {
      this.deliver(notice.type, notice.event)
    } catch {
      // Another version may tell of it in another way.
    }
  }

  private deliver<T extends LiveType>(type: T, event: Events[T]): void {
    const told = { type, event } as Told
    for (const { asks, queue, onTooSlow } of this.subscribers) {
      if (!asks[type]?.(event) || queue.push(told)) continue
      queue.end(
        new TooSlowError(
          `More than ${MOST_WAITING} events waited for this subscriber, who is too slow. Subscribe again, and query what was missed.`,
        ),
      )
      onTooSlow()
    }
  }
}
