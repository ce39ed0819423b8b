import type { ApolloServerPlugin } from '@apollo/server'
import type { RequestContext } from './request-context.ts'

/** Puts the receipt into `extensions.receipt` of every response that touched annotations. */
export const receiptPlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ contextValue, response: { body } }) {
        const { receipt } = contextValue.gathered
        if (!receipt || body.kind !== 'single') return
        body.singleResult.extensions = { ...body.singleResult.extensions, receipt }
      },
    }
  },
}
