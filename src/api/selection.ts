import { BREAK, type FieldNode, type GraphQLResolveInfo, visit } from 'graphql'
import { parseResolveInfo, type ResolveTree } from 'graphql-parse-resolve-info'

/** A field that a query selects, with its arguments. */
export type Selection = ResolveTree

/** What is selected of the objects that this path leads to from what is being resolved, aliases and fragments resolved. */
export function selectionsAt(info: GraphQLResolveInfo, ...path: readonly string[]): Selection[] {
  return path.reduce<Selection[]>(
    (selections, name) => selections.filter((field) => field.name === name).flatMap(fieldsOf),
    selectionsOf(info),
  )
}

const known = new WeakMap<FieldNode, Selection[]>()

/** Documents are parsed once for many requests, and so are selections that no variable has a say in. */
function selectionsOf(info: GraphQLResolveInfo): Selection[] {
  const [field] = info.fieldNodes
  const selections = field && known.get(field)
  if (selections) return selections
  const root = parseResolveInfo(info) as ResolveTree | null
  const parsed = root ? fieldsOf(root) : []
  if (field && info.fieldNodes.length === 1 && !dependsOnVariables(field, info)) known.set(field, parsed)
  return parsed
}

function dependsOnVariables({ selectionSet }: FieldNode, { fragments }: GraphQLResolveInfo): boolean {
  let found = false
  const Variable = () => {
    found = true
    return BREAK
  }
  if (selectionSet) visit(selectionSet, { Variable })
  for (const fragment of Object.values(fragments)) visit(fragment, { Variable })
  return found
}

function fieldsOf(field: Selection): Selection[] {
  return Object.values(field.fieldsByTypeName).flatMap((fields) => Object.values(fields))
}
