import { type GraphQLError, type GraphQLSchema, graphql } from 'graphql'
import { errorFormatter } from '../../src/api/errors.ts'
import { requestContext } from '../../src/api/loaders.ts'
import { apiSchema } from '../../src/api/schema.ts'
import { ANYBODY } from '../../src/model/caller.ts'
import { DEFAULT_LIMITS } from '../../src/model/limits.ts'
import type { Receipt } from '../../src/model/receipt.ts'
import type { TestService } from './service.ts'

export interface Asked {
  query: string
  variables?: Record<string, unknown>
  operationName?: string
}

/** What graphql-js alone says, errors as a client is shown them. */
export interface Executed {
  data?: unknown
  errors?: { message: string; path?: unknown }[]
  receipt?: Receipt
}

/** Executes by graphql-js what the service is asked, without all that stands around it. */
export async function executor(service: TestService): Promise<(asked: Asked) => Promise<Executed>> {
  const schema: GraphQLSchema = await apiSchema({ ...service, limits: DEFAULT_LIMITS })
  return async ({ query, variables, operationName }) => {
    const context = await requestContext({ ...service, limits: DEFAULT_LIMITS }, new AbortController().signal, ANYBODY)
    const { data, errors } = await graphql({
      schema,
      source: query,
      variableValues: variables,
      operationName,
      contextValue: context,
    })
    return { data, errors: errors?.map(shown), receipt: context.gathered.receipt }
  }
}

const formatError = errorFormatter(() => undefined, { hidesSchema: false })

function shown(error: GraphQLError): { message: string; path?: unknown } {
  const code = error.originalError ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST'
  const { message, path } = formatError({ ...error.toJSON(), extensions: { code } }, error)
  return { message, path }
}

/** A title that tells a case from others. */
export function titled<T extends Asked>(asked: T): T & { title: string } {
  const { query, variables = {}, operationName = '' } = asked
  const title = `${query.replaceAll(/\s+/g, ' ').slice(0, 120)} ${operationName} ${JSON.stringify(variables)}`
  return { ...asked, title }
}
