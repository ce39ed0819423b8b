/** Values and how fresh they are come out of one snapshot: a slice's annotations are read beside its sums. */
import { fencedLookUp, jsonColumns, named } from '../../cache/database.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { isRowOf, type StageTable, valueColumns } from '../slices/stage-table.ts'
import { standingIn } from '../slices/standing.ts'
import type { SliceColumn } from './page/of-day.ts'

/**
 * The rows of slices' annotations as columns, as `annotationsIn` gives them; a slice without annotations is a row
 * whose `there` is false. Times in ms.
 */
export interface AnnotationColumns {
  subjectId: string[]
  from: string[]
  to: string[]
  needed: number[]
  sourceSum: (number | null)[]
  computed: (number | null)[]
  changed: (number | null)[]
  there: boolean[]
  /** By the names of the table's columns. */
  [value: `:${string}`]: unknown[]
}

/**
 * SQL for the stage's slices in a relation of windows, with their annotations: one JSON object of `AnnotationColumns`,
 * ordered by user and date.
 */
export function annotationsIn(windows: string, stage: Stage, table: StageTable): string {
  const { name, keys } = table
  const own = `SELECT * FROM ${name}
    WHERE logic = '${stage.logic}' AND ${isRowOf('slice', table)}`
  const columns = {
    subjectId: 'slice.subject_id',
    from: 'slice.start_date',
    to: 'slice.end_date',
    needed: 'slice.needed',
    ...ownColumns(table, (column) => `slice.${column}`, 'own'),
  }
  return `(
  SELECT ${jsonColumns(Object.keys(columns))} FROM (
    SELECT ${named(columns)}
    FROM (${standingIn(windows, stage)}) slice
    LEFT JOIN ${fencedLookUp(own)} own ON true
    ORDER BY slice.subject_id, slice.start_date, slice.end_date, ${keys.map((key) => `own.${key}`).join(', ')}
  ) rows
)`
}

/**
 * SQL for the columns that are a stage's own: of its slice and of its annotation, by their names in `AnnotationColumns`.
 * @param sliceColumn SQL for a column of the slice
 */
export function ownColumns(
  table: StageTable,
  sliceColumn: (column: SliceColumn) => string,
  annotation: string,
): Record<string, string> {
  const milliseconds = (time: string) => `(date_part('epoch', date_trunc('milliseconds', ${time})) * 1000)::bigint`
  return {
    sourceSum: sliceColumn('source_sum'),
    computed: milliseconds(sliceColumn('computed_at')),
    changed: milliseconds(sliceColumn('changed_at')),
    there: `${annotation}.logic IS NOT NULL`,
    ...Object.fromEntries(valueColumns(table).map(({ name }) => [`:${name}`, `${annotation}.${name}`])),
  }
}
