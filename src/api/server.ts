import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import fastifyStatic from '@fastify/static'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { refuseOnceStopping } from './close-server.ts'
import { headersOf, type OnInternalError, type OnShown, refusal, statusOf } from './errors.ts'
import { type EndpointOptions, graphqlEndpoint } from './graphql-endpoint.ts'
import { ARRIVAL, asGet, type GuardOptions, guardHttp } from './http-guard.ts'
import { bodyTooLarge } from './json-body.ts'
import { LONGEST_BODY, serveLogin } from './login.ts'
import { addProbes, type Probes } from './probes.ts'
import { traceRequests } from './trace-requests.ts'
import { watchRequests } from './watch-requests.ts'
import { PAGE_DOCUMENTS, WEB } from './web-files.ts'

/** The page has many addresses: which view it shows it reads out of them. */
const VIEWS = ['/people/:id', '/teams/:id', '/projects/:id', '/kinds', '/pipeline', '/quarantine']

export interface ServerOptions extends GuardOptions, Omit<EndpointOptions, 'guard' | 'onInternalError' | 'onShown'> {
  probes: Probes
}

/** The HTTP server: the page, the API with GraphiQL, and the probes. Not listening yet. */
export async function apiServer(options: ServerOptions): Promise<FastifyInstance> {
  const { service, log, signals, authenticator, counters, probes } = options
  const { limits } = service
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // Nothing but the API, where it is known who asks, is sent more than a key.
    bodyLimit: LONGEST_BODY,
    ...ARRIVAL,
    forceCloseConnections: 'idle',
    // What still comes in by a connection that is open is refused by `refuseOnceStopping`, which says why.
    return503OnClosing: false,
  })
  watchRequests(app, counters)
  traceRequests(app)
  refuseOnceStopping(app, signals)
  const guard = guardHttp(app, options)
  const onInternalError: OnInternalError = (err, requestId) => log.error({ err, requestId }, 'a query failed')
  const onShown: OnShown = (code) => counters.add('graphqlErrors', code)
  const endpoint = await graphqlEndpoint(app, { ...options, guard, onInternalError, onShown })
  // A route for each file, so that what is there is known. GraphiQL's page is at /graphql.
  await app.register(fastifyStatic, {
    root: WEB,
    wildcard: false,
    globIgnore: ['graphiql.html', PAGE_DOCUMENTS, '**/*.gz'],
    preCompressed: true,
    cacheControl: false,
    // The name of a file in `assets` says what is in it.
    setHeaders: (response, path) => {
      const isNamed = path.includes('/assets/')
      // Who can't read it packed gets it as it is.
      if (isNamed) response.setHeader('vary', 'accept-encoding')
      response.setHeader('cache-control', isNamed ? 'public, max-age=31536000, immutable' : 'public, max-age=0')
    },
  })
  for (const url of VIEWS) app.get(url, (_, reply) => reply.sendFile('index.html', WEB))
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => body)
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    bodyLimit: limits.MAX_BODY_BYTES,
    onRequest: async (asked, reply) => {
      const request = asGet(asked)
      if (!wantsPage(request)) await endpoint.identify(request, reply)
    },
    handler: (asked, reply) => {
      const request = asGet(asked)
      return wantsPage(request) ? reply.sendFile('graphiql.html', WEB) : endpoint.answer(request, reply)
    },
    errorHandler: (error: FastifyError, { id }, reply) => {
      const shown =
        error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? bodyTooLarge('MAX_BODY_BYTES', 'bytes', limits) : error
      const status = statusOf(shown)
      if (status === 401) void reply.header('www-authenticate', 'Bearer')
      const answer = refusal(shown, onInternalError, id)
      for (const { extensions } of answer.errors) onShown(extensions.code)
      return reply.code(status).headers(headersOf(shown)).send(answer)
    },
  })
  serveGraphiql(app)
  serveLogin(app, authenticator, guard)
  addProbes(app, probes, authenticator)
  return app
}

function wantsPage({ method, headers, query }: FastifyRequest): boolean {
  const asks = typeof query === 'object' && query !== null && 'query' in query
  return method === 'GET' && !asks && (headers.accept ?? '').includes('text/html')
}

/** GraphiQL out of its packages: nothing comes from another machine. */
function serveGraphiql(app: FastifyInstance): void {
  const require = createRequire(import.meta.url)
  const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`))
  const files: [url: string, file: string, folder: string][] = [
    ['/graphiql/graphiql.min.js', 'graphiql.min.js', folderOf('graphiql')],
    ['/graphiql/graphiql.min.css', 'graphiql.min.css', folderOf('graphiql')],
    ['/graphiql/graphql-ws.js', 'umd/graphql-ws.min.js', folderOf('graphql-ws')],
    ['/graphiql/react.js', 'umd/react.production.min.js', folderOf('react')],
    ['/graphiql/react-dom.js', 'umd/react-dom.production.min.js', folderOf('react-dom')],
  ]
  for (const [url, file, folder] of files) {
    app.get(url, (_: FastifyRequest, reply: FastifyReply) => reply.sendFile(file, folder))
  }
}
