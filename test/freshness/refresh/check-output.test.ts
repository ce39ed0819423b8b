import { type ColumnTable, table } from 'arquero'
import { rowsBySlice } from '../../../src/freshness/refresh/check-output.ts'
import { type StageTable, stageTable } from '../../../src/freshness/slices/stage-table.ts'
import { StageError, StageOutputError } from '../../../src/model/errors.ts'
import type { Window } from '../../../src/model/window.ts'
import { stages } from '../../../src/stages/index.ts'
import { type Stage, stageGraph, stageOf } from '../../../src/stages/stage-graph.ts'
import { type TestService, testService } from '../../support/service.ts'

const ANN = '01938d5e-0000-7000-8000-00000000000a'
const BEN = '01938d5e-0000-7000-8000-00000000000b'
const ID = '01938d5e-0000-7000-8000-000000000001'
const MONDAY = '2026-03-02'

let service: TestService
const graph = stageGraph(stages)

beforeAll(async () => {
  service = await testService()
})

afterAll(() => service.stop())

function tableOf(stage: Stage): StageTable {
  return stageTable(service.database.dataSource, stage.definition)
}

function rowsOf(name: string, output: ColumnTable, slice: Window): unknown[][] {
  const stage = stageOf(graph, name)
  return rowsBySlice(stage, tableOf(stage), output, [slice]).of(slice)
}

const ofDay = { subjectId: ANN, from: MONDAY, to: MONDAY }
const ofWeek = { subjectId: ANN, from: MONDAY, to: '2026-03-08' }

/** A row of time_split for Ann's Monday, with other values. */
function split(other: object = {}): ColumnTable {
  const row = {
    user_id: ANN,
    date: MONDAY,
    activity_id: ID,
    nva_seconds: 60,
    va_seconds: 0,
    total_seconds: 60,
    ...other,
  }
  return table(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, [value]])))
}

function trend(user: unknown, week: unknown): ColumnTable {
  return table({
    user_id: [user],
    week_start: [week],
    waste_ratio: [0.5],
    baseline_mean: [null],
    baseline_std_dev: [null],
    z_score: [null],
    flagged: [false],
  })
}

test('the rows of a slice are those of its user and period', () => {
  expect(rowsOf('time_split', split(), ofDay)).toEqual([[ANN, MONDAY, ID, 60, 0, 60]])
})

test('rows of weeks that were only looked back at are let go', () => {
  expect(rowsOf('waste_trend', trend(ANN, '2026-01-05'), ofWeek)).toEqual([])
})

test.each([
  ['another user', trend(BEN, MONDAY), /row of "01938d5e-0000-7000-8000-00000000000b" "2026-03-02"/],
  ['a week before those', trend(ANN, '2025-12-29'), /"2025-12-29", which it was not given/],
  ['a later week', trend(ANN, '2026-03-09'), /"2026-03-09", which it was not given/],
  ['a week that starts on a Tuesday', trend(ANN, '2026-02-24'), /"2026-02-24", which it was not given/],
  ['a date that is none', trend(ANN, '02.03.2026'), /"02.03.2026", which it was not given/],
  ['no date', trend(ANN, null), /null, which it was not given/],
])('a row of %s is an error', (_, output, message) => {
  expect(() => rowsOf('waste_trend', output, ofWeek)).toThrow(StageOutputError)
  expect(() => rowsOf('waste_trend', output, ofWeek)).toThrow(message)
})

test.each([
  [
    'more than an integer',
    { nva_seconds: 3e9 },
    /stage "time_split", version 1, has 3000000000 in "nva_seconds" \(integer\)/,
  ],
  ['a fraction', { nva_seconds: 0.5 }, /has 0\.5 in "nva_seconds"/],
  ['no number', { nva_seconds: '60' }, /has "60" in "nva_seconds"/],
  ['NaN', { nva_seconds: Number.NaN }, /has NaN in "nva_seconds"/],
  ['nothing', { nva_seconds: undefined }, /has null in "nva_seconds"/],
  [
    'no UUID',
    { activity_id: 'x' },
    /has "x" in "activity_id" \(uuid\) of 01938d5e-0000-7000-8000-00000000000a 2026-03-02 \(row 0\)/,
  ],
])('%s in a column is an error that names stage, column, slice and row', (_, other, message) => {
  expect(() => rowsOf('time_split', split(other), ofDay)).toThrow(StageOutputError)
  expect(() => rowsOf('time_split', split(other), ofDay)).toThrow(message)
})

test('two rows of one key are an error', () => {
  expect(() => rowsOf('time_split', split().concat(split()), ofDay)).toThrow(
    /has two rows of 01938d5e-0000-7000-8000-00000000000a 2026-03-02 01938d5e-0000-7000-8000-000000000001/,
  )
})

test('a missing column is an error of the whole output', () => {
  const lacking = () => rowsOf('time_split', split().select('user_id', 'date', 'activity_id'), ofDay)
  expect(lacking).toThrow(StageError)
  expect(lacking).not.toThrow(StageOutputError)
  expect(lacking).toThrow(/lacks the column "nva_seconds"/)
})
