/** A query is parsed and checked once; then it is known by its text, or by the hash that stands for it. */
import type { GraphQLRequestContextResponseForOperation } from '@apollo/server'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { RequestContext } from '../request-context.ts'

const MOST_CHARACTERS = 256 * 1024

/** Documents whose texts have so many characters together are kept, at 70 to 240 bytes a character. */
export const DOCUMENTS_KEPT = {
  maxSize: MOST_CHARACTERS,
  sizeCalculation: ({ loc }: DocumentNode): number => loc?.source.body.length ?? MOST_CHARACTERS,
}

/** A request for an operation of a known document. */
export interface KnownRequest {
  document: DocumentNode
  operationName: string | null
  variables: Record<string, unknown>
}

/** Queries that Apollo Server found valid. */
export class KnownDocuments {
  private readonly byText = new LRUCache<string, DocumentNode>(DOCUMENTS_KEPT)
  /** Those that clients ask by their hashes. */
  private readonly byHash = new LRUCache<string, DocumentNode>(DOCUMENTS_KEPT)

  add({ source, queryHash, metrics, document }: GraphQLRequestContextResponseForOperation<RequestContext>): void {
    this.byText.set(source, document)
    const isHashed = metrics.persistedQueryHit || metrics.persistedQueryRegister
    if (queryHash && isHashed) this.byHash.set(queryHash, document)
  }

  /** The request in the body of a POST, as Apollo Server reads it; null where it is another's, or may be refused. */
  requestIn(body: unknown): KnownRequest | null {
    if (!isRecord(body)) return null
    const { query, variables, operationName = null, extensions } = body
    const document =
      extensions === undefined ? known(this.byText, query) : known(this.byHash, hashIn(query, extensions))
    const given = variables ?? {}
    if (!document || !isRecord(given) || (operationName !== null && typeof operationName !== 'string')) return null
    return { document, operationName, variables: given }
  }
}

function known(documents: LRUCache<string, DocumentNode>, key: unknown): DocumentNode | undefined {
  return typeof key === 'string' ? documents.get(key) : undefined
}

/** The hash of the query that isn't sent, as it was sent before. */
function hashIn(query: unknown, extensions: unknown): unknown {
  const { persistedQuery, ...others } = isRecord(extensions) ? extensions : {}
  const isOne = query === undefined && isRecord(persistedQuery) && persistedQuery.version === 1
  return isOne && Object.keys(others).length === 0 ? persistedQuery.sha256Hash : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
