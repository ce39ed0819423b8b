import { timeSplit } from '../../src/stages/time-split.ts'
import { frozenTable, slices } from './frozen-table.ts'

const ACTIVITIES = ['activity_id', 'user_id', 'date', 'duration_seconds', 'type', 'stereotype_code']

function annotate(...activities: readonly unknown[][]): object[] {
  return timeSplit
    .annotate({
      slices: slices(['ann', '2026-03-02', '2026-03-02']),
      activities: frozenTable(ACTIVITIES, ...activities),
    })
    .objects()
}

test('the whole duration is value added or it is not, whatever the stereotype', () => {
  expect(
    annotate(
      ['1', 'ann', '2026-03-02', 3600, 'VALUE_ADD', 'coding'],
      ['2', 'ann', '2026-03-02', 1800, 'NON_VALUE_ADD', 'meeting'],
      ['3', 'ann', '2026-03-02', 28800, 'NON_VALUE_ADD', 'pto'],
      ['4', 'ann', '2026-03-02', 0, 'VALUE_ADD', 'coding'],
      ['5', 'ben', '2026-03-03', 86400, 'VALUE_ADD', 'coding'],
    ),
  ).toEqual([
    { user_id: 'ann', date: '2026-03-02', activity_id: '1', nva_seconds: 0, va_seconds: 3600, total_seconds: 3600 },
    { user_id: 'ann', date: '2026-03-02', activity_id: '2', nva_seconds: 1800, va_seconds: 0, total_seconds: 1800 },
    { user_id: 'ann', date: '2026-03-02', activity_id: '3', nva_seconds: 28800, va_seconds: 0, total_seconds: 28800 },
    { user_id: 'ann', date: '2026-03-02', activity_id: '4', nva_seconds: 0, va_seconds: 0, total_seconds: 0 },
    { user_id: 'ben', date: '2026-03-03', activity_id: '5', nva_seconds: 0, va_seconds: 86400, total_seconds: 86400 },
  ])
})

test('no activities, no annotations', () => {
  expect(annotate()).toEqual([])
})
