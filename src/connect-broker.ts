import type { FastifyBaseLogger } from 'fastify'
import { settledWithin } from './api/close-server.ts'
import { BrokerConnection, type BrokerSettings } from './dispatch/broker/broker-connection.ts'
import { BrokerDispatcher } from './dispatch/broker/broker-dispatcher.ts'
import type { InProcessDispatcher } from './dispatch/in-process-dispatcher.ts'

/** How long requests of other processes are finished before their callers are left to ask somebody else. */
const FINISH_MS = 10_000

/** The broker, as far as this process is concerned. */
export interface BrokerHere {
  dispatcher: BrokerDispatcher
  readonly isConnected: boolean
  /** Takes nothing on any more, and finishes what others asked for. */
  leave(): Promise<void>
  close(): Promise<void>
}

/** Connects to the broker, for as long as that takes, and logs when it is lost and found. */
export function connectBroker(
  settings: BrokerSettings,
  local: InProcessDispatcher,
  log: FastifyBaseLogger,
): BrokerHere {
  const connection = new BrokerConnection(settings, ({ isAway, ...state }) => {
    if (isAway) log.warn(state, 'the broker is away: it is looked for until it is found')
    else log.info(state, 'the broker is there')
  })
  const dispatcher = new BrokerDispatcher(local, connection, (err, subject) =>
    log.error({ err, subject }, 'a request of another process failed'),
  )
  return {
    dispatcher,
    get isConnected() {
      return connection.isConnected
    },
    leave: async () => {
      await settledWithin(FINISH_MS, dispatcher.leave())
    },
    close: () => connection.close(),
  }
}
