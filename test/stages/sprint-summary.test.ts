import { sprintSummary } from '../../src/stages/sprint-summary.ts'
import { frozenTable, slices } from './frozen-table.ts'

const DAYS = ['user_id', 'date', 'nva_seconds_sum', 'va_seconds_sum', 'total_sum']

type Slice = [user: string, start: string, end: string]
type Day = [user: string, date: string, nva: number, va: number, total: number]

function annotate(asked: readonly Slice[], days: readonly Day[]): object[] {
  return sprintSummary.annotate({ slices: slices(...asked), nva_summary: frozenTable(DAYS, ...days) }).objects()
}

test('sums the days of the sprint, both ends included', () => {
  expect(
    annotate(
      [['ann', '2026-03-02', '2026-03-13']],
      [
        ['ann', '2026-03-01', 1, 1, 2],
        ['ann', '2026-03-02', 100, 300, 400],
        ['ann', '2026-03-05', 50, 50, 100],
        ['ann', '2026-03-13', 200, 300, 500],
        ['ann', '2026-03-14', 1, 1, 2],
      ],
    ),
  ).toEqual([
    {
      user_id: 'ann',
      start_date: '2026-03-02',
      end_date: '2026-03-13',
      nva_seconds_sum: 350,
      va_seconds_sum: 650,
      total_sum: 1000,
      waste_ratio: 0.35,
    },
  ])
})

test('a sprint of one day is that day', () => {
  expect(
    annotate(
      [['ann', '2026-03-02', '2026-03-02']],
      [
        ['ann', '2026-03-02', 1, 3, 4],
        ['ann', '2026-03-03', 1, 1, 2],
      ],
    ),
  ).toMatchObject([{ total_sum: 4, waste_ratio: 0.25 }])
})

test('a day of overlapping sprints counts in each of them', () => {
  expect(
    annotate(
      [
        ['ann', '2026-03-02', '2026-03-08'],
        ['ann', '2026-03-06', '2026-03-12'],
        ['ann', '2026-03-02', '2026-03-12'],
      ],
      [
        ['ann', '2026-03-02', 1, 0, 1],
        ['ann', '2026-03-07', 0, 2, 2],
        ['ann', '2026-03-12', 4, 0, 4],
      ],
    ),
  ).toMatchObject([
    { start_date: '2026-03-02', end_date: '2026-03-08', total_sum: 3, waste_ratio: 1 / 3 },
    { start_date: '2026-03-06', end_date: '2026-03-12', total_sum: 6, waste_ratio: 4 / 6 },
    { start_date: '2026-03-02', end_date: '2026-03-12', total_sum: 7, waste_ratio: 5 / 7 },
  ])
})

test('each user is summed alone, in the sprints asked for them', () => {
  expect(
    annotate(
      [
        ['ann', '2026-03-02', '2026-03-08'],
        ['ben', '2026-03-09', '2026-03-15'],
      ],
      [
        ['ann', '2026-03-03', 1, 1, 2],
        ['ann', '2026-03-10', 9, 9, 18],
        ['ben', '2026-03-03', 9, 9, 18],
        ['ben', '2026-03-10', 3, 1, 4],
      ],
    ),
  ).toMatchObject([
    { user_id: 'ann', total_sum: 2 },
    { user_id: 'ben', total_sum: 4 },
  ])
})

test('a sprint whose total is 0 has no ratio', () => {
  expect(annotate([['ann', '2026-03-02', '2026-03-08']], [['ann', '2026-03-03', 0, 0, 0]])).toMatchObject([
    { nva_seconds_sum: 0, va_seconds_sum: 0, total_sum: 0, waste_ratio: null },
  ])
})

test('a sprint without days of the user has no annotation', () => {
  expect(annotate([['ann', '2026-03-02', '2026-03-08']], [['ann', '2026-03-09', 1, 1, 2]])).toEqual([])
})
