import type { ColumnTable } from 'arquero'
import { StageError } from '../model/errors.ts'
import type { Window } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import type { StageTable } from './stage-table.ts'

/** The rows of one slice, each as its values in the order of the table's columns. */
export type SliceRows = unknown[][]

/**
 * A stage's output by slice, checked against the columns of its table; rows of slices that weren't asked for are dropped.
 * @throws StageError that names the column, where one is missing or holds what its type can't.
 */
export function rowsBySlice(
  stage: Stage,
  table: StageTable,
  output: ColumnTable,
  slices: readonly Window[],
): Map<string, SliceRows> {
  const columns = table.columns.map((column) => {
    const values = output.column(column.name) ? output.array(column.name) : undefined
    if (!values) throw fault(stage, `lacks the column "${column.name}"`)
    const sound = checkOf(column.type)
    for (let row = 0; row < values.length; row++) {
      const value: unknown = values[row]
      if (value === null || value === undefined ? !column.nullable : !sound(value)) {
        throw fault(
          stage,
          `has ${JSON.stringify(value) ?? 'nothing'} in "${column.name}" (${column.type}) of row ${row}`,
        )
      }
    }
    return values
  })
  const keys = ['user_id', ...table.period].map(
    (name) => columns[table.columns.findIndex((c) => c.name === name)] ?? [],
  )

  const bySlice = new Map<string, SliceRows>(slices.map((slice) => [sliceKey(table, slice), []]))
  for (let row = 0; row < output.numRows(); row++) {
    bySlice.get(keys.map((values) => values[row]).join(' '))?.push(columns.map((values) => values[row] ?? null))
  }
  return bySlice
}

/** What tells a slice from the others of its stage: its user, its start and, where periods may overlap, its end. */
export function sliceKey({ period }: StageTable, { userId, from, to }: Window): string {
  return period.length === 1 ? `${userId} ${from}` : `${userId} ${from} ${to}`
}

/** True if two slices hold the same rows, whatever their order. */
export function sameRows(a: SliceRows, b: SliceRows): boolean {
  if (a.length !== b.length) return false
  const texts = (rows: SliceRows) => rows.map((row) => JSON.stringify(row)).sort()
  const [left, right] = [texts(a), texts(b)]
  return left.every((text, i) => text === right[i])
}

function checkOf(type: string): (value: unknown) => boolean {
  switch (type) {
    case 'smallint':
    case 'integer':
    case 'bigint':
      return Number.isSafeInteger
    case 'double precision':
    case 'real':
      return Number.isFinite
    case 'boolean':
      return (value) => typeof value === 'boolean'
    default:
      return (value) => typeof value === 'string'
  }
}

function fault(stage: Stage, what: string): StageError {
  const { name, version } = stage.definition
  return new StageError(`The output of stage "${name}", version ${version}, ${what}.`)
}
