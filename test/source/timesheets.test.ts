import { ActivityType } from '../../src/model/activity.ts'
import { ExactNumber } from '../../src/model/exact-json.ts'
import { ProblemCode } from '../../src/model/problem.ts'
import { timesheets } from '../../src/source/adapters/timesheets.ts'
import { row } from '../support/timesheet-rows.ts'

/** `code field: message` of each problem; nothing for a good row. */
function problemsOf(source: Record<string, unknown>): string[] {
  const translation = timesheets.translate(source)
  return 'problems' in translation
    ? translation.problems.map(({ code, field, message }) => `${code} ${field}: ${message}`)
    : []
}

test('a good row becomes the domain record, with the keys of the source as text', () => {
  expect(
    timesheets.translate({
      id: 7,
      activity_date: '2026-03-02',
      duration_seconds: 5400,
      value_type: 'VA',
      stereotype_id: 3,
      user_id: 'ann',
      comment: 'columns that nobody reads may be there',
    }),
  ).toEqual({
    record: {
      externalId: '7',
      date: '2026-03-02',
      durationSeconds: 5400,
      type: ActivityType.VALUE_ADD,
      stereotypeKey: '3',
      userKey: 'ann',
      projectKey: null,
    },
  })
})

test('NVA is time that adds no value', () => {
  expect(timesheets.translate(row(1, { value_type: 'NVA' }))).toMatchObject({
    record: { type: ActivityType.NON_VALUE_ADD },
  })
})

test.each([['id'], ['activity_date'], ['duration_seconds'], ['value_type'], ['stereotype_id'], ['user_id']])(
  '%s that is null or absent is missing',
  (field) => {
    const { [field]: _, ...absent } = row(1)
    expect(problemsOf({ ...row(1), [field]: null })).toEqual([`MISSING_FIELD ${field}: ${field} is missing`])
    expect(problemsOf(absent)).toEqual([`MISSING_FIELD ${field}: ${field} is missing`])
  },
)

describe.each(['id', 'stereotype_id', 'user_id'])('the key %s', (field) => {
  test.each([
    ['a', 'a'],
    [' a b ', 'a b'],
    ['名前-😀', '名前-😀'],
    ['x'.repeat(200), 'x'.repeat(200)],
    [0, '0'],
    [-7, '-7'],
    [9_007_199_254_740_991, '9007199254740991'],
    [9_007_199_254_740_992, '9007199254740992'],
    [new ExactNumber('9007199254740993'), '9007199254740993'],
  ])('%j is taken as text', (value, text) => {
    const recordField = { id: 'externalId', stereotype_id: 'stereotypeKey', user_id: 'userKey' }[field] ?? ''
    expect(timesheets.translate(row(1, { [field]: value }))).toMatchObject({ record: { [recordField]: text } })
  })

  test.each([
    [1.5, '1.5'],
    [1e21, '1e+21'],
    [new ExactNumber('1e400'), '1e400'],
    [true, 'true'],
    [['a'], '["a"]'],
    [{ a: 1 }, '{"a":1}'],
  ])('%j is of the wrong type', (value, shown) => {
    expect(problemsOf(row(1, { [field]: value }))).toEqual([
      `INVALID_TYPE ${field}: ${field} must be text or a whole number, not ${shown}`,
    ])
  })

  test.each([
    ['', 'must not be blank', '""'],
    ['  ', 'must not be blank', '"  "'],
    ['\t\n', 'must not be blank', '"\\t\\n"'],
    ['a\tb', 'must not hold control characters', '"a\\tb"'],
    ['a\u0000b', 'must not hold control characters', '"a\\u0000b"'],
    ['a\u007f', 'must not hold control characters', '"a\u007f"'],
    ['a\u0085', 'must not hold control characters', '"a\u0085"'],
    ['a\ud800', 'must be well-formed Unicode', '"a\\ud800"'],
    ['\udc00a', 'must be well-formed Unicode', '"\\udc00a"'],
    ['x'.repeat(201), 'must have at most 200 characters', `"${'x'.repeat(58)}…`],
  ])('%j is no usable text', (value, fault, shown) => {
    expect(problemsOf(row(1, { [field]: value }))).toEqual([`INVALID_TEXT ${field}: ${field} ${fault}, not ${shown}`])
  })
})

test.each(['1900-01-01', '2024-02-29', '2200-12-31'])('the date %s is taken', (date) => {
  expect(problemsOf(row(1, { activity_date: date }))).toEqual([])
})

const ISO = 'must be an ISO date such as "2026-03-02"'
const BOUNDS = 'must lie from 1900-01-01 to 2200-12-31'

