import { Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, Index, PrimaryColumn } from 'typeorm'
import { type Problem, ProblemCode } from '../../model/problem.ts'
import type { SourceRow } from '../../model/source-row.ts'
import { Node } from './node.ts'

export enum QuarantineStatus {
  OPEN = 'OPEN',
  RELEASED = 'RELEASED',
  DISCARDED = 'DISCARDED',
}

@ObjectType({ description: 'One thing that is wrong with a refused row.', simpleResolvers: true })
export class RowProblem implements Problem {
  @Field(() => ProblemCode, { description: 'What kind of problem it is.' })
  code!: ProblemCode

  @Field(() => String, { nullable: true, description: "The source's own name of the column." })
  field!: string | null

  @Field({ description: 'The same in a sentence, with the value that is wrong.' })
  message!: string
}

/**
 * A row that the ACL refused, whole, with its problems. The same row refused again while it is open counts as another
 * attempt of the same quarantined row; `rejection` says which batches refused it.
 */
@ObjectType({
  implements: Node,
  description: 'A row that the ACL refused, whole, with its problems.',
  simpleResolvers: true,
})
@Entity('quarantined_row')
@Index(['source', 'fingerprint'], { unique: true, where: `status = 'OPEN'` })
@Index(['source', 'externalId'], { where: `status = 'OPEN'` })
@Index(['userKey', 'date'], { where: `status = 'OPEN'` })
@Index(['projectKey', 'date'], { where: `status = 'OPEN'` })
@Index('quarantined_row_discarded_idx', ['source', 'fingerprint'], { where: `status = 'DISCARDED'` })
export class QuarantinedRow {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: 'Whose row it is.' })
  @Column('text')
  source!: string

  @Field(() => ID, { description: 'The batch that refused it: the last one, unless a batch was asked for.' })
  @Column('uuid')
  batchId!: string

  @Field(() => Int, { description: 'Its place in the batch, from 0.' })
  @Column('integer')
  rowIndex!: number

  @Field(() => String, {
    nullable: true,
    description: "The source's own key of its activity; null where the row has none.",
  })
  @Column('text', { nullable: true })
  externalId!: string | null

  /**
   * JSON text: it keeps what Postgres' types of JSON refuse or rewrite, such as deep nesting and the order of keys. It may
   * be large, so it is read by itself, and only where it is needed.
   */
  @Column('text')
  row?: SourceRow

  /** SHA-256 of the row's JSON text. */
  @Column('text')
  fingerprint!: string

  /** As that of an activity. */
  @Column('timestamptz', { nullable: true })
  changedAt!: string | null

  /** The source's keys of its user, its kind and its project, and its day, as far as they can be told: numbers that lack it say so. */
  @Column('text', { nullable: true })
  userKey!: string | null

  @Column('text', { nullable: true })
  stereotypeKey!: string | null

  @Column('text', { nullable: true })
  projectKey!: string | null

  @Column('date', { nullable: true })
  date!: string | null

  @Field(() => [RowProblem], { description: 'All that is wrong with it.' })
  @Column('jsonb')
  problems!: RowProblem[]

  @Field(() => QuarantineStatus, { description: 'Whether it still waits.' })
  @Column({ type: 'enum', enum: QuarantineStatus, enumName: 'quarantine_status', default: QuarantineStatus.OPEN })
  status!: QuarantineStatus

  @Field(() => String, { nullable: true, description: 'Why it was discarded.' })
  @Column('text', { nullable: true })
  reason!: string | null

  @Field(() => Date, { description: 'When it was refused first.' })
  @Column('timestamptz')
  firstSeenAt!: Date

  @Field(() => Date, { description: 'When it was refused last.' })
  @Column('timestamptz')
  lastSeenAt!: Date

  @Field(() => Int, { description: 'How often it was refused.' })
  @Column('integer', { default: 1 })
  attempts!: number
}
