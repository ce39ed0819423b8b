import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import helmet, { type HelmetOptions } from 'helmet'
import { ForbiddenError } from '../model/errors.ts'
import { cut } from '../model/excerpts.ts'
import { requestIdOf } from './request-ids.ts'

/**
 * How requests arrive. In two minutes 32 MB do at 300 KB/s; how long an answer takes is not bounded here, as a first
 * computation may need minutes.
 */
export const ARRIVAL = {
  requestTimeout: 120_000,
  http: { headersTimeout: 20_000, connectionsCheckingInterval: 1_000 },
  genReqId: requestIdOf,
  rewriteUrl: ({ url = '/' }: { url?: string }): string => readable(url),
}

/** What browsers may load for a page: what comes from the service itself, and icons that are written in the page. */
const OWN_FILES = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
}

/** The same for GraphiQL, which writes styles into its page and brings a font with its own. */
const GRAPHIQL_FILES = { ...OWN_FILES, 'style-src': ["'self'", "'unsafe-inline'"], 'font-src': ['data:'] }

/** What helmet says, which is the same for every request: it is asked once. */
function headersFor(directives: Readonly<Record<string, string[]>>): [name: string, value: string][] {
  const headers = new Map<string, string>()
  const response = { setHeader: headers.set.bind(headers), removeHeader: headers.delete.bind(headers) }
  const setHeaders = helmet({ ...HEADERS, contentSecurityPolicy: { useDefaults: false, directives } })
  setHeaders({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error) throw error
  })
  return [...headers]
}

const HEADERS: HelmetOptions = {
  frameguard: { action: 'deny' },
  // Whether a name is to be asked by TLS alone is for whoever ends TLS to say.
  hsts: false,
  // Browsers warn of these two wherever there is no TLS.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
}

export interface GuardOptions {
  /** The name or address that the service was told to listen on. */
  host?: string
  /** Other names under which it may be asked. Where there are some, no name but these and those of loopback will do. */
  allowedHosts?: readonly string[]
  /** Where people find the service, whoever stands before it: an origin. Its name will do beside all others. */
  publicUrl?: string | undefined
}

/**
 * What holds for every request whatever it asks: security headers, the names under which the service may be asked, and
 * the methods that a URL knows. Register it before routes.
 */
export function guardHttp(app: FastifyInstance, options: GuardOptions): Guard {
  const [own, graphiql] = [headersFor(OWN_FILES), headersFor(GRAPHIQL_FILES)]
  const guard = guardOf(app, options)
  app.addHook('onRequest', async (request, reply) => {
    const headers = request.routeOptions.url === '/graphql' ? graphiql : own
    for (const [name, value] of headers) reply.raw.setHeader(name, value)
    const message = guard.hostFault(request.headers)
    if (message !== undefined) return refuse(request, reply, 403, message, 'FORBIDDEN')
  })
  app.setNotFoundHandler((request, reply) => {
    const { method } = request
    const allow = methodsOf(app, pathOf(request))
    if (allow.length === 0) {
      const what = `${method} ${cut(request.url, 100)}`
      return refuse(
        request,
        reply,
        404,
        `There is nothing at ${what}; the page is at /, the API at /graphql.`,
        'NOT_FOUND',
      )
    }
    reply.header('allow', allow.join(', '))
    if (method === 'OPTIONS') return reply.code(204).send()
    const message = `${pathOf(request)} is not asked by ${method}; it knows ${allow.join(', ')}.`
    return refuse(request, reply, 405, message, 'METHOD_NOT_ALLOWED')
  })
  return guard
}

/** Says what is wrong with a request by its headers; undefined where nothing is. */
export interface Guard {
  /** The service isn't asked under this name. */
  hostFault(headers: IncomingHttpHeaders): string | undefined
  /** A browser asks for another's page. What comes bit by bit that page could read, or use up what there is of it. */
  originFault(headers: IncomingHttpHeaders): string | undefined
  /** @throws ForbiddenError that says so. */
  checkOrigin(headers: IncomingHttpHeaders): void
  /** Whether browsers come by TLS, also where another ends that before the service. */
  isByTls(request: Pick<FastifyRequest, 'protocol' | 'headers'>): boolean
}

