import { monthSummary } from '../../src/stages/month-summary.ts'
import { frozenTable, slices } from './frozen-table.ts'

function monthsOf(...days: [user: string, date: string, nva: number, va: number][]) {
  const rows = days.map(([user, date, nva, va]) => [user, date, nva, va, nva + va])
  const names = ['user_id', 'date', 'nva_seconds_sum', 'va_seconds_sum', 'total_sum']
  return monthSummary.annotate({ slices: slices(), nva_summary: frozenTable(names, ...rows) }).objects()
}

test('a month is the sum of its days, each user by themselves', () => {
  expect(
    monthsOf(
      ['ann', '2026-02-28', 1, 0],
      ['ann', '2026-03-01', 10, 5],
      ['ann', '2026-03-31', 20, 5],
      ['ben', '2026-03-01', 0, 7],
    ),
  ).toEqual([
    { user_id: 'ann', month_start: '2026-02-01', nva_seconds_sum: 1, va_seconds_sum: 0, total_sum: 1, waste_ratio: 1 },
    {
      user_id: 'ann',
      month_start: '2026-03-01',
      nva_seconds_sum: 30,
      va_seconds_sum: 10,
      total_sum: 40,
      waste_ratio: 0.75,
    },
    { user_id: 'ben', month_start: '2026-03-01', nva_seconds_sum: 0, va_seconds_sum: 7, total_sum: 7, waste_ratio: 0 },
  ])
})

test('a month of nothing but PTO has no ratio', () => {
  expect(monthsOf(['ann', '2026-03-01', 0, 0])).toMatchObject([{ total_sum: 0, waste_ratio: null }])
})
