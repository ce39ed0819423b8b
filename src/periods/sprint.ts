import { PrimaryColumn } from 'typeorm'
import { type OfSubject, UserAnnotation } from './annotation.ts'
import type { GivenPeriod } from './period.ts'

/** A sprint: days that a team gives a name. */
export const sprint: GivenPeriod = {
  kind: 'given',
  name: 'sprint',
  columns: ['start_date', 'end_date'],
  table: 'sprint',
}

/** The annotations of a sprint of some subject, as of its class. */
export function sprintOf<T extends OfSubject>(Subject: T) {
  abstract class OfPeriod extends Subject {
    @PrimaryColumn('date')
    startDate!: string

    @PrimaryColumn('date')
    endDate!: string

    @PrimaryColumn('text')
    logic!: string
  }
  return OfPeriod
}

/** An annotation of one user in one sprint's dates, both included. */
export const SprintAnnotation = sprintOf(UserAnnotation)
export type SprintAnnotation = InstanceType<typeof SprintAnnotation>
