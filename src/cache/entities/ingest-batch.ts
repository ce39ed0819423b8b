import { Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'

/** The report of one ingest, pull or replay: what became of every row that it received. */
@ObjectType('IngestReport', {
  description: 'What became of every row of one ingest, pull or replay; the four counts add up to `received`.',
  simpleResolvers: true,
})
@Entity('ingest_batch')
@Unique(['idempotencyKey'])
export class IngestBatch {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id!: string

  @Field()
  @Column('text')
  source!: string

  @Column('text', { nullable: true })
  idempotencyKey!: string | null

  @Field(() => Date)
  @Column('timestamptz')
  startedAt!: Date

  @Field(() => Date)
  @Column('timestamptz')
  finishedAt!: Date

  @Field(() => Int)
  @Column('integer', { default: 0 })
  received!: number

  @Field(() => Int)
  @Column('integer', { default: 0 })
  inserted!: number

  @Field(() => Int)
  @Column('integer', { default: 0 })
  updated!: number

  @Field(() => Int)
  @Column('integer', { default: 0 })
  unchanged!: number

  @Field(() => Int)
  @Column('integer', { default: 0 })
  quarantined!: number
}
