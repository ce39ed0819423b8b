/** Asks the API, the same that everybody has. */
import type { TypedDocumentString } from '../queries.ts'

/** What a read did, counted in person-periods. */
export interface Receipt {
  checked: number
  recomputed: number
  unchanged: number
  verified: number
}

export interface Answer<Data> {
  data: Data
  receipt: Receipt | null
  /** The service's time, in milliseconds. */
  now: number
}

/** The API refuses, or can't be reached: then its code is `UNREACHABLE`. */
export class Refusal extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/** Codes of what may be well a moment later. */
const PASSING = [
  'UNREACHABLE',
  'UNAVAILABLE',
  'BUSY',
  'QUOTA_EXCEEDED',
  'CONTENTION',
  'BROKER_UNAVAILABLE',
  'NO_WORKER',
]

export function isPassing(error: unknown): boolean {
  return error instanceof Refusal && PASSING.includes(error.code)
}

/** @throws Refusal */
export async function ask<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Answer<Data>> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: document.toString(), variables }),
    signal,
  }).catch((error) => {
    if (signal?.aborted) throw error
    throw new Refusal('The service can’t be reached. Is it running?', 'UNREACHABLE')
  })
  const answer = await response.json().catch(() => ({}))
  const [error] = answer.errors ?? []
  if (error) throw new Refusal(error.message, error.extensions?.code ?? 'UNKNOWN')
  if (!answer.data) {
    const code = response.status === 401 || response.status === 403 ? 'FORBIDDEN' : 'UNREACHABLE'
    throw new Refusal(answer.error ?? `The service answered with status ${response.status} and no data.`, code)
  }
  const now = Date.parse(response.headers.get('date') ?? '') || Date.now()
  return { data: answer.data, receipt: answer.extensions?.receipt ?? null, now }
}

/** The name of a query: what it is remembered by. */
export function nameOf(document: { toString(): string }): string {
  return /(?:query|mutation)\s+(\w+)/.exec(document.toString())?.[1] ?? document.toString()
}
