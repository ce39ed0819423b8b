import type { Events, EventType, Requests, RequestType, Topic } from '../model/messages.ts'

/**
 * How the parts of the service reach each other: facts go out, questions get an answer. In one process today; the
 * interface is that of a message broker, so payloads are plain JSON and subscriptions have names that outlive a process.
 */
export interface Dispatcher {
  /** Tells a fact to all who subscribed. Resolves when the fact is taken over, not when it was worked on. */
  publish<T extends EventType>(type: T, payload: Events[T]): Promise<void>

  /**
   * Receives the facts of a type. `name` is the subscription's identity: the same name again takes the earlier
   * handler's place. Handlers are idempotent; one that fails is logged and never stops the others.
   */
  subscribe<T extends EventType>(type: T, name: string, handler: (event: Events[T]) => void | Promise<void>): void

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
