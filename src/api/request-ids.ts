/** By its id the log tells of a request, and whoever asked can say which one he means. */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export const REQUEST_ID = 'x-request-id'

/** What others may call a request: it goes into the log and back to whoever asked. */
const SANE = /^[\w.-]{1,64}$/

/** The id that a request came with, where that is sane; else one of its own. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers[REQUEST_ID]
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID()
}

const requests = new WeakMap<object, string>()

/** Remembers in which request errors were met: where they are shown and logged nobody knows any more. */
export function metIn(errors: readonly object[], requestId: string | undefined): void {
  if (requestId === undefined) return
  for (const error of errors) requests.set(error, requestId)
}

export function requestOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  return requests.get(error) ?? ('originalError' in error ? requestOf(error.originalError) : undefined)
}
