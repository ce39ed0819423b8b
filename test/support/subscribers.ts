import { createClient as sseClient } from 'graphql-sse'
import { createClient as wsClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { toldWindows } from '../../src/model/window.ts'
import type { Answer, TestService } from './service.ts'
import { until } from './until.ts'

/** One who is subscribed: events come one by one, and the last answer where it can't be. */
export interface Subscriber {
  next(): Promise<Answer>
  leave(): Promise<void>
}

export type Subscribe = (address: string, query: string, variables?: Record<string, unknown>) => Subscriber

/** By the reference clients of both protocols. */
export const TRANSPORTS: readonly (readonly [name: string, subscribe: Subscribe])[] = [
  ['server-sent events', bySse],
  ['a WebSocket', byWebSocket],
]

export function bySse(
  address: string,
  query: string,
  variables: Record<string, unknown> = {},
  operationName?: string,
): Subscriber {
  const client = sseClient({ url: `${address}/graphql`, retryAttempts: 0 })
  return subscriber(client.iterate({ query, variables, operationName }), () => client.dispose())
}

export function byWebSocket(address: string, query: string, variables: Record<string, unknown> = {}): Subscriber {
  const url = `${address.replace('http', 'ws')}/graphql`
  const client = wsClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 })
  return subscriber(client.iterate({ query, variables }), () => client.dispose())
}

function subscriber(results: AsyncIterableIterator<unknown>, dispose: () => unknown): Subscriber {
  return {
    next: async () => {
      const { value, done } = await results.next()
      if (done) throw new Error('It is over.')
      return JSON.parse(JSON.stringify(value))
    },
    leave: async () => {
      await results.return?.()
      await dispose()
    },
  }
}

/** An event that is as large as events are. */
const LARGE = {
  ...{ stage: 'nva_summary', version: 2, receipt: { checked: 1, recomputed: 1, unchanged: 0, verified: 0 } },
  ...toldWindows(
    Array.from({ length: 100 }, (_, i) => ({
      subjectId: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`,
      from: '2026-03-02',
      to: '2026-03-02',
    })),
  ),
}

/** Publishes such events until nobody is subscribed any more. */
export function flood({ dispatcher, live }: TestService): Promise<void> {
  return until(async () => {
    dispatcher.hint('slices.refreshed', LARGE)
    await new Promise(setImmediate)
    return live.subscriberCount === 0
  })
}
