import { Column, Entity, Index, PrimaryColumn } from 'typeorm'
import { ActivityType } from '../../model/activity.ts'

/**
 * A former state of an activity: it held at the revisions of its source from `sinceRevision` on, and no longer at
 * `untilRevision`. It never changes; it goes with its source, with its user, and once nobody can ask for it any more.
 */
@Entity('activity_history')
@Index(['userId', 'date'])
@Index(['projectId', 'date'], { where: 'project_id IS NOT NULL' })
@Index(['date', 'activityId'])
@Index(['source', 'externalId'])
@Index(['source', 'untilRevision'])
export class ActivityHistory {
  @PrimaryColumn('uuid')
  activityId!: string

  @PrimaryColumn('bigint')
  untilRevision!: number

  @Column('bigint')
  sinceRevision!: number

  @Column('text')
  source!: string

  @Column('text')
  externalId!: string

  @Column('date')
  date!: string

  @Column('integer')
  durationSeconds!: number

  @Column('text')
  type!: ActivityType

  @Column('uuid')
  stereotypeId!: string

  @Column('uuid')
  userId!: string

  @Column('uuid', { nullable: true })
  projectId!: string | null

  @Column('timestamptz', { nullable: true })
  changedAt!: string | null

  @Column('uuid', { nullable: true })
  batchId!: string | null

  @Column('integer', { nullable: true })
  rowIndex!: number | null
}
