/** Facts go through a stream of the broker, from which each subscription takes its own; who listens hears them go by. */
import { setTimeout as delay } from 'node:timers/promises'
import {
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos } from '@nats-io/transport-node'
import { validate as isUuid } from 'uuid'
import type { EventType, HintType, Told, ToldType } from '../../model/messages.ts'
import type { Carrier, Fact, Hear } from '../events/carrier.ts'
import { UnderWay } from '../under-way.ts'
import type { BrokerConnection } from './broker-connection.ts'
import { keepStream, nameOf, type StreamLimits, subjectOf } from './event-stream.ts'

/** Who works on a fact says so each time this long; of whom nothing is heard for so long is taken for dead. */
const WORKING_MS = 3_000
const ANSWER_MS = 10_000

/** A fact at which a handler failed comes again after that where that can't be kept. */
const AGAIN_MS = 2_000

const PUBLISH_MS = 5_000
/** A server goes on deleting a stream after it said so, and would delete what is made in its place at once. */
const DELETED_MS = 1_000
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000

/** What an operator wants to know. */
export interface EventTrouble {
  /** Facts wait, as the broker doesn't take them; undefined: it does again. */
  waiting(reason: string | undefined): void
  /** The stream that is there is otherwise than it would be made. */
  otherwise(stream: string, differences: readonly string[]): void
}

interface Subscription {
  type: EventType
  durable: string
  deliver: (fact: Fact) => Promise<void>
  /** Resolves once the broker knows of it: what is published before, it may never be given. */
  known: Promise<void>
  know: () => void
  /** Stops taking what the broker gives it now. */
  stop?: () => void
}

interface Streaming {
  client: JetStreamClient
  manager: JetStreamManager
}

export class BrokerCarrier implements Carrier {
  readonly reachesAll = true
  private readonly broker: BrokerConnection
  private readonly limits: StreamLimits
  private readonly trouble: EventTrouble
  private readonly stream: string
  private readonly subscriptions = new Map<string, Subscription>()
  private readonly underWay = new UnderWay()
  private readonly stopping = new AbortController()
  private readonly stopped: Promise<undefined>
  private readonly running: Promise<unknown>[] = []
  private streaming: Promise<Streaming>
  private arrive: (streaming: Streaming) => void = () => undefined
  private reason: string | undefined

  constructor(broker: BrokerConnection, limits: StreamLimits, trouble: EventTrouble) {
    this.broker = broker
    this.limits = limits
    this.trouble = trouble
    this.stream = nameOf(broker.prefix)
    this.streaming = this.coming()
    this.stopped = new Promise((resolve) =>
      this.stopping.signal.addEventListener('abort', () => resolve(undefined), { once: true }),
    )
    broker.onConnection((connection) => this.running.push(this.keepStreaming(connection)))
  }

  async take(facts: readonly Fact[]): Promise<readonly Fact[]> {
    if (!this.broker.isConnected) return []
    const ready = Promise.all([this.streaming, ...[...this.subscriptions.values()].map(({ known }) => known)])
    const streaming = await Promise.race([ready.then(([each]) => each), delay(PUBLISH_MS, undefined, { ref: false })])
    if (!streaming) return []
    // On one connection they come in the order in which they are sent.
    const sent = facts.map(async (fact) => {
      const { client } = streaming
      try {
        await client.publish(subjectOf(this.broker.prefix, fact.type), JSON.stringify(fact), {
          msgID: fact.id,
          timeout: PUBLISH_MS,
          expect: { streamName: this.stream },
        })
        return [fact]
      } catch (error) {
        this.wait(error)
        return []
      }
    })
    const taken = (await Promise.all(sent)).flat()
    if (taken.length === facts.length) this.wait(undefined)
    else await this.makeAnew(streaming).catch((error) => this.wait(error))
    return taken
  }

  subscribe(type: EventType, name: string, deliver: (fact: Fact) => Promise<void>): void {
    const durable = `${name}--${type.replaceAll('.', '_')}`
    const known = this.subscriptions.get(durable)
    if (known) {
      known.deliver = deliver
      return
    }
    const subscription = { type, durable, deliver, ...unknown() }
    this.subscriptions.set(durable, subscription)
    this.running.push(this.keepTaking(subscription))
  }

  hint<T extends HintType>(type: T, payload: Told[T]): void {
    this.broker.send(`${this.broker.prefix}.hints.${type}`, { type, payload })
  }

  async listen(hear: Hear): Promise<() => Promise<void>> {
    const stops = [subjectOf(this.broker.prefix), `${this.broker.prefix}.hints.>`].map((subject) =>
      this.broker.hear(subject, (message) => {
        const { type, payload } = message.json<{ type: ToldType; payload: Told[ToldType] }>()
        // A type is heard where it is told.
        if (message.subject.endsWith(`.${type}`)) hear(type, payload)
      }),
    )
    await this.broker.flush()
    return async () => {
      for (const stop of stops) stop()
    }
  }

  async idle(): Promise<void> {
    await this.broker.flush()
    await this.underWay.ended()
  }

