import { exactNumber } from '../../src/model/exact-json.ts'
import { FieldChecks } from '../../src/source/field-checks.ts'

/** What a check makes of a value: its result, or the code of what is wrong. */
function checked(check: (checks: FieldChecks) => unknown, x: unknown, other: object = {}): unknown {
  const checks = new FieldChecks({ x, ...other })
  const result = check(checks)
  const [problem] = checks.problems
  return problem ? problem.code : result
}

const TOO_LARGE = exactNumber('9007199254740993')

test.each([
  [0, 0],
  [1.5, 5_400],
  [24, 86_400],
  [1 / 3, 1_200],
  [5.5e-7, 0],
  ['1.5', 5_400],
  [' 2 ', 7_200],
  [exactNumber('0.10000000000000000001'), 360],
  [-0.1, 'DURATION_OUT_OF_RANGE'],
  [24.01, 'DURATION_OUT_OF_RANGE'],
  [TOO_LARGE, 'DURATION_OUT_OF_RANGE'],
  [2 ** 31, 'DURATION_OUT_OF_RANGE'],
  ['1e3', 'INVALID_TYPE'],
  ['1,5', 'INVALID_TYPE'],
  ['NaN', 'INVALID_TYPE'],
  ['Infinity', 'INVALID_TYPE'],
  [Number.NaN, 'INVALID_TYPE'],
  ['', 'INVALID_TYPE'],
  [true, 'INVALID_TYPE'],
  [[1], 'INVALID_TYPE'],
  [null, 'MISSING_FIELD'],
  [undefined, 'MISSING_FIELD'],
])('hours %j are %j', (value, expected) => {
  expect(checked((checks) => checks.hours('x'), value)).toBe(expected)
})

test.each([
  [90, 5_400],
  ['0.5', 30],
  [1_440.1, 'DURATION_OUT_OF_RANGE'],
])('minutes %j are %j', (value, expected) => {
  expect(checked((checks) => checks.minutes('x'), value)).toBe(expected)
})

test.each([
  ['1:30:00', 5_400],
  ['01:30', 5_400],
  ['00:00:09', 9],
  ['24:00:00', 86_400],
  ['24:00:01', 'DURATION_OUT_OF_RANGE'],
  ['999999:00', 'DURATION_OUT_OF_RANGE'],
  ['1:60:00', 'INVALID_TYPE'],
  ['-1:00', 'INVALID_TYPE'],
  ['1h', 'INVALID_TYPE'],
  [90, 'INVALID_TYPE'],
])('a clock of %j shows %j', (value, expected) => {
  expect(checked((checks) => checks.clock('x'), value)).toBe(expected)
})

test.each([
  ['2026-03-02 10:00:00', '2026-03-02T10:00:00.000Z'],
  ['2026-03-02T10:00', '2026-03-02T10:00:00.000Z'],
  ['2026-03-02', '2026-03-02T00:00:00.000Z'],
  ['2026-03-02 10:00:00.123456+05:45', '2026-03-02T04:15:00.123Z'],
  ['2026-03-02 10:00:00+00', '2026-03-02T10:00:00.000Z'],
  ['2026-03-02T10:00:00.000-0800', '2026-03-02T18:00:00.000Z'],
  ['2026-03-02T10:00:00Z', '2026-03-02T10:00:00.000Z'],
  ['2026-02-31 10:00:00', 'INVALID_TIME'],
  ['0000-00-00 00:00:00', 'INVALID_TIME'],
  ['2026-03-02 25:00:00', 'INVALID_TIME'],
  ['2026-03-02 10:00:00 Berlin', 'INVALID_TIME'],
  ['infinity', 'INVALID_TIME'],
  [1_772_445_600, 'INVALID_TIME'],
])('the moment %j is %j', (value, expected) => {
  const result = checked((checks) => checks.moment('x'), value)
  expect(typeof result === 'number' ? new Date(result).toISOString() : result).toBe(expected)
})

