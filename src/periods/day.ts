import { Field, ObjectType } from 'type-graphql'
import { PrimaryColumn } from 'typeorm'
import { addDays, CalendarDate } from '../model/calendar.ts'
import { type OfSubject, UserAnnotation } from './annotation.ts'
import type { CalendarPeriod } from './period.ts'

export const day: CalendarPeriod = {
  kind: 'calendar',
  name: 'day',
  columns: ['date'],
  shortest: 1,
  startOf: (date) => date,
  endOf: (date) => date,
  before: (start, count) => addDays(start, -count),
  label: (date) => date,
  sql: {
    startOf: (date) => date,
    endOf: (start) => start,
    before: (start, count) => `${start} - ${count}`,
  },
}

/** The annotations of a day of some subject, as of its class. */
export function dayOf<T extends OfSubject>(Subject: T) {
  @ObjectType({ simpleResolvers: true })
  abstract class OfPeriod extends Subject {
    @Field(() => CalendarDate, { description: 'The day.' })
    @PrimaryColumn('date')
    date!: string

    @PrimaryColumn('text')
    logic!: string
  }
  return OfPeriod
}

/** An annotation of one user's day. */
export const DayAnnotation = dayOf(UserAnnotation)
export type DayAnnotation = InstanceType<typeof DayAnnotation>
