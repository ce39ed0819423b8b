/** An operation is compiled once: what doesn't depend on its arguments and on what is stored is worked out by then. */
import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import { collectFields } from 'graphql/execution/collectFields.js'
import type { JsonPart } from '../../cache/json-text.ts'
import type { PageColumn, PageWriting } from '../../freshness/read/page/page-text.ts'
import type { PageInfo } from '../connections.ts'
import type { Cost } from '../cost.ts'
import type { RequestContext } from '../request-context.ts'
import { fragmentsOf } from '../selection.ts'
import { activityPart, fieldsIn, fieldsOf, MORE_THAN_STORED, type Selecting } from './passed-fields.ts'

export interface PassedOperation {
  /** The fields of its root, each under its key in the answer. */
  fields: readonly (readonly [key: string, field: { json: string } | PassedPage])[]
  /** What it costs, by the sizes of its pages: it depends on nothing else. */
  costs: Map<string, Cost>
}

/** A page of activities of which nothing is selected but what is stored. */
export interface PassedPage {
  field: GraphQLField<unknown, unknown>
  node: FieldNode
  /** The stages of which annotations are selected. */
  stages: readonly string[]
  /** What must be known of the page. */
  writing: Omit<PageWriting, 'isReversed' | 'cursorSql'>
  isCounted: boolean
  entries: readonly (readonly [key: string, value: ConnectionPart])[]
}

/** Of a page: JSON as it stands, one of its lists, how many there are in all, or where it stands among them. */
export type ConnectionPart =
  | { json: string }
  | { list: number }
  | 'totalCount'
  | { pageInfo: readonly (readonly [key: string, value: { json: string } | keyof PageInfo])[] }

/** With more conditions there are too many ways to combine them. */
const MOST_CONDITIONS = 5

/** Compiles operations, and keeps what came of them as long as their documents are kept. */
export function operationCompiler(schema: GraphQLSchema) {
  const kept = new WeakMap<
    OperationDefinitionNode,
    { conditions: readonly string[]; byValues: Map<string, PassedOperation | null> }
  >()

  /** The operation as it is passed through with these variables; null where more than what is stored is selected. */
  return (
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Record<string, unknown>,
    { freshness, versionsFailure }: Pick<RequestContext, 'freshness' | 'versionsFailure'>,
  ): PassedOperation | null => {
    if (versionsFailure) return null
    const known = kept.get(operation) ?? { conditions: conditionsOf(document), byValues: new Map() }
    kept.set(operation, known)
    const { conditions, byValues } = known
    if (conditions.length > MOST_CONDITIONS) return null
    const values = [freshness.graph.key, ...conditions.map((name) => variables[name])].join()
    const passed = byValues.get(values)
    if (passed !== undefined) return passed
    const compiled = compile({ schema, fragments: fragmentsOf(document), variables, freshness }, operation)
    byValues.set(values, compiled)
    return compiled
  }
}

/** The variables by which the document's fields are skipped or included. */
function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    Directive({ arguments: args = [] }) {
      for (const { value } of args) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}

function compile(selecting: Omit<Selecting, 'stages'>, operation: OperationDefinitionNode): PassedOperation | null {
  const { schema, fragments, variables } = selecting
  const root = schema.getQueryType()
  if (operation.operation !== 'query' || !root) return null
  try {
    const fields = collectFields(schema, fragments, variables, root, operation.selectionSet)
    return {
      fields: fieldsIn(root, fields, (field, nodes) => pageOf({ ...selecting, stages: new Set() }, field, nodes)),
      costs: new Map(),
    }
  } catch (error) {
    // Where a directive's condition is wrong, the executor says so.
    if (error === MORE_THAN_STORED || error instanceof GraphQLError) return null
    throw error
  }
}

function pageOf(selecting: Selecting, field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): PassedPage {
  const [node] = nodes
  const type = getNamedType(field.type)
  if (!node || type.name !== 'ActivityConnection' || !isObjectType(type)) throw MORE_THAN_STORED
  const lists: JsonPart<PageColumn>[] = []
  const listOf = (part: JsonPart<PageColumn>) => ({ list: lists.push(part) - 1 })
  const entries = fieldsOf(selecting, type, nodes, (field, nodes): ConnectionPart => {
    const named = getNamedType(field.type)
    if (field.name === 'totalCount') return 'totalCount'
    if (!isObjectType(named)) throw MORE_THAN_STORED
    if (field.name === 'nodes') return listOf(activityPart(selecting, named, nodes))
    if (field.name === 'edges') return listOf(edgePart(selecting, named, nodes))
    if (field.name !== 'pageInfo') throw MORE_THAN_STORED
    return { pageInfo: fieldsOf(selecting, named, nodes, ({ name }) => name as keyof PageInfo) }
  })
  if (lists.length === 0) throw MORE_THAN_STORED
  const places = entries.flatMap(([, part]) => (typeof part === 'object' && 'pageInfo' in part ? part.pageInfo : []))
  const asks = (...names: string[]) => places.some(([, name]) => typeof name === 'string' && names.includes(name))
  return {
    field,
    node,
    stages: [...selecting.stages],
    writing: { lists, more: asks('hasNextPage', 'hasPreviousPage'), ends: asks('startCursor', 'endCursor') },
    isCounted: entries.some(([, part]) => part === 'totalCount'),
    entries,
  }
}

function edgePart(selecting: Selecting, type: GraphQLObjectType, nodes: readonly FieldNode[]): JsonPart<PageColumn> {
  return {
    entries: fieldsOf(selecting, type, nodes, ({ name, type }, nodes): JsonPart<PageColumn> => {
      if (name === 'cursor') return { column: 'cursor', kind: 'plain text', nullable: false }
      const node = getNamedType(type)
      if (name !== 'node' || !isObjectType(node)) throw MORE_THAN_STORED
      return activityPart(selecting, node, nodes)
    }),
  }
}
