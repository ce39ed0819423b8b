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
  texts: readonly Text[]
}

export interface Text {
  path: readonly (string | number)[]
  type: string
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

/** Every field of Query and Mutation, asked with the arguments that it needs. */
export function operations(values: Values = PLAIN): Operation[] {
  return fields().map(([parent, field]) => operationOf(parent, field, field.args.filter(isRequiredArgument), values))
}

/** The same, and each of them with each of its other arguments, which has all that may be in it. */
export function operationsOfEachArgument(values: Values = PLAIN): Operation[] {
  return fields().flatMap(([parent, field]) => {
    const needed = field.args.filter(isRequiredArgument)
    const others = field.args.filter((arg) => !isRequiredArgument(arg))
    return [needed, ...others.map((arg) => [...needed, arg])].map((args) => operationOf(parent, field, args, values))
  })
}

function fields(): [string, GraphQLField<unknown, unknown>][] {
  return [SCHEMA.getQueryType(), SCHEMA.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field): [string, GraphQLField<unknown, unknown>] => [
      type?.name ?? '',
      field,
    ]),
  )
}

function operationOf(
  parent: string,
  field: GraphQLField<unknown, unknown>,
  args: readonly GraphQLArgument[],
  values: Values,
): Operation {
  const texts: Text[] = []
  const variables = Object.fromEntries(args.map((arg) => [arg.name, valueOf(arg, arg.type, values, [arg.name], texts)]))
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
  path: (string | number)[],
  texts: Text[],
): unknown {
  const bare = getNullableType(type)
  if (isListType(bare)) return [valueOf(named, bare.ofType, values, [...path, 0], texts)]
  if (isEnumType(bare)) return bare.getValues()[0]?.name
  if (isInputObjectType(bare)) {
    return Object.fromEntries(
      Object.values(bare.getFields()).map((field) => [
        field.name,
        valueOf(field, field.type, values, [...path, field.name], texts),
      ]),
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
