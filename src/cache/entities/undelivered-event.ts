import { Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm'
import { JsonObject } from '../../model/source-row.ts'
import { Node } from './node.ts'

/** A fact that a subscription failed at: it is tried again, or, as a dead letter, left for a person to look at. */
@ObjectType('DeadLetter', {
  implements: Node,
  description: 'A fact that a subscription failed at as often as it is tried: it waits for somebody to look at it.',
  simpleResolvers: true,
})
@Entity('undelivered_event')
@Unique(['eventId', 'subscription'])
@Index(['dueAt'], { where: 'due_at IS NOT NULL' })
export class UndeliveredEvent {
  @Field(() => ID, { description: 'A UUIDv7, for `redeliver` and `dropDeadLetters`.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field(() => ID, { description: 'The fact’s own; of what several subscriptions failed at it is the same.' })
  @Column('uuid')
  eventId!: string

  @Field({ description: 'Of what kind the fact is, such as activities.ingested.' })
  @Column('text')
  type!: string

  @Field({ description: 'Who failed at it.' })
  @Column('text')
  subscription!: string

  @Field(() => JsonObject, { description: 'What it tells: keys and counts, never rows.' })
  @Column('json')
  payload!: object

  @Field({ description: 'Why the last attempt failed.' })
  @Column('text')
  error!: string

  @Field(() => Int, { description: 'How often it was tried.' })
  @Column('integer')
  attempts!: number

  @Field(() => Date, { description: 'When it failed last.' })
  @Column('timestamptz', { default: () => 'now()' })
  failedAt!: Date

  /** When it is tried again; null: it isn't. */
  @Column('timestamptz', { nullable: true })
  dueAt!: Date | null
}
