import type { GraphQLResolveInfo } from 'graphql'
import { GraphQLBigInt } from 'graphql-scalars'
import { Args, ArgsType, Ctx, Field, Info, Int, ObjectType, Query, Resolver } from 'type-graphql'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { allStereotypes } from '../cache/reference-reads.ts'
import { quarantinedByStereotype } from '../freshness/read/completeness.ts'
import { stereotypeRollUp } from '../freshness/read/rollups.ts'
import { user } from '../model/subject.ts'
import { week } from '../periods/week.ts'
import { WasteTrend, wasteTrend } from '../stages/waste-trend.ts'
import { FromCache } from './answer-memory.ts'
import { UsersRangeArgs, userIdsOf, windowsOf } from './arguments.ts'
import { Costs, personDays, personPeriods } from './cost.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import { annotationsAsked } from './stages/stage-annotations.ts'

@ObjectType({ simpleResolvers: true, description: 'Sums in seconds.' })
export class StereotypeWaste {
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

  @Field(() => Int, { description: 'Rows of it that wait in quarantine: they are not in its sums.' })
  quarantinedRows!: number
}

@ArgsType()
export class WasteTrendsArgs extends UsersRangeArgs {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Only those flagged, or only those not; an unfinished week is not.',
  })
  flagged?: boolean | null
}

/** Questions of this service's own stages, beside those that every stage answers. */
@Resolver()
export class WasteResolver {
  @FromCache()
  @Query(() => [StereotypeWaste], {
    description: 'Where the waste goes: time_split by stereotype over [from, to], largest NVA first. PTO is left out.',
  })
  @Costs({ rows: (_, extent) => extent.stereotypes, personPeriods: personDays })
  async wasteByStereotype(
    @Args(() => UsersRangeArgs) range: UsersRangeArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: RequestContext,
  ): Promise<StereotypeWaste[]> {
    const { database, freshness } = context
    const windows = await windowsOf(database.sql, range)
    const rows = await freshness.rollUp(stereotypeRollUp, windows, receiptOf(context))
    const stereotypes = new Map((await allStereotypes(database.sql)).map((stereotype) => [stereotype.id, stereotype]))
    const isCounted = selectionsAt(info).some(({ name }) => name === 'quarantinedRows')
    const quarantined = isCounted
      ? await quarantinedByStereotype(database.sql, user, windows)
      : new Map<string, number>()
    return rows.flatMap(({ stereotypeId, ...row }) => {
      const stereotype = stereotypes.get(stereotypeId)
      return stereotype ? { ...row, stereotype, quarantinedRows: quarantined.get(stereotypeId) ?? 0 } : []
    })
  }

  @FromCache()
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
    const { database, freshness } = context
    const asked = await annotationsAsked(context, wasteTrend, await userIdsOf(database.sql, range), range)
    const found = await freshness.annotations(wasteTrend.name, asked.windows, receiptOf(context))
    const shown = found.flatMap(asked.shown) as WasteTrend[]
    return shown.filter((trend) => flagged === null || flagged === undefined || trend.flagged === flagged)
  }
}
