/**
 * Subscriptions as server-sent events, a connection for each: the "distinct connections mode" of the protocol GraphQL over SSE,
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Not by that package, whose server queues without bounds.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ExecutionResult, getOperationAST, OperationTypeNode, parse } from 'graphql'
import type { Authenticator } from '../../auth/authenticator.ts'
import type { Caller } from '../../model/caller.ts'
import { BadRequestError, UnauthenticatedError } from '../../model/errors.ts'
import type { Guard } from '../http-guard.ts'
import type { Asked, Subscriptions } from './subscriptions.ts'

/** Whoever stands between ends connections on which nothing is sent for long. */
const PING_MS = 12_000

const COMMENT = ':\n\n'

export class EventStreams {
  private readonly subscriptions: Subscriptions
  private readonly guard: Guard
  private readonly authenticator: Authenticator
  private readonly open = new Set<ServerResponse>()
  private isOver = false

  constructor(subscriptions: Subscriptions, guard: Guard, authenticator: Authenticator) {
    this.subscriptions = subscriptions
    this.guard = guard
    this.authenticator = authenticator
  }

  /**
   * Whether a request, whose body is read, asks for a stream: it takes nothing else, or takes one too and asks for a subscription,
   * as some clients say of every request that they do.
   */
  isAskedFor({ method, headers: { accept = '' }, query, body }: FastifyRequest): boolean {
    if (!accept.includes('text/event-stream')) return false
    return !/json|\*\/\*/.test(accept) || isSubscription(method === 'GET' ? query : body)
  }

  /**
   * Sends what is asked for as long as whoever asked stays. Resolves once that has begun.
   * @throws ForbiddenError for another's page; BadRequestError for what is no request of GraphQL.
   */
  async answer(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<void> {
    this.guard.checkOrigin(request.headers)
    const results = await this.subscriptions.begin(askedBy(request), caller)
    const { raw } = reply.hijack()
    // The connection is of no more use after it.
    raw.shouldKeepAlive = false
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    raw.write(COMMENT)
    // An event that can't be written ends the stream.
    this.send(raw, 'next' in results ? results : once(results), request).catch(() => raw.destroy())
  }

  /** Ends all streams, without a word that they are complete: clients may subscribe again, elsewhere or later. */
  endAll(): void {
    this.isOver = true
    for (const response of this.open) {
      if (response.writableLength > 0) response.destroy()
      else response.end()
    }
  }

  /** Whoever isn't known any more, as a key was revoked, is told nothing more. */
  private async endUnlessKnown(response: ServerResponse, headers: IncomingHttpHeaders): Promise<void> {
    const fault = await this.authenticator.callerOf(headers).catch((error: unknown) => error)
    if (fault instanceof UnauthenticatedError) response.end()
  }

  private async send(
    response: ServerResponse,
    results: AsyncIterableIterator<ExecutionResult>,
    { id: requestId, headers }: Pick<FastifyRequest, 'id' | 'headers'>,
  ): Promise<void> {
    const leave = () => void results.return?.()
    const ping = setInterval(() => {
      if (!isOver(response) && !response.writableNeedDrain) response.write(COMMENT)
      if (this.authenticator.isOn) void this.endUnlessKnown(response, headers)
    }, PING_MS)
    this.open.add(response)
    response.once('close', leave)
    if (response.destroyed) leave()
    if (this.isOver) response.end()
    for await (const result of results) {
      const event = `event: next\ndata: ${JSON.stringify(this.subscriptions.shown(result, requestId))}\n\n`
      // What comes meanwhile waits in the queue, which is bounded.
      if (!isOver(response) && !response.write(event)) await drained(response)
    }
    clearInterval(ping)
    this.open.delete(response)
    if (!isOver(response)) response.end('event: complete\ndata: \n\n')
  }
}

function isOver({ writableEnded, destroyed }: ServerResponse): boolean {
  return writableEnded || destroyed
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

async function* once(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result
}

function askedBy({ method, query, body }: FastifyRequest): Asked {
  const sent = objectOf('The request', method === 'GET' ? query : body)
  const { query: text, operationName = null, variables = null } = sent
  if (typeof text !== 'string') throw new BadRequestError('query must be a text: the subscription that is asked for.')
  if (operationName !== null && typeof operationName !== 'string')
    throw new BadRequestError('operationName must be a text.')
  return { query: text, operationName, variables: variables === null ? null : objectOf('variables', variables) }
}

/** @param value An object, or the JSON of one, as it stands in a URL. */
function objectOf(name: string, value: unknown): Record<string, unknown> {
  const read = typeof value === 'string' ? jsonOf(name, value) : value
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return { ...read }
  throw new BadRequestError(`${name} must be an object.`)
}

function jsonOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BadRequestError(`${name} must be JSON.`, {}, cause)
  }
}

function isSubscription(sent: unknown): boolean {
  const { query, operationName } = (sent ?? {}) as Record<string, unknown>
  if (typeof query !== 'string' || !/\bsubscription\b/.test(query)) return false
  try {
    const operation = getOperationAST(parse(query), typeof operationName === 'string' ? operationName : null)
    return operation?.operation === OperationTypeNode.SUBSCRIPTION
  } catch {
    return false
  }
}
