import {
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { allSprints, allUserIds } from '../cache/reference-reads.ts'
import type { SliceCounts } from '../freshness/stage-counts.ts'
import { CalendarDate } from '../model/calendar.ts'
import type { Window } from '../model/window.ts'
import { stages } from '../stages/index.ts'
import { type Stage, stageOf } from '../stages/stage-graph.ts'
import { checkStage } from './annotate-activities.ts'
import { checkRange, windowOf } from './arguments.ts'
import { Costs, personDays } from './cost.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@ObjectType({
  simpleResolvers: true,
  description: 'Counted in person-periods, as they stand now: nothing is refreshed.',
})
export class StageCounts implements SliceCounts {
  @Field(() => Int)
  fresh!: number

  @Field(() => Int, { description: 'Computed, but something that they depend on changed since.' })
  stale!: number

  @Field(() => Int, { description: 'Never computed, or discarded.' })
  missing!: number
}

@ObjectType('Stage', {
  simpleResolvers: true,
  description: 'A step of the pipeline: a pure function from tables to a table.',
})
export class StageNode {
  @Field()
  name!: string

  @Field(() => Int)
  version!: number

  @Field()
  description!: string

  @Field(() => [String], { description: '`activities`, or names of stages.' })
  reads!: readonly string[]

  @Field({ description: 'day, week or sprint: what one annotation spans.' })
  period!: string
}

@ArgsType()
export class DiscardAnnotationsArgs {
  @Field()
  stage!: string

  @Field(() => CalendarDate, { nullable: true })
  from?: string | null

  @Field(() => CalendarDate, { nullable: true })
  to?: string | null
}

@Resolver(() => StageNode)
export class StageResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Query(() => [StageNode], { description: 'The pipeline itself: every stage, in the order in which it runs.' })
  @Costs({ rows: () => stages.length })
  stages(): StageNode[] {
    return [...this.service.freshness.graph.values()].map(({ definition }) =>
      Object.assign(new StageNode(), definition),
    )
  }

  @FieldResolver(() => StageCounts)
  @Costs({ personPeriods: personDays })
  async counts(@Root() { name }: StageNode, @Ctx() { database, freshness }: RequestContext): Promise<SliceCounts> {
    const stage = stageOf(freshness.graph, name)
    return freshness.counts(stage, await everywhere(database.sql, stage))
  }

  @Mutation(() => Int, {
    description:
      "Throws a stage's annotations away whose period lies in [from, to]; the next read computes them again. " +
      'Returns how many person-periods were dropped.',
  })
  async discardAnnotations(
    @Args(() => DiscardAnnotationsArgs) { stage, from, to }: DiscardAnnotationsArgs,
  ): Promise<number> {
    checkStage(this.service.freshness.graph, 'stage', stage)
    checkRange(from, to)
    return this.service.freshness.discard(stage, { from: from ?? null, to: to ?? null })
  }
}

async function everywhere(sql: Service['database']['sql'], { definition }: Stage): Promise<Window[]> {
  const users = await allUserIds(sql)
  if (definition.period !== 'sprint') return users.map((user) => windowOf(user, '0001-01-01', '9999-12-31'))
  const sprints = await allSprints(sql)
  return users.flatMap((user) => sprints.map(({ startDate, endDate }) => windowOf(user, startDate, endDate)))
}
