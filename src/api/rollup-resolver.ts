import { GraphQLBigInt } from 'graphql-scalars'
import { Args, ArgsType, Ctx, Field, Float, Int, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql'
import type { Sql } from '../cache/database.ts'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { User } from '../cache/entities/user.ts'
import type { Extent } from '../cache/extent.ts'
import { allStereotypes, usersByIds } from '../cache/reference-reads.ts'
import { nvaRollUp, type Sums, stereotypeRollUp } from '../freshness/read/rollups.ts'
import { CalendarDate } from '../model/calendar.ts'
import { calendarPeriods } from '../periods/index.ts'
import { type CalendarPeriod, mostIn } from '../periods/period.ts'
import { week } from '../periods/week.ts'
import { WasteTrend, wasteTrend } from '../stages/waste-trend.ts'
import { inWhole, UsersRangeArgs, windowsOf } from './arguments.ts'
import { type CostArgs, Costs, days, personDays, personPeriods, users } from './cost.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import { trendInTime } from './trend-in-time.ts'

/** What sums can be grouped by: the user, and each period of the calendar, by its name in capitals. */
export const SummaryGroup = Object.fromEntries(
  ['USER', ...calendarPeriods.map(({ name }) => name.toUpperCase())].map((name) => [name, name]),
)

registerEnumType(SummaryGroup, { name: 'SummaryGroup' })

@ObjectType({ simpleResolvers: true, description: 'Sums in seconds, PTO left out.' })
export class NvaSummaryGroup implements Sums {
  @Field(() => User, { nullable: true, description: 'Set when grouped by USER.' })
  user!: User | null

  @Field(() => CalendarDate, {
    nullable: true,
    description: 'The first day of the DAY, WEEK or MONTH, when grouped by one of them; the finest wins.',
  })
  period!: string | null

  @Field(() => GraphQLBigInt)
  nvaSecondsSum!: number

  @Field(() => GraphQLBigInt)
  vaSecondsSum!: number

  @Field(() => GraphQLBigInt)
  totalSum!: number

  @Field(() => Float, { nullable: true, description: 'NVA time by total time; null where the total is 0.' })
  wasteRatio!: number | null
}

@ObjectType({ simpleResolvers: true, description: 'Sums in seconds.' })
export class StereotypeWaste implements Sums {
  @Field(() => Stereotype)
  stereotype!: Stereotype

  @Field(() => GraphQLBigInt)
  nvaSecondsSum!: number

  @Field(() => GraphQLBigInt)
  vaSecondsSum!: number

  @Field(() => GraphQLBigInt)
  totalSum!: number

  @Field(() => Int, { description: 'All of them, also those that added value.' })
  activityCount!: number
}

@ArgsType()
export class NvaSummaryArgs extends UsersRangeArgs {
  @Field(() => [SummaryGroup], { defaultValue: ['USER'] })
  groupBy!: string[]
}

/** How many groups there are at most. */
function groups(args: CostArgs, extent: Extent): number {
  const by = args.groupBy ?? []
  const period = finestOf(by)
  const periods = period ? mostIn(period, days(args, extent)) : 1
  return Math.min(by.includes('USER') ? users(args, extent) * periods : periods, extent.personDays)
}

@ArgsType()
export class WasteTrendsArgs extends UsersRangeArgs {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Only those flagged, or only those not; an unfinished week is not.',
  })
  flagged?: boolean | null
}

@Resolver()
export class RollupResolver {
  @Query(() => [NvaSummaryGroup], {
    description: 'The days of nva_summary rolled up over [from, to], both ends included. PTO is left out.',
  })
  @Costs({ rows: groups, personPeriods: personDays })
  async nvaSummary(
    @Args(() => NvaSummaryArgs) { groupBy, ...range }: NvaSummaryArgs,
    @Ctx() context: RequestContext,
  ): Promise<NvaSummaryGroup[]> {
    const { database, freshness } = context
    const windows = await windowsOf(database.sql, range)
    const by = { user: groupBy.includes('USER'), period: finestOf(groupBy) }
    const rows = await freshness.rollUp(nvaRollUp(by), windows, receiptOf(context))
    const users = await usersById(
      database.sql,
      rows.flatMap((row) => row.userId ?? []),
    )
    // A user may have been deleted since.
    const there = rows.filter(({ userId }) => userId === null || users.has(userId))
    const groups = there.map(({ userId, ...row }) => ({
      ...row,
      user: (userId && users.get(userId)) || null,
      wasteRatio: row.totalSum > 0 ? row.nvaSecondsSum / row.totalSum : null,
    }))
    return groups.sort((a, b) => compare(a.period, b.period) || compare(a.user?.name, b.user?.name))
  }

  @Query(() => [StereotypeWaste], {
    description: 'Where the waste goes: time_split by stereotype over [from, to], largest NVA first. PTO is left out.',
  })
  @Costs({ rows: (_, extent) => extent.stereotypes, personPeriods: personDays })
  async wasteByStereotype(
    @Args(() => UsersRangeArgs) range: UsersRangeArgs,
    @Ctx() context: RequestContext,
  ): Promise<StereotypeWaste[]> {
    const { database, freshness } = context
    const windows = await windowsOf(database.sql, range)
    const rows = await freshness.rollUp(stereotypeRollUp, windows, receiptOf(context))
    const stereotypes = new Map((await allStereotypes(database.sql)).map((stereotype) => [stereotype.id, stereotype]))
    return rows.flatMap(({ stereotypeId, ...row }) => {
      const stereotype = stereotypes.get(stereotypeId)
      return stereotype ? { ...row, stereotype } : []
    })
  }

  @Query(() => [WasteTrend], {
    description:
      'Person-weeks whose week has days in [from, to]. Those that reach beyond it are `partial`; their numbers are of the ' +
      'whole week.',
  })
  @Costs({ rows: personPeriods(week), personPeriods: personPeriods(week) })
  async wasteTrends(
    @Args(() => WasteTrendsArgs) { flagged, ...range }: WasteTrendsArgs,
    @Ctx() context: RequestContext,
  ): Promise<WasteTrend[]> {
    const { database, freshness, today } = context
    const windows = (await windowsOf(database.sql, range)).map((window) => inWhole(week, window))
    const trends = (await freshness.annotations(wasteTrend.name, windows, receiptOf(context))) as WasteTrend[]
    const shown = trends.map((trend) => trendInTime(trend, today, range))
    return shown.filter((trend) => flagged === null || flagged === undefined || trend.flagged === flagged)
  }
}

async function usersById(sql: Sql, ids: readonly string[]): Promise<Map<string, User>> {
  const users = await usersByIds(sql, [...new Set(ids)])
  return new Map(users.map((user) => [user.id, user]))
}

function finestOf(groupBy: readonly string[]): CalendarPeriod | null {
  return calendarPeriods.find(({ name }) => groupBy.includes(name.toUpperCase())) ?? null
}

function compare(a: string | null | undefined, b: string | null | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : Number((a ?? '') > (b ?? ''))
}
