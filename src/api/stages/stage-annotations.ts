/** A stage's annotations over a range are those of the periods that have days in it, as they are shown. */
import type { Sprint } from '../../cache/entities/sprint.ts'
import { allSprints } from '../../cache/reference-reads.ts'
import { inSprint } from '../../freshness/read/in-sprint.ts'
import type { Window } from '../../model/window.ts'
import type { Annotation } from '../../periods/annotation.ts'
import { day } from '../../periods/day.ts'
import { periods } from '../../periods/index.ts'
import { type Period, type Span, wholeAround } from '../../periods/period.ts'
import type { SprintAnnotation } from '../../periods/sprint.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import { windowOf } from '../arguments.ts'
import { type CostArgs, type CountOfRange, personPeriods, userPeriods, users } from '../cost.ts'
import type { RequestContext } from '../request-context.ts'
import { inTime } from './in-time.ts'

/** What is looked for, and how what is found is shown. */
export interface AskedAnnotations {
  windows: Window[]
  /** In each of its sprints: several may have the same dates. */
  shown(annotation: Annotation): Annotation[]
  /** In the first of them. */
  shownOnce(annotation: Annotation): Annotation
}

/** The periods of these users that have days in the range. */
export async function annotationsAsked(
  context: RequestContext,
  stage: StageDefinition,
  userIds: readonly string[],
  range: Span,
): Promise<AskedAnnotations> {
  const period: Period = periods[stage.period]
  if (period.kind === 'given') return inSprints(userIds, await sprintsIn(context, range))
  const windows = userIds.map((userId) => windowOf(userId, range.from, range.to))
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

function inSprints(userIds: readonly string[], sprints: readonly Sprint[]): AskedAnnotations {
  const shown = (annotation: Annotation) => {
    const { startDate, endDate } = annotation as SprintAnnotation
    const own = sprints.filter((sprint) => sprint.startDate === startDate && sprint.endDate === endDate)
    return own.map((sprint) => inSprint(annotation, sprint))
  }
  return {
    windows: userIds.flatMap((id) => sprints.map(({ startDate, endDate }) => windowOf(id, startDate, endDate))),
    shown,
    shownOnce: (annotation) => shown(annotation)[0] ?? annotation,
  }
}

/** What the API says of them. */
export function periodsInRange({ period }: StageDefinition): string {
  if (periods[period] === day) return 'The days from `from` to `to`'
  const rest = periods[period].kind === 'calendar' ? '; those that reach beyond it are `partial`' : ''
  return `The ${period}s that have days from \`from\` to \`to\`${rest}`
}

/** How many of a user's periods have days in a range, at most. */
export function periodsOfUser({ period: name }: StageDefinition): CountOfRange {
  const period: Period = periods[name]
  return period.kind === 'given' ? (_, extent) => extent.sprints : userPeriods(period)
}

/** How many of the users' who are asked for. */
export function periodsOfUsers({ period: name }: StageDefinition): CountOfRange {
  const period: Period = periods[name]
  if (period.kind === 'calendar') return personPeriods(period)
  return (args: CostArgs, extent) => users(args, extent) * extent.sprints
}
