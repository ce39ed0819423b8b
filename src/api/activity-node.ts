import { Arg, Field, ID, Int, ObjectType } from 'type-graphql'
import type { ActivityRow } from '../cache/activity-pages.ts'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { User } from '../cache/entities/user.ts'
import { ActivityType } from '../model/activity.ts'
import { CalendarDate } from '../model/calendar.ts'
import { Annotation } from '../periods/annotation.ts'
import { stages } from '../stages/index.ts'
import { NvaSummary } from '../stages/nva-summary.ts'
import { TimeSplit } from '../stages/time-split.ts'
import { WasteTrend } from '../stages/waste-trend.ts'
import { type CostArgs, Costs } from './cost.ts'
import { DurationScalar } from './scalars.ts'

const ONE_PERIOD = { personPeriods: () => 1 }

function stagesNamed({ stages: named }: CostArgs): number {
  return named?.length ?? stages.length
}

/**
 * An activity as the API shows it. All that a query asks of it is there before it is answered: the page's resolver
 * looks ahead at the selection, so that no field waits for anything.
 */
@ObjectType('Activity', {
  description: 'Who did what kind of thing, on which date, for how long, and whether it added value.',
  simpleResolvers: true,
})
export class ActivityNode {
  @Field(() => ID, { description: 'A UUIDv7.' })
  id!: string

  @Field()
  source!: string

  @Field({ description: 'Unique within its source.' })
  externalId!: string

  @Field(() => CalendarDate)
  date!: string

  @Field(() => DurationScalar, { description: 'ISO 8601, such as PT1H30M.' })
  duration!: string

  @Field(() => Int)
  durationSeconds!: number

  @Field(() => ActivityType)
  type!: ActivityType

  @Field(() => Stereotype)
  stereotype!: Stereotype

  @Field(() => User)
  user!: User

  @Field(() => TimeSplit)
  @Costs(ONE_PERIOD)
  timeSplit?: TimeSplit

  @Field(() => NvaSummary, { description: "Of its user's day." })
  @Costs(ONE_PERIOD)
  nvaSummary?: NvaSummary

  @Field(() => WasteTrend, { description: "Of its user's ISO week." })
  @Costs(ONE_PERIOD)
  wasteTrend?: WasteTrend

  /** By stage, as far as the query asks for them. */
  private readonly prepared: ReadonlyMap<string, readonly Annotation[]>

  constructor(row: ActivityRow, prepared: ReadonlyMap<string, readonly Annotation[]>) {
    Object.assign(this, row)
    this.duration = isoDuration(row.durationSeconds)
    this.prepared = prepared
  }

  @Field(() => [Annotation], {
    description: 'What every stage added to it, in the order of the stages; or what the named stages did.',
  })
  @Costs({ rows: stagesNamed, personPeriods: stagesNamed })
  annotations(@Arg('stages', () => [String], { nullable: true }) stages?: string[] | null): Annotation[] {
    return [...this.prepared].filter(([stage]) => !stages || stages.includes(stage)).flatMap(([, found]) => found)
  }
}

/** Seconds as an ISO 8601 duration. */
export function isoDuration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'H'],
    [Math.floor(seconds / 60) % 60, 'M'],
    [seconds % 60, 'S'],
  ] as const
  const text = parts.map(([amount, unit]) => (amount > 0 ? `${amount}${unit}` : '')).join('')
  return `PT${text || '0S'}`
}
