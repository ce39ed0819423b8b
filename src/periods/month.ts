import { Field, ObjectType } from 'type-graphql'
import { PrimaryColumn } from 'typeorm'
import { addDays, CalendarDate, monthStart } from '../model/calendar.ts'
import { type OfSubject, UserAnnotation } from './annotation.ts'
import type { CalendarPeriod } from './period.ts'

/** The month of the calendar. */
export const month: CalendarPeriod = {
  kind: 'calendar',
  name: 'month',
  columns: ['month_start'],
  shortest: 28,
  startOf: monthStart,
  endOf: (date) => addDays(monthStart(addDays(monthStart(date), 31)), -1),
  before: monthsBefore,
  label: (date) => date.slice(0, 7),
  sql: {
    startOf: (date) => `date_trunc('month', ${date}::timestamp)::date`,
    endOf: (start) => `(${start} + interval '1 month' - interval '1 day')::date`,
    before: (start, count) => `(${start} - interval '${count} months')::date`,
  },
}

function monthsBefore(start: string, count: number): string {
  const months = Number(start.slice(0, 4)) * 12 + Number(start.slice(5, 7)) - 1 - count
  const [year, number] = [Math.floor(months / 12), (months % 12) + 1]
  return `${String(year).padStart(4, '0')}-${String(number).padStart(2, '0')}-01`
}

/** The annotations of a month of some subject, as of its class. */
export function monthOf<T extends OfSubject>(Subject: T) {
  @ObjectType({ simpleResolvers: true })
  abstract class OfPeriod extends Subject {
    @Field(() => CalendarDate, { description: 'The first of a month.' })
    @PrimaryColumn('date')
    monthStart!: string

    @PrimaryColumn('text')
    logic!: string

    @Field({
      description: "The month isn't over, by the UTC date of the service: its numbers are those so far.",
    })
    unfinished!: boolean

    @Field({
      description: 'The month reaches beyond the range that was asked for; its numbers are of the whole month.',
    })
    partial!: boolean
  }
  return OfPeriod
}

/** An annotation of one user's month. */
export const MonthAnnotation = monthOf(UserAnnotation)
export type MonthAnnotation = InstanceType<typeof MonthAnnotation>
