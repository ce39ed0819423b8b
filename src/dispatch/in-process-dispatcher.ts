import type { Sql } from '../cache/database.ts'
import { NoWorkerError } from '../model/errors.ts'
import type { Events, EventType, Hints, HintType, Requests, RequestType, Topic } from '../model/messages.ts'
import { untilAborted } from '../model/until-aborted.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Hear } from './events/carrier.ts'
import type { EventBus } from './events/event-bus.ts'
import { UnderWay } from './under-way.ts'

interface Responder {
  handler: (payload: unknown, signal: AbortSignal) => unknown
  /** By their logics; null: all. */
  logics: ReadonlySet<string> | null
}

/** Where nobody subscribes, nothing needs to be told. */
const NOBODY: Pick<EventBus, 'publish' | 'subscribe' | 'hint' | 'listen' | 'reachesAll' | 'idle'> = {
  publish: async () => undefined,
  subscribe: () => undefined,
  hint: () => undefined,
  listen: async () => async () => undefined,
  reachesAll: false,
  idle: async () => undefined,
}

/** Questions are function calls in the shape of a broker: who answers gets a copy of its own, as it would off a wire. */
export class InProcessDispatcher implements Dispatcher {
  private readonly responders = new Map<RequestType, Responder>()
  private readonly underWay = new UnderWay()
  private readonly events: typeof NOBODY

  constructor(events: typeof NOBODY = NOBODY) {
    this.events = events
  }

  publish<T extends EventType>(sql: Sql, type: T, payload: Events[T]): Promise<void> {
    return this.events.publish(sql, type, payload)
  }

  subscribe<T extends EventType>(type: T, name: string, handler: (event: Events[T]) => void | Promise<void>): void {
    this.events.subscribe(type, name, handler)
  }

  hint<T extends HintType>(type: T, payload: Hints[T]): void {
    this.events.hint(type, payload)
  }

  listen(hear: Hear): Promise<() => Promise<void>> {
    return this.events.listen(hear)
  }

  get reachesAll(): boolean {
    return this.events.reachesAll
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
    await this.events.idle()
  }
}
