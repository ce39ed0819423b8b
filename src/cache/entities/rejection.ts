import { Column, Entity, Index, PrimaryColumn } from 'typeorm'

/** Which row of which batch was refused. */
@Entity('rejection')
@Index(['quarantinedRowId'])
export class Rejection {
  @PrimaryColumn('uuid')
  batchId!: string

  @PrimaryColumn('integer')
  rowIndex!: number

  @Column('uuid')
  quarantinedRowId!: string
}
