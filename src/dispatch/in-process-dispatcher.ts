import { NoWorkerError } from '../model/errors.ts'
import type { Events, EventType, Requests, RequestType, Topic } from '../model/messages.ts'
import { untilAborted } from '../model/until-aborted.ts'
import type { Dispatcher } from './dispatcher.ts'
import { UnderWay } from './under-way.ts'

type Handler = (payload: unknown) => unknown

interface Responder {
  handler: (payload: unknown, signal: AbortSignal) => unknown
  /** By their logics; null: all. */
  logics: ReadonlySet<string> | null
}

/** Told of a handler that failed, with the subscription's name. */
export type OnHandlerError = (error: unknown, type: string, name: string) => void

/** Function calls in the shape of a broker: every receiver gets a copy of its own, as it would off a wire. */
export class InProcessDispatcher implements Dispatcher {
  private readonly subscriptions = new Map<EventType, Map<string, Handler>>()
  private readonly responders = new Map<RequestType, Responder>()
  private readonly underWay = new UnderWay()
  private readonly onHandlerError: OnHandlerError

  constructor(onHandlerError: OnHandlerError) {
    this.onHandlerError = onHandlerError
  }

  async publish<T extends EventType>(type: T, payload: Events[T]): Promise<void> {
    for (const [name, handler] of this.subscriptions.get(type) ?? []) {
      const message = structuredClone(payload)
      this.underWay.track(
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

  async request<T extends RequestType>(
    type: T,
    payload: Requests[T]['payload'],
    signal?: AbortSignal,
  ): Promise<Requests[T]['answer']> {
    const responder = this.responders.get(type)
    if (!responder || !this.answers(type, payload)) throw new NoWorkerError(payload.stage)
    signal?.throwIfAborted()
    // The responder has a signal of its own, as off a wire: the asker's is no part of the message.
    const cancelled = new AbortController()
    const cancel = () => cancelled.abort(signal?.reason)
    const message = structuredClone(payload)
    const answer = this.underWay.track(Promise.resolve().then(() => responder.handler(message, cancelled.signal)))
    signal?.addEventListener('abort', cancel)
    try {
      return structuredClone(await untilAborted(answer, signal)) as Requests[T]['answer']
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  respond<T extends RequestType>(
    type: T,
    handler: (payload: Requests[T]['payload'], signal: AbortSignal) => Promise<Requests[T]['answer']>,
    topics?: readonly Topic[],
  ): void {
    if (this.responders.has(type)) throw new Error(`"${type}" has a responder already.`)
    const logics = topics ? new Set(topics.map(({ logic }) => logic)) : null
    this.responders.set(type, { handler: handler as Responder['handler'], logics })
  }

  answers(type: RequestType, { logic }: Topic): boolean {
    const responder = this.responders.get(type)
    return responder !== undefined && (responder.logics === null || responder.logics.has(logic))
  }

  async idle(): Promise<void> {
    await this.underWay.ended()
  }
}
