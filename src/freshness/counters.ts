import { SOURCE_LOGIC } from '../cache/entities/slice.ts'
import { addDays } from '../model/calendar.ts'
import { mergeWindows, type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { isOfLogic, isOfOneDay, slicesIn, sourceSum } from './slice-sql.ts'

/** The counters of what a slice reads, summed. */
export interface Counters {
  /** The sum of the revisions. */
  inputs: number
  /** The sum of the source revisions that what it reads reflects; null while a part of that has no values. */
  verified: number | null
  /** What `verified` must be for the slice to be fresh. */
  needed: number
}

/**
 * The start of a statement about what slices read: `asked (user_id, start_date, end_date)`, the slices, and
 * `w (user_id, first_date, last_date)`, the days that they look at.
 */
export const READING = `WITH asked AS (
  SELECT * FROM unnest($1::uuid[], $2::date[], $3::date[]) AS t (user_id, start_date, end_date)
), w AS (
  SELECT * FROM unnest($4::uuid[], $5::date[], $6::date[]) AS t (user_id, first_date, last_date)
)`

/** The parameters of `READING`. */
export function readingValues(stage: Stage, slices: readonly Window[]): unknown[] {
  const looked =
    stage.lookbackDays === 0 ? slices : slices.map((s) => ({ ...s, from: addDays(s.from, -stage.lookbackDays) }))
  return [...windowColumns(slices), ...windowColumns(mergeWindows(looked))]
}

/**
 * SQL for the counters of each slice that is asked for, after `READING`: rows of the slice, `inputs`, `verified`,
 * `needed`. Where a stage reads several tables, the one that is furthest behind counts.
 */
export function countersSql(stage: Stage): string {
  return isOfOneDay(stage) ? sameDayCounters(stage) : summedCounters(stage)
}

/** All that a slice reads are slices of the same day: one group of rows. */
function sameDayCounters({ readsActivities, stages }: Stage): string {
  const logics = stages.map((read) => read.logic)
  const read = isOfLogic(readsActivities ? [...logics, SOURCE_LOGIC] : logics)
  const source = `max(slice.revision) FILTER (WHERE slice.logic = '${SOURCE_LOGIC}')`
  const furthest = `least(min(slice.verified)${readsActivities ? `, ${source}` : ''})`
  return `SELECT slice.user_id, slice.start_date, slice.end_date, sum(slice.revision) FILTER (WHERE ${read})::bigint AS inputs,
    CASE WHEN count(slice.verified) = ${stages.length} THEN ${furthest} END AS verified,
    ${source} AS needed
  FROM ${slicesIn('w', [SOURCE_LOGIC, ...logics])}
  GROUP BY slice.user_id, slice.start_date, slice.end_date`
}

function summedCounters(stage: Stage): string {
  const reads = [
    ...(stage.readsActivities ? [sourceRead(stage)] : []),
    ...stage.stages.map((read) => stageRead(stage, read)),
  ]
  // What is read of the source may be all that the slice depends on.
  const isSourceAll = stage.readsActivities && stage.daysBack === stage.lookbackDays
  const needed = isSourceAll ? 'read_0.inputs' : sourceSum('asked', stage.daysBack)
  const names = reads.map((_, i) => `read_${i}`)
  const anyUnknown = names.map((name) => `${name}.verified IS NULL`).join(' OR ')
  return `SELECT asked.user_id, asked.start_date, asked.end_date,
    ${names.map((name) => `${name}.inputs`).join(' + ')} AS inputs,
    CASE WHEN ${anyUnknown} THEN NULL ELSE least(${names.map((name) => `${name}.verified`).join(', ')}) END AS verified,
    ${needed} AS needed
  FROM asked
  ${reads.map((read, i) => `CROSS JOIN LATERAL (${read}) read_${i}`).join('\n  ')}`
}

function stageRead(stage: Stage, read: Stage): string {
  const inPeriod =
    read.definition.period === 'sprint'
      ? 'slice.start_date = asked.start_date AND slice.end_date = asked.end_date'
      : `slice.start_date BETWEEN asked.start_date - ${stage.lookbackDays} AND asked.end_date`
  return `SELECT coalesce(sum(slice.revision), 0)::bigint AS inputs,
      CASE WHEN count(*) = count(slice.verified) THEN coalesce(sum(slice.verified), 0)::bigint END AS verified
    FROM slice
    WHERE slice.logic = '${read.logic}' AND slice.user_id = asked.user_id AND ${inPeriod}`
}

function sourceRead(stage: Stage): string {
  return `SELECT coalesce(sum(slice.revision), 0)::bigint AS inputs, coalesce(sum(slice.revision), 0)::bigint AS verified
    FROM slice
    WHERE slice.logic = '${SOURCE_LOGIC}' AND slice.user_id = asked.user_id
      AND slice.start_date BETWEEN asked.start_date - ${stage.lookbackDays} AND asked.end_date`
}
