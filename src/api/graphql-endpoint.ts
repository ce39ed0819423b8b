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
import type { Authenticator } from '../auth/authenticator.ts'
import type { StateProof } from '../cache/state-proof.ts'
import type { Live } from '../live/live.ts'
import { type Caller, sameAccess } from '../model/caller.ts'
import type { Counters } from '../model/counters.ts'
import type { Restrictions } from '../model/restrictions.ts'
import { AccessCheck } from './access/access-check.ts'
import { AnswerMemory, LONGEST_REQUEST } from './answer-memory.ts'
import { callerOf } from './caller-of.ts'
import { CostGate } from './cost-gate.ts'
import { countingPlugin } from './counting-plugin.ts'
import { errorFormatter, type OnInternalError, type OnShown } from './errors.ts'
import type { Guard } from './http-guard.ts'
import { JsonBodies } from './json-body.ts'
import { KnownOperationsRule } from './known-operations.ts'
import { EventStreams } from './live/event-streams.ts'
import { Subscriptions } from './live/subscriptions.ts'
import { takeWebSockets } from './live/web-sockets.ts'
import { requestContext } from './loaders.ts'
import { MediaTypes } from './media-types.ts'
import { NoIntrospectionRule } from './no-introspection.ts'
import { momentGateway } from './one-moment.ts'
import { DOCUMENTS_KEPT } from './passthrough/known-documents.ts'
import { Passthrough } from './passthrough/passthrough.ts'
import { checkText, resultText, shapeRules } from './query-limits.ts'
import { Quotas } from './quotas.ts'
import { receiptPlugin } from './receipt-plugin.ts'
import type { RequestContext } from './request-context.ts'
import { metIn } from './request-ids.ts'
import type { RequestSignals } from './request-signals.ts'
import { apiSchema } from './schema.ts'
import type { Service } from './service.ts'
import { TrustedDocuments } from './trusted-documents.ts'
import { pageDocuments } from './web-files.ts'

export interface EndpointOptions {
  service: Service
  live: Live
  guard: Guard
  authenticator: Authenticator
  log: FastifyBaseLogger
  signals: RequestSignals
  /** Of the cache. */
  proof: StateProof
  counters: Counters
  restrictions: Restrictions
  onInternalError: OnInternalError
  onShown: OnShown
}

/** @throws The error, of which it is known then in which request it was met. */
function met(error: unknown, { request }: FastifyReply): never {
  if (error instanceof Error) metIn([error], request.id)
  throw error
}

