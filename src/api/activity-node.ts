import { Args, ArgsType, Field, ID, Int, ObjectType } from 'type-graphql'
import type { ActivityRow } from '../cache/activity-pages.ts'
import { Node } from '../cache/entities/node.ts'
import { Project } from '../cache/entities/project.ts'
import { Sprint } from '../cache/entities/sprint.ts'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { User } from '../cache/entities/user.ts'
import { ActivityType } from '../model/activity.ts'
import { CalendarDate } from '../model/calendar.ts'
import { Annotation } from '../periods/annotation.ts'
import { periods } from '../periods/index.ts'
import { ownStages } from '../stages/index.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { type CostArgs, Costs } from './cost.ts'
import { ReadingArgs } from './reading-args.ts'
import { DurationScalar } from './scalars.ts'
import { namesOf } from './stages/names.ts'
import type { StageViews } from './stages/stage-views.ts'

@ArgsType()
export class AnnotationsArgs extends ReadingArgs {
  @Field(() => [String], { nullable: true, description: 'Names of stages; all, unless told.' })
  stages?: string[] | null
}

function stagesNamed({ stages: named }: CostArgs): number {
  return named?.length ?? ownStages.length
}

/**
 * An activity as the API shows it. All that a query asks of it is there before it is answered: the page's resolver
 * looks ahead at the selection, so that no field waits for anything.
 */
@ObjectType('Activity', {
  implements: Node,
  description: 'Who did what kind of thing, on which date, for how long, and whether it added value.',
  simpleResolvers: true,
})
export class ActivityNode {
  @Field(() => ID, { description: 'A UUIDv7.' })
  id!: string

  @Field({ description: 'Who recorded it.' })
  source!: string

  @Field({ description: 'Unique within its source.' })
  externalId!: string

  @Field(() => CalendarDate, { description: 'The day on which it was done.' })
  date!: string

  @Field(() => DurationScalar, { description: 'ISO 8601, such as PT1H30M.' })
  duration!: string

  @Field(() => Int, { description: 'Seconds, 0 to 86,400.' })
  durationSeconds!: number

  @Field(() => ActivityType, { description: 'Whether it added value.' })
  type!: ActivityType

  @Field(() => Stereotype, { description: 'What kind of thing was done.' })
  stereotype!: Stereotype

  @Field(() => User, { description: 'Who did it.' })
  user!: User

  @Field(() => Project, {
    nullable: true,
    description: 'What it was done for; null where the source names no project.',
  })
  project!: Project | null

  @Field(() => [Sprint], { description: 'Those in which its date lies, the earliest first.' })
  @Costs({ rows: (_, extent) => extent.sprints })
  sprints!: Sprint[]

  /** As far as the query asks for them. */
  private readonly prepared: ReadonlyMap<Stage, readonly Annotation[]>
  private readonly views: StageViews

  constructor(row: ActivityRow, prepared: ReadonlyMap<Stage, readonly Annotation[]>, views: StageViews) {
    Object.assign(this, row)
    this.duration = isoDuration(row.durationSeconds)
    this.prepared = prepared
    this.views = views
    for (const { definition } of prepared.keys()) {
      const field = FIELDS.get(definition.name)
      if (!field) continue
      const shown = (args: ReadingArgs) => {
        const stage = views.of(args).get(definition.name)
        const annotations = (stage && prepared.get(stage)) ?? []
        return field.isList ? annotations : annotations[0]
      }
      Object.assign(this, { [field.name]: views.isOne ? shown({}) : shown })
    }
  }

  @Field(() => [Annotation], {
    description:
      'What every stage added to it, in the order of the stages; or what the named stages did. Under CACHED those that are stored.',
  })
  @Costs({ rows: stagesNamed, personPeriods: stagesNamed })
  annotations(@Args(() => AnnotationsArgs) { stages, ...args }: AnnotationsArgs): Annotation[] {
    const graph = this.views.of(args)
    return [...this.prepared].flatMap(([stage, found]) => {
      const { name } = stage.definition
      return graph.get(name) === stage && (!stages || stages.includes(name)) ? found : []
    })
  }
}

/** Each stage's field: its annotation, or those of each of its periods where an activity may lie in several. */
const FIELDS = new Map(
  ownStages.map((stage) => [
    stage.name,
    {
      name: namesOf(stage).ofActivity,
      isList: periods[stage.period].kind === 'given',
      stage,
    },
  ]),
)

for (const { name, isList, stage } of FIELDS.values()) {
  const { output, description } = stage
  const node = ActivityNode.prototype
  // Its arguments say what is prepared; see `withoutPromises`.
  Object.defineProperty(node, name, { value: () => null, writable: true })
  Reflect.defineMetadata('design:paramtypes', [ReadingArgs], node, name)
  Args(() => ReadingArgs)(node, name, 0)
  const whenNull = stage.subject === undefined ? '' : ` Null where it has no ${stage.subject}.`
  Field(() => (isList ? [output] : output), {
    description: `${description}${isList ? '' : whenNull}`,
    nullable: !isList,
  })(node, name, Object.getOwnPropertyDescriptor(node, name) as PropertyDescriptor)
  Costs({ personPeriods: () => 1 })(node, name)
}

/** The fields that show what stages added. */
export const STAGE_FIELDS: readonly string[] = [...FIELDS.values()].map(({ name }) => name)

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
