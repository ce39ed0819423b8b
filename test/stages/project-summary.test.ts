import { projectSummary } from '../../src/stages/project-summary.ts'
import { frozenTable, slices } from './frozen-table.ts'

type Activity = [user: string, date: string, seconds: number, type: string, code: string]

function weeksOf(...rows: Activity[]) {
  const names = ['project_id', 'activity_id', 'user_id', 'date', 'duration_seconds', 'type', 'stereotype_code']
  const activities = frozenTable(names, ...rows.map((row, i) => ['bridge', `a${i}`, ...row]))
  return projectSummary.annotate({ slices: slices(), activities }).objects()
}

test('a week is the sum of what all people did, each counted once', () => {
  expect(
    weeksOf(
      ['ann', '2026-03-02', 3600, 'NON_VALUE_ADD', 'meeting'],
      ['ann', '2026-03-03', 1800, 'VALUE_ADD', 'coding'],
      ['ben', '2026-03-08', 1800, 'VALUE_ADD', 'coding'],
      ['ben', '2026-03-09', 60, 'NON_VALUE_ADD', 'coding'],
    ),
  ).toEqual([
    {
      project_id: 'bridge',
      week_start: '2026-03-02',
      nva_seconds_sum: 3600,
      va_seconds_sum: 3600,
      total_sum: 7200,
      hours: 2,
      waste_ratio: 0.5,
      people: 2,
    },
    {
      project_id: 'bridge',
      week_start: '2026-03-09',
      nva_seconds_sum: 60,
      va_seconds_sum: 0,
      total_sum: 60,
      hours: 60 / 3600,
      waste_ratio: 1,
      people: 1,
    },
  ])
})

test('PTO is neither time nor people, and a week of nothing has no ratio', () => {
  expect(
    weeksOf(['ann', '2026-03-02', 0, 'VALUE_ADD', 'coding'], ['ben', '2026-03-02', 60, 'VALUE_ADD', 'Pto']),
  ).toMatchObject([{ total_sum: 0, waste_ratio: null, people: 1 }])
})
