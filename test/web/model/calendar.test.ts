import {
  addDays,
  ago,
  dayName,
  daysIn,
  isDate,
  mondayOf,
  spanName,
  today,
  weeksUntil,
} from '../../../src/web/model/calendar.ts'

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

test('only days that exist are dates, and only those that the API takes', () => {
  const texts = ['2026-02-28', '2026-02-30', '2026-2-3', 'today', '', '1899-12-31', '+12026-01-01']
  expect(texts.map(isDate)).toEqual([true, false, false, false, false, false, false])
  expect(isDate(null)).toBe(false)
})

test('a range counts both its ends', () => {
  expect(daysIn({ from: '2026-03-02', to: '2026-03-02' })).toBe(1)
  expect(daysIn({ from: '2026-03-28', to: '2026-04-03' })).toBe(7)
})

test('dates are named as people of a language say them', () => {
  expect(dayName('2026-11-02', 'en-US')).toBe('Nov 2')
  expect(dayName('2026-11-02', 'de-DE')).toBe('2. Nov.')
  expect(spanName({ from: '2026-08-24', to: '2026-11-22' }, 'en-US')).toMatch(/^Aug 24\s–\sNov 22, 2026$/)
  expect(spanName({ from: '2025-12-01', to: '2026-03-01' }, 'en-US')).toMatch(/^Dec 1, 2025\s–\sMar 1, 2026$/)
  expect(spanName({ from: '2026-03-01', to: '2026-03-01' }, 'en-US')).toBe('Mar 1, 2026')
})

test.each([
  ['2026-03-02T12:00:05Z', '0 seconds ago'],
  ['2026-03-02T11:59:01Z', '59 seconds ago'],
  ['2026-03-02T11:59:00Z', '1 minute ago'],
  ['2026-03-02T10:01:00Z', '1 hour ago'],
  ['2026-02-28T11:00:00Z', '2 days ago'],
])('%s was %s, and nothing is in the future', (iso, text) => {
  expect(ago(iso, Date.parse('2026-03-02T12:00:00Z'))).toBe(text)
})
