/** One answer, one moment: a query is executed until all that it read was fresh in one snapshot. */
import type { GatewayInterface } from '@apollo/server-gateway-interface'
import { type ExecutionResult, execute, GraphQLError, type GraphQLSchema } from 'graphql'
import { sameAccess } from '../model/caller.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../model/receipt.ts'
import { inSpan } from '../model/spans.ts'
import { JoinedReads } from './joined-reads.ts'
import { momentContext } from './loaders.ts'
import { operationSpan } from './operation-span.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import type { Service } from './service.ts'

type Executor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>
type Asked = Parameters<Executor>[0]

/** What a query came to. */
interface Answered {
  result: ExecutionResult
  /** Whether annotations were touched. */
  isOfStages: boolean
  isOfItsTime: boolean
}

/** How Apollo Server executes operations: it takes an executor from a gateway alone. */
export function momentGateway(service: Service, schema: GraphQLSchema): GatewayInterface {
  return {
    onSchemaLoadOrUpdate(take) {
      take({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => {}
    },
    load: async () => ({ executor: momentExecutor(service, schema) }),
    stop: async () => {},
  }
}

/** Executes queries in one moment, equal ones at once together; mutations as they come. */
function momentExecutor(service: Service, schema: GraphQLSchema): Executor {
  const joined = new JoinedReads()
  let alone = 0

  const executeAs = async ({ document, request, operationName }: Asked, contextValue: RequestContext) =>
    execute({
      schema,
      document,
      contextValue,
      variableValues: request.variables ?? null,
      operationName: operationName ?? request.operationName ?? null,
    })

  const inOneMoment = (asked: Asked, receipt: Receipt, signal: AbortSignal): Promise<Answered> =>
    (asked.context as RequestContext).freshness.inOneMoment(receipt, signal, async (freshness, reads) => {
      const context = momentContext(asked.context as RequestContext, { freshness, database: reads, signal })
      const result = await executeAs(asked, context)
      const { receipt: touched, isOfItsTime } = context.gathered
      return { result, isOfStages: touched !== undefined, isOfItsTime: isOfItsTime || freshness.isOfItsTime }
    })

  const answer = async (asked: Asked, context: RequestContext): Promise<ExecutionResult> => {
    // Where a variable is wrong nothing is read.
    if (asked.operation?.operation !== 'query' || !context.variables) return executeAs(asked, context)
    const receipt = emptyReceipt()
    // What it failed with before it was left to the executor is nobody else's.
    const own = context.failures.size > 0 ? ++alone : 0
    const key = [
      own,
      sameAccess(context.caller),
      // What somebody is called others of the same access are not told; `caller` alone tells it.
      asked.source.includes('caller') && JSON.stringify(context.caller.name),
      service.today(),
      context.freshness.graph.key,
      asked.operationName,
      asked.source,
      JSON.stringify(context.variables),
    ]
    try {
      const read = (done: Receipt, signal: AbortSignal) => inOneMoment(asked, done, signal)
      const { result, isOfStages, isOfItsTime } = await joined.read(key.join('\n'), receipt, read, context.signal)
      if (isOfStages && context.versionsFailure) throw context.versionsFailure
      if (isOfStages) addReceipt(receiptOf(context), receipt)
      context.gathered.isOfItsTime = isOfItsTime
      // Others who asked the same have it, too, and each error is met in a request.
      return result.errors
        ? { ...result, errors: result.errors.map((error) => new GraphQLError(error.message, error)) }
        : result
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return { data: null, errors: [new GraphQLError(error.message, { originalError: error })] }
    }
  }

  return (asked) => {
    const type = asked.operation?.operation ?? 'query'
    return inSpan(operationSpan(type), () => answer(asked, asked.context as RequestContext))
  }
}
