import type { Sprint } from '../cache/entities/sprint.ts'
import { allSprints } from '../cache/reference-reads.ts'
import { addDays, weekStart } from '../model/calendar.ts'
import { BadInputError } from '../model/errors.ts'
import type { Window } from '../model/window.ts'
import type { Annotation } from '../stages/annotation.ts'
import { NvaSummary, nvaSummary } from '../stages/nva-summary.ts'
import { type StageGraph, stageOf } from '../stages/stage-graph.ts'
import { TimeSplit, timeSplit } from '../stages/time-split.ts'
import { WasteTrend, wasteTrend } from '../stages/waste-trend.ts'
import type { ActivityNode } from './activity-node.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import type { Selection } from './selection.ts'
import type { Service } from './service.ts'
import { type InSprint, inSprint } from './sprint-resolver.ts'

const STAGE_OF_FIELD: Readonly<Record<string, string>> = {
  timeSplit: timeSplit.name,
  nvaSummary: nvaSummary.name,
  wasteTrend: wasteTrend.name,
}

/**
 * The stages whose annotations these selections of activities ask for, in the graph's order.
 * @throws BadInputError that names a stage that there isn't.
 */
export function stagesAskedFor(graph: StageGraph, selections: readonly Selection[]): string[] {
  const asked = new Set<string>()
  for (const { name, args } of selections) {
    const field = STAGE_OF_FIELD[name]
    if (field) asked.add(field)
    if (name !== 'annotations') continue
    for (const stage of (args.stages as string[] | null | undefined) ?? graph.keys()) {
      checkStage(graph, 'stages', stage)
      asked.add(stage)
    }
  }
  return [...graph.keys()].filter((stage) => asked.has(stage))
}

/** @throws BadInputError that names the stage that there isn't, and those that there are. */
export function checkStage(graph: StageGraph, argument: string, stage: string): void {
  if (!graph.has(stage)) {
    throw new BadInputError(argument, `There is no stage "${stage}"; there is ${[...graph.keys()].join(', ')}.`)
  }
}

/**
 * Gives each activity its annotations of the stages: one read a stage, however many activities. False if an activity
 * moved away meanwhile, so that its annotations are no longer to be found where it was.
 */
export async function annotateActivities(
  service: Service,
  activities: readonly ActivityNode[],
  stages: readonly string[],
  context: RequestContext,
): Promise<boolean> {
  for (const name of stages) {
    const { period } = stageOf(service.freshness.graph, name).definition
    const complete =
      period === 'sprint'
        ? await annotateWithSprints(service, activities, name, context)
        : await annotateWithPeriods(service, activities, name, period, context)
    if (!complete) return false
  }
  return true
}

async function annotateWithPeriods(
  { freshness }: Service,
  activities: readonly ActivityNode[],
  stage: string,
  period: 'day' | 'week',
  context: RequestContext,
): Promise<boolean> {
  const windows = activities.map((activity) => periodOf(activity, period))
  const places = activities.map(({ id, user, date }) => ({ id, userId: user.id, date }))
  const found = new Map<string, Annotation>()
  for (const annotation of await freshness.annotations(stage, windows, receiptOf(context), places)) {
    found.set(subjectOf(annotation), annotation)
  }
  for (const [i, activity] of activities.entries()) {
    const start = windows[i]?.from
    const annotation = found.get(activity.id) ?? found.get(`${activity.user.id} ${start}`)
    if (!annotation) return false
    activity.prepared.set(stage, [annotation])
    if (annotation instanceof TimeSplit) activity.timeSplit = annotation
    if (annotation instanceof NvaSummary) activity.nvaSummary = annotation
    if (annotation instanceof WasteTrend) activity.wasteTrend = annotation
  }
  return true
}

async function annotateWithSprints(
  { database, freshness }: Service,
  activities: readonly ActivityNode[],
  stage: string,
  context: RequestContext,
): Promise<boolean> {
  const sprints = await allSprints(database.sql)
  const sprintsOf = (activity: ActivityNode) =>
    sprints.filter((sprint) => sprint.startDate <= activity.date && activity.date <= sprint.endDate)
  const windows = activities.flatMap((activity) => sprintsOf(activity).map((sprint) => sprintWindow(activity, sprint)))
  const found = new Map<string, InSprint>()
  for (const annotation of await freshness.annotations(stage, windows, receiptOf(context))) {
    const { userId, startDate, endDate } = annotation as InSprint
    found.set(`${userId} ${startDate} ${endDate}`, annotation as InSprint)
  }
  for (const activity of activities) {
    const annotations = sprintsOf(activity).map((sprint) => {
      const annotation = found.get(`${activity.user.id} ${sprint.startDate} ${sprint.endDate}`)
      return annotation && inSprint(annotation, sprint)
    })
    const there = annotations.filter((annotation) => annotation !== undefined)
    if (there.length < annotations.length) return false
    activity.prepared.set(stage, there)
  }
  return true
}

function periodOf({ user, date }: ActivityNode, period: 'day' | 'week'): Window {
  if (period === 'day') return { userId: user.id, from: date, to: date }
  const from = weekStart(date)
  return { userId: user.id, from, to: addDays(from, 6) }
}

function sprintWindow({ user }: ActivityNode, { startDate, endDate }: Sprint): Window {
  return { userId: user.id, from: startDate, to: endDate }
}

/** An annotation's activity, or its user and the start of its period. */
function subjectOf(annotation: Annotation): string {
  const { activityId, userId, date, weekStart } = annotation as Annotation & Record<string, string | undefined>
  return activityId ?? `${userId} ${date ?? weekStart}`
}
