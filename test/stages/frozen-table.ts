import { type ColumnTable, table } from 'arquero'

/** A small literal table, row by row, whose columns nobody can change: what a stage gets. */
export function frozenTable(names: readonly string[], ...rows: readonly (readonly unknown[])[]): ColumnTable {
  const columns = names.map((name, i) => [name, Object.freeze(rows.map((row) => row[i]))] as const)
  return table(Object.fromEntries(columns))
}

/** The windows that are asked for. */
export function slices(...rows: readonly (readonly [user: string, start: string, end: string])[]): ColumnTable {
  return frozenTable(['user_id', 'start_date', 'end_date'], ...rows)
}
