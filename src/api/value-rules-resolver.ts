import { GraphQLBigInt } from 'graphql-scalars'
import { Arg, Authorized, Ctx, Field, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql'
import type { SideChange } from '../cache/activities.ts'
import { ActivityType } from '../model/activity.ts'
import { BadInputError } from '../model/errors.ts'
import { BILLED_ADDS_VALUE, type ValueRule } from '../model/value-rules.ts'
import { type KindPreview, previewRules } from '../source/preview-rules.ts'
import type { Rule } from './access/rules.ts'
import { Costs } from './cost.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@InputType({ description: 'What an activity must be to be of this type: all that is given, and something must be.' })
export class ValueRuleInput implements ValueRule {
  @Field(() => ActivityType, { description: 'What such an activity is.' })
  type!: ActivityType

  @Field(() => Boolean, { nullable: true, description: 'Whether somebody is billed for it.' })
  billable?: boolean

  @Field(() => [String], { nullable: true, description: 'Codes of stereotypes, whatever their case.' })
  kinds?: string[]

  @Field(() => [String], { nullable: true, description: 'Names of projects, whatever their case.' })
  projects?: string[]
}

@ObjectType({ description: 'Activities that rules would have change sides.', simpleResolvers: true })
export class ValueChange implements SideChange {
  @Field(() => Int, { description: 'How many would change.' })
  activities!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds of people’s time.' })
  seconds!: number
}

@ObjectType({ description: 'What rules would do to the activities of one kind.', simpleResolvers: true })
export class ValueRulesPreview implements KindPreview {
  @Field({ description: 'The code of their stereotype.' })
  kind!: string

  @Field(() => ValueChange, { description: 'Those that add none now, and would.' })
  toValueAdd!: SideChange

  @Field(() => ValueChange, { description: 'Those that add value now, and would not.' })
  toNonValueAdd!: SideChange
}

/** A source has fewer kinds that change. */
const MANY_KINDS = 200

@Resolver()
export class ValueRulesResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Authorized<Rule>('readAll')
  @Query(() => [ValueRulesPreview], {
    description:
      'Which stored activities would change sides if these rules decided what adds value, the most time first. Reads the source whole, and ' +
      'changes nothing. Without rules: those that the source has.',
  })
  @Costs({ rows: () => MANY_KINDS })
  previewValueRules(
    @Arg('source', { description: 'Whose activities.' }) source: string,
    @Arg('rules', () => [ValueRuleInput], {
      nullable: true,
      description: 'The first that fits an activity says what it is.',
    })
    rules: ValueRuleInput[] | null,
    @Arg('otherwise', () => ActivityType, { nullable: true, description: 'What an activity is that no rule fits.' })
    otherwise: ActivityType | null,
    @Ctx() { signal }: RequestContext,
  ): Promise<KindPreview[]> {
    const given = rules?.map(ruleOf) ?? null
    const isGiven = given !== null || otherwise !== null
    const value = { rules: given ?? BILLED_ADDS_VALUE.rules, otherwise: otherwise ?? BILLED_ADDS_VALUE.otherwise }
    return previewRules(this.service.acl, source, isGiven ? value : null, signal)
  }
}

/** What is null counts as not given. */
function ruleOf({ type, billable, kinds, projects }: ValueRuleInput): ValueRule {
  const conditions = { billable: billable ?? undefined, kinds: kinds ?? undefined, projects: projects ?? undefined }
  if (Object.values(conditions).every((condition) => condition === undefined)) {
    throw new BadInputError(
      'rules',
      'Each of rules must name billable, kinds or projects; what is left is `otherwise`.',
    )
  }
  return {
    type,
    ...(Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined)) as object),
  }
}