function guardOf(app: FastifyInstance, options: GuardOptions): Guard {
  const isAllowed = allowedHosts(app, options)
  const friends = (options.allowedHosts ?? []).map((name) => name.toLowerCase())
  const publicOrigin = options.publicUrl && new URL(options.publicUrl).origin
  const originFault: Guard['originFault'] = ({ origin, host = '' }) => {
    if (origin === undefined) return undefined
    const from = URL.canParse(origin) ? new URL(origin) : undefined
    // Whoever is between can write a page of the service's name that comes without TLS.
    const isUnsafe = from !== undefined && publicOrigin === `https://${from.host}` && from.protocol === 'http:'
    if (from && !isUnsafe && (from.host === host.toLowerCase() || friends.includes(from.hostname))) return undefined
    if (from && from.origin === publicOrigin) return undefined
    return `Pages of "${cut(origin, 100)}" may not ask here; add the name to ALLOWED_HOSTS where they may.`
  }
  return {
    hostFault: ({ host = '' }) => {
      if (isAllowed(host)) return undefined
      return (
        `The service is not asked under the name "${cut(host, 100)}": ask it as localhost or 127.0.0.1, ` +
        'or add the name to ALLOWED_HOSTS.'
      )
    },
    originFault,
    checkOrigin: (headers) => {
      const fault = originFault(headers)
      if (fault !== undefined) throw new ForbiddenError(fault)
    },
    isByTls: ({ protocol, headers }) =>
      protocol === 'https' || headers['x-forwarded-proto'] === 'https' || (publicOrigin ?? '').startsWith('https:'),
  }
}

/** A path that means nothing, as `/%zz`, as its text: the router would answer it past all that holds for every request. */
function readable(url: string): string {
  const path = url.split('?', 1)[0] ?? url
  try {
    decodeURI(path)
    return url
  } catch {
    return path.replaceAll('%', '%25')
  }
}

/** A HEAD as the GET whose headers it asks for. */
export function asGet(request: FastifyRequest): FastifyRequest {
  return request.method === 'HEAD' ? Object.create(request, { method: { value: 'GET' } }) : request
}

/**
 * A browser can be made to take a stranger's name for an address of this machine, and so let the stranger's page read
 * what only this machine may. Such requests carry the stranger's name. Those that may be asked for are remembered.
 */
function allowedHosts(app: FastifyInstance, options: GuardOptions): (host: string) => boolean {
  const { host: own, allowedHosts = [], publicUrl } = options
  const allowed = new Set<string>()
  return (host) => {
    if (allowed.has(host)) return true
    const bound = app.addresses().flatMap((address) => (typeof address === 'string' ? [] : address.address))
    const isOpen = allowedHosts.length === 0 && !bound.every(isLoopback)
    const known = ['localhost', '127.0.0.1', '::1', ...bound, ...(own ? [own] : []), ...allowedHosts]
    if (publicUrl) known.push(new URL(publicUrl).hostname)
    const isAllowed = isOpen || known.some((name) => name.toLowerCase() === nameIn(host))
    if (isAllowed && allowed.size < MOST_REMEMBERED) allowed.add(host)
    return isAllowed
  }
}

/** Of a name there are as many Host headers as there are ports and ways to write it. */
const MOST_REMEMBERED = 100

export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(address)
}

/** The name of a Host header, without port, brackets and the dot at its end. */
function nameIn(host: string): string | undefined {
  const [, address, name] = /^(?:\[([^\]]+)\]|([^:[\]]+?)\.?)(?::\d*)?$/.exec(host.toLowerCase()) ?? []
  return address ?? name
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

function methodsOf(app: FastifyInstance, url: string): string[] {
  const known: string[] = METHODS.filter((method) => app.hasRoute({ url, method }))
  return known.length > 0 ? [...known, 'OPTIONS'] : []
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? url
}

/** The API answers in GraphQL's shape whatever is wrong. */
function refuse(request: FastifyRequest, reply: FastifyReply, status: number, message: string, code: string) {
  const isApi = pathOf(request) === '/graphql'
  return reply.code(status).send(isApi ? { errors: [{ message, extensions: { code } }] } : { error: message })
}