test.each([
  ['1899-12-31', 'INVALID_DATE', BOUNDS, '"1899-12-31"'],
  ['2201-01-01', 'INVALID_DATE', BOUNDS, '"2201-01-01"'],
  ['0000-01-01', 'INVALID_DATE', BOUNDS, '"0000-01-01"'],
  ['2026-02-30', 'INVALID_DATE', ISO, '"2026-02-30"'],
  ['2025-02-29', 'INVALID_DATE', ISO, '"2025-02-29"'],
  ['2026-13-01', 'INVALID_DATE', ISO, '"2026-13-01"'],
  ['2026-3-2', 'INVALID_DATE', ISO, '"2026-3-2"'],
  ['02.03.2026', 'INVALID_DATE', ISO, '"02.03.2026"'],
  ['2026-03-02T00:00:00Z', 'INVALID_DATE', ISO, '"2026-03-02T00:00:00Z"'],
  [' 2026-03-02', 'INVALID_DATE', ISO, '" 2026-03-02"'],
  ['2026-03-02\n', 'INVALID_DATE', ISO, '"2026-03-02\\n"'],
  ['', 'INVALID_DATE', ISO, '""'],
  [20260302, 'INVALID_TYPE', ISO, '20260302'],
  [true, 'INVALID_TYPE', ISO, 'true'],
])('the date %j is refused', (date, code, right, shown) => {
  expect(problemsOf(row(1, { activity_date: date }))).toEqual([
    `${code} activity_date: activity_date ${right}, not ${shown}`,
  ])
})

test.each([0, 1, 86_400])('a duration of %j seconds is taken', (seconds) => {
  expect(timesheets.translate(row(1, { duration_seconds: seconds }))).toMatchObject({
    record: { durationSeconds: seconds },
  })
})

test.each([
  [-1, 'DURATION_OUT_OF_RANGE', '-1'],
  [86_401, 'DURATION_OUT_OF_RANGE', '86401'],
  [1e300, 'DURATION_OUT_OF_RANGE', '1e+300'],
  [1.5, 'INVALID_TYPE', '1.5'],
  ['60', 'INVALID_TYPE', '"60"'],
  [true, 'INVALID_TYPE', 'true'],
  [[60], 'INVALID_TYPE', '[60]'],
])('a duration of %j seconds is refused', (seconds, code, shown) => {
  expect(problemsOf(row(1, { duration_seconds: seconds }))).toEqual([
    `${code} duration_seconds: duration_seconds must be a whole number of seconds from 0 to 86400, not ${shown}`,
  ])
})

test.each([
  ['va', 'UNKNOWN_VALUE_TYPE', '"va"'],
  ['VA ', 'UNKNOWN_VALUE_TYPE', '"VA "'],
  ['WASTE', 'UNKNOWN_VALUE_TYPE', '"WASTE"'],
  ['VALUE_ADD', 'UNKNOWN_VALUE_TYPE', '"VALUE_ADD"'],
  ['constructor', 'UNKNOWN_VALUE_TYPE', '"constructor"'],
  ['', 'UNKNOWN_VALUE_TYPE', '""'],
  [1, 'INVALID_TYPE', '1'],
  [true, 'INVALID_TYPE', 'true'],
])('the value type %j is refused', (value, code, shown) => {
  expect(problemsOf(row(1, { value_type: value }))).toEqual([
    `${code} value_type: value_type must be "VA" or "NVA", not ${shown}`,
  ])
})

test('everything that is wrong with a row is listed', () => {
  const wrong = { id: ' ', activity_date: '1.1.', duration_seconds: -1, value_type: 'X', user_id: true }
  const translation = timesheets.translate(wrong)
  expect('problems' in translation && translation.problems.map(({ code, field }) => [code, field])).toEqual([
    [ProblemCode.INVALID_TEXT, 'id'],
    [ProblemCode.INVALID_DATE, 'activity_date'],
    [ProblemCode.DURATION_OUT_OF_RANGE, 'duration_seconds'],
    [ProblemCode.UNKNOWN_VALUE_TYPE, 'value_type'],
    [ProblemCode.MISSING_FIELD, 'stereotype_id'],
    [ProblemCode.INVALID_TYPE, 'user_id'],
  ])
})

test('a message that is cut short stays well-formed Unicode', () => {
  for (const start of ['', 'a']) {
    const [message] = problemsOf(row(1, { value_type: start + '😀'.repeat(40) }))
    expect(message).not.toMatch(/\p{Cs}/u)
  }
})

test('translation leaves the row as it is', () => {
  const frozen = Object.freeze(row(1, { duration_seconds: -1 }))
  expect(problemsOf(frozen)).toHaveLength(1)
})

test('a project is read where there is one, by the rules for keys', () => {
  const of = (project_id: unknown) => timesheets.translate({ ...row(1), project_id })
  expect(of('p-1')).toMatchObject({ record: { projectKey: 'p-1' } })
  expect(of(7)).toMatchObject({ record: { projectKey: '7' } })
  expect(of(null)).toMatchObject({ record: { projectKey: null } })
  expect(of(' ')).toMatchObject({ problems: [{ field: 'project_id', code: 'INVALID_TEXT' }] })
})
