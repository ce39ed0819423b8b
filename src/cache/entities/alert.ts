import { Column, Entity, PrimaryColumn } from 'typeorm'

/** What can be wrong with a source. */
export enum AlertKind {
  /** Rows of it wait in quarantine that were refused while somebody was to be told. */
  ROWS_REFUSED = 'ROWS_REFUSED',
  /** The last pull of it failed. */
  PULL_FAILED = 'PULL_FAILED',
  /** For long it was neither pulled nor sent. */
  SOURCE_SILENT = 'SOURCE_SILENT',
}

/** Something that is wrong with a source, and of which somebody is told; when it is over, it is gone. */
@Entity('alert')
export class Alert {
  @PrimaryColumn('text')
  source!: string

  @PrimaryColumn('text')
  kind!: AlertKind

  @Column('timestamptz', { default: () => 'now()' })
  raisedAt!: Date
}

/** A message that waits to be delivered; the order of ids is the order in which they are. */
@Entity('alert_message')
export class AlertMessage {
  @PrimaryColumn('uuid')
  id!: string

  /** What is sent, as it is sent. */
  @Column('jsonb')
  message!: object

  @Column('integer', { default: 0 })
  attempts!: number

  @Column('timestamptz', { default: () => 'now()' })
  madeAt!: Date

  /** Not before then is it tried again. */
  @Column('timestamptz', { default: () => 'now()' })
  dueAt!: Date
}
