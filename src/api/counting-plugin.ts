import type { ApolloServerPlugin } from '@apollo/server'
import type { Counters } from '../model/counters.ts'
import type { RequestContext } from './request-context.ts'
import { metIn } from './request-ids.ts'

/** Counts operations by their types, and remembers in which request errors were met. */
export function countingPlugin(counters: Counters): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation }) => {
        if (operation) counters.add('graphqlOperations', operation.operation)
      },
      didEncounterErrors: async ({ errors, contextValue }) => metIn(errors, contextValue.gathered.requestId),
    }),
  }
}
