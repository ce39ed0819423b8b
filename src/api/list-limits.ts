import {
  defaultFieldResolver,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql'
import { BadInputError } from '../model/errors.ts'

const LONGEST_LIST = 10_000

/**
 * Bounds every list that a query can give: of enum values as many as there are, of all else 10,000. The schema says so
 * of each, and a longer one is a BadInputError that names it before anything is done with it.
 */
export function limitLists(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) Object.values(type.getFields()).forEach(state)
    if (isInterfaceType(type) || isObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        field.args.forEach(state)
        if (isObjectType(type) && field.args.some(({ type }) => holdsLists(type))) enforce(field)
      }
    }
  }
  return schema
}

/** How many entries a value of this type may have; undefined for what is no list. */
export function mostOf(type: GraphQLInputType): number | undefined {
  const list = getNullableType(type)
  if (!isListType(list)) return undefined
  const item = getNullableType(list.ofType)
  return isEnumType(item) ? item.getValues().length : LONGEST_LIST
}

function state(input: GraphQLArgument | GraphQLInputField): void {
  const most = mostOf(input.type)
  if (most === undefined) return
  input.description = [input.description, `At most ${most.toLocaleString('en-US')}.`].filter(Boolean).join(' ')
}

function enforce(field: GraphQLField<unknown, unknown>): void {
  const { args } = field
  // What a subscription is given is there when it begins, and no more with its events.
  const key = field.subscribe ? 'subscribe' : 'resolve'
  const resolve = field[key] ?? defaultFieldResolver
  const checks = args.flatMap(({ name, type }) => {
    const check = checkOf(name, type)
    return check ? [(given: Record<string, unknown>) => check(given[name])] : []
  })
  field[key] = (source, given, context, info) => {
    for (const check of checks) check(given)
    return resolve(source, given, context, info)
  }
}

type Check = (value: unknown) => void

/** Checks the lists in a value of this type; undefined where none can stand in it. */
function checkOf(name: string, type: GraphQLInputType): Check | undefined {
  if (!holdsLists(type)) return undefined
  const most = mostOf(type) ?? Number.POSITIVE_INFINITY
  const inside = Object.entries(fieldsOf(type)).flatMap(([field, { type }]) => {
    const check = checkOf(field, type)
    return check ? [[field, check] as const] : []
  })
  return (value) => {
    if (value === null || value === undefined) return
    if (Array.isArray(value) && value.length > most) {
      const [given, limit] = [value.length, most].map((count) => count.toLocaleString('en-US'))
      throw new BadInputError(name, `${name} may hold at most ${limit} entries, not ${given}.`)
    }
    for (const [field, check] of inside) {
      for (const object of Array.isArray(value) ? value : [value]) check(object?.[field])
    }
  }
}

/** Whether lists can stand in a value of this type, however deep. Input types that hold themselves are not looked for. */
function holdsLists(type: GraphQLInputType): boolean {
  return mostOf(type) !== undefined || Object.values(fieldsOf(type)).some((field) => holdsLists(field.type))
}

function fieldsOf(type: GraphQLInputType): Readonly<Record<string, GraphQLInputField>> {
  const own = getNullableType(type)
  const item = isListType(own) ? getNullableType(own.ofType) : own
  return isInputObjectType(item) ? item.getFields() : {}
}
