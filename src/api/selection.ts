import type { GraphQLResolveInfo } from 'graphql'
import { parseResolveInfo, type ResolveTree } from 'graphql-parse-resolve-info'

/** A field that a query selects, with its arguments. */
export type Selection = ResolveTree

/** What is selected of the objects that these paths lead to, aliases and fragments resolved. */
export function selectionsAt(info: GraphQLResolveInfo, paths: readonly (readonly string[])[]): Selection[] {
  const root = parseResolveInfo(info) as ResolveTree | null
  if (!root) return []
  return paths.flatMap((path) => {
    const parents = path.reduce<Selection[]>(
      (at, name) => at.flatMap(fieldsOf).filter((field) => field.name === name),
      [root],
    )
    return parents.flatMap(fieldsOf)
  })
}

/** True if the query selects the field of what is being resolved. */
export function isSelected(info: GraphQLResolveInfo, name: string): boolean {
  return selectionsAt(info, [[]]).some((field) => field.name === name)
}

function fieldsOf(field: Selection): Selection[] {
  return Object.values(field.fieldsByTypeName).flatMap((fields) => Object.values(fields))
}
