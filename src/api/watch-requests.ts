/** Every request is counted, has an id, and is told of in the log where somebody would want to know. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Counters } from '../model/counters.ts'
import { REQUEST_ID } from './request-ids.ts'

/** A request that took longer is told of at `info`. */
const SLOW_MS = 5_000

/** Whoever asked went before he was answered: as nginx says it. */
const GONE = 499

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Register it before all else: what is refused is a request, too. */
export function watchRequests(app: FastifyInstance, counters: Counters): void {
  app.addHook('onRequest', (request, { raw }, done) => {
    const begun = performance.now()
    raw.setHeader(REQUEST_ID, request.id)
    raw.once('close', () => {
      const ms = performance.now() - begun
      const status = raw.writableEnded ? raw.statusCode : GONE
      const route = routeOf(request)
      const method = METHODS.has(request.method) ? request.method : 'OTHER'
      const isStream = String(raw.getHeader('content-type')).startsWith('text/event-stream')
      counters.add('httpRequests', `${route} ${method} ${status}`)
      if (!isStream) counters.time('httpMs', route, ms)
      const said = { method, route, status, ms: Math.round(ms) }
      // Who isn't ready says why himself.
      if (status >= 500 && route !== '/readyz') request.log.warn(said, 'a request failed')
      else if (ms > SLOW_MS && !isStream) request.log.info(said, 'a request took long')
      else request.log.debug(said, 'a request')
    })
    done()
  })
}

/** Bounded, whatever is asked for: files that are called by what is in them are one route. */
export function routeOf({ routeOptions: { url } }: FastifyRequest): string {
  if (url === undefined) return 'none'
  return /^\/(assets|graphiql)\//.exec(url)?.[0].concat('*') ?? url
}
