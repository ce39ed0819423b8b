import { Field, Int, InterfaceType, ObjectType } from 'type-graphql'
import { PrimaryColumn } from 'typeorm'
import { CalendarDate } from '../model/calendar.ts'

/**
 * What every annotation says of itself. A stage's output class extends one of the three below, by the stage's period,
 * and adds its values: it is the table, the GraphQL type and the shape that the stage's output is checked against.
 * Columns stand in the order of the key: user, period, `logic`, and whatever is annotated.
 */
@InterfaceType('Annotation', { description: 'What a stage added beside the source.' })
export abstract class Annotation {
  @Field({ description: "The stage's name." })
  stage!: string

  @Field(() => Int, { description: "The stage's version." })
  version!: number

  @Field(() => Date, { description: 'When the stage last ran for it.' })
  computedAt!: Date

  @Field(() => Date, { description: 'When its value last became different.' })
  changedAt!: Date

  @PrimaryColumn('uuid')
  userId!: string
}

/** An annotation of one user's day. */
@ObjectType({ simpleResolvers: true })
export abstract class DayAnnotation extends Annotation {
  @Field(() => CalendarDate)
  @PrimaryColumn('date')
  date!: string

  @PrimaryColumn('text')
  logic!: string
}

/** An annotation of one user's ISO week, which starts on a Monday. */
@ObjectType({ simpleResolvers: true })
export abstract class WeekAnnotation extends Annotation {
  @Field(() => CalendarDate, { description: 'A Monday.' })
  @PrimaryColumn('date')
  weekStart!: string

  @PrimaryColumn('text')
  logic!: string
}

/** An annotation of one user in one sprint's dates, both included. */
export abstract class SprintAnnotation extends Annotation {
  @PrimaryColumn('date')
  startDate!: string

  @PrimaryColumn('date')
  endDate!: string

  @PrimaryColumn('text')
  logic!: string
}
