/** The API: an answer comes from memory, from the passthrough or from Apollo Server, and nobody can tell by it from which. */
import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DocumentNode } from 'graphql'
import type { StateProof } from '../cache/state-proof.ts'
import type { Live } from '../live/live.ts'
import { AnswerMemory, LONGEST_REQUEST } from './answer-memory.ts'
import { CostGate } from './cost-gate.ts'
import { errorFormatter, type OnInternalError } from './errors.ts'
import type { Guard } from './http-guard.ts'
import { JsonBodies } from './json-body.ts'
import { KnownOperationsRule } from './known-operations.ts'
import { EventStreams } from './live/event-streams.ts'
import { Subscriptions } from './live/subscriptions.ts'
import { takeWebSockets } from './live/web-sockets.ts'
import { requestContext } from './loaders.ts'
import { MediaTypes } from './media-types.ts'
import { momentGateway } from './one-moment.ts'
import { DOCUMENTS_KEPT } from './passthrough/known-documents.ts'
import { Passthrough } from './passthrough/passthrough.ts'
import { checkText, resultText, shapeRules } from './query-limits.ts'
import { receiptPlugin } from './receipt-plugin.ts'
import type { RequestContext } from './request-context.ts'
import type { RequestSignals } from './request-signals.ts'
import { apiSchema } from './schema.ts'
import type { Service } from './service.ts'

export interface EndpointOptions {
  service: Service
  live: Live
  guard: Guard
  log: FastifyBaseLogger
  signals: RequestSignals
  /** Of the cache. */
  proof: StateProof
  onInternalError: OnInternalError
}

/** Answers a request for the API, whose body is a Buffer where it has one. */
export type Endpoint = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

export async function graphqlEndpoint(
  app: FastifyInstance,
  { service, live, guard, log, signals, proof, onInternalError }: EndpointOptions,
): Promise<Endpoint> {
  const { limits } = service
  const schema = await apiSchema(service)
  const gate = new CostGate(limits)
  const passthrough = new Passthrough(service, schema, gate, (error) =>
    log.error({ err: error }, 'a page could not be passed through'),
  )
  const memory = new AnswerMemory(proof)
  const apollo = new ApolloServer<RequestContext>({
    gateway: momentGateway(service, schema),
    formatError: errorFormatter(onInternalError),
    includeStacktraceInErrorResponses: false,
    stringifyResult: (result) => `${resultText(result, limits)}\n`,
    validationRules: [KnownOperationsRule, ...shapeRules(limits)],
    documentStore: new InMemoryLRUCache<DocumentNode>(DOCUMENTS_KEPT),
    introspection: true,
    // main.ts ends the whole process in order.
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      gate.plugin,
      passthrough.plugin,
      memory.plugin,
      signals.mutationsFinish,
      receiptPlugin,
    ],
  })
  await apollo.start()
  const contexts = new WeakMap<FastifyReply, RequestContext>()
  const contextOf = async (reply: FastifyReply) => {
    const context = contexts.get(reply) ?? (await requestContext(service, signals.signalOf(reply.raw)))
    contexts.set(reply, context)
    return context
  }
  const byApollo = fastifyApolloHandler(apollo, { context: async (_, reply) => contextOf(reply) })
  const types = new MediaTypes()
  const bodies = new JsonBodies(limits)
  const subscriptions = new Subscriptions(service, live, schema, gate, onInternalError)
  const streams = new EventStreams(subscriptions, guard)
  app.addHook('preClose', async () => streams.endAll())
  takeWebSockets(app, { subscriptions, guard, signals, log })

  const answered: Endpoint = async (request, reply) => {
    if (request.raw.method !== 'HEAD' && streams.isAskedFor(request)) {
      signals.release(reply.raw)
      return streams.answer(request, reply)
    }
    const { accept } = request.headers
    const type = types.of(accept)
    if (type && request.method === 'POST') {
      const text = await passthrough.answer(request.body, await contextOf(reply))
      if (text) {
        void reply.type(type)
        return text
      }
    }
    checkText(queryOf(request), limits)
    const text = await byApollo.call(app, request, reply)
    types.learn(accept, reply)
    return text
  }

  /** What a body holds is read once there is room for it. */
  const read = (request: FastifyRequest, body: Buffer, reply: FastifyReply) =>
    bodies.read(body, signals.signalOf(reply.raw), (json) => {
      request.body = json
      // Nothing of it is needed any more to send the answer.
      return answered(request, reply).finally(() => {
        request.body = undefined
      })
    })

  return async (request, reply) => {
    const { body, headers } = request
    if (!Buffer.isBuffer(body)) return answered(request, reply)
    if (body.length > LONGEST_REQUEST) return read(request, body, reply)
    const asked = [service.today(), headers.accept ?? '', body.toString('latin1')]
    const { known, remember } = await memory.recall(asked.join('\n'))
    if (known) {
      void reply.type(known.type)
      return known.text
    }
    const text = await read(request, body, reply)
    const type = reply.getHeader('content-type')
    const isFromCache = reply.statusCode === 200 && contexts.get(reply)?.gathered.isFromCache
    if (isFromCache && typeof text === 'string' && typeof type === 'string') void remember({ text, type })
    return text
  }
}

function queryOf({ method, query, body }: FastifyRequest): string {
  const asked = method === 'GET' ? query : body
  return typeof asked === 'object' && asked !== null && 'query' in asked && typeof asked.query === 'string'
    ? asked.query
    : ''
}
