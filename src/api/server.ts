import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import fastifyStatic from '@fastify/static'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { errorFormatter } from './errors.ts'
import { requestContext } from './loaders.ts'
import { receiptPlugin } from './receipt-plugin.ts'
import type { RequestContext } from './request-context.ts'
import { apiSchema } from './schema.ts'
import type { Service } from './service.ts'

/** 10,000 rows of some 3 KB. */
const LARGEST_BODY = 32 * 1024 * 1024
const WEB = fileURLToPath(new URL('../web/', import.meta.url))

export interface ServerOptions {
  service: Service
  log: FastifyBaseLogger
  /** Resolves when the cache is migrated and answers; rejects with the reason why not. */
  checkReady(): Promise<void>
}

/** The HTTP server: the page, the API with GraphiQL, and the two probes. Not listening yet. */
export async function apiServer({ service, log, checkReady }: ServerOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LARGEST_BODY,
    // Rows are kept as they come, whatever their columns are called.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    forceCloseConnections: true,
  })
  const apollo = new ApolloServer<RequestContext>({
    schema: await apiSchema(service),
    formatError: errorFormatter((error) => log.error({ err: error }, 'a query failed')),
    includeStacktraceInErrorResponses: false,
    introspection: true,
    // main.ts ends the whole process in order.
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled(), receiptPlugin],
  })
  await apollo.start()
  await app.register(fastifyStatic, { root: WEB })
  app.addHook('onClose', () => apollo.stop())

  const answer = fastifyApolloHandler(apollo, { context: async () => requestContext(service) })
  app.route({
    url: '/graphql',
    method: ['GET', 'POST', 'OPTIONS'],
    handler: (request, reply) =>
      wantsPage(request) ? reply.sendFile('graphiql.html', WEB) : answer.call(app, request, reply),
  })
  serveGraphiql(app)
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_, reply) => {
    try {
      await checkReady()
      return { status: 'ready' }
    } catch (error) {
      log.warn({ err: error }, 'not ready')
      return reply
        .code(503)
        .send({ status: 'not ready', reason: error instanceof Error ? error.message : String(error) })
    }
  })
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ error: `There is nothing at ${request.method} ${request.url}; the page is at /, the API at /graphql.` }),
  )
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
    ['/graphiql/react.js', 'umd/react.production.min.js', folderOf('react')],
    ['/graphiql/react-dom.js', 'umd/react-dom.production.min.js', folderOf('react-dom')],
  ]
  for (const [url, file, folder] of files) {
    app.get(url, (_: FastifyRequest, reply: FastifyReply) => reply.sendFile(file, folder))
  }
}
