/** Tables as stages are given them: nobody can change what others see. */
import { type ColumnTable, table } from 'arquero'

/** The columns of a table, by name. */
export type Columns = Record<string, unknown[]>

export function frozenTable(columns: Columns): ColumnTable {
  return table(mapValues(columns, (values) => Object.freeze(values)))
}

export function columnsOf(given: ColumnTable): Columns {
  return Object.fromEntries(given.columnNames().map((name) => [name, [...given.array(name)]]))
}

export function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
