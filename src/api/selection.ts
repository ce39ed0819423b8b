import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isObjectType,
  Kind,
} from 'graphql'
import { collectSubfields } from 'graphql/execution/collectFields.js'

/** A field that a query selects, with its arguments. */
export interface Selection {
  name: string
  args: Record<string, unknown>
}

type FieldNodes = GraphQLResolveInfo['fieldNodes']

/**
 * What is selected of the objects that this path of fields leads to from what is being resolved, by the executor's own
 * rules: aliases, fragments, directives and variables mean here what they mean there.
 */
export function selectionsAt(info: GraphQLResolveInfo, ...path: readonly string[]): Selection[] {
  let type = objectType(info.returnType)
  let nodes = info.fieldNodes
  for (const name of path) {
    nodes = selected(info, type, nodes).filter((node) => node.name.value === name)
    type = objectType(type.getFields()[name]?.type)
  }
  return selectionsOf(info, type, nodes)
}

/** The same of what is being resolved, where it turns out to be of the type of this name. */
export function selectionsOn(info: GraphQLResolveInfo, name: string): Selection[] {
  return selectionsOf(info, objectType(info.schema.getType(name)), info.fieldNodes)
}

function selectionsOf(info: GraphQLResolveInfo, type: GraphQLObjectType, nodes: FieldNodes): Selection[] {
  const fields = type.getFields()
  return selected(info, type, nodes).flatMap((node) => {
    const field = fields[node.name.value]
    return field ? [{ name: field.name, args: getArgumentValues(field, node, info.variableValues) }] : []
  })
}

function selected(
  { schema, fragments, variableValues }: GraphQLResolveInfo,
  type: GraphQLObjectType,
  nodes: FieldNodes,
) {
  return [...collectSubfields(schema, fragments, variableValues, type, nodes).values()].flat()
}

function objectType(type: Parameters<typeof getNamedType>[0]): GraphQLObjectType {
  const named = getNamedType(type)
  if (!isObjectType(named)) throw new Error(`Broken invariant: ${named} is no type of objects.`)
  return named
}

/** A document's fragments by their names. */
export function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const node of definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node
  return fragments
}
