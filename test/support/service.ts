import { pino } from 'pino'
import type { AlertSettings } from '../../src/alerts/alerts.ts'
import type { GuardOptions } from '../../src/api/http-guard.ts'
import type { AuthSettings } from '../../src/auth/authenticator.ts'
import type { OfferMode } from '../../src/cache/stage-versions.ts'
import { type Composition, compose } from '../../src/compose.ts'
import type { Limits } from '../../src/model/limits.ts'
import type { Events, EventType } from '../../src/model/messages.ts'
import type { Receipt } from '../../src/model/receipt.ts'
import type { Restrictions } from '../../src/model/restrictions.ts'
import { logOptions } from '../../src/sight/log-options.ts'
import type { SourceSetting } from '../../src/source/sources.ts'
import type { StageDefinition } from '../../src/stages/define-stage.ts'
import { freshDatabase } from './databases.ts'

/** An answer of the GraphQL API, as a client gets it. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its expectation what it expects to be there.
  data: any
  errors?: {
    message: string
    path?: string[]
    extensions: { code: string; argument?: string } & Record<string, unknown>
  }[]
  extensions?: { receipt?: Receipt }
}

export interface TestService extends Composition {
  url: string
  /** Lines of the log, parsed. */
  logged: Record<string, unknown>[]
  /** Tells a fact, in a transaction that does nothing else. */
  publish<T extends EventType>(type: T, payload: Events[T]): Promise<void>
  /** Sends a query over HTTP and returns the answer as it is, errors included. */
  ask(query: string, variables?: object): Promise<Answer>
  /** The same by whoever has the key, with the status. */
  askAs(key: string | null, query: string, variables?: object): Promise<Answer & { status: number }>
  /** The data of an answer that must have no errors. */
  get(query: string, variables?: object): Promise<Answer['data']>
  /** The receipt of a query that must have no errors. */
  receipt(query: string, variables?: object): Promise<Receipt | undefined>
}

interface Options extends GuardOptions {
  today?: () => string
  auth?: AuthSettings
  restrictions?: Partial<Restrictions>
  url?: string
  sources?: SourceSetting[]
  limits?: Partial<Limits>
  quarantineLimit?: number
  alerts?: AlertSettings
  stages?: readonly StageDefinition[]
  promotion?: OfferMode
  eager?: readonly string[]
}

/** A service on a database of its own, or another one on the same. */
export async function testService({ url: given, sources = [], ...options }: Options = {}): Promise<TestService> {
  const url = given ?? (await freshDatabase())
  const logged: Record<string, unknown>[] = []
  const log = pino(logOptions('debug'), { write: (line: string) => logged.push(JSON.parse(line)) })
  const composition = await compose({ databaseUrl: url, sources, log, ...options })
  const askAs: TestService['askAs'] = async (key, query, variables = {}) => {
    const headers = key === null ? {} : { authorization: `Bearer ${key}` }
    const payload = { query, variables }
    const response = await composition.server.inject({ method: 'POST', url: '/graphql', headers, payload })
    return { status: response.statusCode, ...response.json() }
  }
  const ask = async (query: string, variables: object = {}): Promise<Answer> => {
    const response = await composition.server.inject({ method: 'POST', url: '/graphql', payload: { query, variables } })
    return response.json()
  }
  const sound = async (query: string, variables?: object) => {
    const answer = await ask(query, variables)
    if (answer.errors) throw new Error(answer.errors.map((error) => error.message).join('; '))
    return answer
  }
  return {
    ...composition,
    url,
    logged,
    ask,
    askAs,
    publish: (type, payload) =>
      composition.database.transaction((sql) => composition.dispatcher.publish(sql, type, payload)),
    get: async (query, variables) => (await sound(query, variables)).data,
    receipt: async (query, variables) => (await sound(query, variables)).extensions?.receipt,
  }
}
