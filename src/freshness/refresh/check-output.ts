/** Nothing is stored that a stage was not asked for, or that its columns do not hold. */
import type { ColumnTable } from 'arquero'
import { StageError, StageOutputError } from '../../model/errors.ts'
import type { Window } from '../../model/window.ts'
import { isSpan, type Period } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { RowsBySlice } from '../slices/slice-rows.ts'
import type { StageColumn, StageTable } from '../slices/stage-table.ts'
import { windowsLookedAt } from '../slices/stage-windows.ts'
import { fitOf } from './column-fit.ts'

/**
 * A stage's output by slice, checked against the columns of its table. Rows of periods that it only looked at, in order
 * to compute others, are let go.
 * @throws StageError where a column is missing.
 * @throws StageOutputError that names the row: where a value doesn't fit its column, where two rows have the same key,
 * or where a row is of a user or a period that the stage was not given.
 */
export function rowsBySlice(
  stage: Stage,
  table: StageTable,
  output: ColumnTable,
  slices: readonly Window[],
): RowsBySlice {
  const columns = table.columns.map((column) => valuesOf(stage, output, column))
  const places = [table.subject, ...table.period].map((key) => table.columns.findIndex(({ name }) => name === key))
  const check = checkOf(stage, table)
  const own = new RowsBySlice(table, slices)
  const given = new GivenPeriods(stage, slices)
  for (let row = 0; row < output.numRows(); row++) {
    const values = columns.map((column) => column[row] ?? null)
    const key = places.map((place) => values[place])
    if (own.add(key, values)) check(values, key, row)
    else if (!given.has(key)) {
      throw fault(stage, `has a row of ${key.map(text).join(' ')}, which it was not given (row ${row})`)
    }
  }
  checkKeys(stage, table, own, slices)
  return own
}

function valuesOf(stage: Stage, output: ColumnTable, { name }: StageColumn): ArrayLike<unknown> {
  const { name: stageName, version } = stage.definition
  if (!output.column(name)) {
    throw new StageError(`The output of stage "${stageName}", version ${version}, lacks the column "${name}".`)
  }
  return output.array(name)
}

/** Checks the values of a row that is a slice's; so those of the slice's key are sound. */
function checkOf(stage: Stage, { columns, subject, period }: StageTable) {
  const checks = columns.flatMap(({ name, type, nullable }, place) =>
    name === subject || period.includes(name) ? [] : { name, type, nullable, place, fits: fitOf(type) },
  )
  return (values: readonly unknown[], key: readonly unknown[], row: number): void => {
    for (const { name, type, nullable, place, fits } of checks) {
      const value = values[place]
      if (value === null ? nullable : fits(value)) continue
      throw fault(stage, `has ${text(value)} in "${name}" (${type}) of ${key.join(' ')} (row ${row})`)
    }
  }
}

function checkKeys(stage: Stage, { columns, keys }: StageTable, rows: RowsBySlice, slices: readonly Window[]): void {
  const places = keys.map((key) => columns.findIndex(({ name }) => name === key))
  for (const slice of slices) {
    const own = rows.of(slice)
    if (own.length < 2) continue
    const seen = new Set<string>()
    for (const row of own) {
      const key = places.map((place) => row[place]).join(' ')
      if (seen.has(key)) throw fault(stage, `has two rows of ${key}, which are all of "${keys.join('", "')}"`)
      seen.add(key)
    }
  }
}

/** The users and periods that a stage saw when it computed some slices. */
class GivenPeriods {
  private readonly windows = new Map<unknown, Window[]>()
  private readonly period: Period

  constructor(stage: Stage, slices: readonly Window[]) {
    this.period = stage.period
    for (const window of windowsLookedAt(stage, slices)) {
      this.windows.set(window.subjectId, [...(this.windows.get(window.subjectId) ?? []), window])
    }
  }

  has([user, start, end = start]: readonly unknown[]): boolean {
    if (!isSpan(this.period, start, end)) return false
    return this.windows.get(user)?.some(({ from, to }) => from <= String(start) && String(start) <= to) ?? false
  }
}

function fault(stage: Stage, what: string): StageOutputError {
  const { name, version } = stage.definition
  return new StageOutputError(`The output of stage "${name}", version ${version}, ${what}.`)
}

function text(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'nothing')
}
