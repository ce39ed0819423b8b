import type { Annotation } from '../stages/annotation.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { neededSql } from './slice-sql.ts'
import type { StageTable } from './stage-table.ts'

/** One row of a slice's annotations, or the slice alone where it has none; as `annotationsSql` gives it. */
export type AnnotationRow = [
  userId: string,
  from: string,
  to: string,
  verified: number | null,
  needed: number,
  computedMs: number | null,
  changedMs: number | null,
  there: boolean,
  ...values: unknown[],
]

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
 * SQL for the stage's slices in a relation of windows, with their annotations: one JSON array of `AnnotationRow`s,
 * ordered by user and date. `places`, a relation of `user_id, date, activity_id`, narrows a stage that annotates
 * activities down to those.
 */
export function annotationsSql(stage: Stage, table: StageTable, windows: string, places?: string): string {
  const { name, period, keys } = table
  const [start, end] = period
  const ofPlaces = places && keys.includes('activity_id')
  const place = ofPlaces
    ? `LEFT JOIN ${places} place ON place.user_id = slice.user_id AND place.date = slice.start_date`
    : ''
  return `(
  SELECT coalesce(json_agg(json_build_array(
      slice.user_id, slice.start_date, slice.end_date, own.verified, slice.needed,
      extract(epoch FROM own.computed_at) * 1000, extract(epoch FROM own.changed_at) * 1000, t.logic IS NOT NULL
      ${valuesOf(table)
        .map((column) => `, t.${column.name}`)
        .join('')}
    ) ORDER BY slice.user_id, slice.start_date, slice.end_date, ${keys.map((key) => `t.${key}`).join(', ')}), '[]')
  FROM (${neededSql(stage, windows)}) slice
  LEFT JOIN slice own ON own.logic = '${stage.logic}' AND own.user_id = slice.user_id
    AND own.start_date = slice.start_date AND own.end_date = slice.end_date
  ${place}
  LEFT JOIN ${name} t ON t.logic = '${stage.logic}' AND t.user_id = slice.user_id AND t.${start} = slice.start_date
    ${end ? `AND t.${end} = slice.end_date` : ''} ${ofPlaces ? 'AND t.activity_id = place.activity_id' : ''}
)`
}

/** The rows as instances of the stage's output class, and how fresh their slices were. */
export function annotationsOf(
  { definition }: Stage,
  table: StageTable,
  rows: readonly AnnotationRow[],
): { annotations: Annotation[]; states: SliceStates } {
  const { output: Output, name, version } = definition
  const [start = '', end] = table.period.map((each) => table.columns.find((column) => column.name === each)?.property)
  const properties = valuesOf(table).map((column) => column.property)
  const annotations: Annotation[] = []
  const states = { checked: 0, stale: 0, missing: 0 }
  let last: AnnotationRow | undefined
  for (const row of rows) {
    const [userId, from, to, verified, needed, computedMs, changedMs, there, ...values] = row
    if (last?.[0] !== userId || last[1] !== from || last[2] !== to) {
      states.checked++
      if (verified !== needed) states.stale++
      if (verified === null) states.missing++
    }
    last = row
    if (!there) continue
    const annotation = new Output() as Annotation & Record<string, unknown>
    annotation.stage = name
    annotation.version = version
    annotation.computedAt = new Date(computedMs ?? Number.NaN)
    annotation.changedAt = new Date(changedMs ?? Number.NaN)
    annotation.userId = userId
    annotation[start] = from
    if (end) annotation[end] = to
    for (const [i, property] of properties.entries()) annotation[property] = values[i]
    annotations.push(annotation)
  }
  return { annotations, states }
}

/** The columns that don't say which slice a row belongs to. */
function valuesOf({ columns, period }: StageTable): StageTable['columns'] {
  return columns.filter(({ name }) => name !== 'user_id' && !period.includes(name))
}
