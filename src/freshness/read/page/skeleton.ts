/** What a page asks for is the same in each round: its activities in their order, and stages for each of them. */
import type { ActivityPageQuery, ActivityRow } from '../../../cache/activity-pages.ts'
import type { Sprint } from '../../../cache/entities/sprint.ts'
import { user } from '../../../model/subject.ts'
import { distinctWindows, type Window } from '../../../model/window.ts'
import type { Stage } from '../../../stages/stage-graph.ts'
import { isOfOneDay } from '../../slices/source-sum.ts'
import type { StageAsked } from '../../slices/stage-table.ts'
import type { HowFresh } from '../freshness-mode.ts'

export interface Skeleton {
  page: ActivityPageQuery
  asked: readonly StageOfPage[]
}

/** A stage to be read for each activity of a page. */
export interface StageAskedOfPage extends StageAsked {
  /** How fresh it must be; default: fresh. */
  how?: HowFresh
}

export interface StageOfPage extends StageAskedOfPage {
  /** Whether its slices are of one day of a user's: then what it has is joined to the page's rows; else it is looked for in periods. */
  isOfDay: boolean
}

/** The stages of days that are brought up to date with the stage's own days, as it reads them. */
export function broughtBy({ stages }: Stage): Stage[] {
  return stages.filter(isOfOneDay).flatMap((read) => [read, ...broughtBy(read)])
}

export function skeletonOf(page: ActivityPageQuery, asked: readonly StageAskedOfPage[]): Skeleton {
  return { page, asked: asked.map((one) => ({ ...one, isOfDay: isOfDay(one) })) }
}

function isOfDay({ stage }: StageAsked): boolean {
  return isOfOneDay(stage) && stage.subject === user
}

/** Whether an activity has one annotation of the stage: its own, or that of its user's day. */
export function isOneOfActivity(asked: StageAsked): boolean {
  const { keys, subject, period } = asked.table
  return isOfDay(asked) && keys.every((key) => [subject, ...period, 'activity_id'].includes(key))
}

/** The periods of a stage in which the days of some activities lie. */
export function windowsOfActivities(
  { period, subject }: Stage,
  activities: readonly ActivityRow[],
  sprints: readonly Pick<Sprint, 'startDate' | 'endDate'>[],
): Window[] {
  const windows = activities.flatMap(({ userId, project, date }) => {
    const subjectId = subject === user ? userId : project?.id
    if (!subjectId) return []
    if (period.kind === 'calendar') return [{ subjectId, from: period.startOf(date), to: period.endOf(date) }]
    const own = sprints.filter(({ startDate, endDate }) => startDate <= date && date <= endDate)
    return own.map(({ startDate, endDate }) => ({ subjectId, from: startDate, to: endDate }))
  })
  return distinctWindows(windows)
}
