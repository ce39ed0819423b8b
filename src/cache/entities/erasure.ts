import { Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { Node } from './node.ts'

/** How much of somebody was erased. */
@ObjectType({ description: 'How much went with a user who was erased.', simpleResolvers: true })
export class ErasureCounts {
  @Field(() => Int, { description: 'Activities.' })
  activities!: number

  @Field(() => Int, { description: 'Rows of annotations, of every stage and logic.' })
  annotations!: number

  @Field(() => Int, { description: 'Slices.' })
  slices!: number

  @Field(() => Int, { description: 'Days in teams, each from one date to another.' })
  memberships!: number

  @Field(() => Int, { description: 'Rows of quarantine, whatever had become of them.' })
  quarantinedRows!: number

  @Field(() => Int, { description: 'Rows of kept batches; their places in the batch stay, empty.' })
  keptRows!: number
}

@ObjectType({
  implements: Node,
  description: 'That somebody was erased; nothing of who it was.',
  simpleResolvers: true,
})
@Entity('erasure')
export class Erasure {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: 'What the erased user is called in records about it: made at random, of nothing.' })
  @Column('text')
  pseudonym!: string

  @Field({ description: 'Why.' })
  @Column('text')
  reason!: string

  @Field(() => Date, { description: 'When.' })
  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  erasedAt!: Date

  @Field(() => ErasureCounts, { description: 'How much went.' })
  @Column('jsonb')
  counts!: ErasureCounts
}
