// @ts-expect-error: plain JavaScript for browsers, without types
import { addDays, dayName, isDate, mondayOf, spanName, today, weeksUntil } from '../../src/web/calendar.js'

test('a week begins on its Monday, over the turn of a year too', () => {
  expect(mondayOf('2026-03-02')).toBe('2026-03-02')
  expect(mondayOf('2026-03-08')).toBe('2026-03-02')
  expect(mondayOf('2027-01-01')).toBe('2026-12-28')
})

test('the weeks end with the one that the date lies in', () => {
  expect(weeksUntil('2026-03-04', 3)).toEqual(['2026-02-16', '2026-02-23', '2026-03-02'])
})

test('days are added over months and leap days', () => {
  expect(addDays('2028-02-28', 2)).toBe('2028-03-01')
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28')
})

test('today is the date on the reader’s own calendar', () => {
  expect(today(new Date(2026, 0, 5, 0, 30))).toBe('2026-01-05')
  expect(today(new Date(2026, 0, 5, 23, 30))).toBe('2026-01-05')
})

test('only days that exist are dates', () => {
  expect(['2026-02-28', '2026-02-30', '2026-2-3', 'today', ''].map(isDate)).toEqual([true, false, false, false, false])
})

test('dates are named as people say them', () => {
  expect(dayName('2026-11-02')).toBe('Nov 2')
  expect(spanName('2026-08-24', '2026-11-22')).toBe('Aug 24 – Nov 22, 2026')
  expect(spanName('2025-12-01', '2026-03-01')).toBe('Dec 1, 2025 – Mar 1, 2026')
})
