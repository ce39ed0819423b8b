/** An activity is shown with the annotations of itself and of the periods that its date lies in. */
import type { ActivityRow } from '../../../cache/activity-pages.ts'
import type { Sprint } from '../../../cache/entities/sprint.ts'
import { addDays, weekStart } from '../../../model/calendar.ts'
import type { Window } from '../../../model/window.ts'
import type { Annotation } from '../../../stages/annotation.ts'
import type { Period } from '../../../stages/define-stage.ts'
import type { AnnotationColumns } from '../annotation-columns.ts'
import { inSprint } from '../in-sprint.ts'
import { annotationsOf } from '../presentation.ts'
import type { Hydration } from './hydration.ts'
import type { Skeleton } from './skeleton.ts'

/** An activity with its annotations: by stage, those of itself, its day, its week, or each of its sprints. */
export interface AnnotatedActivity {
  activity: ActivityRow
  annotations: Map<string, Annotation[]>
}

/** The page, and whether each of its activities has an annotation wherever it must have one. */
export function present(
  { page, asked }: Skeleton,
  { activities, sprints, columns }: Hydration,
): { value: AnnotatedActivity[]; complete: boolean } {
  const value = activities.map((activity): AnnotatedActivity => ({ activity, annotations: new Map() }))
  const shown = value.slice(0, page.limit)
  let complete = true
  for (const one of asked) {
    const { name, period } = one.stage.definition
    const annotations = annotationsOf(one, columns.get(name) as AnnotationColumns)
    const annotationsAt = one.isOfDay
      ? (_: ActivityRow, row: number) => [annotations[row]]
      : bySubject(annotations, period, sprints)
    for (const [row, { activity, annotations: own }] of shown.entries()) {
      const there = annotationsAt(activity, row)
      complete &&= there.every(isThere)
      own.set(name, there.filter(isThere))
    }
  }
  return { value, complete }
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}

/** Finds an activity's annotations among all: one for each period that it lies in, undefined where it isn't there. */
function bySubject(
  annotations: readonly (Annotation | undefined)[],
  period: Period,
  sprints: readonly Sprint[],
): (activity: ActivityRow) => (Annotation | undefined)[] {
  const found = new Map(annotations.filter(isThere).map((annotation) => [subjectOf(annotation), annotation]))
  return (activity) =>
    periodsOf(activity, period, sprints).map(({ window, sprint }) => {
      const annotation = found.get(activity.id) ?? found.get(`${window.userId} ${window.from} ${window.to}`)
      return annotation && sprint ? inSprint(annotation, sprint) : annotation
    })
}

function periodsOf(
  { userId, date }: ActivityRow,
  period: Period,
  sprints: readonly Sprint[],
): { window: Window; sprint: Sprint | null }[] {
  if (period === 'day') return [{ window: { userId, from: date, to: date }, sprint: null }]
  if (period === 'week') {
    const from = weekStart(date)
    return [{ window: { userId, from, to: addDays(from, 6) }, sprint: null }]
  }
  return sprints
    .filter(({ startDate, endDate }) => startDate <= date && date <= endDate)
    .map((sprint) => ({ window: { userId, from: sprint.startDate, to: sprint.endDate }, sprint }))
}

/** An annotation's activity, or its user and period. */
function subjectOf(annotation: Annotation): string {
  const {
    activityId,
    userId,
    date,
    weekStart: week,
    startDate,
    endDate,
  } = annotation as Annotation & Record<string, string | undefined>
  if (activityId) return activityId
  if (date) return `${userId} ${date} ${date}`
  return week ? `${userId} ${week} ${addDays(week, 6)}` : `${userId} ${startDate} ${endDate}`
}
