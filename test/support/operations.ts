import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'

const SCHEMA = buildSchema(readFileSync(join(import.meta.dirname, '../../schema/schema.graphql'), 'utf8'))

/** A request for one field of Query or Mutation, whose arguments are all variables. */
export interface Operation {
  /** `Query.users` and the like. */
  name: string
  isMutation: boolean
  query: string
  variables: Record<string, unknown>
  /** Where in the variables a text may stand, and of which type it is. */
  texts: readonly { path: readonly (string | number)[]; type: string }[]
}

/** What stands for a type, or for what is called so. */
export type Values = Readonly<Record<string, unknown>>

/** Good values, so that an operation comes as far as it may. */
export const PLAIN: Values = {
  Date: '2026-03-02',
  DateTime: '2026-03-02T12:00:00Z',
  Int: 1,
  Boolean: false,
  ID: '00000000-0000-7000-8000-000000000000',
  String: 'plain',
  JSONObject: { id: 'plain' },
  source: 'timesheets',
  sources: 'timesheets',
  stage: 'nva_summary',
  candidate: 2,
  version: 2,
}

/**
 * Every field of Query and Mutation, asked with all of its arguments, or only with those that it needs. Paging backward is left out, as nobody
 * may ask for both ways at once.
 */
export function operations({
  values = PLAIN,
  isFull = false,
}: {
  values?: Values
  isFull?: boolean
} = {}): Operation[] {
  return [SCHEMA.getQueryType(), SCHEMA.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => operationOf(type?.name ?? '', field, values, isFull)),
  )
}

function operationOf(
  parent: string,
  field: GraphQLField<unknown, unknown>,
  values: Values,
  isFull: boolean,
): Operation {
  const args = field.args.filter((arg) => isRequiredArgument(arg) || (isFull && !['last', 'before'].includes(arg.name)))
  const texts: { path: (string | number)[]; type: string }[] = []
  const variables = Object.fromEntries(
    args.map((arg) => [arg.name, valueOf(arg, arg.type, values, isFull, [arg.name], texts)]),
  )
  const isMutation = parent === 'Mutation'
  const declared = args.map(({ name, type }) => `$${name}: ${type}`).join(', ')
  const given = args.map(({ name }) => `${name}: $${name}`).join(', ')
  const selection = selectionOf(field.type)
  return {
    name: `${parent}.${field.name}`,
    isMutation,
    query: `${isMutation ? 'mutation' : 'query'}${declared && ` (${declared})`} { ${field.name}${given && `(${given})`} ${selection} }`,
    variables,
    texts,
  }
}

function valueOf(
  named: GraphQLArgument | GraphQLInputField,
  type: GraphQLInputType,
  values: Values,
  isFull: boolean,
  path: (string | number)[],
  texts: { path: (string | number)[]; type: string }[],
): unknown {
  const bare = getNullableType(type)
  if (isListType(bare)) return [valueOf(named, bare.ofType, values, isFull, [...path, 0], texts)]
  if (isEnumType(bare)) return bare.getValues()[0]?.name
  if (isInputObjectType(bare)) {
    return Object.fromEntries(
      Object.values(bare.getFields())
        .filter((field) => isFull || isRequiredInputField(field))
        .map((field) => [field.name, valueOf(field, field.type, values, isFull, [...path, field.name], texts)]),
    )
  }
  const { name } = getNamedType(bare)
  if (['String', 'ID', 'JSONObject', 'Date', 'DateTime'].includes(name)) texts.push({ path, type: name })
  return values[named.name] ?? values[name]
}

/** The leaves of what a field gives, and of what is in it as far as that needs no arguments: two levels deep. */
function selectionOf(type: GraphQLOutputType, depth = 2): string {
  const named = getNamedType(type)
  if (isLeafType(named)) return ''
  if (!isObjectType(named)) return '{ __typename }'
  const parts = Object.values(named.getFields())
    .filter(({ args }) => !args.some(isRequiredArgument))
    .flatMap((field) => {
      if (isLeafType(getNamedType(field.type))) return [field.name]
      return depth > 0 && field.args.length === 0 ? [`${field.name} ${selectionOf(field.type, depth - 1)}`] : []
    })
  return `{ __typename ${parts.join(' ')} }`
}
