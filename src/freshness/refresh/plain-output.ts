/** What is plainly right is taken column by column; whatever needs a closer look is left to `check-output.ts`. */
import type { ColumnTable } from 'arquero'
import type { Window } from '../../model/window.ts'
import type { StageTable } from '../slices/stage-table.ts'
import { fitOf } from './column-fit.ts'

/**
 * The columns of a stage's output of days, where its table would give back the same: each value fits, and rows are of the
 * slices alone, in the order of the table's keys, each key once. Else null.
 */
export function plainColumns(table: StageTable, output: ColumnTable, slices: readonly Window[]): unknown[][] | null {
  const columns: unknown[][] = []
  for (const { name, type, nullable } of table.columns) {
    if (!output.column(name)) return null
    const given: unknown[] = [...output.array(name)]
    const values = given.map((value) => value ?? null)
    columns.push(values)
    // Those of the slices' keys are the slices' own.
    if (name === table.subject || table.period.includes(name)) continue
    const fits = plainFitOf(type)
    if (!values.every((value) => (value === null ? nullable : fits(value)))) return null
  }
  return isInOrder(table, columns, slices) ? columns : null
}

const SMALL_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Letters of UUIDs come back small, and -0 as 0. */
function plainFitOf(type: string): (value: unknown) => boolean {
  const fits = fitOf(type)
  if (type === 'uuid') return (value) => typeof value === 'string' && SMALL_UUID.test(value)
  return (value) => fits(value) && !Object.is(value, -0)
}

function isInOrder(table: StageTable, columns: unknown[][], slices: readonly Window[]): boolean {
  const valuesOf = (key: string) => columns[table.columns.findIndex(({ name }) => name === key)] ?? []
  const [subjects, dates] = [valuesOf(table.subject), valuesOf(table.period[0] ?? '')]
  const others = table.keys.filter((key) => key !== table.subject && !table.period.includes(key)).map(valuesOf)
  let place = -1
  for (let row = 0; row < subjects.length; row++) {
    const isSame = row > 0 && subjects[row] === subjects[row - 1] && dates[row] === dates[row - 1]
    if (isSame) {
      const differing = others.find((values) => values[row] !== values[row - 1])
      if (!differing || !isBefore(differing[row - 1], differing[row])) return false
      continue
    }
    do place++
    while (place < slices.length && !isOf(slices[place], subjects[row], dates[row]))
    if (place >= slices.length) return false
  }
  return true
}

function isOf(slice: Window | undefined, subject: unknown, date: unknown): boolean {
  return slice?.subjectId === subject && slice?.from === date
}

function isBefore(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b
  return typeof a === 'string' && typeof b === 'string' && a < b
}
