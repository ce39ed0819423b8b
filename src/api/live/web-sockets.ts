/** Subscriptions over WebSockets, by the protocol graphql-transport-ws. */
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { GraphQLError } from 'graphql'
import { handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Authenticator } from '../../auth/authenticator.ts'
import type { Caller } from '../../model/caller.ts'
import { SteelthreadError, TooManySubscribersError, UnauthenticatedError } from '../../model/errors.ts'
import { cut } from '../../model/excerpts.ts'
import { callerOf } from '../caller-of.ts'
import type { Guard } from '../http-guard.ts'
import type { Quotas } from '../quotas.ts'
import { requestIdOf } from '../request-ids.ts'
import type { RequestSignals } from '../request-signals.ts'
import { refusalOf, type Subscriptions } from './subscriptions.ts'

/** Of one process. */
const MOST_SOCKETS = 1_000

/** So many sockets may be open of which nobody said yet whose they are: a client says so at once. */
export const MOST_STRANGERS = 500

/** Of one caller in one process, so that none takes them all. */
export const MOST_OF_CALLER = 250

/** Subscriptions of one socket. */
export const MOST_OF_SOCKET = 20

/** A subscription with 10,000 ids has less. */
const LONGEST_MESSAGE = 1024 * 1024

/** A client that sends and doesn't read what comes back is cut off at so many bytes. */
const MOST_UNREAD = 1024 * 1024

/** A client that doesn't answer a ping until the next one is gone. */
const PING_MS = 12_000

/** How long clients are waited for when the service stops. */
const LEAVE_MS = 500

/** With what a socket is closed whose client takes events more slowly than they come. */
export const TOO_SLOW = 4429

/** With what a socket is closed whose caller has too many. */
export const TOO_MANY = 4429

export interface WebSocketOptions {
  subscriptions: Subscriptions
  quotas: Quotas
  guard: Guard
  authenticator: Authenticator
  signals: RequestSignals
  log: FastifyBaseLogger
}

