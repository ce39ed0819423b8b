import { day } from './day.ts'
import { month } from './month.ts'
import type { CalendarPeriod, Period } from './period.ts'
import { quarter } from './quarter.ts'
import { sprint } from './sprint.ts'
import { week } from './week.ts'

/** Every period that slices may span, the shortest first. A new one is a file here, and a line. */
export const periods = { day, week, month, sprint } as const

export type PeriodName = keyof typeof periods

/** Those of the calendar, the shortest first: what numbers are grouped by. */
export const calendarPeriods: readonly CalendarPeriod[] = [
  ...Object.values<Period>(periods).filter((period) => period.kind === 'calendar'),
  quarter,
]
