import { Field, ObjectType } from 'type-graphql'
import { PrimaryColumn } from 'typeorm'
import { addDays, CalendarDate } from '../model/calendar.ts'
import { Annotation } from './annotation.ts'
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

/** An annotation of one user's day. */
@ObjectType({ simpleResolvers: true })
export abstract class DayAnnotation extends Annotation {
  @Field(() => CalendarDate)
  @PrimaryColumn('date')
  date!: string

  @PrimaryColumn('text')
  logic!: string
}
