/** No sum is ahead of what the values reflect: what was read and its sums come out of one statement. */
// What is behind its source in what was read is subtracted.
import { fencedLookUp } from '../../cache/database.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import { firstDaySql, isFar } from '../../periods/period.ts'
import { week } from '../../periods/week.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { liesBetween } from './lies-between.ts'
import { isOfLogic, periodsIn, slicesAt, slicesIn, startsIn, windowsAt } from './slice-sql.ts'
import { isOfOneDay, neededBy, neededIn } from './source-sum.ts'
import { windowsLookedAt } from './stage-windows.ts'

/** The counters of what a slice reads, summed. */
export interface Sums {
  /** Of the revisions of all that it reads. */
  inputSum: number
  /**
   * What it needs, less what those that it reads are behind their sources: so it equals `needed`, now or ever, only where
   * all of them are fresh. Null where one of them is not usable; and where a stage reads several tables that are not of
   * one moment, as what it makes of them would never have been true.
   */
  sourceSum: number | null
  /** What `sourceSum` must be for the slice to be fresh. */
  needed: number
}

/** The start of a statement about what slices read: the relations `asked`, the slices, and `days`, the windows that they look at. */
export const READING = `WITH ${slicesAt('asked')}, ${windowsAt('days', 4)}`

/** The parameters of `READING`. */
export function readingValues(stage: Stage, slices: readonly Window[]): unknown[] {
  return [...windowColumns(slices), ...windowColumns(windowsLookedAt(stage, slices))]
}

/** SQL for the sums of each of the slices, which look at those days: `subject_id, start_date, end_date` and its `Sums`. */
export function sumsOf(stage: Stage, { slices, days }: { slices: string; days: string }): string {
  if (isOfOneDay(stage)) return sumsOfDays(stage, days)
  return isOfWholeWeeks(stage) ? sumsOfWeeks(stage, slices, days) : sumsOfPeriods(stage, slices)
}

/** Whether a slice depends on whole weeks, and reads nothing that reaches beyond them. */
function isOfWholeWeeks({ period, reach, stages }: Stage): boolean {
  return period === week && reach.days === 0 && stages.every((read) => !isFar(read.reach))
}

/** All that a slice reads are slices of the same day: one group of rows. */
function sumsOfDays(stage: Stage, days: string): string {
  const { sourceLogic } = stage.subject
  const logics = stage.stages.map((read) => read.logic)
  const read = isOfLogic(stage.readsActivities ? [...logics, sourceLogic] : logics)
  const needed = neededIn('slice', stage)
  const lags = logics.length > 0 ? [`${logics.length} * ${needed} - sum(slice.source_sum)`] : []
  return `SELECT slice.subject_id, slice.start_date, slice.end_date,
    sum(slice.revision) FILTER (WHERE ${read})::bigint AS input_sum,
    CASE WHEN count(slice.source_sum) = ${logics.length} THEN ${reflected(stage, needed, lags)} END AS source_sum,
    ${needed} AS needed
  FROM ${slicesIn(days, [sourceLogic, ...logics])}
  GROUP BY slice.subject_id, slice.start_date, slice.end_date`
}

/** All weeks are equally long: each is summed up once, and then over those that a slice looks at. */
function sumsOfWeeks(stage: Stage, slices: string, days: string): string {
  const { sourceLogic } = stage.subject
  const logics = stage.stages.map((read) => read.logic)
  const isRead = (all: readonly string[]) => (all.length > 0 ? isOfLogic(all) : 'false')
  const lags = logics.length > 0 ? [`${logics.length} * week.needed - week.source_sum`] : []
  const { startOf, endOf } = week.sql
  const weeks = `SELECT subject_id, start_date, ${endOf('start_date')} AS end_date, (sum(needed) OVER w)::bigint AS needed,
        (sum(input_sum) OVER w)::bigint AS input_sum,
        CASE WHEN sum(lacking) OVER w = 0 THEN (sum(source_sum) OVER w)::bigint END AS source_sum
      FROM (
        SELECT subject_id, ${startOf('start_date')} AS start_date,
          coalesce(sum(revision) FILTER (WHERE logic = '${sourceLogic}'), 0) AS needed,
          coalesce(sum(revision) FILTER (WHERE ${isRead(stage.readsActivities ? [...logics, sourceLogic] : logics)}), 0) AS input_sum,
          coalesce(sum(source_sum), 0) AS source_sum,
          count(*) FILTER (WHERE ${isRead(logics)} AND source_sum IS NULL) AS lacking
        FROM slice
        WHERE ${startsIn(days, [sourceLogic, ...logics])}
        GROUP BY subject_id, 2
      ) weeks
      WINDOW w AS (ORDER BY start_date RANGE BETWEEN '${7 * stage.lookback.periods} days' PRECEDING AND CURRENT ROW)`
  return `SELECT ${slices}.subject_id, ${slices}.start_date, ${slices}.end_date, week.input_sum,
    ${reflected(stage, 'week.needed', lags)} AS source_sum, week.needed
  FROM ${days} CROSS JOIN ${fencedLookUp(weeks)} week
  JOIN ${slices} ON ${slices}.subject_id = week.subject_id AND ${slices}.start_date = week.start_date`
}

