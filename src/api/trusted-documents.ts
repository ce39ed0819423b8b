/** Documents that are known beforehand, and callers of whom no others are run, by whatever way they come. */
import type { ApolloServerPlugin } from '@apollo/server'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../model/caller.ts'
import { UntrustedDocumentError } from '../model/errors.ts'
import type { TrustedDocumentSettings } from '../model/restrictions.ts'
import { sha256 } from '../model/sha256.ts'
import type { RequestContext } from './request-context.ts'

/** A request as it was sent. */
type Sent = Readonly<Record<string, unknown>>

export class TrustedDocuments {
  /** By the names that their file gives them, and by their SHA-256. */
  private readonly byName: ReadonlyMap<string, string>
  private readonly texts: ReadonlySet<string>
  private readonly held: TrustedDocumentSettings['held']

  /** @param own Texts that are trusted beside those of the file. */
  constructor({ documents, held }: TrustedDocumentSettings, own: readonly string[]) {
    this.texts = new Set([...documents.values(), ...own])
    this.byName = new Map([...[...this.texts].map((text) => [sha256(text), text] as const), ...documents])
    this.held = held
  }

  /** In Apollo Server: what it found to be asked is what it runs, however that was sent. */
  readonly plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      didResolveOperation: async ({ source, contextValue: { caller } }) => this.check(source, caller),
    }),
  }

  /**
   * The text that is asked for, by itself or by a name: `documentId`, `id`, or the hash of a persisted query.
   * @throws UntrustedDocumentError where the caller may not ask for it.
   */
  textOf(sent: Sent, caller: Caller): unknown {
    const text = sent.query || this.named(sent)
    this.check(text, caller)
    return text
  }

  /** The same of a request over HTTP: it has the text where it had a name. */
  inRequest(request: FastifyRequest, caller: Caller): FastifyRequest {
    const { method, body, query } = request
    const sent = method === 'GET' ? query : body
    if (!isRecord(sent)) {
      this.check(undefined, caller)
      return request
    }
    const text = this.textOf(sent, caller)
    if (text === sent.query || typeof text !== 'string') return request
    const { extensions: _, ...others } = sent
    const named = { ...others, query: text }
    return Object.create(
      request,
      method === 'GET' ? { query: { value: named }, url: { value: urlOf(named) } } : { body: { value: named } },
    )
  }

  private named({ documentId, id, extensions }: Sent): string | undefined {
    const given = typeof extensions === 'string' ? jsonOf(extensions) : extensions
    const persisted = isRecord(given) && isRecord(given.persistedQuery) ? given.persistedQuery.sha256Hash : undefined
    const name = documentId ?? id ?? persisted
    return typeof name === 'string' ? this.byName.get(name) : undefined
  }

  private check(text: unknown, { role }: Caller): void {
    if (!this.held.includes(role) || (typeof text === 'string' && this.texts.has(text))) return
    throw new UntrustedDocumentError(
      'Only documents are run here that are known beforehand (TRUSTED_DOCUMENTS), and this is none of them: ' +
        'so GraphiQL can’t be used either. Ask whoever runs the service to add it.',
    )
  }
}

function urlOf(query: Sent): string {
  const texts = Object.entries(query).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  )
  return `/graphql?${new URLSearchParams(texts)}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
