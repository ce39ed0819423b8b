import type { Events, EventType, Requests, RequestType } from '../model/messages.ts'
import type { Dispatcher } from './dispatcher.ts'

type Handler = (payload: unknown) => unknown

/** Told of a handler that failed, with the subscription's name. */
export type OnHandlerError = (error: unknown, type: string, name: string) => void

/** Function calls in the shape of a broker: every receiver gets a copy of its own, as it would off a wire. */
export class InProcessDispatcher implements Dispatcher {
  private readonly subscriptions = new Map<EventType, Map<string, Handler>>()
  private readonly responders = new Map<RequestType, Handler>()
  private readonly underWay = new Set<Promise<unknown>>()
  private readonly onHandlerError: OnHandlerError

  constructor(onHandlerError: OnHandlerError) {
    this.onHandlerError = onHandlerError
  }

  async publish<T extends EventType>(type: T, payload: Events[T]): Promise<void> {
    for (const [name, handler] of this.subscriptions.get(type) ?? []) {
      const message = structuredClone(payload)
      this.track(
        Promise.resolve()
          .then(() => handler(message))
          .catch((error: unknown) => this.onHandlerError(error, type, name)),
      )
    }
  }

  subscribe<T extends EventType>(type: T, name: string, handler: (event: Events[T]) => void | Promise<void>): void {
    const handlers = this.subscriptions.get(type) ?? new Map<string, Handler>()
    handlers.set(name, handler as Handler)
    this.subscriptions.set(type, handlers)
  }

  async request<T extends RequestType>(type: T, payload: Requests[T]['payload']): Promise<Requests[T]['answer']> {
    const handler = this.responders.get(type)
    if (!handler) throw new Error(`Nobody responds to "${type}".`)
    const answer = await this.track(Promise.resolve(structuredClone(payload)).then(handler))
    return structuredClone(answer) as Requests[T]['answer']
  }

  respond<T extends RequestType>(
    type: T,
    handler: (payload: Requests[T]['payload']) => Promise<Requests[T]['answer']>,
  ): void {
    if (this.responders.has(type)) throw new Error(`"${type}" has a responder already.`)
    this.responders.set(type, handler as Handler)
  }

  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay)
  }

  private track<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work)
    const done = () => this.underWay.delete(work)
    work.then(done, done)
    return work
  }
}
