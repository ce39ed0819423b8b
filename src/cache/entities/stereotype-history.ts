import { Column, Entity, Index, PrimaryColumn } from 'typeorm'

/** A former code of a stereotype, and the last one of a stereotype that was deleted; as a former state of an activity. */
@Entity('stereotype_history')
@Index(['source', 'untilRevision'])
export class StereotypeHistory {
  @PrimaryColumn('uuid')
  stereotypeId!: string

  @PrimaryColumn('bigint')
  untilRevision!: number

  @Column('bigint')
  sinceRevision!: number

  @Column('text')
  source!: string

  @Column('text')
  externalId!: string

  @Column('text')
  code!: string

  /** What it was called when it went. */
  @Column('text')
  name!: string
}
