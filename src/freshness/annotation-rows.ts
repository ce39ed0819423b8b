import { jsonColumns } from '../cache/database.ts'
import type { Annotation } from '../stages/annotation.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { lookUp, standingSql } from './slice-sql.ts'
import type { StageTable } from './stage-table.ts'

/**
 * The rows of slices' annotations as columns, as `annotationsSql` gives them; a slice without annotations is a row
 * whose `there` is false. Times in ms.
 */
export interface AnnotationColumns {
  userId: string[]
  from: string[]
  to: string[]
  needed: number[]
  verified: (number | null)[]
  computed: (number | null)[]
  changed: (number | null)[]
  there: boolean[]
  /** By the names of the table's columns. */
  [value: `:${string}`]: unknown[]
}

/** How fresh a stage's slices were when they were read. */
export interface SliceStates {
  /** How many slices were looked at. */
  checked: number
  /** How many of them don't reflect the source as it is now. */
  stale: number
  /** How many of the stale have no values at all. */
  missing: number
}

/**
 * SQL for the stage's slices in a relation of windows, with their annotations: one JSON object of `AnnotationColumns`,
 * ordered by user and date.
 *
 * @param slices as in `standingSql`
 * @param places a relation of `user_id, date, activity_id` that narrows a stage that annotates activities down to those
 */
export function annotationsSql(
  stage: Stage,
  table: StageTable,
  { windows, slices, places }: { windows: string; slices?: string; places?: string },
): string {
  const { name, period, keys } = table
  const [start, end] = period
  const ofPlaces = places && keys.includes('activity_id')
  const place = ofPlaces
    ? `LEFT JOIN ${places} place ON place.user_id = slice.user_id AND place.date = slice.start_date`
    : ''
  const own = `SELECT * FROM ${name}
    WHERE logic = '${stage.logic}' AND user_id = slice.user_id AND ${start} = slice.start_date
      ${end ? `AND ${end} = slice.end_date` : ''} ${ofPlaces ? 'AND activity_id = place.activity_id' : ''}`
  const columns = {
    userId: 'slice.user_id',
    from: 'slice.start_date',
    to: 'slice.end_date',
    needed: 'slice.needed',
    verified: 'slice.verified',
    computed: milliseconds('slice.computed_at'),
    changed: milliseconds('slice.changed_at'),
    there: 't.logic IS NOT NULL',
    ...Object.fromEntries(valuesOf(table).map((column) => [`:${column.name}`, `t.${column.name}`])),
  }
  return `(
  SELECT ${jsonColumns(Object.keys(columns))} FROM (
    SELECT ${Object.entries(columns)
      .map(([column, value]) => `${value} AS "${column}"`)
      .join(', ')}
    FROM (${standingSql(stage, windows, slices)}) slice
    ${place}
    LEFT JOIN ${lookUp(own)} t ON true
    ORDER BY slice.user_id, slice.start_date, slice.end_date, ${keys.map((key) => `t.${key}`).join(', ')}
  ) rows
)`
}

function milliseconds(time: string): string {
  return `date_part('epoch', ${time}) * 1000`
}

/** The rows as instances of the stage's output class, and how fresh their slices were. */
export function annotationsOf(
  { definition }: Stage,
  table: StageTable,
  columns: AnnotationColumns,
): { annotations: Annotation[]; states: SliceStates } {
  const { output: Output, name, version } = definition
  const [start = '', end] = table.period.map((each) => table.columns.find((column) => column.name === each)?.property)
  const values = valuesOf(table).map((column) => [column.property, columns[`:${column.name}`] ?? []] as const)
  const { userId, from, to, needed, verified, computed, changed, there } = columns
  const annotations: Annotation[] = []
  const states = { checked: 0, stale: 0, missing: 0 }
  for (let i = 0; i < userId.length; i++) {
    if (userId[i] !== userId[i - 1] || from[i] !== from[i - 1] || to[i] !== to[i - 1]) {
      states.checked++
      if (verified[i] !== needed[i]) states.stale++
      if (verified[i] === null) states.missing++
    }
    if (!there[i]) continue
    const annotation = new Output() as Annotation & Record<string, unknown>
    annotation.stage = name
    annotation.version = version
    annotation.computedAt = new Date(computed[i] ?? Number.NaN)
    annotation.changedAt = new Date(changed[i] ?? Number.NaN)
    annotation.userId = userId[i] ?? ''
    annotation[start] = from[i]
    if (end) annotation[end] = to[i]
    for (const [property, column] of values) annotation[property] = column[i]
    annotations.push(annotation)
  }
  return { annotations, states }
}

/** The columns that don't say which slice a row belongs to. */
function valuesOf({ columns, period }: StageTable): StageTable['columns'] {
  return columns.filter(({ name }) => name !== 'user_id' && !period.includes(name))
}
