import { Field, ObjectType } from 'type-graphql'
import { PrimaryColumn } from 'typeorm'
import { addDays, CalendarDate, weekEnd, weekStart } from '../model/calendar.ts'
import { type OfSubject, UserAnnotation } from './annotation.ts'
import type { CalendarPeriod } from './period.ts'

/** The ISO week, which starts on a Monday. */
export const week: CalendarPeriod = {
  kind: 'calendar',
  name: 'week',
  columns: ['week_start'],
  shortest: 7,
  startOf: weekStart,
  endOf: weekEnd,
  before: (start, count) => addDays(start, -7 * count),
  label: weekLabel,
  sql: {
    startOf: (date) => `(${date} - (extract(isodow FROM ${date})::integer - 1))`,
    endOf: (start) => `(${start} + 6)`,
    before: (start, count) => `${start} - ${7 * count}`,
  },
}

/** The week's year is that of its Thursday, and the first of a year is that of its 4th of January. */
function weekLabel(date: string): string {
  const year = addDays(weekStart(date), 3).slice(0, 4)
  const first = weekStart(`${year}-01-04`)
  const number = 1 + (Date.parse(weekStart(date)) - Date.parse(first)) / (7 * 86_400_000)
  return `${year}-W${String(number).padStart(2, '0')}`
}

/** The annotations of a week of some subject, as of its class. */
export function weekOf<T extends OfSubject>(Subject: T) {
  @ObjectType({ simpleResolvers: true })
  abstract class OfPeriod extends Subject {
    @Field(() => CalendarDate, { description: 'A Monday.' })
    @PrimaryColumn('date')
    weekStart!: string

    @PrimaryColumn('text')
    logic!: string

    @Field({
      description: "The week isn't over, by the UTC date of the service: its numbers are those so far.",
    })
    unfinished!: boolean

    @Field({
      description: 'The week reaches beyond the range that was asked for; its numbers are of the whole week.',
    })
    partial!: boolean
  }
  return OfPeriod
}

/** An annotation of one user's ISO week. */
export const WeekAnnotation = weekOf(UserAnnotation)
export type WeekAnnotation = InstanceType<typeof WeekAnnotation>
