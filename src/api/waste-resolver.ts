import type { GraphQLResolveInfo } from 'graphql'
import { GraphQLBigInt } from 'graphql-scalars'
import { Args, ArgsType, Authorized, Ctx, Field, Info, Int, ObjectType, Query, Resolver } from 'type-graphql'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { allStereotypes } from '../cache/reference-reads.ts'
import { quarantinedByStereotype } from '../freshness/read/completeness.ts'
import { stereotypeRollUp } from '../freshness/read/rollups.ts'
import { isPto } from '../model/activity.ts'
import { user } from '../model/subject.ts'
import { week } from '../periods/week.ts'
import { stageOf } from '../stages/stage-graph.ts'
import { WasteTrend, wasteTrend } from '../stages/waste-trend.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { UsersRangeArgs, userIdsOf, windowsOf } from './arguments.ts'
import { Costs, personDays, personPeriods } from './cost.ts'
import { FreshnessNode } from './freshness-node.ts'
import { shownGroups } from './freshness-resolver.ts'
import { ProvenanceNode } from './provenance-node.ts'
import { provenanceOfGroup } from './provenance-resolver.ts'
import { inReading } from './reading.ts'
import { PastReadingArgs } from './reading-args.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import { annotationsAsked } from './stages/stage-annotations.ts'

@ObjectType({ simpleResolvers: true, description: 'Sums in seconds; null, under CACHED, where none of it is stored.' })
export class StereotypeWaste {
  @Field(() => Stereotype, { description: 'What kind of thing was done.' })
  stereotype!: Stereotype

  @Field(() => GraphQLBigInt, { nullable: true, description: 'Seconds that added no value.' })
  nvaSecondsSum!: number | null

  @Field(() => GraphQLBigInt, { nullable: true, description: 'Seconds that added value.' })
  vaSecondsSum!: number | null

  @Field(() => GraphQLBigInt, { nullable: true, description: 'Seconds in all.' })
  totalSum!: number | null

  @Field(() => Int, { nullable: true, description: 'All of them, also those that added value.' })
  activityCount!: number | null

  @Field(() => Int, { description: 'Rows of it that wait in quarantine: they are not in its sums.' })
  quarantinedRows!: number

  @Field(() => FreshnessNode, { description: 'That of its least fresh part.' })
  freshness!: FreshnessNode

  @Field(() => ProvenanceNode, { description: 'Where its sums come from.' })
  provenance!: ProvenanceNode
}

const NOTHING_STORED = { nvaSecondsSum: null, vaSecondsSum: null, totalSum: null, activityCount: null }

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
  @Authorized<Rule>('read')
  @Query(() => [StereotypeWaste], {
    description: 'Where the waste goes: time_split by stereotype over [from, to], largest NVA first. PTO is left out.',
  })
  @Costs({ rows: (_, extent) => extent.stereotypes, personPeriods: personDays })
  async wasteByStereotype(
    @Args(() => UsersRangeArgs) range: UsersRangeArgs,
    @Args(() => PastReadingArgs) readingArgs: PastReadingArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() given: RequestContext,
  ): Promise<StereotypeWaste[]> {
    return inReading(given, readingArgs, info, async (context) => {
      const { database, freshness, how } = context
      const windows = await windowsOf(database.sql, range)
      const stored = await freshness.rollUp(stereotypeRollUp, windows, receiptOf(context), how)
      const isAsked = (name: string) => selectionsAt(info).some((field) => field.name === name)
      const shown = await shownGroups(context, stereotypeRollUp, windows, how, isAsked)
      const lacking = shown
        .lacking(stored)
        .map((keys) => ({ ...NOTHING_STORED, ...(keys as { stereotypeId: string }) }))
      const stereotypes = new Map((await allStereotypes(database.sql)).map((stereotype) => [stereotype.id, stereotype]))
      const stage = stageOf(freshness.graph, stereotypeRollUp.stage)
      const quarantined = isAsked('quarantinedRows')
        ? await quarantinedByStereotype(database.sql, user, windows)
        : new Map<string, number>()
      return [...stored, ...lacking].flatMap(({ stereotypeId, ...row }) => {
        const stereotype = stereotypes.get(stereotypeId)
        if (!stereotype || isPto(stereotype.code)) return []
        const quarantinedRows = quarantined.get(stereotypeId) ?? 0
        const scope = { ...range, subjectId: null, stereotypeId }
        const provenance = provenanceOfGroup(stage, windows, scope, {
          isExact: shown.isFresh({ stereotypeId }),
          asOf: context.asOf,
        })
        return {
          ...row,
          ...shown.freshnessOf({ stereotypeId }),
          provenance,
          stereotype,
          quarantinedRows,
        } as StereotypeWaste
      })
    })
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => [WasteTrend], {
    description:
      'Person-weeks whose week has days in [from, to]. Those that reach beyond it are `partial`; their numbers are of the ' +
      'whole week.',
  })
  @Costs({ rows: personPeriods(week), personPeriods: personPeriods(week) })
  async wasteTrends(
    @Args(() => WasteTrendsArgs) { flagged, ...range }: WasteTrendsArgs,
    @Args(() => PastReadingArgs) readingArgs: PastReadingArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() given: RequestContext,
  ): Promise<WasteTrend[]> {
    return inReading(given, readingArgs, info, async (context) => {
      const { database, freshness, how } = context
      const asked = await annotationsAsked(context, wasteTrend, await userIdsOf(database.sql, range), range)
      const found = await freshness.annotations(wasteTrend.name, asked.windows, receiptOf(context), how)
      const shown = found.flatMap(asked.shown) as WasteTrend[]
      return shown.filter((trend) => flagged === null || flagged === undefined || trend.flagged === flagged)
    })
  }
}
