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
import { jsonText } from '../model/exact-json.ts'
import { errorFormatter, refusal, statusOf } from './errors.ts'
import { checkNesting, jsonBody } from './json-body.ts'
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
    forceCloseConnections: true,
  })
  const onInternalError = (error: unknown) => log.error({ err: error }, 'a query failed')
  const apollo = new ApolloServer<RequestContext>({
    schema: await apiSchema(service),
    formatError: errorFormatter(onInternalError),
    includeStacktraceInErrorResponses: false,
    stringifyResult: (result) => `${jsonText(result)}\n`,
    introspection: true,
    // main.ts ends the whole process in order.
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled(), receiptPlugin],
  })
  await apollo.start()
  await app.register(fastifyStatic, { root: WEB })
  app.addHook('onClose', () => apollo.stop())

  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) =>
    jsonBody(body),
  )
  const answer = fastifyApolloHandler(apollo, { context: async () => requestContext(service) })
  app.route({
    url: '/graphql',
    method: ['GET', 'POST', 'OPTIONS'],
    handler: (request, reply) => {
      if (wantsPage(request)) return reply.sendFile('graphiql.html', WEB)
      checkNesting(queryOf(request))
      return answer.call(app, request, reply)
    },
    errorHandler: (error, _, reply) => reply.code(statusOf(error)).send(refusal(error, onInternalError)),
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

function queryOf({ method, query, body }: FastifyRequest): string {
  const asked = method === 'GET' ? query : body
  return typeof asked === 'object' && asked !== null && 'query' in asked && typeof asked.query === 'string'
    ? asked.query
    : ''
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
