import { Column, Entity, PrimaryColumn } from 'typeorm'

/** Whether a logic is in use, as the service says that was started, or promoted a version, last. */
export enum LogicState {
  /** Queries are answered by it. */
  ACTIVE = 'ACTIVE',
  /** It is tried beside the one that queries are answered by. */
  CANDIDATE = 'CANDIDATE',
  /** Another one took its place; a service of an older version may still answer by it. */
  RETIRED = 'RETIRED',
}

/** A logic that was ever used: what the hash in slices and annotations stands for. */
@Entity('logic')
export class Logic {
  @PrimaryColumn('text')
  logic!: string

  @Column('text')
  stage!: string

  @Column('integer')
  version!: number

  /** All that the hash is of, as JSON: name, version, period, lookback, columns, and the logic of what is read. */
  @Column('jsonb')
  definition!: object

  @Column('timestamptz', { default: () => 'now()' })
  firstUsedAt!: Date

  @Column('text')
  state!: LogicState

  /** How often slices of it were pruned. */
  @Column('bigint', { default: 0 })
  prunes!: number
}
