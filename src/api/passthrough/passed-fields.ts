/** Which fields of an activity are what is stored: those of its page, and those of its annotations that nothing is added to. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { collectSubfields } from 'graphql/execution/collectFields.js'
import { ACTIVITY_JSON } from '../../cache/activity-pages.ts'
import type { JsonKind, JsonPart } from '../../cache/json-text.ts'
import type { Freshness } from '../../freshness/freshness.ts'
import type { PageColumn } from '../../freshness/read/page/page-text.ts'
import type { StageColumn } from '../../freshness/slices/stage-table.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { stageOfField } from '../stages/annotate-activities.ts'
import { apiSubject } from '../stages/api-subjects.ts'
import { propertyShown } from '../stages/seconds.ts'

/** An operation's selections by the executor's own rules, for values of its variables. */
export interface Selecting {
  schema: GraphQLSchema
  fragments: Record<string, FragmentDefinitionNode>
  variables: Record<string, unknown>
  freshness: Freshness
  /** The stages that what was selected of a page so far is of. */
  stages: Set<string>
}

/** Says that something is selected which is more than what is stored. */
export const MORE_THAN_STORED = Symbol('more than what is stored')

/** Each field that is selected of an object, under its key in the answer. @throws MORE_THAN_STORED as `partOf` does. */
export function fieldsOf<Part>(
  { schema, fragments, variables }: Selecting,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  partOf: (field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]) => Part,
): [key: string, Part | { json: string }][] {
  return fieldsIn(type, collectSubfields(schema, fragments, variables, type, nodes), partOf)
}

/** The same of fields that are collected. */
export function fieldsIn<Part>(
  type: GraphQLObjectType,
  selected: ReadonlyMap<string, readonly FieldNode[]>,
  partOf: (field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]) => Part,
): [key: string, Part | { json: string }][] {
  return [...selected].map(([key, nodes]) => {
    const name = nodes[0]?.name.value ?? ''
    if (name === '__typename') return [key, { json: JSON.stringify(type.name) }]
    return [key, partOf(fieldNamed(type, name), nodes)]
  })
}

function fieldNamed(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> {
  const field = type.getFields()[name]
  if (!field) throw MORE_THAN_STORED
  return field
}

/** What is selected of the activities of a list. @throws MORE_THAN_STORED */
export function activityPart(
  selecting: Selecting,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): JsonPart<PageColumn> {
  const entries = fieldsOf(selecting, type, nodes, (field, nodes) => {
    const named = getNamedType(field.type)
    const stage = stageOfField(field.name)
    // How fresh it must be is for the executor to say.
    if (stage && nodes.some((node) => node.arguments && node.arguments.length > 0)) throw MORE_THAN_STORED
    if (stage) return annotationPart(selecting, stage, objectType(named), nodes)
    if (isObjectType(named)) return referencePart(selecting, field.name, named, isNonNullType(field.type), nodes)
    return activityColumn(field, field.name)
  })
  return { entries }
}

/** A user, a stereotype or a project of the page. */
function referencePart(
  selecting: Selecting,
  prefix: string,
  type: GraphQLObjectType,
  isAlways: boolean,
  nodes: readonly FieldNode[],
): JsonPart<PageColumn> {
  const nameOf = ({ name }: { name: string }) => `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const entries = fieldsOf(selecting, type, nodes, (field) => activityColumn(field, nameOf(field)))
  const id = nameOf({ name: 'id' })
  if (!isActivityColumn(id)) throw MORE_THAN_STORED
  return { entries, ...(isAlways ? {} : { nullWith: columnOf(id) }) }
}

type ActivityColumn = keyof typeof ACTIVITY_JSON

function isActivityColumn(name: string): name is ActivityColumn {
  return Object.hasOwn(ACTIVITY_JSON, name)
}

/** A duration is written from its seconds. */
function columnOf(name: ActivityColumn): PageColumn {
  return name === 'duration' ? 'durationSeconds' : name
}

function activityColumn(field: GraphQLField<unknown, unknown>, name: string): JsonPart<PageColumn> {
  const type = getNamedType(field.type)
  const isAsStored = !isEnumType(type) || type.getValues().every((each) => each.name === each.value)
  if (!isPlain(field) || !isActivityColumn(name) || !isAsStored) throw MORE_THAN_STORED
  return { column: columnOf(name), kind: ACTIVITY_JSON[name], nullable: !isNonNullType(field.type) }
}

/** The annotation of an activity, its own or that of its user's day. */
function annotationPart(
  selecting: Selecting,
  stageName: string,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): JsonPart<PageColumn> {
  const { freshness, stages } = selecting
  const stage = freshness.graph.get(stageName)
  // Why it can't be answered is for the executor to say.
  if (!stage) throw MORE_THAN_STORED
  const columns = freshness.columnsOfActivity(stageName)
  if (!columns) throw MORE_THAN_STORED
  stages.add(stageName)
  const subject = apiSubject(stage.definition).name
  const entries = fieldsOf(selecting, type, nodes, (field, nodes) => {
    if (field.name === subject)
      return referencePart(selecting, subject, objectType(getNamedType(field.type)), true, nodes)
    return ofAnnotation(stage, columns, field)
  })
  return { entries }
}

function ofAnnotation(
  { definition: { name, version } }: Stage,
  columns: readonly StageColumn[],
  field: GraphQLField<unknown, unknown>,
): JsonPart<PageColumn> {
  if (!isPlain(field)) throw MORE_THAN_STORED
  if (field.name === 'stage') return { json: JSON.stringify(name) }
  if (field.name === 'version') return { json: String(version) }
  const instant = INSTANTS[field.name]
  if (instant) return { column: { stage: name, column: instant }, kind: 'instant', nullable: false }
  const column = columns.find(({ property }) => property === propertyShown(field))
  const kind = column && KINDS[getNamedType(field.type).name]?.[column.type]
  if (!kind) throw MORE_THAN_STORED
  return { column: { stage: name, column: column.name }, kind, nullable: !isNonNullType(field.type) }
}

const INSTANTS: Readonly<Record<string, string>> = { computedAt: 'computed_at', changedAt: 'changed_at' }

const TEXTS: Readonly<Record<string, JsonKind>> = { uuid: 'plain text', text: 'text', 'character varying': 'text' }
const INTEGERS: Readonly<Record<string, JsonKind>> = { smallint: 'number', integer: 'number' }

/** How a column is written that is shown as a scalar, by the names of both types; all else is not what is stored. */
const KINDS: Readonly<Record<string, Readonly<Record<string, JsonKind>>>> = {
  ID: TEXTS,
  String: TEXTS,
  Date: { date: 'plain text' },
  Boolean: { boolean: 'number' },
  Int: INTEGERS,
  BigInt: { ...INTEGERS, bigint: 'number' },
  Float: { ...INTEGERS, bigint: 'number', 'double precision': 'float' },
}

/** Whether a field shows a property, and no list. */
function isPlain(field: GraphQLField<unknown, unknown>): boolean {
  const { name, resolve, args, type } = field
  return (
    (!resolve || propertyShown(field) !== name) &&
    args.length === 0 &&
    getNamedType(type) === (isNonNullType(type) ? type.ofType : type)
  )
}

function objectType(type: ReturnType<typeof getNamedType>): GraphQLObjectType {
  if (!isObjectType(type)) throw MORE_THAN_STORED
  return type
}
