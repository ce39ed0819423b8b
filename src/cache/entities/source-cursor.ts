import { Column, Entity, PrimaryColumn } from 'typeorm'

/** Which database a source is, in short: what must stay the same for its place and its keys to mean the same. */
export interface SourceIdentity {
  /** The server's own number, where it tells. */
  system: string | null
  database: string
  adapter: string
  /** Whether the adapter tells keys apart by the case of letters. */
  keys: 'with case' | 'without case'
  /** The table or view of activity rows. */
  table: string
  /** Which making of the database and of the table it is: both may be made anew under the same name. */
  made: string
}

/** How far a source was pulled. Its row is also the lock that every writer of the source's rows holds. */
@Entity('source_cursor')
export class SourceCursor {
  @PrimaryColumn('text')
  source!: string

  /** When the last row that was pulled was changed, never later than the source's own now; null before the first pull. */
  @Column('timestamptz', { nullable: true })
  place!: string | null

  @Column('jsonb', { nullable: true })
  identity!: SourceIdentity | null

  /** By which rules all that was pulled says whether it adds value, as JSON; null: by the usual ones. */
  @Column('text', { nullable: true })
  rules!: string | null

  /** When it was last looked for what the source no longer has. */
  @Column('timestamptz', { nullable: true })
  sweptAt!: string | null

  /** The number of its last revision. It never goes down, not even where the source is removed. */
  @Column('bigint', { default: 0 })
  revision!: number

  /** The earliest moment of which everything is known; null before its first revision. */
  @Column('timestamptz', { nullable: true })
  historyFrom!: Date | null
}
