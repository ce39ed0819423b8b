import type { Sql } from '../../cache/database.ts'
import type { Events, EventType, Hints, HintType, Requests, RequestType, Topic } from '../../model/messages.ts'
import type { Dispatcher } from '../dispatcher.ts'
import type { Hear } from '../events/carrier.ts'
import type { InProcessDispatcher } from '../in-process-dispatcher.ts'
import type { BrokerConnection } from './broker-connection.ts'
import { WireRequests } from './wire-requests.ts'

/** Requests go to whichever process answers them: this one where it does, else over the broker. */
export class BrokerDispatcher implements Dispatcher {
  private readonly local: InProcessDispatcher
  private readonly broker: BrokerConnection
  private readonly wire: WireRequests

  constructor(
    local: InProcessDispatcher,
    broker: BrokerConnection,
    onError: (error: unknown, subject: string) => void,
  ) {
    this.local = local
    this.broker = broker
    this.wire = new WireRequests(broker, onError)
  }

  publish<T extends EventType>(sql: Sql, type: T, payload: Events[T]): Promise<void> {
    return this.local.publish(sql, type, payload)
  }

  subscribe<T extends EventType>(type: T, name: string, handler: (event: Events[T]) => void | Promise<void>): void {
    this.local.subscribe(type, name, handler)
  }

  hint<T extends HintType>(type: T, payload: Hints[T]): void {
    this.local.hint(type, payload)
  }

  listen(hear: Hear): Promise<() => Promise<void>> {
    return this.local.listen(hear)
  }

  get reachesAll(): boolean {
    return this.local.reachesAll
  }

  async request<T extends RequestType>(
    type: T,
    payload: Requests[T]['payload'],
    signal?: AbortSignal,
  ): Promise<Requests[T]['answer']> {
    if (this.answers(type, payload)) return this.local.request(type, payload, signal)
    const answer = await this.wire.ask(this.subjectOf(type, payload), payload.stage, payload, signal)
    return answer as Requests[T]['answer']
  }

  respond<T extends RequestType>(
    type: T,
    handler: (payload: Requests[T]['payload'], signal: AbortSignal) => Promise<Requests[T]['answer']>,
    topics: readonly Topic[] = [],
  ): void {
    this.local.respond(type, handler, topics)
    for (const topic of topics) {
      this.wire.answer(this.subjectOf(type, topic), (payload, signal) =>
        this.local.request(type, payload as Requests[T]['payload'], signal),
      )
    }
  }

  answers(type: RequestType, topic: Topic): boolean {
    return this.local.answers(type, topic)
  }

  async idle(): Promise<void> {
    await this.wire.idle()
    await this.local.idle()
  }

  /** Takes no request of others any more, and resolves once those are answered that it has. */
  async leave(): Promise<void> {
    await this.broker.leaveQueues()
    await this.wire.idle()
  }

  /** The version of a stage is in its logic, so two builds never answer for each other. */
  private subjectOf(type: RequestType, { stage, logic }: Topic): string {
    return `${this.broker.prefix}.requests.${type}.${stage}.${logic}`
  }
}
