import type { GatewayExecutor, GatewayInterface } from '@apollo/server-gateway-interface'
import { type DocumentNode, execute, GraphQLError, type GraphQLSchema } from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'

/**
 * Runs operations compiled to JavaScript, each once for as long as Apollo keeps its parsed document. What can't be
 * compiled goes through the interpreter of graphql-js. Apollo takes an executor of one's own through the interface that it has for gateways.
 */
export function compiledExecution(schema: GraphQLSchema): GatewayInterface {
  const executor = executorOf(schema)
  return {
    load: async () => ({ executor }),
    onSchemaLoadOrUpdate: (callback) => {
      callback({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => undefined
    },
    stop: async () => undefined,
  }
}

function executorOf(schema: GraphQLSchema): GatewayExecutor {
  const compiled = new WeakMap<DocumentNode, Map<string, CompiledQuery | null>>()
  return async ({ document, operationName, context, request }) => {
    const byOperation = compiled.get(document) ?? new Map<string, CompiledQuery | null>()
    compiled.set(document, byOperation)
    const name = operationName ?? ''
    const query = byOperation.has(name) ? byOperation.get(name) : compile(schema, document, name)
    byOperation.set(name, query ?? null)

    const variables = request.variables ?? {}
    const result = await query?.query(undefined, context, variables)
    // Without data nothing was run: a variable is wrong, and graphql-js says how.
    if (!result || !('data' in result)) {
      return execute({ schema, document, operationName, contextValue: context, variableValues: variables })
    }
    return result.errors ? { ...result, errors: result.errors.map((error) => located(error, document)) } : result
  }
}

function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string): CompiledQuery | null {
  const outcome = compileQuery(schema, document, operationName)
  return isCompiledQuery(outcome) ? outcome : null
}

/** The compiler's errors as graphql-js has them. */
function located({ message, path, originalError, locations }: GraphQLError, { loc }: DocumentNode): GraphQLError {
  const lines = loc?.source.body.split('\n') ?? []
  const positions = locations?.map(
    ({ line, column }) => lines.slice(0, line - 1).join(' ').length + column - (line > 1 ? 0 : 1),
  )
  return new GraphQLError(message, { source: loc?.source, positions, path, originalError })
}
