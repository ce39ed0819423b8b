import type { FastifyInstance } from 'fastify'
import { inTrace, isTraced } from '../model/spans.ts'
import { routeOf } from './watch-requests.ts'

/** Has each request be a trace, or a part of that of whoever asked, from when its body is read until it is answered. */
export function traceRequests(app: FastifyInstance): void {
  if (!isTraced()) return
  // By then whatever reads the body has lost who is asked for.
  app.addHook('preValidation', (request, { raw }, done) => {
    const { method, id } = request
    const route = routeOf(request)
    const answered = () =>
      new Promise<number>((resolve) => {
        raw.once('close', () => resolve(raw.statusCode))
        done()
      })
    const header = request.headers.traceparent
    const span = {
      name: `${method} ${route}`,
      kind: 'asked' as const,
      words: () => ({ 'http.request.method': method, 'http.route': route, 'steelthread.request_id': id }),
      outcome: (status: number) => ({
        'http.response.status_code': status,
        ...(status >= 500 && { 'error.type': String(status) }),
      }),
      traceparent: typeof header === 'string' ? header : undefined,
    }
    void inTrace(span, answered)
  })
}
