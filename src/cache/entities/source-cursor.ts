import { Column, Entity, PrimaryColumn } from 'typeorm'

/** How far a source was pulled. Its row is also the lock that every writer of the source's rows holds. */
@Entity('source_cursor')
export class SourceCursor {
  @PrimaryColumn('text')
  source!: string

  /** When the last row that was pulled was changed, and its key; null before the first pull. */
  @Column('jsonb', { nullable: true })
  cursor!: string[] | null
}
