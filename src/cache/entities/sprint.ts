import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'
import { CalendarDate } from '../../model/calendar.ts'

/** A named period, both dates included. The name is its key; a sprint that moves is simply another period. */
@ObjectType({ description: 'A named period, both dates included.', simpleResolvers: true })
@Entity('sprint')
@Unique(['name'])
export class Sprint {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id!: string

  @Field()
  @Column('text')
  name!: string

  @Field(() => CalendarDate)
  @Column('date')
  startDate!: string

  @Field(() => CalendarDate)
  @Column('date')
  endDate!: string
}
