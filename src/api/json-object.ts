import { type ASTNode, GraphQLError, GraphQLScalarType, Kind, type ObjectValueNode, type ValueNode } from 'graphql'
import { ExactNumber, exactNumber } from '../model/exact-json.ts'
import { quoted } from '../model/excerpts.ts'
import type { SourceRow } from '../model/source-row.ts'
import { isDeeper } from '../source/unread-rows.ts'

/** What is nested deeper could only be kept by minutes of work. Literals are bounded with their query. */
const DEEPEST = 10_000

type Variables = Readonly<Record<string, unknown>> | null | undefined

/** A JSON object as it came, by variable or as a literal with variables in it. */
export const JsonObjectScalar = new GraphQLScalarType<SourceRow, SourceRow>({
  name: 'JSONObject',
  description: 'A JSON object. It is kept as it comes, every number with its digits.',
  specifiedByURL: 'http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf',
  serialize: jsonObject,
  parseValue: (value) => {
    const object = jsonObject(value)
    if (isDeeper(object, DEEPEST)) throw new GraphQLError(`A JSONObject may be nested at most ${DEEPEST} levels deep.`)
    return object
  },
  parseLiteral: (node, variables) => {
    if (node.kind !== Kind.OBJECT) throw notAnObject(node)
    return objectOf(node, variables)
  },
})

function jsonObject(value: unknown): SourceRow {
  if (isObject(value)) return value
  throw notAnObject()
}

function isObject(value: unknown): value is SourceRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}

function notAnObject(node?: ASTNode): GraphQLError {
  return new GraphQLError('A JSONObject must be a JSON object such as { id: 1 }.', { nodes: node })
}

function objectOf({ fields }: ObjectValueNode, variables: Variables): SourceRow {
  // Without a prototype, so that a field may be called `__proto__`.
  const object: SourceRow = Object.create(null)
  for (const { name, value } of fields) {
    const given = valueOf(value, variables)
    // As in an input object, a field whose variable isn't given is left out.
    if (given !== undefined) object[name.value] = given
  }
  return object
}

function valueOf(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.INT:
    case Kind.FLOAT:
      return exactNumber(node.value)
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value
    case Kind.NULL:
      return null
    case Kind.LIST:
      return node.values.map((value) => valueOf(value, variables) ?? null)
    case Kind.OBJECT:
      return objectOf(node, variables)
    case Kind.VARIABLE:
      return variables?.[node.name.value]
    case Kind.ENUM:
      throw new GraphQLError(`A JSONObject holds JSON; ${quoted(node.value)} is none unless it is quoted.`, {
        nodes: node,
      })
  }
}
