import { lookUp } from '../cache/database.ts'
import { SOURCE_LOGIC } from '../cache/entities/slice.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Stage } from '../stages/stage-graph.ts'
import { isOfLogic, isOfOneDay, periodsSql, slicesIn, sourceSum } from './slice-sql.ts'
import { windowsLookedAt } from './stage-windows.ts'

/** The counters of what a slice reads, summed. */
export interface Counters {
  /** The sum of the revisions. */
  inputs: number
  /**
   * `needed`, less what those that it reads are behind their sources: so it equals `needed`, now or ever, only where all
   * of them are fresh. Null where one of them has no values; and where a stage reads several tables that are not of one
   * moment, as what it makes of them would never have been true.
   */
  verified: number | null
  /** What `verified` must be for the slice to be fresh. */
  needed: number
}

export type SliceCounters = Window & Counters

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
  return [...windowColumns(slices), ...windowColumns(windowsLookedAt(stage, slices))]
}

/** SQL for the counters of each slice that is asked for, after `READING`: rows of the slice and its `Counters`. */
export function countersSql(stage: Stage): string {
  return isOfOneDay(stage) ? sameDayCounters(stage) : summedCounters(stage)
}

/** All that a slice reads are slices of the same day: one group of rows. */
function sameDayCounters(stage: Stage): string {
  const logics = stage.stages.map((read) => read.logic)
  const read = isOfLogic(stage.readsActivities ? [...logics, SOURCE_LOGIC] : logics)
  const needed = `max(slice.revision) FILTER (WHERE slice.logic = '${SOURCE_LOGIC}')`
  const lags = [`${logics.length} * ${needed} - sum(slice.verified)`]
  return `SELECT slice.user_id, slice.start_date, slice.end_date, sum(slice.revision) FILTER (WHERE ${read})::bigint AS inputs,
    CASE WHEN count(slice.verified) = ${logics.length} THEN ${verifiedSql(stage, needed, logics.length > 0 ? lags : [])} END AS verified,
    ${needed} AS needed
  FROM ${slicesIn('w', [SOURCE_LOGIC, ...logics])}
  GROUP BY slice.user_id, slice.start_date, slice.end_date`
}

function summedCounters(stage: Stage): string {
  const needed = 'source.needed'
  const readDays = stage.daysBack === stage.lookbackDays ? needed : sourceSum('asked', stage.lookbackDays)
  const inputs = stage.stages.map((_, i) => `read_${i}.inputs`)
  const lags = stage.stages.map((read, i) => {
    // Where it looks back, a day of the source counts in each of the slices read that look at it.
    const neededByRead = read.daysBack > 0 ? neededByAll(stage, read) : readDays
    return `${neededByRead} - read_${i}.verified`
  })
  return `SELECT asked.user_id, asked.start_date, asked.end_date,
    ${[...inputs, ...(stage.readsActivities ? [readDays] : [])].join(' + ')} AS inputs,
    ${verifiedSql(stage, needed, lags)} AS verified, ${needed} AS needed
  FROM asked
  CROSS JOIN ${lookUp(`SELECT ${sourceSum('asked', stage.daysBack)} AS needed`)} source
  ${stage.stages.map((read, i) => `CROSS JOIN ${lookUp(stageRead(stage, read))} read_${i}`).join('\n  ')}`
}

/** SQL for `verified`, of how far behind its source each of the stages read is. */
function verifiedSql({ stages, readsActivities }: Stage, needed: string, lags: readonly string[]): string {
  if (lags.length === 0) return needed
  const lag = lags.map((each) => `(${each})`).join(' + ')
  const isOneTable = stages.length + Number(readsActivities) === 1
  return isOneTable ? `(${needed} - ${lag})::bigint` : `CASE WHEN ${lag} = 0 THEN ${needed} END`
}

/** What the slices of `read` that are read have to reflect, summed. */
function neededByAll(stage: Stage, read: Stage): string {
  const days = `(SELECT asked.user_id, asked.start_date - ${stage.lookbackDays} AS first_date, asked.end_date AS last_date) w`
  return `(SELECT coalesce(sum(${sourceSum('period', read.daysBack)}), 0)::bigint FROM (${periodsSql(read, days)}) period)`
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
