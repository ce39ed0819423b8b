import { readStored } from '../../../src/freshness/refresh/backdate.ts'
import { bySlice } from '../../../src/freshness/slices/by-slice.ts'
import { stageTable } from '../../../src/freshness/slices/stage-table.ts'
import { stages } from '../../../src/stages/index.ts'
import { nvaSummary } from '../../../src/stages/nva-summary.ts'
import { stageGraph, stageOf } from '../../../src/stages/stage-graph.ts'
import { testService } from '../../support/service.ts'

const MONDAY = { subjectId: 'ann', from: '2026-03-02', to: '2026-03-02' }
const TUESDAY = { subjectId: 'ann', from: '2026-03-03', to: '2026-03-03' }

test('what was found is joined by its slice, whatever its place', () => {
  const found = [
    { ...TUESDAY, count: 2 },
    { ...MONDAY, count: 1 },
  ]
  expect(
    bySlice([{ slice: MONDAY }, { slice: TUESDAY }], found).map(([{ slice }, { count }]) => [slice.from, count]),
  ).toEqual([
    ['2026-03-02', 1],
    ['2026-03-03', 2],
  ])
})

test.each([
  ['lacks a slice', [MONDAY]],
  ['has a slice twice', [MONDAY, MONDAY]],
  ['has another slice', [MONDAY, { ...TUESDAY, from: '03.03.2026' }]],
  ['has one slice more', [MONDAY, TUESDAY, { ...MONDAY, subjectId: 'ben' }]],
])('what %s is a broken invariant', (_, found) => {
  expect(() => bySlice([{ slice: MONDAY }, { slice: TUESDAY }], found)).toThrow(/^Broken invariant/)
})

test('a stored row that does not fit the slices asked for is never dropped', async () => {
  const service = await testService()
  const table = stageTable(service.database.dataSource, nvaSummary)
  await service.stop()
  const german = async <Row extends object>() => {
    const row = { user_id: 'ann', date: '02.03.2026', nva_seconds_sum: 1, va_seconds_sum: 1, total_sum: 2 }
    return [row] as object[] as Row[]
  }
  const stage = stageOf(stageGraph(stages), nvaSummary.name)
  await expect(readStored(german, stage, table, [MONDAY])).rejects.toThrow(
    'Broken invariant: nva_summary gave a row of ann 02.03.2026, which was not asked for.',
  )
})
