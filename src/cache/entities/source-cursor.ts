import { Column, Entity, PrimaryColumn } from 'typeorm'

/** How far a source was pulled. Its row is also the lock that every writer of the source's rows holds. */
@Entity('source_cursor')
export class SourceCursor {
  @PrimaryColumn('text')
  source!: string

  /** The last row's values of the adapter's cursor columns, as text; null before the first pull. */
  @Column('jsonb', { nullable: true })
  cursor!: string[] | null
}
