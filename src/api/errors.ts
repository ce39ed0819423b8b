import { unwrapResolverError } from '@apollo/server/errors'
import { type ASTNode, GraphQLError, type GraphQLFormattedError, Kind, parse, visit } from 'graphql'
import pg from 'pg'
import { ArgumentValidationError } from 'type-graphql'
import { SteelthreadError } from '../model/errors.ts'

/** Postgres' code for bytes that its encoding lacks: of well-formed text only NUL. */
const NUL_IN_TEXT = '22021'

/** Told of every error that is the service's own fault. */
export type OnInternalError = (error: unknown) => void

/**
 * What a client is shown of an error: its message and a stable code for those that it can act on, nothing but the fact
 * for all others. The only place where errors become GraphQL's.
 */
export function errorFormatter(onInternalError: OnInternalError) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const cause = unwrapResolverError(error)
    const { message, locations, path } = formatted
    const show = (text: string, extensions: Record<string, unknown>) => ({ message: text, locations, path, extensions })
    if (cause instanceof SteelthreadError) {
      if (cause.code !== 'STAGE_INVALID') return show(cause.message, { code: cause.code, ...cause.details })
    } else if (cause instanceof ArgumentValidationError) return show(...validationFault(cause))
    else if (cause instanceof pg.DatabaseError && cause.code === NUL_IN_TEXT) {
      return show('A text must not hold the character NUL.', { code: 'BAD_USER_INPUT' })
    } else if (error instanceof GraphQLError && formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') {
      const argument = wrongValueIn(error)
      const code = argument ? 'BAD_USER_INPUT' : formatted.extensions?.code
      return show(message, { code, ...(argument && { argument }) })
    }
    onInternalError(cause)
    return show('The service failed to answer this; its log says why.', { code: 'INTERNAL_SERVER_ERROR' })
  }
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

/** The argument or input field whose literal value or variable GraphQL itself refused. */
function wrongValueIn(error: GraphQLError): string | undefined {
  const [node] = error.nodes ?? []
  if (!node) return undefined
  if (node.kind === Kind.VARIABLE_DEFINITION) return node.variable.name.value
  const isValue = node.kind.endsWith('Value') || node.kind === Kind.OBJECT_FIELD
  return isValue && error.extensions.code === 'GRAPHQL_VALIDATION_FAILED' ? fieldAround(error, node) : undefined
}

function fieldAround({ source }: GraphQLError, { loc }: ASTNode): string | undefined {
  if (!source || !loc) return undefined
  let innermost: string | undefined
  const note = (node: { name: { value: string }; loc?: { start: number; end: number } }) => {
    if (node.loc && node.loc.start <= loc.start && loc.end <= node.loc.end) innermost = node.name.value
  }
  visit(parse(source), { Argument: note, ObjectField: note })
  return innermost
}
