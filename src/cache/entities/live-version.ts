import { Column, Entity, Index, PrimaryColumn } from 'typeorm'

/** While the batches of a source are reprocessed: a kept row that counts in the end, or that waits in quarantine then. */
@Entity('live_version')
@Index(['source', 'externalId'])
@Index(['source', 'fingerprint'], { where: 'fingerprint IS NOT NULL' })
export class LiveVersion {
  @PrimaryColumn('text')
  source!: string

  /** That of its page. */
  @PrimaryColumn('bigint')
  came!: number

  @PrimaryColumn('integer')
  rowIndex!: number

  @Column('text', { nullable: true })
  externalId!: string | null

  /** As it came: text that sorts by time. */
  @Column('text', { nullable: true })
  changedAt!: string | null

  @Column('boolean')
  isGood!: boolean

  /** What quarantine knows it by; null where it is good. */
  @Column('text', { nullable: true })
  fingerprint!: string | null
}
