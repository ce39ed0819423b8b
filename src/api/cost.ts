import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isIntrospectionType,
  isListType,
  isObjectType,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js'
import { Extensions } from 'type-graphql'
import type { Extent } from '../cache/extent.ts'
import { daysBetween } from '../model/calendar.ts'
import { day } from '../periods/day.ts'
import { type CalendarPeriod, mostIn } from '../periods/period.ts'
import { fragmentsOf } from './selection.ts'

/** What answering costs at most: objects of the answer, their fields, and person-periods that must be looked at. */
export interface Cost {
  rows: number
  values: number
  personPeriods: number
}

/** `page` is how many rows the page has that holds the field. */
type Count = (args: CostArgs, extent: Extent, page: number) => number

/** The same, whatever the page. */
export type CountOfRange = (args: CostArgs, extent: Extent) => number

/** The arguments that costs go by, wherever they are. */
export interface CostArgs {
  from?: string | null
  to?: string | null
  userIds?: readonly string[] | null
  projectIds?: readonly string[] | null
  first?: number | null
  last?: number | null
  stages?: readonly string[] | null
  groupBy?: readonly string[]
  input?: readonly unknown[]
  ids?: readonly string[]
  on?: string | null
  before?: { from?: string; to?: string }
  after?: { from?: string; to?: string }
  by?: readonly string[]
}

interface CostRule {
  /** How many objects the field holds at most. */
  rows?: Count
  /** How many rows the page has at most that the field is. */
  page?: Count
  personPeriods?: Count
}

/** How many objects a list of few holds that says nothing of it; those of the schema itself hold fewer. */
const FEW = 10
const FEW_OF_SCHEMA = 4

/** Says what a field costs. Without it a field holds one object, a list a few, and nothing is looked at for it. */
export function Costs(rule: CostRule): MethodDecorator & PropertyDecorator {
  return Extensions({ cost: rule })
}

/**
 * What an operation costs at most in a cache of some extent, by the executor's own rules; undefined where there is none
 * of its kind. The cost is null where an argument is wrong: the executor says so, and where.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): ((extent: Extent) => Cost | null) | undefined {
  const root = schema.getRootType(operation.operation)
  if (!root) return undefined
  const fragments = fragmentsOf(document)
  return (extent) => {
    const counting = { schema, fragments, variables, extent, page: 1 }
    try {
      return ofFields(counting, root, collectFields(schema, fragments, variables, root, operation.selectionSet))
    } catch (error) {
      if (error instanceof GraphQLError) return null
      throw error
    }
  }
}

/** What fields are counted by. */
interface Counting {
  schema: GraphQLSchema
  fragments: Record<string, FragmentDefinitionNode>
  variables: Record<string, unknown>
  extent: Extent
  page: number
}

function ofFields(counting: Counting, type: GraphQLObjectType, fields: Map<string, readonly FieldNode[]>): Cost {
  const cost = { rows: 0, values: 0, personPeriods: 0 }
  for (const nodes of fields.values()) {
    const [node] = nodes
    const field = node && fieldOf(type, node.name.value)
    if (!field) continue
    const { rows, values, personPeriods } = ofField(counting, field, node, nodes)
    cost.rows += rows
    cost.values += 1 + values
    cost.personPeriods += personPeriods
  }
  return cost
}

function fieldOf(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined {
  return name.startsWith('__') ? META_FIELDS.get(name) : type.getFields()[name]
}

const META_FIELDS = new Map(
  [TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef].map((field) => [field.name, field]),
)

function ofField(
  counting: Counting,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  nodes: readonly FieldNode[],
): Cost {
  const { schema, fragments, variables, extent, page } = counting
  const rule = field.extensions.cost as CostRule | undefined
  const args = rule ? (getArgumentValues(field, node, variables) as CostArgs) : {}
  const personPeriods = rule?.personPeriods?.(args, extent, page) ?? 0
  const type = getNamedType(field.type)
  const types = isObjectType(type) ? [type] : isAbstractType(type) ? schema.getPossibleTypes(type) : []
  if (types.length === 0) return { rows: 0, values: 0, personPeriods }
  const count = rule?.rows?.(args, extent, page) ?? (isListType(getNullableType(field.type)) ? few(schema, field) : 1)
  const inner = { ...counting, page: rule?.page?.(args, extent, page) ?? 1 }
  const costs = types.map((each) => ofFields(inner, each, collectSubfields(schema, fragments, variables, each, nodes)))
  return {
    rows: count * (1 + Math.max(...costs.map((cost) => cost.rows))),
    values: count * Math.max(...costs.map((cost) => cost.values)),
    personPeriods: personPeriods + count * Math.max(...costs.map((cost) => cost.personPeriods)),
  }
}

function few(schema: GraphQLSchema, { name, type }: GraphQLField<unknown, unknown>): number {
  if (!isIntrospectionType(getNamedType(type))) return FEW
  return name === 'types' ? Object.keys(schema.getTypeMap()).length : FEW_OF_SCHEMA
}

/** Days from `from` to `to` on which there can be activities. */
export function days({ from, to }: CostArgs, { firstDate, lastDate }: Extent): number {
  if (firstDate === null || lastDate === null) return 0
  const first = from && from > firstDate ? from : firstDate
  const last = to && to < lastDate ? to : lastDate
  return daysBetween(first, last)
}

/** Days of one user. */
export const userDays = userPeriods(day)

/** Days of the users who are asked for. */
export const personDays = personPeriods(day)

/** Counts the periods of one user that have days which are asked for. */
export function userPeriods(period: CalendarPeriod): CountOfRange {
  return (args, extent) => Math.min(periodsIn(period, args, extent), extent.userDays)
}

/** Counts those of the users who are asked for; or of other subjects, a day of which is somebody's day, too. */
export function personPeriods(period: CalendarPeriod, count: CountOfRange = users): CountOfRange {
  return (args, extent) => Math.min(count(args, extent) * userPeriods(period)(args, extent), extent.personDays)
}

export function users({ userIds }: CostArgs, extent: Extent): number {
  return userIds?.length ?? extent.users
}

/** Periods that have days from `from` to `to` and hold days on which there can be activities. */
function periodsIn(period: CalendarPeriod, args: CostArgs, extent: Extent): number {
  const firstDate = extent.firstDate && period.startOf(extent.firstDate)
  const lastDate = extent.lastDate && period.endOf(extent.lastDate)
  return mostIn(period, days(args, { ...extent, firstDate, lastDate }))
}
