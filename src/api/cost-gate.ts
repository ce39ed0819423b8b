import type { ApolloServerPlugin } from '@apollo/server'
import { type DocumentNode, type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from 'graphql'
import type { Sql } from '../cache/database.ts'
import { AMPLE, countDays, type Extent, readExtent } from '../cache/extent.ts'
import type { Caller } from '../model/caller.ts'
import { GradedRoom, LITTLE } from '../model/graded-room.ts'
import { type LimitError, type LimitName, type Limits, tooMuch } from '../model/limits.ts'
import { type Cost, costOf } from './cost.ts'
import type { Quotas } from './quotas.ts'
import type { RequestContext } from './request-context.ts'

/** Answering takes turns of one thread, which whoever asks for little waits for: so few large ones are under way at once. */
const MOST_LARGE = 4

/** Refuses, before it is run, what would cost too much, charges its caller, and lets wait what would be too much beside what is under way. */
export class CostGate {
  private readonly limits: Limits
  private readonly quotas: Quotas
  private readonly room: GradedRoom

  constructor(limits: Limits, quotas: Quotas) {
    this.limits = limits
    this.quotas = quotas
    this.room = new GradedRoom(limits.MAX_QUERY_VALUES)
  }

  /** Before Apollo Server runs an operation, and until it is answered. */
  readonly plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => {
      let leave = () => {}
      let isOver = false
      return {
        didResolveOperation: async ({ schema, document, operation, request, contextValue }) => {
          if (!operation) return
          const variables = variablesOf(schema, operation, request.variables)
          contextValue.variables = variables
          if (!variables) return
          leave = await this.enter({ schema, document, operation, variables }, contextValue)
          if (isOver) leave()
        },
        // Where others refuse it, that is before it is in.
        willSendResponse: async () => {
          isOver = true
          leave()
        },
      }
    },
  }

  /**
   * Waits for its turn. Returns how to say that it is over.
   * @throws LimitError where it would cost more than any may; QuotaError where its caller has had its share.
   */
  async enter(
    { schema, document, operation, variables }: Operation,
    { database, signal, caller }: RequestContext,
  ): Promise<() => void> {
    const costAt = costOf(schema, document, operation, variables)
    const isEnough = (cost: Cost) => this.isAllowed(cost) && this.room.isFreeFor(this.needOf(cost))
    const isKnown = (cost: Cost) => isEnough(cost) && this.quotas.isFair(caller, cost)
    const cost = costAt && (await costAsFarAs({ isKnown, isEnough }, costAt, database.sql))
    const error = cost && excess(cost, this.limits)
    if (error) throw error
    if (cost) await this.quotas.takeOperation(caller, cost)
    return cost ? this.room.enter(this.needOf(cost), signal, caller.id) : () => {}
  }

  /**
   * Lets pass what costs the same in every cache, and so little that it need not wait.
   * @throws LimitError, QuotaError as `enter`.
   */
  async check({ schema, document, operation, variables }: Operation, caller: Caller): Promise<void> {
    const cost = costOf(schema, document, operation, variables)?.(AMPLE)
    const error = cost && excess(cost, this.limits)
    if (error) throw error
    if (cost) await this.quotas.takeOperation(caller, cost)
  }

  /** What it costs in a cache that holds all it may; null where that is more than any may, or an argument is wrong. */
  ampleCost({ schema, document, operation, variables }: Operation): Cost | null {
    const cost = costOf(schema, document, operation, variables)?.(AMPLE)
    return cost && this.isAllowed(cost) ? cost : null
  }

  /** The same as `enter` for what is known to cost so much, and to be allowed. */
  async enterAt(cost: Cost, { signal, caller }: RequestContext): Promise<() => void> {
    await this.quotas.takeOperation(caller, cost)
    return this.room.enter(this.needOf(cost), signal, caller.id)
  }

  private needOf({ values }: Cost): number {
    const { MAX_QUERY_VALUES: all } = this.limits
    return values > all * LITTLE ? Math.max(values, all / MOST_LARGE) : values
  }

  private isAllowed(cost: Cost): boolean {
    return !excess(cost, this.limits)
  }
}

/** An operation with its variables as the executor takes them. */
export interface Operation {
  schema: GraphQLSchema
  document: DocumentNode
  operation: OperationDefinitionNode
  variables: Record<string, unknown>
}

/** The values of an operation's variables; undefined where the executor will refuse one. */
export function variablesOf(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> | undefined {
  return getVariableValues(schema, variableDefinitions, given, { maxErrors: 1 }).coerced
}

/**
 * The cost in a cache that holds all it may, or less where that isn't enough: in one of this extent, or of as many days as
 * people worked, which take longer to be known. Null where the executor will refuse.
 */
async function costAsFarAs(
  { isKnown, isEnough }: Record<'isKnown' | 'isEnough', (cost: Cost) => boolean>,
  costAt: (extent: Extent) => Cost | null,
  sql: Sql,
): Promise<Cost | null> {
  const ample = costAt(AMPLE)
  if (!ample || isKnown(ample)) return ample
  const extent = await readExtent(sql)
  const bounded = costAt(extent)
  if (!bounded || isEnough(bounded)) return bounded
  return costAt({ ...extent, ...(await countDays(sql)) })
}

function excess(cost: Cost, limits: Limits): LimitError | undefined {
  const less = 'a shorter range, fewer users or a smaller page.'
  const counts: [limit: LimitName, count: number, what: string, unit: string, advice: string][] = [
    ['MAX_QUERY_ROWS', cost.rows, 'The query asks for up to', 'rows', `Ask for ${less}`],
    ['MAX_QUERY_VALUES', cost.values, 'The query asks for up to', 'values', `Ask for fewer fields, ${less}`],
    ['MAX_QUERY_PERSON_PERIODS', cost.personPeriods, 'The query looks at up to', 'person-periods', `Ask for ${less}`],
  ]
  for (const [limit, count, ...words] of counts) {
    if (count > limits[limit]) return tooMuch(limit, limits, count, words)
  }
}
