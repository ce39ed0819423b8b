import { Column, Entity, PrimaryColumn } from 'typeorm'

/** The `logic` of source slices: one user, one day of activities. */
export const SOURCE_LOGIC = 'activities'

/**
 * What one stage (or the source itself) holds for one user and one period. The unit of freshness and of work.
 * A row is never deleted, and its counters never go down: so equal sums mean equal inputs.
 */
@Entity('slice')
export class Slice {
  @PrimaryColumn('uuid')
  userId!: string

  @PrimaryColumn('date')
  startDate!: string

  @PrimaryColumn('date')
  endDate!: string

  @PrimaryColumn('text')
  logic!: string

  /** Raised each time the values became different. */
  @Column('bigint', { default: 0 })
  revision!: number

  /**
   * The sum of the source revisions where the values reflect them, else less; null: there are no values (never computed,
   * or discarded), or what they were made of was discarded or not of one moment.
   */
  @Column('bigint', { nullable: true })
  verified!: number | null

  /** The sum of the revisions of the slices that were read when the stage last ran. */
  @Column('bigint', { nullable: true })
  inputs!: number | null

  @Column('timestamptz', { nullable: true })
  computedAt!: Date | null

  @Column('timestamptz', { nullable: true })
  changedAt!: Date | null

  @Column('timestamptz', { nullable: true })
  verifiedAt!: Date | null
}
