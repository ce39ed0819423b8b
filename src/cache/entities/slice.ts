import { Column, Entity, Index, PrimaryColumn } from 'typeorm'

/**
 * What one stage (or the source itself) holds for one subject and one period. The unit of freshness and of work.
 * Its counters never go down: so equal sums mean equal inputs. A row goes with its subject, or is pruned together with all others of
 * its subject and logic: so no sum is left that stands on it.
 */
@Entity('slice')
@Index(['subjectId', 'startDate'], { where: 'end_date > start_date' })
export class Slice {
  @PrimaryColumn('uuid')
  subjectId!: string

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
   * The sum of the source's revisions over the days that the values depend on, where they reflect them; else less. The
   * values are usable where it is known: what they were made of was there, and of one moment.
   */
  @Column('bigint', { nullable: true })
  sourceSum!: number | null

  /** The sum of the revisions of the slices that were read when the stage last ran. There are values where it is known. */
  @Column('bigint', { nullable: true })
  inputSum!: number | null

  @Column('timestamptz', { nullable: true })
  computedAt!: Date | null

  @Column('timestamptz', { nullable: true })
  changedAt!: Date | null

  /** When it was last found to be up to date without running the stage. */
  @Column('timestamptz', { nullable: true })
  verifiedAt!: Date | null
}
