import { Column, Entity, Index, PrimaryColumn } from 'typeorm'

/** How what came in is taken. */
export enum ComingKind {
  /** It was sent, or is all that a source has of some activities: the last one counts. */
  TAKEN = 'TAKEN',
  /** It was pulled: the one that was changed last counts. */
  PULLED = 'PULLED',
  /** Keys of activities that are not to be there any more. */
  DELETED = 'DELETED',
}

/** A page of rows as they came, or of keys that were deleted: a delete is a batch, too, though without a report. */
@Entity('batch_rows')
@Index(['source', 'came'])
export class BatchRows {
  @PrimaryColumn('uuid')
  batchId!: string

  /** The place in the batch of the first row. */
  @PrimaryColumn('integer')
  firstRow!: number

  @Column('text')
  source!: string

  /** What came together has one number; of a source, what came later has a higher one. */
  @Column('bigint')
  came!: number

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  cameAt!: Date

  @Column('text')
  kind!: ComingKind

  @Column('integer')
  rowCount!: number

  /** Of the rows' JSON, before it was compressed. */
  @Column('integer')
  jsonBytes!: number

  /** As `packRows` makes it. */
  @Column('bytea')
  rows!: Buffer
}
