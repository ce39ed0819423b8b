/** What machines ask of a process: whether it is alive, whether it is ready, and its metrics. */
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Authenticator } from '../auth/authenticator.ts'
import { withoutConnectionLoss } from '../cache/connection-loss.ts'
import type { Caller } from '../model/caller.ts'
import type { Counters } from '../model/counters.ts'
import { ForbiddenError, SteelthreadError } from '../model/errors.ts'
import { isAllowed, whoMay } from './access/rules.ts'
import { headersOf, statusOf } from './errors.ts'
import { ARRIVAL, guardHttp } from './http-guard.ts'
import { watchRequests } from './watch-requests.ts'

export interface Probes {
  /** Resolves when the service is ready; rejects with the reason why not. */
  checkReady(): Promise<void>
  /** How its parts stand, whether it is ready or not. */
  stand(): Promise<object>
  metrics: { readonly contentType: string; text(): Promise<string> }
}

/** @param authenticator Of the API's own port, where metrics are for those who may read everything; not given: whoever reaches the port may. */
export function addProbes(
  app: FastifyInstance,
  { checkReady, stand, metrics }: Probes,
  authenticator?: Authenticator,
): void {
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async ({ log }, reply) => {
    const checked = checkReady().then(() => null, asError)
    const [fault, words] = await Promise.all([checked, stand()])
    if (!fault) return { status: 'ready', ...words }
    log.warn({ err: fault }, 'not ready')
    return reply.code(503).send({ status: 'not ready', reason: reasonOf(fault), ...words })
  })
  const errorHandler = (error: unknown, _: FastifyRequest, reply: FastifyReply) => {
    if (!(error instanceof SteelthreadError)) throw error
    return reply.code(statusOf(error)).headers(headersOf(error)).send({ error: error.message })
  }
  app.get('/metrics', { errorHandler }, async ({ headers }, reply) => {
    if (authenticator?.isOn) checkMayRead(await authenticator.callerOf(headers))
    void reply.type(metrics.contentType).header('cache-control', 'no-store')
    return metrics.text()
  })
}

/** @throws ForbiddenError for whoever may not read everything. */
function checkMayRead(caller: Caller): void {
  if (isAllowed(['readAll'], caller)) return
  throw new ForbiddenError(
    `"${caller.name}" (${caller.role}) may not ask for metrics: they are for ${whoMay(['readAll'])}.`,
  )
}

/** A server of its own for them, for a process without the API, or away from whoever uses that. Not listening yet. */
export function probeServer(
  probes: Probes,
  { log, counters, host }: { log: FastifyBaseLogger; counters: Counters; host: string },
): FastifyInstance {
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    ...ARRIVAL,
  })
  watchRequests(app, counters)
  // Whoever scrapes goes by addresses, whatever the names are under which people ask.
  guardHttp(app, { host })
  addProbes(app, probes)
  return app
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** What Postgres says of itself, such as addresses and names, is for the log. */
function reasonOf(error: Error): string {
  const shown = withoutConnectionLoss(error)
  if (shown instanceof SteelthreadError || !('code' in error)) return (shown as Error).message
  return 'The cache does not answer as it should; the log says why.'
}
