/** What stages have for the day of an activity is joined to it by look-ups: one of slices, and one of each stage's annotations. */
import { fencedLookUp } from '../../../cache/database.ts'
import { user } from '../../../model/subject.ts'
import { isOfLogic } from '../../slices/slice-sql.ts'
import type { StageOfPage } from './skeleton.ts'

const SLICE_COLUMNS = ['source_sum', 'computed_at', 'changed_at'] as const

/** A column of a stage's slice. */
export type SliceColumn = (typeof SLICE_COLUMNS)[number]

export function isSliceColumn(column: string): column is SliceColumn {
  return (SLICE_COLUMNS as readonly string[]).includes(column)
}

/**
 * SQL for a relation of one row beside each row of `page`, for the slices of its user's day: what they all need, as
 * `needed`; `day`, which tells the days of users apart; and the columns of each stage's slice, as `sliceColumn` names them.
 */
export function slicesOfDay(stages: readonly StageOfPage[], columns: readonly SliceColumn[]): string {
  const of = (column: string, logic: string) => `max(${column}) FILTER (WHERE logic = '${logic}')`
  const own = stages.flatMap(({ stage: { logic } }, i) =>
    columns.map((column) => `${of(column, logic)} AS ${sliceColumn(i, column)}`),
  )
  const needed = [`${of('revision', user.sourceLogic)} AS needed`, `${of('ctid', user.sourceLogic)} AS day`]
  return fencedLookUp(`SELECT ${[...needed, ...own].join(', ')} FROM slice
      WHERE subject_id = page."userId" AND start_date = page.date AND end_date = page.date
        AND ${isOfLogic([user.sourceLogic, ...stages.map(({ stage }) => stage.logic)])}`)
}

/** @param i The stage's place among those of the page: its name may take all the room that Postgres has for one. */
export function sliceColumn(i: number, column: SliceColumn): string {
  return `${column}_${i}`
}

/** SQL for a relation of the stage's annotation of each row of `page`, or none. */
export function annotationOfDay({ stage, table }: StageOfPage): string {
  const ofActivity = table.keys.includes('activity_id') ? 'AND activity_id = page.id' : ''
  return fencedLookUp(`SELECT * FROM ${table.name}
      WHERE user_id = page."userId" AND date = page.date AND logic = '${stage.logic}' ${ofActivity}`)
}
