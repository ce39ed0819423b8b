/** A stage says which of its columns are sums: their roll-ups come by themselves. */
import { GraphQLBigInt } from 'graphql-scalars'
import {
  Args,
  ArgsType,
  type ClassType,
  Ctx,
  Field,
  Float,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql'
import { User } from '../../cache/entities/user.ts'
import type { Extent } from '../../cache/extent.ts'
import { usersByIds } from '../../cache/reference-reads.ts'
import { type TotalsRow, totalsOf } from '../../freshness/read/rollups.ts'
import { CalendarDate } from '../../model/calendar.ts'
import { BadInputError } from '../../model/errors.ts'
import { calendarPeriods, periods } from '../../periods/index.ts'
import { type CalendarPeriod, mostIn } from '../../periods/period.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import { stageOf } from '../../stages/stage-graph.ts'
import { columnsOf } from '../../stages/stage-logic.ts'
import { UsersRangeArgs, userIdsOf } from '../arguments.ts'
import { type CostArgs, Costs, days, users } from '../cost.ts'
import { type RequestContext, receiptOf } from '../request-context.ts'
import { camelCase, namesOf } from './names.ts'
import { annotationsAsked, periodsInRange, periodsOfUsers } from './stage-annotations.ts'

/** What sums can be grouped by: the user, and each period of the calendar, by its name in capitals. */
export const SummaryGroup = Object.fromEntries(
  ['USER', ...calendarPeriods.map(({ name }) => name.toUpperCase())].map((name) => [name, name]),
)

registerEnumType(SummaryGroup, { name: 'SummaryGroup' })

@ArgsType()
class TotalsArgs extends UsersRangeArgs {
  @Field(() => [SummaryGroup], { defaultValue: ['USER'] })
  groupBy!: string[]
}

/** A group, and what its stage's sums come to in it. */
interface Group {
  user: User | null
  period: string | null
  [sum: string]: unknown
}

/** The resolver of a stage's totals; none where it has no sums. */
export function totalsResolvers(stage: StageDefinition): (new () => object)[] {
  const { name, description, sums = [] } = stage
  if (sums.length === 0) return []
  const group = groupType(stage)

  @Resolver()
  class TotalsQuery {
    @Query(() => [group], {
      name: namesOf(stage).totals,
      description: `${description} Their sums. ${periodsInRange(stage)}.`,
    })
    @Costs({ rows: groups, personPeriods: periodsOfUsers(stage) })
    async totals(
      @Args(() => TotalsArgs) { groupBy, ...range }: TotalsArgs,
      @Ctx() context: RequestContext,
    ): Promise<Group[]> {
      checkGroups(stage, groupBy)
      const { database, freshness } = context
      const { windows } = await annotationsAsked(context, stage, await userIdsOf(database.sql, range), range)
      const by = { subject: groupBy.includes('USER'), period: finestOf(groupBy) }
      // Whole months of sums are sums of months, where nothing shorter is asked for.
      const longer = [...freshness.graph.values()].find(({ definition, period }) => {
        return definition.sumsOf === name && (by.period === null || by.period === period)
      })
      const totals = totalsOf(stageOf(freshness.graph, name), by, longer)
      const rows = await freshness.rollUp(totals, windows, receiptOf(context))
      const ids = rows.flatMap(({ subjectId }) => subjectId ?? [])
      const users = new Map((await usersByIds(database.sql, [...new Set(ids)])).map((user) => [user.id, user]))
      // A user may have been deleted since.
      const there = rows.filter(({ subjectId }) => subjectId === null || users.has(subjectId))
      const found = there.map((row) =>
        groupOf(stage, row, row.subjectId === null ? null : (users.get(row.subjectId) ?? null)),
      )
      return found.sort((a, b) => compare(a.period, b.period) || compare(a.user?.name, b.user?.name))
    }
  }
  return [TotalsQuery]
}

function groupOf({ sums = [], ratios = {} }: StageDefinition, row: TotalsRow, user: User | null): Group {
  const sum = (column: string) => row.sums[column] ?? 0
  const group: Group = { user, period: row.period }
  for (const column of sums) group[camelCase(column)] = sum(column)
  for (const [name, { part, whole }] of Object.entries(ratios)) {
    group[camelCase(name)] = sum(whole) > 0 ? sum(part) / sum(whole) : null
  }
  return group
}

function groupType({ output, sums = [], ratios = {}, period }: StageDefinition): ClassType<Group> {
  @ObjectType(`${output.name}Group`, {
    simpleResolvers: true,
    description: `Sums of ${output.name} by user, period, or both.`,
  })
  class TotalsGroup {
    @Field(() => User, { nullable: true, description: 'Set when grouped by USER.' })
    user!: User | null

    @Field(() => CalendarDate, {
      nullable: true,
      description: `The first day of the ${groupsOf(period).join(', ')}, when grouped by one of them; the finest wins.`,
    })
    period!: string | null;

    [sum: string]: unknown
  }
  const fields = TotalsGroup.prototype as object
  const types = new Map(columnsOf(output).map(({ name, type }) => [name, type]))
  for (const column of sums) {
    const isWhole = /^(small|big)?int(eger)?$/.test(types.get(camelCase(column)) ?? '')
    Field(() => (isWhole ? GraphQLBigInt : Float))(fields, camelCase(column))
  }
  for (const [name, { description }] of Object.entries(ratios)) {
    Field(() => Float, { nullable: true, description })(fields, camelCase(name))
  }
  return TotalsGroup
}

/** The periods by which a stage's sums can be grouped: days lie in every other, all else in itself. */
function groupsOf(own: StageDefinition['period']): string[] {
  const groups = own === 'day' ? calendarPeriods : calendarPeriods.filter((period) => period === periods[own])
  return groups.map(({ name }) => name.toUpperCase())
}

/** @throws BadInputError that names what there can't be groups by. */
function checkGroups({ name, period }: StageDefinition, groupBy: readonly string[]): void {
  const possible = ['USER', ...groupsOf(period)]
  const wrong = groupBy.find((group) => !possible.includes(group))
  if (wrong) {
    throw new BadInputError(
      'groupBy',
      `${name} is of ${period}s, so groupBy may be ${possible.join(', ')}, not ${wrong}.`,
    )
  }
}

/** How many groups there are at most. */
function groups(args: CostArgs, extent: Extent): number {
  const by = args.groupBy ?? []
  const period = finestOf(by)
  const count = period ? mostIn(period, days(args, extent)) : 1
  return Math.min(by.includes('USER') ? users(args, extent) * count : count, extent.personDays)
}

function finestOf(groupBy: readonly string[]): CalendarPeriod | null {
  return calendarPeriods.find(({ name }) => groupBy.includes(name.toUpperCase())) ?? null
}

function compare(a: string | null | undefined, b: string | null | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : Number((a ?? '') > (b ?? ''))
}
