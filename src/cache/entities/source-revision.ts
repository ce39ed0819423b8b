import { Column, type ColumnType, Entity, Index, PrimaryColumn } from 'typeorm'

/**
 * When a source's activities or the codes of its stereotypes became others: one row for each transaction that really
 * changed something. What a state came and went by is such a revision.
 */
@Entity('source_revision')
@Index(['source', 'at'])
export class SourceRevision {
  @PrimaryColumn('text')
  source!: string

  @PrimaryColumn('bigint')
  revision!: number

  /** In whole milliseconds, as clients know moments; never before that of an earlier revision. */
  @Column('timestamptz')
  at!: Date

  /** The first batch that its transaction was of; null where it was of none. */
  @Column('uuid', { nullable: true })
  batchId!: string | null

  /** Its transaction, which goes on with it where it changes more. */
  @Column({ type: 'xid8' as ColumnType })
  xid!: string
}
