/** Nothing changed: nothing is to be done. An answer is sent again, byte by byte, while it is proven to be still right. */
import type { ApolloServerPlugin } from '@apollo/server'
import { collectFields } from 'graphql/execution/collectFields.js'
import { LRUCache } from 'lru-cache'
import { Extensions } from 'type-graphql'
import type { StateProof } from '../cache/state-proof.ts'
import type { RequestContext } from './request-context.ts'
import { fragmentsOf } from './selection.ts'

/** What is remembered holds so many characters together. */
const MOST_CHARACTERS = 16 * 1024 * 1024
const LONGEST_ANSWER = 1024 * 1024

/** In bytes. */
export const LONGEST_REQUEST = 8 * 1024

/** Says of a query that its answer is made of what is committed in the cache and of today's date, and of nothing else. */
export function FromCache(): MethodDecorator {
  return Extensions({ fromCache: true })
}

/** An answer as it is sent. */
export interface SentAnswer {
  text: string
  type: string
}

interface Remembered extends SentAnswer {
  /** Of the state in which it is right. */
  proof: string
}

/** Answers to requests that were asked before, as they came. */
export class AnswerMemory {
  private readonly proof: Pick<StateProof, 'now'>
  /** By request: its answer, or that it was asked. */
  private readonly known = new LRUCache<string, Remembered | 'asked'>({
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (known, request) => request.length + (known === 'asked' ? 0 : known.text.length) + 1,
  })

  constructor(proof: Pick<StateProof, 'now'>) {
    this.proof = proof
  }

  /**
   * What is known to answer a request, where nothing was committed since that was made; else null, and how to remember
   * what answers it now. Nothing is remembered of what is asked once.
   * @param request All that the answer depends on but for what is committed
   */
  async recall(request: string): Promise<{ known: SentAnswer | null; remember(answer: SentAnswer): Promise<void> }> {
    const known = this.known.get(request)
    if (known === undefined) {
      this.known.set(request, 'asked')
      return ASKED_ONCE
    }
    const proof = await this.proof.now()
    if (known !== 'asked' && known.proof === proof) return { known, remember: async () => {} }
    return {
      known: null,
      // Whatever was committed while it was made may be in it, or not.
      remember: async (answer) => {
        if (proof === null || answer.text.length > LONGEST_ANSWER || (await this.proof.now()) !== proof) return
        this.known.set(request, { ...answer, proof })
      },
    }
  }

  /** In Apollo Server: says of what it answers whether that may be sent again. */
  readonly plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      willSendResponse: async ({ schema, document, operation, contextValue, response: { body } }) => {
        const { variables, gathered } = contextValue
        const root = operation?.operation === 'query' && schema.getQueryType()
        if (!root || !document || !variables || body.kind !== 'single' || body.singleResult.errors) return
        if (gathered.isOfItsTime) return
        const fields = collectFields(schema, fragmentsOf(document), variables, root, operation.selectionSet)
        const names = [...fields.values()].map(([node]) => node?.name.value ?? '')
        gathered.isFromCache = names.every((name) => root.getFields()[name]?.extensions.fromCache === true)
      },
    }),
  }
}

const ASKED_ONCE = { known: null, remember: async () => {} }
