import { addDays, datesBetween, isIsoDate, weekStart } from '../../src/model/calendar.ts'

test.each([
  ['2026-03-02', true],
  ['2024-02-29', true],
  ['2000-02-29', true],
  ['1900-02-29', false],
  ['2026-02-29', false],
  ['2026-04-31', false],
  ['2026-00-10', false],
  ['2026-1-1', false],
  ['26-01-01', false],
  ['2026-03-02T00:00:00Z', false],
  ['', false],
])('%j is an ISO date: %j', (text, expected) => {
  expect(isIsoDate(text)).toBe(expected)
})

test.each([
  ['2026-03-02', 0, '2026-03-02'],
  ['2026-02-28', 1, '2026-03-01'],
  ['2024-02-28', 1, '2024-02-29'],
  ['2026-01-01', -1, '2025-12-31'],
  ['2026-03-28', 2, '2026-03-30'],
  ['1970-01-01', -1, '1969-12-31'],
])('%s and %i days is %s', (date, days, expected) => {
  expect(addDays(date, days)).toBe(expected)
})

test.each([
  ['2026-03-02', '2026-03-02'],
  ['2026-03-03', '2026-03-02'],
  ['2026-03-08', '2026-03-02'],
  ['2026-03-09', '2026-03-09'],
  ['2026-01-01', '2025-12-29'],
  ['1970-01-01', '1969-12-29'],
  ['1969-12-28', '1969-12-22'],
  ['1900-01-01', '1900-01-01'],
  ['2200-12-31', '2200-12-29'],
])('the ISO week of %s starts on Monday %s', (date, monday) => {
  expect(weekStart(date)).toBe(monday)
})

test('the dates between two dates include both', () => {
  expect(datesBetween('2026-02-27', '2026-03-02')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'])
  expect(datesBetween('2026-03-02', '2026-03-02')).toEqual(['2026-03-02'])
})

test('there are no dates between a date and an earlier one', () => {
  expect(datesBetween('2026-03-02', '2026-03-01')).toEqual([])
  expect(datesBetween('2026-03-02', '2026-01-01')).toEqual([])
})