/** Takes WebSockets at /graphql, beside what is asked there by HTTP, and closes them when the server is closed. */
export function takeWebSockets(app: FastifyInstance, options: WebSocketOptions): void {
  const { guard, signals } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LONGEST_MESSAGE, handleProtocols })
  const open = opener(options)
  /** The oldest first. */
  const strangers = new Set<WebSocket>()
  sockets.on('connection', (socket: WebSocket, { headers, socket: { remoteAddress = '' } }: IncomingMessage) => {
    const onKnown = () => void strangers.delete(socket)
    strangers.add(socket)
    socket.once('close', onKnown)
    // Whoever opens many and says nothing keeps nobody else out.
    const [first] = strangers
    if (first && strangers.size > MOST_STRANGERS) {
      strangers.delete(first)
      first.terminate()
    }
    open(socket, { headers, requestId: requestIdOf({ headers }), address: remoteAddress, onKnown })
  })
  const upgradeFault = ({ url = '', headers }: IncomingMessage): [status: string, message: string] | undefined => {
    const fault = guard.hostFault(headers) ?? guard.originFault(headers)
    if (fault !== undefined) return ['403 Forbidden', fault]
    if (!/^\/graphql(\?|$)/.test(url)) return ['404 Not Found', 'WebSockets are taken at /graphql.']
    if (signals.isStopping) return ['503 Service Unavailable', 'The service is stopping.']
    if (sockets.clients.size >= MOST_SOCKETS) return ['503 Service Unavailable', 'There are too many WebSockets.']
  }
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return takePlainly(app.server, request, socket, head)
    const refusal = upgradeFault(request)
    if (!refusal)
      return sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request))
    socket.on('error', () => socket.destroy())
    const [status, message] = refusal
    const [text, type] = [JSON.stringify({ error: message }), 'Content-Type: application/json; charset=utf-8']
    const length = `Content-Length: ${Buffer.byteLength(text)}`
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${type}\r\n${length}\r\n\r\n${text}`)
  })
  const alive = new WeakSet<WebSocket>()
  sockets.on('connection', (socket) => {
    alive.add(socket)
    socket.on('pong', () => alive.add(socket))
  })
  const pinging = setInterval(() => {
    for (const socket of sockets.clients) {
      if (alive.delete(socket)) socket.ping()
      else socket.terminate()
    }
  }, PING_MS).unref()
  app.addHook('preClose', async () => {
    clearInterval(pinging)
    for (const socket of sockets.clients) socket.close(1001, 'Going away')
    setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate()
    }, LEAVE_MS).unref()
  })
}

/** With what a socket is closed whose client isn't known, or not any more. */
export const UNAUTHENTICATED = 4401

/** A socket, with the headers that it was asked for with, and whoever that is, once it is known. */
interface Opened {
  socket: WebSocket
  headers: IncomingHttpHeaders
  requestId: string
  /** Of the client. */
  address: string
  onKnown(): void
  caller?: Caller | undefined
}

/** Speaks the protocol with who opened a socket. */
function opener({
  subscriptions,
  quotas,
  authenticator,
  log,
}: WebSocketOptions): (socket: WebSocket, asked: Omit<Opened, 'socket' | 'caller'>) => void {
  /** Who isn't known, or not any more, is told nothing more. */
  const identify = async (opened: Opened) => {
    try {
      opened.caller = await callerOf(authenticator, opened.headers, opened.address)
    } catch (error) {
      if (!(error instanceof SteelthreadError)) throw error
      if (!(error instanceof UnauthenticatedError)) return
      opened.caller = undefined
      opened.socket.close(UNAUTHENTICATED, cut(error.message, 120))
    }
  }
  const known = new Set<Opened>()
  const protocol = makeServer<Record<string, unknown>, Opened>({
    onConnect: async ({ connectionParams, extra }) => {
      const authorization = connectionParams?.authorization ?? connectionParams?.Authorization
      if (typeof authorization === 'string') extra.headers = { ...extra.headers, authorization }
      await identify(extra)
      if (!extra.caller) throw new Error('Nobody knows who asks.')
      extra.onKnown()
      const { caller, socket } = extra
      // It went meanwhile, and says so once.
      if (socket.readyState !== socket.OPEN) return false
      if (authenticator.isOn && [...known].filter((each) => each.caller?.id === caller.id).length >= MOST_OF_CALLER) {
        socket.close(TOO_MANY, 'You have too many WebSockets; close some.')
        return false
      }
      known.add(extra)
      socket.once('close', () => known.delete(extra))
      if (!authenticator.isOn) return
      const again = setInterval(() => void identify(extra).catch(() => undefined), PING_MS)
      socket.once('close', () => clearInterval(again))
    },
    onSubscribe: async ({ subscriptions: own, extra }, _, asked) => {
      if (authenticator.isOn) await identify(extra)
      const { socket, caller } = extra
      if (!caller) return refusalOf(new UnauthenticatedError('It is not known any more who asks.'))
      const many = `A WebSocket has at most ${MOST_OF_SOCKET} subscriptions; end one, or open another WebSocket.`
      // The one that is asked for counts already.
      if (Object.keys(own).length > MOST_OF_SOCKET) {
        return [new GraphQLError(many, { originalError: new TooManySubscribersError(many) })]
      }
      const size = asked.query.length + JSON.stringify(asked.variables ?? null).length
      const spent = await quotas.takeRequest(caller, size).catch(refusalOf)
      return spent ?? subscriptions.checked(asked, caller, () => socket.close(TOO_SLOW, 'TOO_SLOW'))
    },
    subscribe: (args) => subscriptions.subscribe(args),
    onNext: ({ extra }, _, __, ___, result) => subscriptions.shown(result, extra.requestId),
    onError: ({ extra }, _, __, errors) => subscriptions.shownErrors(errors, extra.requestId),
  })
  return (socket, asked) => {
    const { requestId } = asked
    const fail = (error: unknown) => {
      log.debug({ err: error, requestId }, 'a WebSocket failed')
      socket.close(4500, 'Internal server error')
    }
    const bound = () => {
      if (socket.bufferedAmount > MOST_UNREAD) socket.terminate()
    }
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // Resolves once the socket has taken it: until then the next event waits in the queue, which is bounded.
        send: (text) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) resolve()
            else socket.send(text, (error) => (error ? reject(error) : resolve()))
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => socket.on('message', (message) => void take(String(message)).catch(fail)),
      },
      { socket, ...asked },
    )
    socket.on('message', bound)
    socket.on('ping', bound)
    socket.on('error', fail)
    socket.once('close', (code, reason) => void closed(code, String(reason)).catch(fail))
  }
}

/**
 * Takes a request that would rather be of another protocol, as HTTP/2, as it came: a server may, and once somebody waits for
 * upgrades Node leaves it to him.
 */
function takePlainly(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[i + 1]}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
