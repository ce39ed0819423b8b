import { type ColumnTable, table } from 'arquero'
import { plainColumns } from '../../../src/freshness/refresh/plain-output.ts'
import type { StageTable } from '../../../src/freshness/slices/stage-table.ts'
import type { Window } from '../../../src/model/window.ts'

const ANN = '01938d5e-0000-7000-8000-00000000000a'
const BEN = '01938d5e-0000-7000-8000-00000000000b'
const [ONE, TWO] = ['01938d5e-0000-7000-8000-000000000001', '01938d5e-0000-7000-8000-000000000002']
const [MONDAY, TUESDAY] = ['2026-03-02', '2026-03-03']

const own: StageTable = {
  name: 'split',
  subject: 'user_id',
  period: ['date'],
  columns: [
    { name: 'user_id', property: 'userId', type: 'uuid', nullable: false },
    { name: 'date', property: 'date', type: 'date', nullable: false },
    { name: 'activity_id', property: 'activityId', type: 'uuid', nullable: false },
    { name: 'seconds', property: 'seconds', type: 'integer', nullable: false },
    { name: 'ratio', property: 'ratio', type: 'double precision', nullable: true },
  ],
  keys: ['user_id', 'date', 'activity_id'],
}

const slices: Window[] = [
  { subjectId: ANN, from: MONDAY, to: MONDAY },
  { subjectId: ANN, from: TUESDAY, to: TUESDAY },
  { subjectId: BEN, from: MONDAY, to: MONDAY },
]

type Row = [user: unknown, date: unknown, activity: unknown, seconds: unknown, ratio: unknown]

function output(...rows: Row[]): ColumnTable {
  return table(Object.fromEntries(own.columns.map(({ name }, i) => [name, rows.map((row) => row[i])])))
}

test('takes rows of the slices in the order of the keys, some slices without any', () => {
  const given = output([ANN, MONDAY, ONE, 60, 0.5], [ANN, MONDAY, TWO, 0, null], [BEN, MONDAY, ONE, 5, undefined])
  expect(plainColumns(own, given, slices)).toEqual([
    [ANN, ANN, BEN],
    [MONDAY, MONDAY, MONDAY],
    [ONE, TWO, ONE],
    [60, 0, 5],
    [0.5, null, null],
  ])
  expect(plainColumns(own, output(), slices)).toEqual([[], [], [], [], []])
})

test.each<[what: string, ...rows: Row[]]>([
  ['a value that does not fit', [ANN, MONDAY, ONE, 0.5, 1]],
  ['null where there must be a value', [ANN, MONDAY, ONE, null, 1]],
  ['a value that comes back otherwise', [ANN, MONDAY, ONE, 60, -0]],
  ['an id that comes back otherwise', [ANN, MONDAY, '01938D5E-0000-7000-8000-000000000001', 60, 1]],
  ['two rows of one key', [ANN, MONDAY, ONE, 60, 1], [ANN, MONDAY, ONE, 60, 1]],
  ['rows out of order', [ANN, MONDAY, TWO, 60, 1], [ANN, MONDAY, ONE, 60, 1]],
  ['slices out of order', [ANN, TUESDAY, ONE, 60, 1], [ANN, MONDAY, ONE, 60, 1]],
  ['a slice that comes again', [ANN, MONDAY, ONE, 60, 1], [BEN, MONDAY, ONE, 60, 1], [ANN, MONDAY, TWO, 60, 1]],
  ['a day that is none of the slices', [BEN, TUESDAY, ONE, 60, 1]],
])('leaves %s to who looks closer', (_, ...rows) => {
  expect(plainColumns(own, output(...rows), slices)).toBeNull()
})

test('leaves an output that lacks a column to who looks closer', () => {
  expect(plainColumns(own, output([ANN, MONDAY, ONE, 60, 1]).select('user_id', 'date'), slices)).toBeNull()
})
