import { addDays } from '../model/calendar.ts'
import { month } from './month.ts'
import type { CalendarPeriod } from './period.ts'

/** Three months, from January on. Numbers are grouped by it; no stage has slices of it. */
export const quarter: CalendarPeriod = {
  kind: 'calendar',
  name: 'quarter',
  columns: ['quarter_start'],
  shortest: 90,
  startOf: quarterStart,
  endOf: (date) => month.endOf(addDays(quarterStart(date), 62)),
  before: (start, count) => month.before(start, 3 * count),
  label: (date) => `${date.slice(0, 4)}-Q${quarterOf(date)}`,
  sql: {
    startOf: (date) => `date_trunc('quarter', ${date}::timestamp)::date`,
    endOf: (start) => `(${start} + interval '3 months' - interval '1 day')::date`,
    before: (start, count) => `(${start} - interval '${3 * count} months')::date`,
  },
}

function quarterOf(date: string): number {
  return Math.ceil(Number(date.slice(5, 7)) / 3)
}

function quarterStart(date: string): string {
  return `${date.slice(0, 4)}-${String(3 * quarterOf(date) - 2).padStart(2, '0')}-01`
}
