import { hours, listed, many, part, percent, points, signedHours } from '../../../src/web/model/figures.ts'

const HOUR = 3600

test('nothing is rounded away', () => {
  expect([0, 0.004, 0.005, 0.46].map((ratio) => part(ratio, 'en-US'))).toEqual(['0%', '<1%', '1%', '46%'])
  expect(hours(60, 'en-US')).toBe('<0.1')
  expect(hours(0, 'en-US')).toBe('0.0')
  expect(points(0.0004, 'en-US')).toBe('+0.04')
})

test('many hours have no fractions, and what comes as text is a number', () => {
  expect(hours(1635.4 * HOUR, 'en-US')).toBe('1,635')
  expect(hours('23400', 'en-US')).toBe('6.5')
})

test('differences say their direction', () => {
  expect([3.1, -0.4, 0].map((value) => signedHours(value * HOUR, 'en-US'))).toEqual(['+3.1', '−0.4', '±0.0'])
  expect(points(-0.021, 'en-US')).toBe('−2.1')
})

test('where there is no ratio there is a dash', () => {
  expect([null, undefined].map((ratio) => percent(ratio))).toEqual(['–', '–'])
})

test('numbers are written as the language has them', () => {
  expect(hours(1635 * HOUR, 'de-DE')).toBe('1.635')
  expect(percent(0.289, 1, 'de-DE')).toMatch(/^28,9\s%$/)
})

test('long lists are cut', () => {
  expect(listed(['A', 'B'])).toBe('A and B')
  expect(listed(['A', 'B', 'C', 'D', 'E'])).toBe('A, B and 3 more')
  expect([1, 20_054].map((number) => many(number, 'row', 'en-US'))).toEqual(['1 row', '20,054 rows'])
})
