import { setMaxListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { ApolloServerPlugin } from '@apollo/server'
import type { FastifyBaseLogger } from 'fastify'
import { setDeadline } from '../model/deadlines.ts'
import { CancelledError } from '../model/errors.ts'
import { LimitError, type Limits } from '../model/limits.ts'
import type { RequestContext } from './request-context.ts'
import { REQUEST_ID } from './request-ids.ts'

/** Says to each request under way when it should end: nobody waits for its answer, or it takes too long. */
export class RequestSignals {
  /** True once the service takes on nothing any more. */
  isStopping = false
  private readonly open = new Map<ServerResponse, AbortController>()
  private readonly deadlines = new WeakMap<AbortSignal, NodeJS.Timeout>()
  private readonly seconds: number
  private readonly log: FastifyBaseLogger

  constructor({ MAX_QUERY_SECONDS }: Limits, log: FastifyBaseLogger) {
    this.seconds = MAX_QUERY_SECONDS
    this.log = log
  }

  /** Aborts when whoever asked goes before the answer is sent, when a query takes too long, or by `cancelAll`. */
  signalOf(response: ServerResponse): AbortSignal {
    const begun = this.open.get(response)
    if (begun) return begun.signal
    const controller = new AbortController()
    // All that a request reads at once listens to it.
    setMaxListeners(0, controller.signal)
    this.open.set(response, controller)
    const late = setTimeout(() => {
      const requestId = response.getHeader(REQUEST_ID)
      this.log.warn({ seconds: this.seconds, requestId }, 'a query took too long and is cancelled')
      controller.abort(this.tooLong())
    }, this.seconds * 1_000)
    this.deadlines.set(controller.signal, late)
    setDeadline(controller.signal, this.seconds * 1_000)
    response.once('close', () => {
      this.open.delete(response)
      clearTimeout(late)
      if (!response.writableFinished) controller.abort(new CancelledError('Whoever asked this has gone.'))
    })
    return controller.signal
  }

  /** Mutations are finished however long they take, so their answers say what was done. */
  readonly mutationsFinish: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      executionDidStart: async ({ operation, contextValue }) => {
        // Not as Apollo's types say, there is none where the document has none of the name that was asked for.
        if (operation?.operation === 'mutation') this.endless(contextValue.signal)
      },
    }),
  }

  /** Lets what this asked take as long as it will: it is answered bit by bit. */
  release(response: ServerResponse): void {
    const controller = this.open.get(response)
    if (controller) this.endless(controller.signal)
  }

  /** Cancels what is under way. Returns how many requests that were. */
  cancelAll(): number {
    const count = this.open.size
    const reason = new CancelledError('The service is stopping; ask again.')
    for (const controller of this.open.values()) controller.abort(reason)
    return count
  }

  private endless(signal: AbortSignal): void {
    clearTimeout(this.deadlines.get(signal))
    setDeadline(signal, null)
  }

  private tooLong(): LimitError {
    return new LimitError('MAX_QUERY_SECONDS', {
      allowed: this.seconds,
      message: `Answering took longer than ${this.seconds} s. What was computed is kept: ask again, or for less.`,
      status: 503,
    })
  }
}
