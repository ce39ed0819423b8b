import type { Requests, RequestType, Topic } from '../../model/messages.ts'
import type { EventBus } from '../events/event-bus.ts'
import { InProcessDispatcher } from '../in-process-dispatcher.ts'
import type { BrokerConnection } from './broker-connection.ts'
import { WireRequests } from './wire-requests.ts'

/** Requests go to whichever process answers them: this one where it does, else over the broker. */
export class BrokerDispatcher extends InProcessDispatcher {
  private readonly broker: BrokerConnection
  private readonly wire: WireRequests

  constructor(
    events: EventBus | undefined,
    broker: BrokerConnection,
    onError: (error: unknown, subject: string) => void,
  ) {
    super(events)
    this.broker = broker
    this.wire = new WireRequests(broker, onError)
  }

  override async request<T extends RequestType>(
    type: T,
    payload: Requests[T]['payload'],
    signal?: AbortSignal,
  ): Promise<Requests[T]['answer']> {
    if (this.answers(type, payload)) return super.request(type, payload, signal)
    const answer = await this.wire.ask(this.subjectOf(type, payload), payload.stage, payload, signal)
    return answer as Requests[T]['answer']
  }

  override respond<T extends RequestType>(
    type: T,
    handler: (payload: Requests[T]['payload'], signal: AbortSignal) => Promise<Requests[T]['answer']>,
    topics: readonly Topic[] = [],
  ): void {
    super.respond(type, handler, topics)
    for (const topic of topics) {
      this.wire.answer(this.subjectOf(type, topic), (payload, signal) =>
        super.request(type, payload as Requests[T]['payload'], signal),
      )
    }
  }

  override async idle(): Promise<void> {
    await this.wire.idle()
    await super.idle()
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
