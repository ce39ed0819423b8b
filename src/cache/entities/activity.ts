import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm'
import { ActivityType } from '../../model/activity.ts'

/**
 * The clean domain record: who did what kind of thing, on which date, for how long, and whether it added value.
 *
 * No foreign keys: the ACL resolves its references in the transaction that writes the row, none is
 * deleted while an activity refers to it, and checks of each row would cost more than the row.
 */
@Entity('activity')
@Unique(['source', 'externalId'])
@Index(['userId', 'date'])
@Index(['projectId', 'date'], { where: 'project_id IS NOT NULL' })
@Index(['date', 'id'])
@Index(['durationSeconds', 'id'])
export class Activity {
  @PrimaryColumn('uuid')
  id!: string

  @Column('text')
  source!: string

  @Column('text')
  externalId!: string

  @Column('date')
  date!: string

  @Column('integer')
  durationSeconds!: number

  @Column({ type: 'enum', enum: ActivityType, enumName: 'activity_type' })
  type!: ActivityType

  @Column('uuid')
  stereotypeId!: string

  @Column('uuid')
  userId!: string

  @Column('uuid', { nullable: true })
  projectId!: string | null

  /**
   * When its source changed it last; `-infinity` where the source doesn't say, null for a row that was sent in. A pull
   * or a replay never puts an older version in its place.
   */
  @Column('timestamptz', { nullable: true })
  changedAt!: string | null

  /** The batch that made it what it is; null where that was before batches were kept. */
  @Column('uuid', { nullable: true })
  batchId!: string | null

  /** Which row of that batch, from 0. */
  @Column('integer', { nullable: true })
  rowIndex!: number | null

  /** The revision of its source at which it became what it is; 0 where that was before history was kept. */
  @Column('bigint', { default: 0 })
  sinceRevision!: number
}
