/** SQL is made of fragments that take the names of the relations that they read; those stand in the statement's WITH. */
import { fencedLookUp } from '../../cache/database.ts'
import { day } from '../../periods/day.ts'
import { month } from '../../periods/month.ts'
import type { Period } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { liesBetween } from './lies-between.ts'
import { isOfOneSource, sourceLogicOf } from './source-sum.ts'

/** SQL for a relation `(subject_id, first_date, last_date)` of windows: three parameters, in the order of `windowColumns`. */
export function windowsAt(name: string, first = 1): string {
  return arraysAt(name, first, 'subject_id, first_date, last_date')
}

/** SQL for a relation `(subject_id, start_date, end_date)` of slices: likewise. */
export function slicesAt(name: string, first = 1): string {
  return arraysAt(name, first, 'subject_id, start_date, end_date')
}

function arraysAt(name: string, first: number, columns: string): string {
  const arrays = `$${first}::uuid[], $${first + 1}::date[], $${first + 2}::date[]`
  return `${name} AS (SELECT * FROM unnest(${arrays}) AS t (${columns}))`
}

/** SQL for the condition that a row of `slice` is the one which a relation of slices names. */
export function isSliceOf(slices: string): string {
  return `subject_id = ${slices}.subject_id AND start_date = ${slices}.start_date AND end_date = ${slices}.end_date`
}

/** SQL for the condition that a slice is of one of these logics. */
export function isOfLogic(logics: readonly string[]): string {
  return `logic IN (${logics.map((logic) => `'${logic}'`).join(', ')})`
}

/** SQL for the condition that a slice of one of these logics, which are all of that period, starts in the windows, a relation. */
export function startsIn(windows: string, logics: readonly string[], period: Period = day): string {
  const [first, last] = [`${windows}.first_date`, `${windows}.last_date`]
  // Those of months are found by an index of their own, not among all days.
  const inWindows =
    period === month
      ? `start_date BETWEEN ${first} AND ${last} AND end_date > start_date`
      : liesBetween('slice', first, last)
  return `${isOfLogic(logics)} AND subject_id = ${windows}.subject_id AND ${inWindows}`
}

/** SQL for the slices of these logics, likewise, beside the windows, as `slice`. */
export function slicesIn(windows: string, logics: readonly string[], period?: Period): string {
  const condition = startsIn(windows, logics, period)
  return `${windows} CROSS JOIN ${fencedLookUp(`SELECT * FROM slice WHERE ${condition}`)} slice`
}

/** SQL for the slices of a stage that there are in the windows, a relation: those that have an activity's day. */
export function periodsIn(windows: string, stage: Stage): string {
  const { period, subject } = stage
  if (isOfOneSource(stage)) {
    return `SELECT slice.subject_id, slice.start_date, slice.end_date FROM ${slicesIn(windows, [sourceLogicOf(stage)], period)}`
  }
  const sources = slicesIn(windows, [subject.sourceLogic])
  if (period.kind === 'given') {
    // Its bounds are the window's.
    return `SELECT DISTINCT ${windows}.subject_id, ${windows}.first_date AS start_date, ${windows}.last_date AS end_date
    FROM ${sources}`
  }
  return `SELECT DISTINCT slice.subject_id, start_date, ${period.sql.endOf('start_date')} AS end_date
    FROM (SELECT slice.subject_id, ${period.sql.startOf('slice.start_date')} AS start_date FROM ${sources}) slice`
}