  async close(): Promise<void> {
    this.stopping.abort()
    await this.underWay.ended()
    await Promise.all(this.running)
  }

  private coming(): Promise<Streaming> {
    return new Promise((resolve) => {
      this.arrive = resolve
    })
  }

  /** Sees to the stream on a connection, for as long as it takes and until that is closed for good. */
  private async keepStreaming(connection: NatsConnection): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.stopping.signal.aborted && !connection.isClosed(); ) {
      try {
        const manager = await jetstreamManager(connection)
        const { differences } = await keepStream(manager, this.broker.prefix, this.limits)
        if (differences.length > 0) this.trouble.otherwise(this.stream, differences)
        this.wait(undefined)
        this.arrive({ client: jetstream(connection, { timeout: PUBLISH_MS }), manager })
        break
      } catch (error) {
        this.wait(error)
        await this.pause(pause)
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
    }
    await Promise.race([connection.closed(), this.stopped])
    this.streaming = this.coming()
  }

  /** Where the stream is gone, and all that the broker knew of subscriptions with it, they begin anew. */
  private async makeAnew({ manager }: Streaming): Promise<void> {
    await this.pause(DELETED_MS)
    if (!this.broker.isConnected || this.stopping.signal.aborted) return
    const { isNew } = await keepStream(manager, this.broker.prefix, this.limits)
    if (!isNew) return
    for (const subscription of this.subscriptions.values()) {
      Object.assign(subscription, unknown())
      subscription.stop?.()
    }
  }

  /** Takes a subscription's facts, one after the other over all processes: while one has it, the next waits. */
  private async keepTaking(subscription: Subscription): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      const streaming = await Promise.race([this.streaming, this.stopped])
      if (!streaming) return
      try {
        await this.takeUntilLost(subscription, streaming)
      } catch (error) {
        if (this.broker.isConnected) this.wait(error)
        await this.makeAnew(streaming).catch((cause) => this.wait(cause))
      }
      await this.pause(FIRST_PAUSE_MS)
    }
  }

  private async takeUntilLost(subscription: Subscription, { client, manager }: Streaming): Promise<void> {
    const { type, durable, known, know } = subscription
    await manager.consumers.add(this.stream, {
      durable_name: durable,
      filter_subject: subjectOf(this.broker.prefix, type),
      ack_policy: 'explicit',
      // A subscription that is new gets what there is: whoever published just before it was known loses nothing.
      deliver_policy: 'all',
      ack_wait: nanos(ANSWER_MS),
      max_ack_pending: 1,
    })
    know()
    this.wait(undefined)
    const consumer = await client.consumers.get(this.stream, durable)
    const messages = await consumer.consume({ max_messages: 1, abort_on_missing_resource: true })
    const stop = () => messages.stop()
    subscription.stop = stop
    this.stopping.signal.addEventListener('abort', stop)
    try {
      // Where it began anew meanwhile, the broker may know nothing of it again.
      if (subscription.known !== known) return
      for await (const message of messages) {
        if (this.stopping.signal.aborted) message.nak()
        else await this.underWay.track(this.receive(subscription, message))
      }
    } finally {
      this.stopping.signal.removeEventListener('abort', stop)
      messages.stop()
    }
  }

  private async receive({ type, deliver }: Subscription, message: JsMsg): Promise<void> {
    const fact = factIn(message, type)
    // Whoever may send to the broker may send anything.
    if (!fact) return message.term()
    const working = setInterval(() => message.working(), WORKING_MS)
    try {
      // Not by the broker, which would count it as if whoever had it was lost.
      while (!(await this.isDelivered(fact, deliver))) {
        if (this.stopping.signal.aborted) return message.nak()
        await this.pause(AGAIN_MS)
      }
      message.ack()
    } finally {
      clearInterval(working)
    }
  }

  /** Whether it is handled, or what the handler failed at is kept. */
  private async isDelivered(fact: Fact, deliver: Subscription['deliver']): Promise<boolean> {
    try {
      await deliver(fact)
      return true
    } catch {
      return false
    }
  }

  /** Says that facts wait, and that they don't any more, once each. */
  private wait(error: unknown): void {
    const reason = error === undefined ? undefined : error instanceof Error ? error.message : String(error)
    if (this.stopping.signal.aborted || (this.reason === undefined) === (reason === undefined)) return
    this.reason = reason
    this.trouble.waiting(reason)
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined)
  }
}

/** What isn't known to the broker yet. */
function unknown(): Pick<Subscription, 'known' | 'know'> {
  let know = () => {}
  const known = new Promise<void>((resolve) => {
    know = resolve
  })
  return { known, know }
}

function factIn(message: JsMsg, type: EventType): Fact | null {
  try {
    const { id, payload } = message.json<Partial<Fact>>()
    if (id === undefined || !isUuid(id) || typeof payload !== 'object' || payload === null) return null
    return { id, type, payload, deliveries: message.info.deliveryCount }
  } catch {
    return null
  }
}
