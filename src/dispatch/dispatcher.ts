import type { Sql } from '../cache/database.ts'
import type { Events, EventType, Hints, HintType, Requests, RequestType, Topic } from '../model/messages.ts'
import type { Hear } from './events/carrier.ts'

/**
 * How the parts of the service reach each other, in one process or over a broker: facts go out, questions get an answer. Payloads are
 * plain JSON, and subscriptions have names that outlive a process.
 */
export interface Dispatcher {
  /**
   * Tells a fact as a part of the transaction that it is of: once that is committed, all who subscribed are told, also where
   * the process dies right after; where it is taken back, nobody is.
   */
  publish<T extends EventType>(sql: Sql, type: T, payload: Events[T]): Promise<void>

  /**
   * Receives the facts of a type, each in one of the processes that have this subscription, and at least once. `name` is its identity:
   * the same name again takes the earlier handler's place. Handlers are idempotent; one that fails is logged and never stops the others.
   */
  subscribe<T extends EventType>(type: T, name: string, handler: (event: Events[T]) => void | Promise<void>): void

  /** Tells what may be lost to whoever listens, at once. */
  hint<T extends HintType>(type: T, payload: Hints[T]): void

  /**
   * Hears facts and hints of all processes until the returned is called; what is told while it can't is lost. Resolves once it hears.
   */
  listen(hear: Hear): Promise<() => Promise<void>>

  /** Whether who listens hears other processes, too. */
  readonly reachesAll: boolean

  /**
   * Asks, and awaits the answer. An error of the responder is the caller's. Where the signal aborts, the request rejects
   * at once with its reason. It is no part of the message: a broker would send a cancellation after it.
   */
  request<T extends RequestType>(
    type: T,
    payload: Requests[T]['payload'],
    signal?: AbortSignal,
  ): Promise<Requests[T]['answer']>

  /**
   * Answers the requests of a type. There is one responder for each type in a process; those of several take turns. Requests may
   * come more than once. Its signal aborts when nobody waits for the answer any more.
   * @param topics Which of them this process answers; without a broker all, unless told.
   */
  respond<T extends RequestType>(
    type: T,
    handler: (payload: Requests[T]['payload'], signal: AbortSignal) => Promise<Requests[T]['answer']>,
    topics?: readonly Topic[],
  ): void

  /** Whether this process answers such requests itself. */
  answers(type: RequestType, topic: Topic): boolean

  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}
