/** What a slice needs: the sum of the source's revisions over the days that it depends on. */
// A slice is fresh where its `source_sum` is that, now. Nowhere else is it said what that sum is of.
import { day } from '../../periods/day.ts'
import { month } from '../../periods/month.ts'
import { firstDaySql, isFar, NO_REACH, type Reach } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { liesBetween } from './lies-between.ts'

/** SQL for what each slice of a relation needs; or for what it would, if it reached back so far. */
export function neededBy(slices: string, stage: Stage, back = stage.reach): string {
  const first = firstDaySql(stage.period, `${slices}.start_date`, back)
  return `(SELECT coalesce(sum(source.revision), 0)::bigint FROM slice source
      WHERE source.logic = '${sourceLogicOf(stage, back)}' AND source.subject_id = ${slices}.subject_id
        AND ${liesBetween('source', first, `${slices}.end_date`)})`
}

/** SQL for what is needed of the days whose source slices are in a group of rows of `slice`: an aggregate. */
export function neededIn(rows: string, stage: Stage): string {
  return `coalesce(sum(${rows}.revision) FILTER (WHERE ${rows}.logic = '${sourceLogicOf(stage)}'), 0)::bigint`
}

/** The logic of the source slices over which a stage's slices are summed: of days, or of months where those are whole. */
export function sourceLogicOf({ period, subject }: Stage, { days }: Reach = NO_REACH): string {
  return period === month && days === 0 ? subject.monthLogic : subject.sourceLogic
}

/** Whether each slice of the stage depends on the one source slice that has its own dates. */
export function isOfOneSource({ period, reach }: Stage): boolean {
  return (period === day || period === month) && !isFar(reach)
}

/** Whether each slice of the stage is one day and depends on that day alone. */
export function isOfOneDay(stage: Stage): boolean {
  return stage.period === day && isOfOneSource(stage)
}
