/** An activity is shown with the annotations of itself and of the periods that its date lies in. */
import type { ActivityRow } from '../../../cache/activity-pages.ts'
import type { Sprint } from '../../../cache/entities/sprint.ts'
import { user } from '../../../model/subject.ts'
import type { Annotation } from '../../../periods/annotation.ts'
import { propertyOf } from '../../slices/stage-table.ts'
import type { AnnotationColumns } from '../annotation-columns.ts'
import { inSprint } from '../in-sprint.ts'
import { annotationsOf } from '../presentation.ts'
import type { Hydration } from './hydration.ts'
import type { Skeleton, StageOfPage } from './skeleton.ts'

/** An activity with its annotations: by the logic of their stage, those of itself, its day, its week, or each of its sprints. */
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
    const { logic } = one.stage
    const annotations = annotationsOf(one, columns.get(logic) as AnnotationColumns)
    const annotationsAt = one.isOfDay
      ? (_: ActivityRow, row: number) => [annotations[row]]
      : bySubject(one, annotations, sprints)
    for (const [row, { activity, annotations: own }] of shown.entries()) {
      const there = annotationsAt(activity, row)
      complete &&= there.every(isThere)
      own.set(logic, there.filter(isThere))
    }
  }
  return { value, complete }
}

/** Finds an activity's annotations among all: one for each period that it lies in, undefined where it isn't there. */
function bySubject(
  { stage: { period, subject }, table }: StageOfPage,
  annotations: readonly (Annotation | undefined)[],
  sprints: readonly Sprint[],
): (activity: ActivityRow) => (Annotation | undefined)[] {
  const isOfActivity = table.keys.includes('activity_id')
  const isOfStereotype = table.keys.includes('stereotype_id')
  const own = isOfActivity
    ? ['activity_id']
    : [table.subject, ...(isOfStereotype ? ['stereotype_id'] : []), ...table.period]
  const key = own.map((name) => propertyOf(table, name))
  const found = new Map<string, Annotation>()
  for (const annotation of annotations.filter(isThere)) {
    found.set(key.map((property) => annotation[property as keyof Annotation]).join(' '), annotation)
  }
  if (isOfActivity) return ({ id }) => [found.get(id)]
  const periodsOf = (date: string): { key: string; sprint?: Sprint }[] => {
    if (period.kind === 'calendar') return [{ key: period.startOf(date) }]
    const own = sprints.filter(({ startDate, endDate }) => startDate <= date && date <= endDate)
    return own.map((sprint) => ({ key: `${sprint.startDate} ${sprint.endDate}`, sprint }))
  }
  return (activity) => {
    const subjectId = subject === user ? activity.userId : (activity.project?.id ?? null)
    if (subjectId === null) return []
    const ofSubject = isOfStereotype ? `${subjectId} ${activity.stereotype.id}` : subjectId
    return periodsOf(activity.date).map(({ key, sprint }) => {
      const annotation = found.get(`${ofSubject} ${key}`)
      return annotation && sprint ? inSprint(annotation, sprint) : annotation
    })
  }
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}
