/** A period is an object: what a slice may span is asked of it, and nothing else knows what periods there are. */
import { addDays, isIsoDate } from '../model/calendar.ts'

/** Days from `from` to `to`, both included. */
export interface Span {
  from: string
  to: string
}

/** How far before its start a slice reaches: so many periods of its own, and so many days before those. */
export interface Reach {
  periods: number
  days: number
}

interface PeriodBase {
  /** As stages and the API call it. */
  readonly name: string
  /** The columns of a stage's key that say which period a row is of: its start and, where that doesn't tell it, its end. */
  readonly columns: readonly [start: string, end?: string]
}

/** A period of the calendar: each day lies in one, and its start says where it ends. */
export interface CalendarPeriod extends PeriodBase {
  readonly kind: 'calendar'
  /** How many days the shortest has. */
  readonly shortest: number
  /** The first day of the one in which the date lies. */
  startOf(date: string): string
  /** The last day of the one in which the date lies. */
  endOf(date: string): string
  /** The start of the one that is so many before the one that starts then. */
  before(start: string, count: number): string
  /** What people call the one in which the date lies. */
  label(date: string): string
  /** The same in SQL, of expressions that are dates. */
  readonly sql: {
    startOf(date: string): string
    /** The last day of the one that starts then. */
    endOf(start: string): string
    before(start: string, count: number): string
  }
}

/** A period whose bounds somebody gives, by a name. A day may lie in several of them, or in none. */
export interface GivenPeriod extends PeriodBase {
  readonly kind: 'given'
  /** The table that holds them: `name, start_date, end_date`. */
  readonly table: string
}

export type Period = CalendarPeriod | GivenPeriod

/** The period in which the date lies. */
export function spanOf(period: CalendarPeriod, date: string): Span {
  return { from: period.startOf(date), to: period.endOf(date) }
}

/** Whether the two dates can be those of such a period. */
export function isSpan(period: Period, from: unknown, to: unknown): boolean {
  if (typeof from !== 'string' || !isIsoDate(from)) return false
  if (period.kind === 'calendar') return period.startOf(from) === from
  return typeof to === 'string' && isIsoDate(to) && from <= to
}

/** The days of those that lie in the span whole; of none where it ends before it starts. */
export function wholeIn(period: CalendarPeriod, { from, to }: Span): Span {
  const first = period.startOf(from) === from ? from : addDays(period.endOf(from), 1)
  const last = period.endOf(to) === to ? to : addDays(period.startOf(to), -1)
  return { from: first, to: last }
}

/** The days of all that have some in the span. */
export function wholeAround(period: CalendarPeriod, { from, to }: Span): Span {
  return { from: period.startOf(from), to: period.endOf(to) }
}

/** As many at most as have some of so many days in a row. */
export function mostIn({ shortest }: CalendarPeriod, days: number): number {
  return days === 0 ? 0 : Math.floor((days - 2) / shortest) + 2
}

export const NO_REACH: Reach = { periods: 0, days: 0 }

export function isFar({ periods, days }: Reach): boolean {
  return periods > 0 || days > 0
}

/** The first day that a slice which starts then reaches back to. */
export function firstDayOf(period: Period, start: string, { periods, days }: Reach): string {
  const first = period.kind === 'calendar' && periods > 0 ? period.before(start, periods) : start
  return days > 0 ? addDays(first, -days) : first
}

/** The same in SQL. */
export function firstDaySql(period: Period, start: string, { periods, days }: Reach): string {
  const first = period.kind === 'calendar' && periods > 0 ? period.sql.before(start, periods) : start
  return days > 0 ? `${first} - ${days}` : first
}
