import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError, Kind, type Token, TokenKind } from 'graphql'
import pg from 'pg'
import { ArgumentValidationError } from 'type-graphql'
import { BrokerAwayError, NoWorkerError, StageError, SteelthreadError, UnavailableError } from '../model/errors.ts'
import { cut } from '../model/excerpts.ts'
import { requestOf } from './request-ids.ts'

/** Postgres' codes for bytes that its encoding lacks, and for such in JSON: of well-formed text only NUL. */
const NUL_IN_TEXT = ['22021', '22P05']

/** GraphQL's own messages print values whole, as long as they were sent; what follows a value says what is wrong with it. */
const LONGEST_MESSAGE = 1_000
const LONGEST_END = 300

/** What a client is told of, and the log, too. */
const LOGGED = [StageError, UnavailableError, NoWorkerError, BrokerAwayError]

const FAILED = 'The service failed to answer this; its log says why.'

/** Where graphql-js gives up comparing fields of one name, it says no more than that it does. */
const TOO_OFTEN = 'The query names the same fields too often for all of them to be compared; name each once.'

/** Told of every error that is the fault of the service or of a stage, and in which request it was met, if that is known. */
export type OnInternalError = (error: unknown, requestId?: string) => void

/** Told of the code of every error that a client is shown. */
export type OnShown = (code: string) => void

/**
 * What a client is shown of an error: its message and a stable code for those that it can act on, nothing but the fact
 * for all others. The only place where errors become GraphQL's.
 */
export function errorFormatter(
  onInternalError: OnInternalError,
  { hidesSchema, onShown = () => undefined }: { hidesSchema: boolean; onShown?: OnShown },
) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const cause = causeOf(error)
    const { locations, path } = formatted
    const message = hidesSchema ? withoutSuggestions(formatted.message) : formatted.message
    const requestId = requestOf(error)
    const show = (text: string, extensions: Record<string, unknown>) => {
      onShown(String(extensions.code))
      return { message: bounded(text), locations, path, extensions }
    }
    if (cause instanceof SteelthreadError) {
      // A stage that fails is a bug, what can't be reached an operator's concern: whoever asks is told, and so is the log.
      if (LOGGED.some((kind) => cause instanceof kind)) onInternalError(cause, requestId)
      return show(cause.message, { code: cause.code, ...cause.details })
    } else if (cause instanceof ArgumentValidationError) return show(...validationFault(cause))
    else if (isNulInText(cause)) {
      return show('A text must not hold the character NUL.', { code: 'BAD_USER_INPUT' })
    } else {
      const argument = wrongValueIn(cause)
      if (argument) return show(message, { code: 'BAD_USER_INPUT', argument })
      const code = isRefusedRequest(error) ? 'BAD_REQUEST' : formatted.extensions?.code
      if (error instanceof GraphQLError && code !== 'INTERNAL_SERVER_ERROR') {
        return show(message === 'Validation aborted.' ? TOO_OFTEN : message, { code })
      }
    }
    onInternalError(cause, requestId)
    return show(FAILED, { code: 'INTERNAL_SERVER_ERROR', ...(requestId && { requestId }) })
  }
}

/** With what graphql-js ends a message about a name that isn't there: the names that were meant, five at most, which are the schema's. */
const SUGGESTIONS = / ?Did you mean (?:[a-z, ]*"[^"]*")+\?$/
const LONGEST_SUGGESTIONS = 1_000

/** A message may hold a value as long as it was sent: only its end is looked at. */
function withoutSuggestions(message: string): string {
  const start = Math.max(message.length - LONGEST_SUGGESTIONS, 0)
  return message.slice(0, start) + message.slice(start).replace(SUGGESTIONS, '')
}

/** Whether a client sent the one character that no text in Postgres holds. */
export function isNulInText(error: unknown): boolean {
  return error instanceof pg.DatabaseError && NUL_IN_TEXT.includes(error.code ?? '')
}

/** Whether Apollo Server refused a request as it was sent, such as a query by another's hash: it gives those no code. */
function isRefusedRequest(error: unknown): boolean {
  if (!(error instanceof GraphQLError) || error.originalError || error.extensions.code !== undefined) return false
  return (error.extensions.http as { status?: number } | undefined)?.status === 400
}

/** What was thrown: by a resolver, or before any was run. */
function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError instanceof SteelthreadError
    ? error.originalError
    : unwrapResolverError(error)
}

/** The answer to a request that never became a query, in the shape of an answer to one. */
export function refusal(error: unknown, onInternalError: OnInternalError, requestId?: string) {
  if (error instanceof SteelthreadError) return shown(error)
  const isOurs = statusOf(error) >= 500
  if (isOurs) onInternalError(error, requestId)
  const message = error instanceof Error && !isOurs ? bounded(error.message) : FAILED
  const extensions = isOurs
    ? { code: 'INTERNAL_SERVER_ERROR', ...(requestId && { requestId }) }
    : { code: 'BAD_REQUEST' }
  return { errors: [{ message, extensions }] }
}

/** An answer that says nothing but this. */
export function shown({ message, code, details }: SteelthreadError) {
  return { errors: [{ message, extensions: { code, ...details } }] }
}

function bounded(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message
  return `${cut(message, LONGEST_MESSAGE - LONGEST_END)} ${message.slice(-LONGEST_END).replace(/^[\udc00-\udfff]/, '')}`
}

/** The HTTP status that an error asks for. */
export function statusOf(error: unknown): number {
  if (error instanceof SteelthreadError && error.extensions) return error.extensions.http.status
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
}

/** The HTTP headers that it is answered with. */
export function headersOf(error: unknown): Record<string, string> {
  return Object.fromEntries((error instanceof SteelthreadError && error.extensions?.http.headers) || [])
}

function validationFault(error: ArgumentValidationError): [string, Record<string, unknown>] {
  const faults = error.extensions.validationErrors.flatMap(function flatten(fault): {
    property: string
    text: string
  }[] {
    const own = Object.values(fault.constraints ?? {}).map((text) => ({ property: fault.property, text }))
    return [...own, ...(fault.children ?? []).flatMap(flatten)]
  })
  const text = faults.map((fault) => fault.text).join('; ')
  return [`${text}.`, { code: 'BAD_USER_INPUT', argument: faults[0]?.property }]
}

/** The argument, input field or variable whose value GraphQL itself refused. */
function wrongValueIn(error: unknown): string | undefined {
  const [node] = (error instanceof GraphQLError && error.nodes) || []
  switch (node?.kind) {
    case Kind.VARIABLE_DEFINITION:
      return node.variable.name.value
    case Kind.OBJECT_FIELD:
      return node.name.value
    case Kind.VARIABLE:
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.NULL:
    case Kind.ENUM:
    case Kind.LIST:
    case Kind.OBJECT:
      return nameBefore(node.loc?.startToken)
  }
}

/** The name before the nearest colon that isn't part of a value which ended before the token. */
function nameBefore(token: Token | null | undefined): string | undefined {
  let depth = 0
  for (let before = token?.prev; before; before = before.prev) {
    if (before.kind === TokenKind.BRACE_R || before.kind === TokenKind.BRACKET_R) depth += 1
    else if (before.kind === TokenKind.BRACE_L || before.kind === TokenKind.BRACKET_L) depth -= 1
    else if (before.kind === TokenKind.COLON && depth <= 0) return before.prev?.value
  }
}
