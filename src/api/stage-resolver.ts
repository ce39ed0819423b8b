import {
  Args,
  ArgsType,
  Authorized,
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
import type { Sql } from '../cache/database.ts'
import type { Extent } from '../cache/extent.ts'
import { allSprints } from '../cache/reference-reads.ts'
import type { SliceCounts } from '../freshness/read/count-slices.ts'
import { CalendarDate } from '../model/calendar.ts'
import type { Window } from '../model/window.ts'
import { periods } from '../periods/index.ts'
import { ownStages } from '../stages/index.ts'
import { type Stage, stageOf } from '../stages/stage-graph.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkRange, checkStage, windowOf } from './arguments.ts'
import { type CostArgs, Costs } from './cost.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'
import { apiSubject } from './stages/api-subjects.ts'
import { periodsOfSubjects } from './stages/stage-annotations.ts'

@ObjectType({
  simpleResolvers: true,
  description: 'Counted in person-periods, as they stand now: nothing is refreshed.',
})
export class StageCounts implements SliceCounts {
  @Field(() => Int, { description: 'Computed, and up to date.' })
  fresh!: number

  @Field(() => Int, { description: 'Computed, but something that they depend on changed since.' })
  stale!: number

  @Field(() => Int, { description: 'Never computed, or discarded.' })
  missing!: number

  @Field(() => Date, {
    description:
      'When they were counted: just now, or, where there are more than some 100,000 slices, as lately as costs a twentieth of a core.',
  })
  countedAt!: Date
}

@ObjectType('Stage', {
  simpleResolvers: true,
  description: 'A step of the pipeline: a pure function from tables to a table.',
})
export class StageNode {
  @Field({ description: 'What it is called, here and in annotations.' })
  name!: string

  @Field(() => Int, { description: 'The version that answers; it is raised when what it computes changes.' })
  version!: number

  @Field({ description: 'What it does.' })
  description!: string

  @Field(() => [String], { description: '`activities`, or names of stages.' })
  reads!: readonly string[]

  @Field({
    description: `${new Intl.ListFormat('en', { type: 'disjunction' }).format(Object.keys(periods))}: what one annotation spans.`,
  })
  period!: string
}

/** Periods that lie in [from, to]; all where neither is given. */
@ArgsType()
export class PeriodsArgs {
  @Field(() => CalendarDate, {
    nullable: true,
    description: 'The first day. Included; the first there is, unless told.',
  })
  from?: string | null

  @Field(() => CalendarDate, { nullable: true, description: 'The last day. Included; the last there is, unless told.' })
  to?: string | null
}

@ArgsType()
export class DiscardAnnotationsArgs {
  @Field({ description: 'Whose annotations.' })
  stage!: string

  @Field(() => CalendarDate, {
    nullable: true,
    description: 'The first day. Included; the first there is, unless told.',
  })
  from?: string | null

  @Field(() => CalendarDate, { nullable: true, description: 'The last day. Included; the last there is, unless told.' })
  to?: string | null
}

/** How many person-periods the counts of all stages look at, as the mean of one. */
export function periodsOfStage(args: CostArgs, extent: Extent): number {
  const counts = ownStages.map((stage) => periodsOfSubjects(stage)(args, extent))
  return counts.reduce((sum, count) => sum + count, 0) / ownStages.length
}

@Resolver(() => StageNode)
export class StageResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => [StageNode], { description: 'The pipeline itself: every stage, in the order in which it runs.' })
  @Costs({ rows: () => ownStages.length })
  stages(@Ctx() { freshness, versions }: RequestContext): StageNode[] {
    return versions.known.own.map((own) => {
      const { definition } = freshness.graph.get(own.name) ?? { definition: own }
      const version = versions.active.find(({ stage }) => stage === own.name)?.version ?? definition.version
      return Object.assign(new StageNode(), definition, { version })
    })
  }

  @FieldResolver(() => StageCounts, {
    description:
      'Of the periods that lie in [from, to], or of all. Refused where this process lacks the version that answers: `versions` has those of each.',
  })
  @Costs({ personPeriods: periodsOfStage })
  async counts(
    @Root() { name }: StageNode,
    @Args(() => PeriodsArgs) range: PeriodsArgs,
    @Ctx() context: RequestContext,
  ): Promise<StageCounts> {
    return countsOf(context, stageOf(context.freshness.graph, name), range)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, {
    description:
      "Throws a stage's annotations away whose period lies in [from, to]; the next read computes them again. " +
      'Returns how many person-periods were dropped.',
  })
  async discardAnnotations(
    @Args(() => DiscardAnnotationsArgs) { stage, from, to }: DiscardAnnotationsArgs,
    @Ctx() { freshness }: RequestContext,
  ): Promise<number> {
    checkStage(freshness.graph, 'stage', stage)
    checkRange(from, to)
    return this.service.freshness.by(freshness.graph).discard(stage, { from: from ?? null, to: to ?? null })
  }
}

/** How a stage's periods of everybody stand, in the range. */
export async function countsOf(
  { database, freshness, gathered }: RequestContext,
  stage: Stage,
  { from, to }: PeriodsArgs,
): Promise<StageCounts> {
  checkRange(from, to)
  gathered.isOfItsTime = true
  const [first, last] = [from ?? '0001-01-01', to ?? '9999-12-31']
  return freshness.counts(stage, `${first} ${last}`, await everybodyIn(database.sql, stage, first, last))
}

/** Of everybody who has any of the stage's, the periods of that range. */
export async function everybodyIn(
  sql: Sql,
  { definition, period }: Stage,
  from: string,
  to: string,
): Promise<Window[]> {
  const ids = await apiSubject(definition).idsOf(sql, { from, to })
  if (period.kind === 'calendar') return ids.map((id) => windowOf(id, from, to))
  const sprints = (await allSprints(sql)).filter(({ startDate, endDate }) => from <= startDate && endDate <= to)
  return ids.flatMap((id) => sprints.map(({ startDate, endDate }) => windowOf(id, startDate, endDate)))
}
