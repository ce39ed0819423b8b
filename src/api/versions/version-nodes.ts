/** Versions of a stage, and what promoting one would change, as the API shows them. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { LogicState } from '../../cache/entities/logic.ts'
import { CalendarDate } from '../../model/calendar.ts'
import { Costs } from '../cost.ts'

registerEnumType(LogicState, {
  name: 'StageVersionState',
  description: 'Whether a version is in use.',
  valuesConfig: {
    ACTIVE: { description: 'Queries are answered by it.' },
    CANDIDATE: { description: 'It can be asked for and promoted, beside the active one.' },
    RETIRED: { description: 'It is not in code any more: what it made can be pruned.' },
  },
})

@ObjectType('StageVersion', { simpleResolvers: true, description: 'A version of a stage.' })
export class StageVersionNode {
  @Field({ description: "The stage's name." })
  stage!: string

  @Field(() => Int, { description: 'Its number.' })
  version!: number

  @Field(() => LogicState, { description: 'Whether it is in use.' })
  state!: LogicState

  @Field({ description: 'Whether this process has it in code: else it can neither be asked for nor promoted here.' })
  isInCode!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'What identifies it with all that it reads: a hash; of a candidate, as if it alone were promoted.',
  })
  logic!: string | null

  @Field(() => Int, { description: 'How many person-periods are stored that it made, whatever it read.' })
  stored!: number
}

/** Whether numbers that people read would change. */
export enum NumbersChange {
  CHANGE = 'CHANGE',
  SAME = 'SAME',
  UNKNOWN = 'UNKNOWN',
}

registerEnumType(NumbersChange, {
  name: 'NumbersChange',
  description: 'Whether numbers that people read would change.',
  valuesConfig: {
    CHANGE: { description: 'Some of those that were computed by both are different.' },
    SAME: { description: 'All were computed by both, and none is different.' },
    UNKNOWN: { description: 'None that was computed by both is different, but not all were. compareVersions tells.' },
  },
})

@ObjectType({ simpleResolvers: true, description: 'What becomes of a stage whose logic would be another one.' })
export class PlannedChange {
  @Field({ description: "The stage's name." })
  stage!: string

  @Field(() => Int, { description: 'The version that answers now.' })
  formerVersion!: number

  @Field(() => Int, { description: 'The version that would; the same where only what it reads is another.' })
  version!: number

  @Field(() => CalendarDate, { nullable: true, description: 'The first day of what there is of it.' })
  from!: string | null

  @Field(() => CalendarDate, { nullable: true, description: 'The last day of that.' })
  to!: string | null

  @Field(() => Int, { description: 'How many person-periods there are of it.' })
  personPeriods!: number

  @Field(() => Int, { description: 'Those that are to be computed yet, where they are asked for.' })
  toCompute!: number

  @Field(() => Int, { description: 'Annotations that both have computed.' })
  compared!: number

  @Field(() => Int, { description: 'Those of them that differ, or that one alone has.' })
  different!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'How many seconds computing all of it would take, at the pace of this process so far; null where it has none yet.',
  })
  estimatedSeconds!: number | null
}

@ObjectType({
  simpleResolvers: true,
  description: 'What promoting a version of a stage would change. Nothing was done yet.',
})
export class PromotionPlan {
  @Field({ description: "The stage's name." })
  stage!: string

  @Field(() => Int, { nullable: true, description: 'The version that answers now.' })
  formerVersion!: number | null

  @Field(() => Int, { description: 'The version that would be promoted.' })
  version!: number

  @Field(() => [PlannedChange], {
    description: 'The stages whose logic would be another one, in the order in which they run.',
  })
  @Costs({ rows: () => 10 })
  changes!: PlannedChange[]

  @Field(() => NumbersChange, { description: 'Whether numbers that people read would change.' })
  numbersChange!: NumbersChange

  @Field(() => Int, { description: 'Person-periods that are to be computed yet, of all stages.' })
  toCompute!: number

  @Field(() => Int, {
    description: 'Activities that would be read for that: all that there are, unless nothing is to be computed.',
  })
  activities!: number
}
