import 'reflect-metadata'
import { demoStages } from '../../src/stages/index.ts'
import { frozenTable, slices } from './frozen-table.ts'

const DAY = '2026-03-02'

/** Everything that a stage may read. A new stage's table joins them here. */
const tables = () => ({
  slices: slices(['ann', DAY, DAY]),
  activities: frozenTable(
    ['activity_id', 'user_id', 'project_id', 'date', 'duration_seconds', 'type', 'stereotype_id', 'stereotype_code'],
    ['1', 'ann', 'bridge', DAY, 3600, 'NON_VALUE_ADD', 's-meeting', 'Meeting'],
    ['2', 'ann', 'bridge', DAY, 1800, 'VALUE_ADD', 's-pto', 'PTO'],
  ),
  time_split: frozenTable(
    ['user_id', 'date', 'activity_id', 'nva_seconds', 'va_seconds', 'total_seconds'],
    ['ann', DAY, '1', 3600, 0, 3600],
    ['ann', DAY, '2', 0, 1800, 1800],
  ),
  nva_summary: frozenTable(
    ['user_id', 'date', 'nva_seconds_sum', 'va_seconds_sum', 'total_sum'],
    ['ann', DAY, 3600, 0, 3600],
  ),
})

describe.each(demoStages.map((stage) => [stage.name, stage.version, stage] as const))(
  '%s, version %s,',
  (_, _version, stage) => {
    test('leaves what it reads as it is', () => {
      const given = tables()
      stage.annotate(given)
      const before = tables()
      for (const [name, table] of Object.entries(given)) {
        expect([name, table.columnNames(), table.objects()]).toEqual([
          name,
          before[name as keyof typeof before].columnNames(),
          before[name as keyof typeof before].objects(),
        ])
      }
    })

    test('makes the same of the same', () => {
      const given = tables()
      const first = stage.annotate(given).objects()
      // Of two activities, or of their day, week or month.
      expect(first).toHaveLength(['time_split', 'stereotype_summary'].includes(stage.name) ? 2 : 1)
      expect(stage.annotate(given).objects()).toEqual(first)
      expect(stage.annotate(tables()).objects()).toEqual(first)
    })
  },
)
