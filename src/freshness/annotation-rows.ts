import { jsonColumns, lookUp, named } from '../cache/database.ts'
import { type Window, windowKey } from '../model/window.ts'
import type { Annotation } from '../stages/annotation.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { standingSql } from './slice-sql.ts'
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

/**
 * SQL for the stage's slices in a relation of windows, with their annotations: one JSON object of `AnnotationColumns`,
 * ordered by user and date.
 */
export function annotationsSql(stage: Stage, table: StageTable, windows: string): string {
  const { name, period, keys } = table
  const [start, end] = period
  const own = `SELECT * FROM ${name}
    WHERE logic = '${stage.logic}' AND user_id = slice.user_id AND ${start} = slice.start_date
      ${end ? `AND ${end} = slice.end_date` : ''}`
  const columns = {
    userId: 'slice.user_id',
    from: 'slice.start_date',
    to: 'slice.end_date',
    needed: 'slice.needed',
    ...ownColumns(table, 'slice', 'own'),
  }
  return `(
  SELECT ${jsonColumns(Object.keys(columns))} FROM (
    SELECT ${named(columns)}
    FROM (${standingSql(stage, windows)}) slice
    LEFT JOIN ${lookUp(own)} own ON true
    ORDER BY slice.user_id, slice.start_date, slice.end_date, ${keys.map((key) => `own.${key}`).join(', ')}
  ) rows
)`
}

/** SQL for the columns that are a stage's own: of its slice and of its annotation, by their names in `AnnotationColumns`. */
export function ownColumns(table: StageTable, slice: string, annotation: string): Record<string, string> {
  const milliseconds = (time: string) => `(date_part('epoch', ${slice}.${time}) * 1000)::bigint`
  return {
    verified: `${slice}.verified`,
    computed: milliseconds('computed_at'),
    changed: milliseconds('changed_at'),
    there: `${annotation}.logic IS NOT NULL`,
    ...Object.fromEntries(valuesOf(table).map(({ name }) => [`:${name}`, `${annotation}.${name}`])),
  }
}

/** How the slices of some annotations stood. */
export interface StandingSlices {
  fresh: Window[]
  stale: Window[]
  /** How many of the stale were computed once and must not be taken: they, or what they read, were discarded or are torn. */
  unusable: number
}

/** The rows as instances of the stage's output class, undefined where there is none, and how fresh their slices were. */
export function annotationsOf(
  { definition }: Stage,
  table: StageTable,
  columns: AnnotationColumns,
): { annotations: (Annotation | undefined)[]; slices: StandingSlices } {
  const { output: Output, name, version } = definition
  const [start = '', end] = table.period.map((each) => table.columns.find((column) => column.name === each)?.property)
  const values = valuesOf(table).map((column) => [column.property, columns[`:${column.name}`] ?? []] as const)
  const { userId, from, to, needed, verified, computed, changed, there } = columns
  const slices: StandingSlices = { fresh: [], stale: [], unusable: 0 }
  const seen = new Set<string>()
  const annotations = userId.map((user, i) => {
    const slice = { userId: user, from: from[i] ?? '', to: to[i] ?? '' }
    const key = windowKey(slice)
    if (!seen.has(key)) {
      seen.add(key)
      if (verified[i] === needed[i]) slices.fresh.push(slice)
      else slices.stale.push(slice)
      if (verified[i] === null && computed[i] !== null) slices.unusable++
    }
    if (!there[i]) return undefined
    const annotation = new Output() as Annotation & Record<string, unknown>
    annotation.stage = name
    annotation.version = version
    annotation.computedAt = new Date(computed[i] ?? Number.NaN)
    annotation.changedAt = new Date(changed[i] ?? Number.NaN)
    annotation.userId = user
    annotation[start] = slice.from
    if (end) annotation[end] = slice.to
    for (const [property, column] of values) annotation[property] = column[i]
    return annotation
  })
  return { annotations, slices }
}

/** The columns that don't say which slice a row belongs to. */
function valuesOf({ columns, period }: StageTable): StageTable['columns'] {
  return columns.filter(({ name }) => name !== 'user_id' && !period.includes(name))
}
