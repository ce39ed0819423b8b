import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm'
import { type Warning, WarningCode } from '../../model/warning.ts'
import { Node } from './node.ts'

registerEnumType(WarningCode, {
  name: 'WarningCode',
  description: 'What a pull warns of.',
  valuesConfig: {
    FUTURE_CHANGE: {
      description: 'Rows are stamped with a time that has not come yet; every pull reads them again.',
    },
    NEWEST_GONE: {
      description:
        'The newest row is older than what was pulled before: rows were deleted, or an older state was restored.',
    },
    REFERENCE_UNUSABLE: { description: "A user, stereotype or sprint can't be used as it is." },
    KEYS_UNREADABLE: {
      description: "Rows have no usable key: what a source no longer has isn't known, and nothing was removed.",
    },
    MOST_GONE: { description: 'A source no longer has most of what was pulled of it: nothing was removed.' },
    KIND_UNNAMED: { description: 'Rules name kinds, and there are others: whether those add value nobody said.' },
    RULES_CHANGED: {
      description: 'What adds value is decided by other rules than before: everything was read again.',
    },
  },
})

@ObjectType({ description: 'Something that a pull found odd.', simpleResolvers: true })
export class IngestWarning implements Warning {
  @Field(() => WarningCode, { description: 'What kind of oddity it is.' })
  code!: WarningCode

  @Field({ description: 'The same in a sentence, with what it is about.' })
  message!: string
}

/** The report of one ingest, pull, replay or reprocessing: what became of every row that it received. */
@ObjectType('IngestReport', {
  implements: Node,
  description:
    'What became of every row of one ingest, pull, replay or reprocessing; the five counts add up to `received`.',
  simpleResolvers: true,
})
@Entity('ingest_batch')
@Unique(['source', 'idempotencyKey'])
@Index(['source', 'startedAt'], { where: 'is_pull' })
@Index('ingest_batch_sent_idx', ['source', 'startedAt'], { where: 'NOT is_pull' })
@Index('ingest_batch_untold_idx', ['finishedAt'], { where: 'newly_quarantined > 0 AND NOT is_told' })
export class IngestBatch {
  @Field(() => ID, { description: 'A UUIDv7; the batch is known by it, too.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: 'Whose rows they were.' })
  @Column('text')
  source!: string

  @Column('text', { nullable: true })
  idempotencyKey!: string | null

  /** SHA-256 of the rows that came with the key. */
  @Column('text', { nullable: true })
  payloadHash!: string | null

  @Field(() => Date, { description: 'When it began.' })
  @Column('timestamptz')
  startedAt!: Date

  @Field(() => Date, { description: 'While a pull is under way: when its last page so far was stored.' })
  @Column('timestamptz')
  finishedAt!: Date

  @Column('boolean', { default: false })
  isPull!: boolean

  /** True from the beginning of a pull to its end, and for ever where its process died; see `PULL_ERROR`. */
  @Column('boolean', { default: false })
  isUnderWay!: boolean

  @Field(() => String, {
    nullable: true,
    description:
      'Why the pull failed or broke off, or that it is under way; null where all went well. What was stored by then stays.',
  })
  @Column('text', { nullable: true })
  error!: string | null

  @Field(() => Int, { description: 'Rows that came.' })
  @Column('integer', { default: 0 })
  received!: number

  @Field(() => Int, { description: 'Became activities that were not there.' })
  @Column('integer', { default: 0 })
  inserted!: number

  @Field(() => Int, { description: 'Changed activities that were there.' })
  @Column('integer', { default: 0 })
  updated!: number

  @Field(() => Int, { description: 'Said what was stored already.' })
  @Column('integer', { default: 0 })
  unchanged!: number

  @Field(() => Int, { description: 'Were refused, and wait in quarantine.' })
  @Column('integer', { default: 0 })
  quarantined!: number

  @Field(() => Int, { description: 'Gave way to a newer version of the same activity.' })
  @Column('integer', { default: 0 })
  superseded!: number

  @Field(() => Int, { description: 'Are no activities, or none yet, such as clocks that still run.' })
  @Column('integer', { default: 0 })
  skipped!: number

  @Field(() => Int, {
    description:
      'Activities that went, as their source no longer has them, or as no row makes them any more; they are no rows of it.',
  })
  @Column('integer', { default: 0 })
  removed!: number

  /** Those of the quarantined that nobody knew of before. */
  @Column('integer', { default: 0 })
  newlyQuarantined!: number

  /** Whether somebody was told of those. */
  @Column('boolean', { default: false })
  isTold!: boolean

  @Field(() => [IngestWarning], { description: 'What an operator should look at; the rows were taken all the same.' })
  @Column('jsonb', { default: [] })
  warnings!: Warning[]
}
