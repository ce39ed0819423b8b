import { nvaSummary } from '../../src/stages/nva-summary.ts'
import { frozenTable, slices } from './frozen-table.ts'

const SPLITS = ['user_id', 'date', 'activity_id', 'nva_seconds', 'va_seconds', 'total_seconds']
const ACTIVITIES = ['activity_id', 'user_id', 'date', 'duration_seconds', 'type', 'stereotype_code']

type Entry = [user: string, date: string, seconds: number, type: 'VA' | 'NVA', stereotype: string]

function annotate(...entries: readonly Entry[]): object[] {
  const splits = entries.map(([user, date, seconds, type], i) =>
    type === 'NVA' ? [user, date, `${i}`, seconds, 0, seconds] : [user, date, `${i}`, 0, seconds, seconds],
  )
  const activities = entries.map(([user, date, seconds, type, stereotype], i) => {
    return [`${i}`, user, date, seconds, type === 'NVA' ? 'NON_VALUE_ADD' : 'VALUE_ADD', stereotype]
  })
  return nvaSummary
    .annotate({
      slices: slices(['ann', '2026-03-02', '2026-03-02']),
      time_split: frozenTable(SPLITS, ...splits),
      activities: frozenTable(ACTIVITIES, ...activities),
    })
    .objects()
}

test("sums each user's day", () => {
  expect(
    annotate(
      ['ann', '2026-03-02', 3600, 'VA', 'coding'],
      ['ann', '2026-03-02', 1800, 'NVA', 'meeting'],
      ['ann', '2026-03-02', 600, 'NVA', 'meeting'],
      ['ann', '2026-03-03', 60, 'VA', 'coding'],
      ['ben', '2026-03-02', 7200, 'NVA', 'waiting'],
    ),
  ).toEqual([
    { user_id: 'ann', date: '2026-03-02', nva_seconds_sum: 2400, va_seconds_sum: 3600, total_sum: 6000 },
    { user_id: 'ann', date: '2026-03-03', nva_seconds_sum: 0, va_seconds_sum: 60, total_sum: 60 },
    { user_id: 'ben', date: '2026-03-02', nva_seconds_sum: 7200, va_seconds_sum: 0, total_sum: 7200 },
  ])
})

test.each(['pto', 'PTO', 'Pto', 'pTo'])('leaves %s out', (code) => {
  expect(
    annotate(
      ['ann', '2026-03-02', 3600, 'VA', 'coding'],
      ['ann', '2026-03-02', 14400, 'NVA', code],
      ['ann', '2026-03-02', 7200, 'VA', code],
    ),
  ).toEqual([{ user_id: 'ann', date: '2026-03-02', nva_seconds_sum: 0, va_seconds_sum: 3600, total_sum: 3600 }])
})

test.each(['pto ', 'ptos', 'p t o', 'optout'])('counts %j, which is not PTO', (code) => {
  expect(annotate(['ann', '2026-03-02', 60, 'NVA', code])).toEqual([
    { user_id: 'ann', date: '2026-03-02', nva_seconds_sum: 60, va_seconds_sum: 0, total_sum: 60 },
  ])
})

test('a day of PTO alone sums to 0', () => {
  expect(annotate(['ann', '2026-03-02', 28800, 'NVA', 'PTO'])).toEqual([
    { user_id: 'ann', date: '2026-03-02', nva_seconds_sum: 0, va_seconds_sum: 0, total_sum: 0 },
  ])
})

test('no activities, no annotations', () => {
  expect(annotate()).toEqual([])
})
