/** Which version of a stage answers is chosen here, with eyes open. */
import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { countActivities } from '../../cache/activity-pages.ts'
import { StagePromotion } from '../../cache/entities/stage-version.ts'
import type { Extent } from '../../cache/extent.ts'
import { promotionsOf } from '../../cache/stage-versions.ts'
import type { PlannedStage } from '../../freshness/versions/plan-promotion.ts'
import type { Caller } from '../../model/caller.ts'
import { BadInputError } from '../../model/errors.ts'
import { textFault } from '../../source/field-checks.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import type { Rule } from '../access/rules.ts'
import { type CostArgs, Costs } from '../cost.ts'
import { type RequestContext } from '../request-context.ts'
import type { Service } from '../service.ts'
import { countsOf, everybodyIn, PeriodsArgs, periodsOfStage, StageCounts, StageNode } from '../stage-resolver.ts'
import { NumbersChange, type PlannedChange, PromotionPlan, StageVersionNode } from './version-nodes.ts'

const LONGEST_TEXT = 2_000
const MOST_PROMOTIONS = 100
const DEFAULT_PROMOTIONS = 10

@ArgsType()
class VersionArgs {
  @Field({ description: "The stage's name." })
  stage!: string

  @Field(() => Int, { description: 'One that this process has in code.' })
  version!: number
}

@ArgsType()
class PromoteArgs extends VersionArgs {
  @Field(() => String, { nullable: true, description: 'Who does it.' })
  by?: string | null

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason?: string | null

  @Field(() => [String], {
    nullable: true,
    description: 'What was looked at before, such as what compareVersions said.',
  })
  checklist?: string[] | null
}

/** All that there is of all stages, by both logics. */
function everything(args: CostArgs, extent: Extent): number {
  return 2 * periodsOfStage(args, extent)
}

@Resolver(() => StageNode)
export class VersionsResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FieldResolver(() => [StageVersionNode], {
    description: 'Its versions: the active one, candidates, and those of which something is stored.',
  })
  @Costs({ rows: () => 5 })
  async versions(
    @Root() { name }: StageNode,
    @Ctx() { database, versions }: RequestContext,
  ): Promise<StageVersionNode[]> {
    return versions.list(database.sql, name)
  }

  @FieldResolver(() => [StagePromotion], { description: 'How its versions came to answer, the latest first.' })
  @Costs({ rows: ({ first }) => first ?? DEFAULT_PROMOTIONS })
  async promotions(
    @Root() { name }: StageNode,
    @Ctx() { database }: RequestContext,
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 unless told, at most 100.' })
    first?: number | null,
  ): Promise<StagePromotion[]> {
    const limit = first ?? DEFAULT_PROMOTIONS
    if (limit < 0 || limit > MOST_PROMOTIONS) {
      throw new BadInputError('first', `first must be from 0 to ${MOST_PROMOTIONS}, not ${limit}.`)
    }
    return promotionsOf(database.sql, [name], limit)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => StagePromotion, {
    description:
      'Has a version of a stage answer from now on, in all processes; so does the way back. Numbers of it and of stages that read it are ' +
      'computed where they are asked for, unless they were before.',
  })
  promoteStage(
    @Args(() => PromoteArgs) { stage, version, by = null, reason = null, checklist }: PromoteArgs,
    @Ctx() { caller }: RequestContext,
  ): Promise<StagePromotion> {
    const texts = { by, reason, ...Object.fromEntries((checklist ?? []).map((text, i) => [`checklist[${i}]`, text])) }
    for (const [argument, text] of Object.entries(texts)) {
      const fault = text === null ? undefined : textFault(text, LONGEST_TEXT)
      if (fault) throw new BadInputError(argument, `${argument} ${fault}.`)
    }
    return this.service.versions.promote(
      { stage, version },
      { by: by ?? knownName(caller), reason, checklist: checklist ?? [] },
    )
  }

  @Authorized<Rule>('readAll')
  @Query(() => PromotionPlan, {
    description:
      'What promoting a version of a stage would change, and what computing that would cost. Nothing is computed for it.',
  })
  @Costs({ personPeriods: everything })
  async planPromotion(
    @Args(() => VersionArgs) { stage, version }: VersionArgs,
    @Ctx() { database, freshness, versions }: RequestContext,
  ): Promise<PromotionPlan> {
    const next = await versions.readable([{ stage, version }], 'version')
    const changes: PlannedChange[] = []
    for (const candidate of next.values()) {
      const { name } = candidate.definition
      const base = freshness.graph.get(name)
      if (base === candidate) continue
      const windows = await everybodyIn(database.sql, candidate, '0001-01-01', '9999-12-31')
      const former = versions.active.find(({ stage }) => stage === name)?.version ?? candidate.definition.version
      changes.push(changeOf(former, candidate, await freshness.plan(name, next, windows), freshness.secondsFor))
    }
    const toCompute = changes.reduce((sum, change) => sum + change.toCompute, 0)
    return {
      ...{ stage, version, changes, toCompute },
      formerVersion: versions.active.find((each) => each.stage === stage)?.version ?? null,
      numbersChange: numbersChange(changes),
      activities: toCompute > 0 ? await countActivities(database.sql, {}) : 0,
    }
  }
}

function changeOf(
  formerVersion: number,
  candidate: Stage,
  { computed, personPeriods, ...plan }: PlannedStage,
  secondsFor: (stage: Stage, slices: number) => number | null,
): PlannedChange {
  const toCompute = personPeriods - computed
  return {
    ...plan,
    stage: candidate.definition.name,
    formerVersion,
    version: candidate.definition.version,
    personPeriods,
    toCompute,
    estimatedSeconds: secondsFor(candidate, toCompute),
  }
}

function numbersChange(changes: readonly PlannedChange[]): NumbersChange {
  if (changes.some(({ different }) => different > 0)) return NumbersChange.CHANGE
  return changes.every(({ toCompute }) => toCompute === 0) ? NumbersChange.SAME : NumbersChange.UNKNOWN
}

@Resolver(() => StageVersionNode)
export class VersionCountsResolver {
  @FieldResolver(() => StageCounts, {
    nullable: true,
    description: 'Of the periods that lie in [from, to], or of all; null where this process does not have the version.',
  })
  @Costs({ personPeriods: periodsOfStage })
  async counts(
    @Root() { stage, version, isInCode }: StageVersionNode,
    @Args(() => PeriodsArgs) range: PeriodsArgs,
    @Ctx() context: RequestContext,
  ): Promise<StageCounts | null> {
    if (!isInCode) return null
    const own = context.versions.with([{ stage, version }]).get(stage)
    return own ? countsOf(context, own, range) : null
  }
}

/** What somebody is called who was asked; null where nobody is. */
function knownName({ name, isUnknown }: Caller): string | null {
  return isUnknown ? null : name
}
