/** Subscribers are told what happened, in whichever process. An event that is lost costs eagerness, never correctness. */
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { TooManySubscribersError, TooSlowError } from '../model/errors.ts'
import type { Told as ToldPayloads, ToldType } from '../model/messages.ts'
import { EventQueue, MOST_WAITING } from './event-queue.ts'

/** Of one process. */
export const MOST_SUBSCRIBERS = 1_000

/** Of one caller in one process, so that none takes them all. */
export const MOST_OF_CALLER = 250

/** What subscribers can ask for. */
type LiveType = Exclude<ToldType, 'users.deleted' | 'projects.deleted' | 'annotations.discarded'>

/** Whether a subscriber asks for what is told of each type; for none of the types that are left out. */
export type Asks = { [T in LiveType]?: (event: ToldPayloads[T]) => boolean }

/** What is told, the same object for all who are. */
export type Told = { [T in LiveType]: { type: T; event: ToldPayloads[T] } }[LiveType]

interface Subscriber {
  asks: Asks
  queue: EventQueue<Told | TooSlowError>
  onTooSlow: () => void
  caller: string | undefined
}

export class Live {
  private readonly dispatcher: Dispatcher
  private readonly warn: (message: string) => void
  private readonly subscribers = new Set<Subscriber>()
  private isWarned = false
  /** Stops listening, which it does while somebody is subscribed. */
  private listening: Promise<() => Promise<void>> | undefined

  constructor(dispatcher: Dispatcher, warn: (message: string) => void) {
    this.dispatcher = dispatcher
    this.warn = warn
  }

  /** How many there are now in this process. */
  get subscriberCount(): number {
    return this.subscribers.size
  }

  /**
   * What happens from now on, until the queue is ended. A subscriber for whom too many events wait is told that it is too slow:
   * the last of the queue is a TooSlowError.
   * @param caller Whose it is; undefined where callers aren't told apart.
   * @throws TooManySubscribersError where there are as many as may be.
   */
  async subscribe(
    asks: Asks,
    onTooSlow: () => void = () => undefined,
    caller?: string,
  ): Promise<EventQueue<Told | TooSlowError>> {
    const own = caller === undefined ? [] : [...this.subscribers].filter((each) => each.caller === caller)
    if (own.length >= MOST_OF_CALLER) {
      throw new TooManySubscribersError(
        `You have ${MOST_OF_CALLER} subscriptions in this process, and may not have more; end some.`,
      )
    }
    if (this.subscribers.size >= MOST_SUBSCRIBERS) {
      const many = MOST_SUBSCRIBERS.toLocaleString('en')
      throw new TooManySubscribersError(`This process has ${many} subscribers, and takes no more; try again later.`)
    }
    const queue = new EventQueue<Told | TooSlowError>(() => {
      this.subscribers.delete(subscriber)
      if (this.subscribers.size === 0) void this.stopListening()
    })
    const subscriber = { asks, queue, onTooSlow, caller }
    this.subscribers.add(subscriber)
    await this.listen()
    return queue
  }

  /** Ends all subscriptions. */
  async close(): Promise<void> {
    for (const { queue } of this.subscribers) queue.end()
    await this.stopListening()
  }

  private async listen(): Promise<void> {
    if (!this.dispatcher.reachesAll && !this.isWarned) {
      this.warn('DATABASE_URL leads to a pooler: subscribers are told only what happens in the process that they ask')
      this.isWarned = true
    }
    this.listening ??= this.dispatcher.listen((type, event) => this.deliver(type, event))
    await this.listening
  }

  private async stopListening(): Promise<void> {
    const { listening } = this
    this.listening = undefined
    const stop = await listening
    await stop?.()
  }

  private deliver<T extends ToldType>(type: T, event: ToldPayloads[T]): void {
    const told = { type, event } as Told
    for (const { asks, queue, onTooSlow } of this.subscribers) {
      if (!isAskedFor(asks, type, event) || queue.push(told)) continue
      queue.end(
        new TooSlowError(
          `More than ${MOST_WAITING} events waited for this subscriber, who is too slow. Subscribe again, and query what was missed.`,
        ),
      )
      onTooSlow()
    }
  }
}

/** Nobody asks for what only another version knows. */
function isAskedFor<T extends ToldType>(asks: Asks, type: T, event: ToldPayloads[T]): boolean {
  const ask = Object.hasOwn(asks, type)
    ? (asks as { [T in ToldType]?: (event: ToldPayloads[T]) => boolean })[type]
    : undefined
  return ask?.(event) ?? false
}
