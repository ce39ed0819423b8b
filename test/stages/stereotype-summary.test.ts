import { stereotypeSummary } from '../../src/stages/stereotype-summary.ts'
import { frozenTable, slices } from './frozen-table.ts'

function sumsOf(
  ...activities: [id: string, user: string, date: string, stereotype: string, nva: number, va: number][]
) {
  const splits = activities.map(([id, user, date, , nva, va]) => [id, user, date, nva, va, nva + va])
  return stereotypeSummary
    .annotate({
      slices: slices(),
      time_split: frozenTable(
        ['activity_id', 'user_id', 'date', 'nva_seconds', 'va_seconds', 'total_seconds'],
        ...splits,
      ),
      activities: frozenTable(
        ['activity_id', 'stereotype_id'],
        ...activities.map(([id, , , own]) => [id, own]).reverse(),
      ),
    })
    .objects()
}

test('a month is summed up by stereotype, each user by themselves', () => {
  expect(
    sumsOf(
      ['a', 'ann', '2026-02-28', 'meeting', 1, 0],
      ['b', 'ann', '2026-03-01', 'meeting', 10, 0],
      ['c', 'ann', '2026-03-31', 'meeting', 20, 5],
      ['d', 'ann', '2026-03-31', 'coding', 0, 7],
      ['e', 'ben', '2026-03-31', 'coding', 0, 9],
    ),
  ).toEqual([
    expected('ann', '2026-02-01', 'meeting', 1, 0, 1),
    expected('ann', '2026-03-01', 'meeting', 30, 5, 2),
    expected('ann', '2026-03-01', 'coding', 0, 7, 1),
    expected('ben', '2026-03-01', 'coding', 0, 9, 1),
  ])
})

test('PTO is summed up as all else', () => {
  expect(sumsOf(['a', 'ann', '2026-03-02', 'pto', 0, 0])).toEqual([expected('ann', '2026-03-01', 'pto', 0, 0, 1)])
})

function expected(user_id: string, month_start: string, stereotype_id: string, nva: number, va: number, count: number) {
  const sums = { nva_seconds_sum: nva, va_seconds_sum: va, total_sum: nva + va, activity_count: count }
  return { user_id, month_start, stereotype_id, ...sums }
}
