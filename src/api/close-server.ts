import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { UnavailableError } from '../model/errors.ts'
import { within } from '../model/within.ts'
import { shown } from './errors.ts'
import type { RequestSignals } from './request-signals.ts'

const STOPPING = new UnavailableError('The service is stopping, and takes on nothing more; ask again once it is back.')

/** How long what was cancelled may take to be answered. */
const ANSWER_MS = 1_000

/**
 * Whoever sends by a connection that was kept open just when it is closed gets no answer. So long they stay open, and each request is
 * refused, with the word that nothing more comes by its connection; new ones are taken for that, too.
 */
const LINGER_MS = 500

/**
 * Ends a server in order: it takes on no more requests and then no more connections, those under way are answered, and their
 * connections end with that. What isn't answered after the grace time is cancelled, and what doesn't heed that is cut
 * off. Returns how many requests were cancelled.
 */
export async function closeServer(app: FastifyInstance, signals: RequestSignals, graceMs: number): Promise<number> {
  signals.isStopping = true
  const deadline = performance.now() + graceMs
  await untilLeft(app, Math.min(LINGER_MS, graceMs))
  const closed = app.close()
  if (await settledWithin(deadline - performance.now(), closed)) return 0
  const cancelled = signals.cancelAll()
  if (!(await settledWithin(ANSWER_MS, closed))) {
    app.server.closeAllConnections()
    await closed
  }
  return cancelled
}

/** Resolves once nobody is connected any more, at the latest after so long. */
async function untilLeft({ server }: FastifyInstance, ms: number): Promise<void> {
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count ?? 0)))
  for (const end = performance.now() + ms; performance.now() < end && (await connections()) > 0; ) await wait(10)
}

/** Refuses what comes in by connections that are still open once the server ends, and has every answer end its own. */
export function refuseOnceStopping(app: FastifyInstance, signals: RequestSignals): void {
  app.addHook('onRequest', async ({ routeOptions }, reply) => {
    if (!signals.isStopping) return
    const answer = routeOptions.url === '/readyz' ? { status: 'stopping' } : shown(STOPPING)
    return reply.code(503).send(answer)
  })
  app.addHook('onSend', async (_, reply) => {
    if (signals.isStopping) reply.header('connection', 'close')
  })
}

/** Whether the promise resolved within the time; if it is rejected within it, so is this. */
export function settledWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  return within(
    ms,
    promise.then(() => true),
    false,
  )
}
