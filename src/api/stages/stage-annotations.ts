/** A stage's annotations over a range are those of the periods that have days in it, as they are shown. */
import type { Sprint } from '../../cache/entities/sprint.ts'
import { allSprints } from '../../cache/reference-reads.ts'
import { inSprint } from '../../freshness/read/in-sprint.ts'
import { camelCase } from '../../model/camel-case.ts'
import type { Window } from '../../model/window.ts'
import type { Annotation } from '../../periods/annotation.ts'
import { day } from '../../periods/day.ts'
import { periods } from '../../periods/index.ts'
import { type Period, type Span, wholeAround } from '../../periods/period.ts'
import type { SprintAnnotation } from '../../periods/sprint.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import { windowOf } from '../arguments.ts'
import { type CountOfRange, personPeriods, userPeriods } from '../cost.ts'
import type { RequestContext } from '../request-context.ts'
import { apiSubject, subjectIdOf } from './api-subjects.ts'
import { inTime } from './in-time.ts'

/** What is looked for, and how what is found is shown. */
export interface AskedAnnotations {
  windows: Window[]
  /** In each of its sprints: several may have the same dates. */
  shown(annotation: Annotation): Annotation[]
  /** In the first of them. */
  shownOnce(annotation: Annotation): Annotation
}

/** The periods of these subjects that have days in the range. */
export async function annotationsAsked(
  context: RequestContext,
  stage: StageDefinition,
  subjectIds: readonly string[],
  range: Span,
): Promise<AskedAnnotations> {
  const period: Period = periods[stage.period]
  if (period.kind === 'given') return inSprints(subjectIds, await sprintsIn(context, range))
  const windows = subjectIds.map((id) => windowOf(id, range.from, range.to))
  const shownOnce = (annotation: Annotation) => inTime(stage, annotation, context.today, range)
  return {
    windows: windows.map((window) => ({ ...window, ...wholeAround(period, window) })),
    shown: (annotation) => [shownOnce(annotation)],
    shownOnce,
  }
}

async function sprintsIn({ database }: RequestContext, { from, to }: Span): Promise<Sprint[]> {
  return (await allSprints(database.sql)).filter(({ startDate, endDate }) => startDate <= to && from <= endDate)
}

function inSprints(subjectIds: readonly string[], sprints: readonly Sprint[]): AskedAnnotations {
  const shown = (annotation: Annotation) => {
    const { startDate, endDate } = annotation as SprintAnnotation
    const own = sprints.filter((sprint) => sprint.startDate === startDate && sprint.endDate === endDate)
    return own.map((sprint) => inSprint(annotation, sprint))
  }
  return {
    windows: subjectIds.flatMap((id) => sprints.map(({ startDate, endDate }) => windowOf(id, startDate, endDate))),
    shown,
    shownOnce: (annotation) => shown(annotation)[0] ?? annotation,
  }
}

/** Whose days an annotation is of. */
export function windowOfAnnotation(stage: StageDefinition, annotation: Annotation): Window {
  const period: Period = periods[stage.period]
  const [from = '', last = ''] = period.columns.map(
    (column) => annotation[camelCase(column ?? '') as keyof Annotation] as unknown as string,
  )
  const to = period.kind === 'calendar' ? period.endOf(from) : last
  return { subjectId: subjectIdOf(stage)(annotation), from, to }
}

/** What the API says of them. */
export function periodsInRange({ period }: StageDefinition): string {
  if (periods[period] === day) return 'The days from `from` to `to`'
  const rest = periods[period].kind === 'calendar' ? '; those that reach beyond it are `partial`' : ''
  return `The ${period}s that have days from \`from\` to \`to\`${rest}`
}

/** How many periods of one subject have days in a range, at most. */
export function periodsOfSubject({ period: name }: StageDefinition): CountOfRange {
  const period: Period = periods[name]
  return period.kind === 'given' ? (_, extent) => extent.sprints : userPeriods(period)
}

/** How many of the subjects' that are asked for. */
export function periodsOfSubjects(stage: StageDefinition): CountOfRange {
  const { count } = apiSubject(stage)
  const period: Period = periods[stage.period]
  return period.kind === 'calendar'
    ? personPeriods(period, count)
    : (args, extent) => count(args, extent) * extent.sprints
}