function sumsOfPeriods(stage: Stage, slices: string): string {
  const needed = 'source.needed'
  const readDays = isSameReach(stage) ? needed : neededBy(slices, stage, stage.lookback)
  const inputs = stage.stages.map((_, i) => `read_${i}.input_sum`)
  const lags = stage.stages.map((read, i) => {
    // Where it looks back, a day of the source counts in each of the slices read that look at it.
    const neededByRead = isFar(read.reach) ? neededByAll(slices, stage, read) : readDays
    return `${neededByRead} - read_${i}.source_sum`
  })
  return `SELECT ${slices}.subject_id, ${slices}.start_date, ${slices}.end_date,
    ${[...inputs, ...(stage.readsActivities ? [readDays] : [])].join(' + ')} AS input_sum,
    ${reflected(stage, needed, lags)} AS source_sum, ${needed} AS needed
  FROM ${slices}
  CROSS JOIN ${fencedLookUp(`SELECT ${neededBy(slices, stage)} AS needed`)} source
  ${stage.stages.map((read, i) => `CROSS JOIN ${fencedLookUp(sumsOfRead(slices, stage, read))} read_${i}`).join('\n  ')}`
}

/** SQL for `source_sum`, of how far behind its source each of the stages read is. */
function reflected({ stages, readsActivities }: Stage, needed: string, lags: readonly string[]): string {
  if (lags.length === 0) return needed
  const lag = lags.map((each) => `(${each})`).join(' + ')
  const isOneTable = stages.length + Number(readsActivities) === 1
  return isOneTable ? `(${needed} - ${lag})::bigint` : `CASE WHEN ${lag} = 0 THEN ${needed} END`
}

/** SQL for what all slices of `read` that a slice reads need, summed. */
function neededByAll(slices: string, stage: Stage, read: Stage): string {
  const days = `(SELECT ${slices}.subject_id, ${firstRead(slices, stage)} AS first_date, ${slices}.end_date AS last_date)`
  return `(WITH looked_at AS ${days}
      SELECT coalesce(sum(${neededBy('period', read)}), 0)::bigint FROM (${periodsIn('looked_at', read)}) period)`
}

function sumsOfRead(slices: string, stage: Stage, read: Stage): string {
  const inPeriod =
    read.period.kind === 'given'
      ? `slice.start_date = ${slices}.start_date AND slice.end_date = ${slices}.end_date`
      : liesBetween('slice', firstRead(slices, stage), `${slices}.end_date`)
  return `SELECT coalesce(sum(slice.revision), 0)::bigint AS input_sum,
      CASE WHEN count(*) = count(slice.source_sum) THEN coalesce(sum(slice.source_sum), 0)::bigint END AS source_sum
    FROM slice
    WHERE slice.logic = '${read.logic}' AND slice.subject_id = ${slices}.subject_id AND ${inPeriod}`
}

/** SQL for the first day that a slice reads. */
function firstRead(slices: string, { period, lookback }: Stage): string {
  return firstDaySql(period, `${slices}.start_date`, lookback)
}

/** Whether a slice reads all the days that its values depend on. */
function isSameReach({ lookback, reach }: Stage): boolean {
  return lookback.periods === reach.periods && lookback.days === reach.days
}
