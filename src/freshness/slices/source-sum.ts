/**
 * What a slice needs: the sum of the source's revisions over the days that it depends on. A slice is fresh where its
 * `source_sum` is that, now. Nowhere else is it said what that sum is of.
 */
import { day } from '../../periods/day.ts'
import { firstDaySql, isFar } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'

/** SQL for what each slice of a relation needs; or for what it would, if it reached back so far. */
export function neededBy(slices: string, stage: Stage, back = stage.reach): string {
  return `(SELECT ${neededIn('source', stage)} FROM slice source
      WHERE source.logic = '${stage.subject.sourceLogic}' AND source.subject_id = ${slices}.subject_id
        AND source.start_date BETWEEN ${firstDaySql(stage.period, `${slices}.start_date`, back)} AND ${slices}.end_date)`
}

/** SQL for what is needed of the days whose source slices are in a group of rows of `slice`: an aggregate. */
export function neededIn(rows: string, { subject }: Stage): string {
  return `coalesce(sum(${rows}.revision) FILTER (WHERE ${rows}.logic = '${subject.sourceLogic}'), 0)::bigint`
}

/** Whether each slice of the stage is one day and depends on that day alone: then source slices are its equals. */
export function isOfOneDay({ period, reach }: Stage): boolean {
  return period === day && !isFar(reach)
}
