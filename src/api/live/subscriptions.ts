import { createHash } from 'node:crypto'
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSync,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql'
import type { Live } from '../../live/live.ts'
import { type Caller, sameAccess } from '../../model/caller.ts'
import type { Counters } from '../../model/counters.ts'
import { BadRequestError, SteelthreadError } from '../../model/errors.ts'
import type { AccessCheck } from '../access/access-check.ts'
import { seenBy } from '../access/seen-by.ts'
import { type CostGate, variablesOf } from '../cost-gate.ts'
import type { errorFormatter } from '../errors.ts'
import { NoIntrospectionRule } from '../no-introspection.ts'
import { checkText, shapeRules } from '../query-limits.ts'
import { metIn } from '../request-ids.ts'
import type { Service } from '../service.ts'
import type { TrustedDocuments } from '../trusted-documents.ts'
import type { LiveContext } from './live-resolver.ts'

/** An operation as a client sends it. */
export interface Asked {
  query: string
  operationName?: string | null
  variables?: Record<string, unknown> | null
}

/** What operations are held to. */
interface Checks {
  gate: CostGate
  access: AccessCheck
  trusted: TrustedDocuments | null
  hidesSchema: boolean
}

/** So long it takes at most until a limited viewer is told of those alone whom it sees now. */
const SEEN_MS = 12_000

/** What is asked by a stream of events or a WebSocket: subscriptions, which are held to the limits of all operations. */
export class Subscriptions {
  private readonly service: Service
  private readonly live: Live
  private readonly schema: GraphQLSchema
  private readonly gate: CostGate
  private readonly access: AccessCheck
  private readonly trusted: TrustedDocuments | null
  private readonly rules: readonly ValidationRule[]
  private readonly format: ReturnType<typeof errorFormatter>
  private readonly counters: Counters
  /** To each event, by what was asked. */
  private readonly answers = new WeakMap<object, Map<string, ExecutionResult>>()

  constructor(
    service: Service,
    live: Live,
    schema: GraphQLSchema,
    { gate, access, trusted, hidesSchema }: Checks,
    { format, counters }: { format: ReturnType<typeof errorFormatter>; counters: Counters },
  ) {
    this.service = service
    this.live = live
    this.schema = schema
    this.gate = gate
    this.access = access
    this.trusted = trusted
    this.rules = [...specifiedRules, ...(hidesSchema ? [NoIntrospectionRule] : []), ...shapeRules(service.limits)]
    this.format = format
    this.counters = counters
  }

  /** What to subscribe to, or what is wrong with it. */
  async checked(
    asked: Asked,
    caller: Caller,
    onTooSlow: LiveContext['onTooSlow'],
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    try {
      const { service, live, schema } = this
      const { operationName, variables } = asked
      const query = String(this.trusted?.textOf({ ...asked }, caller) ?? asked.query)
      checkText(query, service.limits)
      const document = parse(query)
      const faults = validate(schema, document, this.rules)
      if (faults.length > 0) return faults.map((fault) => coded(fault, 'GRAPHQL_VALIDATION_FAILED'))
      const operation = getOperationAST(document, operationName)
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) throw operation ? NO_SUBSCRIPTION : NO_OPERATION
      this.access.check(document, operation, caller)
      const values = variablesOf(schema, operation, variables ?? {})
      if (values) await this.gate.check({ schema, document, operation, variables: values }, caller)
      const contextValue: LiveContext = { service, live, caller, seen: await this.seenUsers(caller), onTooSlow }
      return { schema, document, operationName, variableValues: variables, contextValue }
    } catch (error) {
      if (error instanceof GraphQLError) return [coded(error, 'GRAPHQL_PARSE_FAILED')]
      return refusalOf(error)
    }
  }

  /** The events, or one answer that says what is wrong; both as clients may see them. */
  async begin(asked: Asked, caller: Caller): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const args = await this.checked(asked, caller, () => undefined)
    if (!('schema' in args)) return { errors: args }
    return this.subscribe(args)
  }

  /** As GraphQL's own \`subscribe\`, but for who asks the same of the same event: that is answered once. */
  async subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    this.counters.add('graphqlOperations', 'subscription')
    const events = (await createSourceEventStream(args)) as AsyncIterableIterator<object> | ExecutionResult
    if (!('next' in events)) return events
    const { document, operationName, variableValues } = args
    const { caller, seen } = args.contextValue as LiveContext
    const askedNow = () => {
      const access = [sameAccess(caller), seen && [...seen]]
      const text = JSON.stringify([document.loc?.source.body, operationName, variableValues, access])
      return createHash('sha256').update(text).digest('base64')
    }
    let asked = askedNow()
    const renew = async (own: Set<string>) => {
      const users = (await this.seenUsers(caller)) ?? []
      own.clear()
      for (const id of users) own.add(id)
      asked = askedNow()
    }
    // Where the cache doesn't answer, that is tried again.
    const renewing = seen && setInterval(() => void renew(seen).catch(() => undefined), SEEN_MS).unref()
    const stop = () => renewing && clearInterval(renewing)
    const answers: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        const event = await events.next()
        if (event.done) stop()
        return event.done ? event : { value: this.answer(args, asked, event.value), done: false }
      },
      return: async () => {
        stop()
        await events.return?.()
        return { value: undefined, done: true }
      },
      [Symbol.asyncIterator]: () => answers,
    }
    return answers
  }

  /** Of whom a limited viewer is told, as it is now; null: of everybody. */
  private async seenUsers(caller: Caller): Promise<Set<string> | null> {
    if (!caller.scope) return null
    const { database, today } = this.service
    const users = await seenBy(caller, database, today()).sql<{ id: string }>('SELECT id FROM app_user')
    return new Set(users.map(({ id }) => id))
  }

  private answer(args: ExecutionArgs, asked: string, event: object): ExecutionResult {
    const answers = this.answers.get(event) ?? new Map<string, ExecutionResult>()
    this.answers.set(event, answers)
    // Nothing is read for it, so it is there at once.
    const answer = answers.get(asked) ?? executeSync({ ...args, rootValue: event })
    answers.set(asked, answer)
    return answer
  }

  /** @param requestId Of the request by which it was subscribed. */
  shownErrors(errors: readonly GraphQLError[], requestId: string): readonly GraphQLFormattedError[] {
    metIn(errors, requestId)
    return errors.map((error) => this.format(error.toJSON(), error))
  }

  shown({ errors, ...result }: ExecutionResult, requestId: string): FormattedExecutionResult {
    return errors ? { ...result, errors: this.shownErrors(errors, requestId) } : result
  }
}

const NO_SUBSCRIPTION = new BadRequestError(
  'Only subscriptions are answered here; queries and mutations go to /graphql by POST, accepting application/json.',
)
const NO_OPERATION = new BadRequestError(
  'operationName must be of one of the operations; it may be left out where there is one.',
)

/** What is said to who subscribes where it is refused. @throws What is no fault of whoever asked. */
export function refusalOf(error: unknown): readonly GraphQLError[] {
  if (error instanceof SteelthreadError) return [new GraphQLError(error.message, { originalError: error })]
  throw error
}

function coded(error: GraphQLError, code: string): GraphQLError {
  if (!error.originalError) error.extensions.code ??= code
  return error
}