export interface Endpoint {
  /**
   * Finds out who asks, before anything of a body is read: whoever isn't known has no memory of it.
   * @throws UnauthenticatedError where it isn't known who asks.
   */
  identify(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Answers a request of somebody who was found out, whose body is a Buffer where it has one. */
  answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
}

export async function graphqlEndpoint(
  app: FastifyInstance,
  {
    service,
    live,
    guard,
    authenticator,
    log,
    signals,
    proof,
    counters,
    restrictions,
    onInternalError,
    onShown,
  }: EndpointOptions,
): Promise<Endpoint> {
  const { limits } = service
  const { hidesSchema } = restrictions
  const trusted = restrictions.trusted && new TrustedDocuments(restrictions.trusted, pageDocuments())
  const schema = await apiSchema(service)
  const quotas = new Quotas(restrictions.quotas)
  const gate = new CostGate(limits, quotas)
  const access = new AccessCheck(schema)
  const passthrough = new Passthrough(service, schema, { gate, access }, (err, requestId) =>
    log.error({ err, requestId }, 'a page could not be passed through'),
  )
  const memory = new AnswerMemory(proof)
  const format = errorFormatter(onInternalError, { hidesSchema, onShown })
  const apollo = new ApolloServer<RequestContext>({
    gateway: momentGateway(service, schema),
    formatError: format,
    includeStacktraceInErrorResponses: false,
    stringifyResult: (result) => `${resultText(result, limits)}\n`,
    validationRules: [KnownOperationsRule, ...(hidesSchema ? [NoIntrospectionRule] : []), ...shapeRules(limits)],
    documentStore: new InMemoryLRUCache<DocumentNode>(DOCUMENTS_KEPT),
    // Refused by a rule of its own.
    introspection: true,
    // main.ts ends the whole process in order.
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      countingPlugin(counters),
      ...(trusted ? [trusted.plugin] : []),
      access.plugin,
      gate.plugin,
      passthrough.plugin,
      memory.plugin,
      signals.mutationsFinish,
      receiptPlugin,
    ],
  })
  await apollo.start()
  const contexts = new WeakMap<FastifyReply, RequestContext>()
  const callers = new WeakMap<FastifyReply, Caller>()
  /** @throws UnauthenticatedError where it isn't known who asks. */
  const askerOf = async ({ headers, ip }: FastifyRequest) => {
    // A page of another's would ask with the cookie of whoever looks at it; browsers don't send it along, and say whose it is.
    if (headers.authorization === undefined && headers.cookie) guard.checkOrigin(headers)
    return callerOf(authenticator, headers, ip)
  }
  const callerIn = (reply: FastifyReply) => {
    const caller = callers.get(reply)
    if (!caller) throw new Error('Broken invariant: nobody was asked who asks.')
    return caller
  }
  const contextOf = async (reply: FastifyReply) => {
    const caller = callerIn(reply)
    const context =
      contexts.get(reply) ??
      (await requestContext(service, signals.signalOf(reply.raw), caller).catch((error) => met(error, reply)))
    context.gathered.requestId = reply.request.id
    contexts.set(reply, context)
    return context
  }
  const byApollo = fastifyApolloHandler(apollo, { context: async (_, reply) => contextOf(reply) })
  const types = new MediaTypes()
  const bodies = new JsonBodies(limits)
  const subscriptions = new Subscriptions(
    service,
    live,
    schema,
    { gate, access, trusted, hidesSchema },
    { format, counters },
  )
  const streams = new EventStreams(subscriptions, guard, authenticator)
  app.addHook('preClose', async () => streams.endAll())
  takeWebSockets(app, { subscriptions, quotas, guard, authenticator, signals, log })

  const answered = async (sent: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<unknown> => {
    const request = trusted?.inRequest(sent, caller) ?? sent
    if (request.raw.method !== 'HEAD' && streams.isAskedFor(request)) {
      signals.release(reply.raw)
      return streams.answer(request, reply, caller)
    }
    const { accept } = request.headers
    const type = types.of(accept)
    if (type && request.method === 'POST') {
      const text = await passthrough.answer(request.body, await contextOf(reply))
      if (text) {
        counters.add('graphqlOperations', 'query')
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
  const read = (request: FastifyRequest, body: Buffer, reply: FastifyReply, caller: Caller) =>
    bodies.read(body, { signal: signals.signalOf(reply.raw), caller: caller.id }, (json) => {
      request.body = json
      // Nothing of it is needed any more to send the answer.
      return answered(request, reply, caller).finally(() => {
        request.body = undefined
      })
    })

  const identify: Endpoint['identify'] = async (request, reply) => {
    callers.set(reply, await askerOf(request))
  }
  const answer: Endpoint['answer'] = async (request, reply) => {
    const { body, headers } = request
    const caller = callerIn(reply)
    await quotas.takeRequest(caller, Buffer.isBuffer(body) ? body.length : request.url.length)
    if (!Buffer.isBuffer(body)) return answered(request, reply, caller)
    if (body.length > LONGEST_REQUEST) return read(request, body, reply, caller)
    const asked = [sameAccess(caller), service.today(), headers.accept ?? '', body.toString('latin1')]
    const { known, remember } = await memory.recall(asked.join('\n'))
    if (known) {
      counters.add('graphqlOperations', 'query')
      void reply.type(known.type)
      return known.text
    }
    const text = await read(request, body, reply, caller)
    const type = reply.getHeader('content-type')
    const isFromCache = reply.statusCode === 200 && contexts.get(reply)?.gathered.isFromCache
    if (isFromCache && typeof text === 'string' && typeof type === 'string') void remember({ text, type })
    return text
  }
  return { identify, answer }
}

function queryOf({ method, query, body }: FastifyRequest): string {
  const asked = method === 'GET' ? query : body
  return typeof asked === 'object' && asked !== null && 'query' in asked && typeof asked.query === 'string'
    ? asked.query
    : ''
}
