import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'
import { CalendarDate } from '../../model/calendar.ts'
import { Node } from './node.ts'

/** A named period, both dates included. A sprint that moves is simply another period. */
@ObjectType({ implements: Node, description: 'A named period, both dates included.', simpleResolvers: true })
@Entity('sprint')
@Unique(['source', 'externalId'])
export class Sprint {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: '`api` for those made through the API.' })
  @Column('text')
  source!: string

  @Field({ description: "The source's own key of the sprint; its name where it has none." })
  @Column('text')
  externalId!: string

  @Field({ description: 'Its name.' })
  @Column('text')
  name!: string

  @Field(() => CalendarDate, { description: 'Its first day.' })
  @Column('date')
  startDate!: string

  @Field(() => CalendarDate, { description: 'Its last day. Included.' })
  @Column('date')
  endDate!: string
}
