/**
 * What a slice needs: the sum of the source's revisions over the days that it depends on. A slice is fresh where its
 * `source_sum` is that, now. Nowhere else is it said what that sum is of.
 */
import { SOURCE_LOGIC } from '../../cache/entities/slice.ts'
import type { Stage } from '../../stages/stage-graph.ts'

/** SQL for what each slice of a relation needs, that depends on so many days before its own: `daysBack`, unless told. */
export function neededBy(slices: string, { daysBack }: Stage, days = daysBack): string {
  return `(SELECT ${neededIn('source')} FROM slice source
      WHERE source.logic = '${SOURCE_LOGIC}' AND source.user_id = ${slices}.user_id
        AND source.start_date BETWEEN ${slices}.start_date - ${days} AND ${slices}.end_date)`
}

/** SQL for what is needed of the days whose source slices are in a group of rows of `slice`: an aggregate. */
export function neededIn(rows: string): string {
  return `coalesce(sum(${rows}.revision) FILTER (WHERE ${rows}.logic = '${SOURCE_LOGIC}'), 0)::bigint`
}

/** Whether each slice of the stage is one day and depends on that day alone: then source slices are its equals. */
export function isOfOneDay({ definition, daysBack }: Stage): boolean {
  return definition.period === 'day' && daysBack === 0
}
