import { PrimaryColumn } from 'typeorm'
import { Annotation } from './annotation.ts'
import type { GivenPeriod } from './period.ts'

/** A sprint: days that a team gives a name. */
export const sprint: GivenPeriod = {
  kind: 'given',
  name: 'sprint',
  columns: ['start_date', 'end_date'],
  table: 'sprint',
}

/** An annotation of one user in one sprint's dates, both included. */
export abstract class SprintAnnotation extends Annotation {
  @PrimaryColumn('date')
  startDate!: string

  @PrimaryColumn('date')
  endDate!: string

  @PrimaryColumn('text')
  logic!: string
}
