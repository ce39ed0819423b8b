import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import fastifyStatic from '@fastify/static'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { DocumentNode } from 'graphql'
import type { StateProof } from '../cache/state-proof.ts'
import { AnswerMemory, LONGEST_REQUEST } from './answer-memory.ts'
import { refuseOnceStopping } from './close-server.ts'
import { CostGate } from './cost-gate.ts'
import { errorFormatter, refusal, statusOf } from './errors.ts'
import { ARRIVAL, asGet, type GuardOptions, guardHttp } from './http-guard.ts'
import { bodyTooLarge, JsonBodies } from './json-body.ts'
import { KnownOperationsRule } from './known-operations.ts'
import { requestContext } from './loaders.ts'
import { MediaTypes } from './media-types.ts'
import { Passthrough } from './passthrough/passthrough.ts'
import { checkText, resultText, shapeRules } from './query-limits.ts'
import { receiptPlugin } from './receipt-plugin.ts'
import type { RequestContext } from './request-context.ts'
import type { RequestSignals } from './request-signals.ts'
import { apiSchema } from './schema.ts'
import type { Service } from './service.ts'

/** Queries of so many characters together are kept parsed, at 70 to 240 bytes a character. */
const PARSED_CHARACTERS = 256 * 1024
const WEB = fileURLToPath(new URL('../web/', import.meta.url))

export interface ServerOptions extends GuardOptions {
  service: Service
  log: FastifyBaseLogger
  signals: RequestSignals
  /** Of the cache. */
  proof: StateProof
  /** Resolves when the cache is migrated and answers; rejects with the reason why not. */
  checkReady(): Promise<void>
  /** The sources that are pulled just now. */
  pulling(): string[]
}

/** The HTTP server: the page, the API with GraphiQL, and the two probes. Not listening yet. */
export async function apiServer({
  service,
  log,
  signals,
  proof,
  checkReady,
  pulling,
  ...guard
}: ServerOptions): Promise<FastifyInstance> {
  const { limits } = service
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.MAX_BODY_BYTES,
    ...ARRIVAL,
    forceCloseConnections: 'idle',
    // What still comes in by a connection that is open is refused by `refuseOnceStopping`, which says why.
    return503OnClosing: false,
  })
  refuseOnceStopping(app, signals)
  guardHttp(app, guard)
  const onInternalError = (error: unknown) => log.error({ err: error }, 'a query failed')
  const schema = await apiSchema(service)
  const gate = new CostGate(limits)
  const passthrough = new Passthrough(service, schema, gate, (error) =>
    log.error({ err: error }, 'a page could not be passed through'),
  )
  const memory = new AnswerMemory(proof)
  const apollo = new ApolloServer<RequestContext>({
    schema,
    formatError: errorFormatter(onInternalError),
    includeStacktraceInErrorResponses: false,
    stringifyResult: (result) => `${resultText(result, limits)}\n`,
    validationRules: [KnownOperationsRule, ...shapeRules(limits)],
    documentStore: new InMemoryLRUCache<DocumentNode>({
      maxSize: PARSED_CHARACTERS,
      sizeCalculation: ({ loc }) => loc?.source.body.length ?? PARSED_CHARACTERS,
    }),
    introspection: true,
    // main.ts ends the whole process in order.
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      gate.plugin,
      passthrough.plugin,
      memory.plugin,
      signals.mutationsFinish,
      receiptPlugin,
    ],
  })
  await apollo.start()
  // A route for each file, so that what is there is known. GraphiQL's page is at /graphql.
  await app.register(fastifyStatic, { root: WEB, wildcard: false, globIgnore: ['graphiql.html'] })
  // What a body holds is read once there is room for it.
  const bodies = new JsonBodies(limits)
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => body)
  const contexts = new WeakMap<FastifyReply, RequestContext>()
  const answer = fastifyApolloHandler(apollo, { context: async (_, reply) => contextOf(reply) })
  const contextOf = (reply: FastifyReply) => {
    const context = contexts.get(reply) ?? requestContext(service, signals.signalOf(reply.raw))
    contexts.set(reply, context)
    return context
  }
  const types = new MediaTypes()
  const answered = async (request: FastifyRequest, reply: FastifyReply) => {
    const { accept } = request.headers
    const type = types.of(accept)
    if (type && request.method === 'POST') {
      const text = await passthrough.answer(request.body, contextOf(reply))
      if (text) {
        void reply.type(type)
        return text
      }
    }
    checkText(queryOf(request), limits)
    const text = await answer.call(app, request, reply)
    types.learn(accept, reply)
    return text
  }
  /** Sends what is remembered, or remembers what `answer` gives. */
  const remembered = async (
    request: FastifyRequest,
    body: Buffer,
    reply: FastifyReply,
    answer: () => Promise<unknown>,
  ) => {
    if (body.length > LONGEST_REQUEST) return answer()
    const asked = [service.today(), request.headers.accept ?? '', body.toString('latin1')]
    const { known, remember } = await memory.recall(asked.join('\n'))
    if (known) {
      void reply.type(known.type)
      return known.text
    }
    const text = await answer()
    const type = reply.getHeader('content-type')
    const isFromCache = reply.statusCode === 200 && contexts.get(reply)?.gathered.isFromCache
    if (isFromCache && typeof text === 'string' && typeof type === 'string') void remember({ text, type })
    return text
  }
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    handler: (asked, reply) => {
      const request = asGet(asked)
      if (wantsPage(request)) return reply.sendFile('graphiql.html', WEB)
      const { body } = request
      if (!Buffer.isBuffer(body)) return answered(request, reply)
      return remembered(request, body, reply, () =>
        bodies.read(body, signals.signalOf(reply.raw), (json) => {
          request.body = json
          // Nothing of it is needed any more to send the answer.
          return answered(request, reply).finally(() => {
            request.body = undefined
          })
        }),
      )
    },
    errorHandler: (error: FastifyError, _, reply) => {
      const shown =
        error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? bodyTooLarge('MAX_BODY_BYTES', 'bytes', limits) : error
      return reply.code(statusOf(shown)).send(refusal(shown, onInternalError))
    },
  })
  serveGraphiql(app)
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_, reply) => {
    try {
      await checkReady()
      return { status: 'ready', pulling: pulling() }
    } catch (error) {
      log.warn({ err: error }, 'not ready')
      return reply
        .code(503)
        .send({ status: 'not ready', reason: error instanceof Error ? error.message : String(error) })
    }
  })
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
