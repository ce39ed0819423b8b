import 'reflect-metadata'
import { addDays, datesBetween } from '../../src/model/calendar.ts'
import { calendarPeriods } from '../../src/periods/index.ts'
import { month } from '../../src/periods/month.ts'
import { firstDayOf, isSpan, mostIn, spanOf, wholeIn } from '../../src/periods/period.ts'
import { sprint } from '../../src/periods/sprint.ts'
import { week } from '../../src/periods/week.ts'
import { type TestService, testService } from '../support/service.ts'

/** Turns of years and of months, leap days, and the bounds of what the calendar holds. */
const DATES = [
  ...datesBetween('2023-12-20', '2024-03-05'),
  ...datesBetween('1899-12-28', '1900-03-02'),
  ...datesBetween('2200-12-20', '2201-01-10'),
]

let service: TestService

beforeAll(async () => {
  service = await testService()
})

afterAll(() => service.stop())

describe.each(calendarPeriods.map((period) => [period.name, period] as const))('a %s', (_, period) => {
  test('starts where the one before ended, and holds every day between its bounds', () => {
    for (const date of DATES) {
      const { from, to } = spanOf(period, date)
      expect(from <= date && date <= to).toBe(true)
      expect(datesBetween(from, to).every((each) => period.startOf(each) === from)).toBe(true)
      expect(period.startOf(addDays(to, 1))).toBe(addDays(to, 1))
      expect(period.before(addDays(to, 1), 1)).toBe(from)
      expect(datesBetween(from, to).length).toBeGreaterThanOrEqual(period.shortest)
    }
  })

  test('is the same in SQL', async () => {
    const { startOf, endOf, before } = period.sql
    const rows = await service.database.sql<{ date: string; start: string; end: string; before: string }>(
      `SELECT date, start, ${endOf('start')} AS end, ${before('start', 3)} AS before
       FROM (SELECT date, ${startOf('date')} AS start FROM unnest($1::date[]) AS t (date)) dates`,
      [DATES],
    )
    expect(rows).toEqual(
      DATES.map((date) => {
        const { from, to } = spanOf(period, date)
        return { date, start: from, end: to, before: period.before(from, 3) }
      }),
    )
  })

  test('so many days in a row meet as many of them as is said, at most', () => {
    for (const days of [1, 2, 6, 7, 8, 28, 30, 31, 59]) {
      const met = DATES.map((date) => {
        return new Set(datesBetween(date, addDays(date, days - 1)).map((each) => period.startOf(each))).size
      })
      expect(Math.max(...met)).toBeLessThanOrEqual(mostIn(period, days))
    }
    expect(mostIn(period, 0)).toBe(0)
  })
})

test.each([
  [week, '2026-01-01', '2026-W01'],
  [week, '2027-01-01', '2026-W53'],
  [week, '2024-12-30', '2025-W01'],
  [week, '2026-03-02', '2026-W10'],
  [month, '2024-02-29', '2024-02'],
])('%o: the label of %s is %s', (period, date, label) => {
  expect(period.label(date)).toBe(label)
})

test('whole periods are those that lie in a span from end to end', () => {
  expect(wholeIn(month, { from: '2026-01-02', to: '2026-03-31' })).toEqual({ from: '2026-02-01', to: '2026-03-31' })
  expect(wholeIn(week, { from: '2026-03-02', to: '2026-03-14' })).toEqual({ from: '2026-03-02', to: '2026-03-08' })
})

test('a slice reaches back by periods, and by days before those', () => {
  expect(firstDayOf(month, '2026-03-01', { periods: 1, days: 2 })).toBe('2026-01-30')
  expect(firstDayOf(sprint, '2026-03-01', { periods: 0, days: 2 })).toBe('2026-02-27')
})

test('a span of a period is known by its start, one that is given by both of its ends', () => {
  expect(isSpan(month, '2026-03-01', undefined)).toBe(true)
  expect(isSpan(month, '2026-03-02', undefined)).toBe(false)
  expect(isSpan(sprint, '2026-03-02', '2026-03-01')).toBe(false)
  expect(isSpan(sprint, '2026-03-02', '2026-03-02')).toBe(true)
})