test.each([
  // The hour that doesn't exist in Berlin, and the one that is there twice.
  ['2026-03-29 00:59:59', 'Europe/Berlin', '2026-03-29'],
  ['2026-10-24 21:59:59', 'Europe/Berlin', '2026-10-24'],
  ['2026-10-24 22:00:00', 'Europe/Berlin', '2026-10-25'],
  ['2026-10-25 22:59:59', 'Europe/Berlin', '2026-10-25'],
  ['2026-10-25 23:00:00', 'Europe/Berlin', '2026-10-26'],
  ['2026-03-02 18:14:59', 'Asia/Kathmandu', '2026-03-02'],
  ['2026-03-02 18:15:00', 'Asia/Kathmandu', '2026-03-03'],
  ['2026-03-02 23:59:59', null, '2026-03-02'],
  ['2026-03-02 10:00:00', 'Mars/Base', 'INVALID_TIME'],
  ['2026-03-02 10:00:00', '', 'INVALID_TIME'],
  ['1899-12-31 10:00:00', 'UTC', 'INVALID_DATE'],
  ['0202-03-02 10:00:00', 'UTC', 'INVALID_DATE'],
  ['0002-03-02 10:00:00', 'UTC', 'INVALID_DATE'],
  ['9999-12-31 10:00:00', 'UTC', 'INVALID_DATE'],
  ['2026-02-31 10:00:00', 'UTC', 'INVALID_TIME'],
])('%j in %j is on %j', (value, zone, expected) => {
  expect(checked((checks) => checks.localDay('x', 'zone'), value, { zone })).toBe(expected)
})

test.each([
  ['2026-03-02 10:00:00', '2026-03-02 11:30:00.4', 5_400],
  ['2026-03-02 10:00:00', '2026-03-03 10:00:00', 86_400],
  ['2026-03-02 10:00:00', '2026-03-03 10:00:01', 'DURATION_OUT_OF_RANGE'],
  ['2026-03-02 10:00:00', '2026-03-02 09:59:59', 'DURATION_OUT_OF_RANGE'],
  ['2026-03-02 10:00:00', 'later', 'INVALID_TIME'],
  // Clocks were put back in between: by them it took an hour, and it took two.
  ['2026-10-25 02:30:00+02:00', '2026-10-25 03:30:00+01:00', 7_200],
])('from %j to %j are %j seconds', (value, end, expected) => {
  expect(checked((checks) => checks.span('x', 'end'), value, { end })).toBe(expected)
})

test.each([
  [true, true],
  [0, false],
  ['Yes', true],
  ['f', false],
  [null, null],
  ['', null],
  ['maybe', 'INVALID_TYPE'],
  [2, 'INVALID_TYPE'],
])('the flag %j is %j', (value, expected) => {
  expect(checked((checks) => checks.flag('x'), value)).toBe(expected)
})

test.each([
  ['3/2/2026', '2026-03-02'],
  ['12/31/2026', '2026-12-31'],
  ['31/12/2026', 'INVALID_DATE'],
  ['02/31/2026', 'INVALID_DATE'],
  ['2026-03-02', 'INVALID_DATE'],
])('the American date %j is %j', (value, expected) => {
  expect(checked((checks) => checks.americanDate('x'), value)).toBe(expected)
})

test.each([
  [' 2026-03-12T23:30:00.000+0545', '2026-03-12'],
  ['9999-12-31T10:00:00Z', 'INVALID_DATE'],
  ['2026-02-31T10:00:00Z', 'INVALID_TIME'],
])('%j was written on %j', (value, expected) => {
  expect(checked((checks) => checks.writtenDay('x'), value)).toBe(expected)
})

test('what is nested is no text, whatever it would say of itself', () => {
  const nested = { toString: 1 }
  expect(checked((checks) => checks.clock('x'), nested)).toBe('INVALID_TYPE')
  expect(checked((checks) => checks.flag('x'), nested)).toBe('INVALID_TYPE')
  expect(checked((checks) => checks.americanDate('x'), nested)).toBe('INVALID_DATE')
  expect(checked((checks) => checks.localDay('x', 'zone'), '2026-03-02', { zone: nested })).toBe('INVALID_TIME')
})
