import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm'

/** A fact, written in the transaction that it tells of. */
@Entity('outbox')
@Index(['place'], { where: 'published_at IS NULL' })
export class OutboxEvent {
  /** Given in the order of writing, which isn't that of commits. */
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  place!: number

  /** By which whoever is told twice knows it. */
  @Column('uuid')
  id!: string

  @Column('text')
  type!: string

  @Column('json')
  payload!: object

  @Column('timestamptz', { default: () => 'now()' })
  madeAt!: Date

  /** When it was handed over for good; null: it waits. */
  @Column('timestamptz', { nullable: true })
  publishedAt!: Date | null
}
