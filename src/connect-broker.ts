import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { FastifyBaseLogger } from 'fastify'
import { settledWithin } from './api/close-server.ts'
import { BrokerCarrier } from './dispatch/broker/broker-carrier.ts'
import { BrokerConnection, type BrokerSettings } from './dispatch/broker/broker-connection.ts'
import { BrokerDispatcher } from './dispatch/broker/broker-dispatcher.ts'
import type { StreamLimits } from './dispatch/broker/event-stream.ts'
import type { Carrier } from './dispatch/events/carrier.ts'
import type { EventBus } from './dispatch/events/event-bus.ts'

/** How long requests of other processes are finished before their callers are left to ask somebody else. */
const FINISH_MS = 10_000
const LOOK_MS = 5_000

/** The broker, as far as this process is concerned. */
export interface BrokerHere {
  /** Takes facts to all processes. */
  carrier: Carrier
  /** Asks others what the process doesn't answer itself. Called once. */
  dispatcherWith(events: EventBus): BrokerDispatcher
  readonly isConnected: boolean
  /** Takes no request on any more, and finishes what others asked for. */
  leave(): Promise<void>
  close(): Promise<void>
}

/** Connects to the broker, for as long as that takes, and logs when it is lost and found. */
export function connectBroker(settings: BrokerSettings, limits: StreamLimits, log: FastifyBaseLogger): BrokerHere {
  const connection = new BrokerConnection(settings, ({ isAway, ...state }) => {
    if (isAway) log.warn(state, 'the broker is away: it is looked for until it is found')
    else log.info(state, 'the broker is there')
  })
  const carrier = new BrokerCarrier(connection, limits, {
    waiting: (reason) => {
      if (reason === undefined) log.info('the broker takes events')
      else log.warn({ reason }, 'the broker takes no events: they wait in the cache until it does')
    },
    otherwise: (stream, differences) =>
      log.warn(
        { stream, differences },
        'the stream of events is otherwise than configured, and is used as it is: change it by the tools of the broker',
      ),
  })
  let dispatcher: BrokerDispatcher | undefined
  return {
    carrier,
    dispatcherWith: (events) => {
      dispatcher = new BrokerDispatcher(events, connection, (err, subject) =>
        log.error({ err, subject }, 'a request of another process failed'),
      )
      return dispatcher
    },
    get isConnected() {
      return connection.isConnected
    },
    leave: async () => {
      if (dispatcher) await settledWithin(FINISH_MS, dispatcher.leave())
    },
    close: () => connection.close(),
  }
}

/** Looks whether the broker is there and keeps events. Resolves to what is wrong; undefined where nothing is. */
export async function lookForBroker(settings: BrokerSettings): Promise<string | undefined> {
  let reason = `it didn't answer within ${LOOK_MS / 1_000} s`
  const connection = new BrokerConnection(settings, (state) => {
    reason = state.reason ?? reason
  })
  try {
    if (!(await connection.connectedWithin(LOOK_MS))) return `it can't be reached: ${reason}`
    const server = await new Promise<NatsConnection>((resolve) => connection.onConnection(resolve))
    return await jetstreamManager(server).then(
      () => undefined,
      (error: unknown) => `it keeps no events: ${error instanceof Error ? error.message : error}`,
    )
  } finally {
    await connection.close()
  }
}
