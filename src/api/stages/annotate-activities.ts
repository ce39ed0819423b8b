/** An activity shows the annotations that are asked for, and no stage is looked at that isn't. */
import type { ActivityPageQuery } from '../../cache/activity-pages.ts'
import { allSprints } from '../../cache/reference-reads.ts'
import type { HowFresh } from '../../freshness/read/freshness-mode.ts'
import type { AnnotatedActivity } from '../../freshness/read/page/presentation.ts'
import { stages } from '../../stages/index.ts'
import { type StageGraph, stageOf } from '../../stages/stage-graph.ts'
import { ActivityNode } from '../activity-node.ts'
import { checkStage } from '../arguments.ts'
import { type FreshnessArgs, howFresh, stricter } from '../freshness-args.ts'
import { type RequestContext, receiptOf } from '../request-context.ts'
import type { Selection } from '../selection.ts'
import { inTime } from './in-time.ts'
import { namesOf } from './names.ts'

const STAGE_OF_FIELD = new Map(stages.map((stage) => [namesOf(stage).ofActivity, stage.name]))

/** The stage of which a field of `Activity` shows annotations. */
export function stageOfField(name: string): string | undefined {
  return STAGE_OF_FIELD.get(name)
}

/**
 * The stages whose annotations these selections of activities ask for, in the graph's order, and how fresh they must be.
 * @throws BadInputError that names a stage that there isn't.
 */
export function stagesAskedFor(graph: StageGraph, selections: readonly Selection[]): Map<string, HowFresh> {
  const asked = new Map<string, HowFresh>()
  const ask = (stage: string, args: FreshnessArgs) => asked.set(stage, stricter(asked.get(stage), howFresh(args)))
  for (const { name, args } of selections) {
    const field = STAGE_OF_FIELD.get(name)
    if (field) ask(field, args)
    if (name !== 'annotations') continue
    for (const stage of (args.stages as string[] | null | undefined) ?? graph.keys()) {
      checkStage(graph, 'stages', stage)
      ask(stage, args)
    }
  }
  return new Map(
    [...graph.keys()].flatMap((stage) => (asked.has(stage) ? [[stage, asked.get(stage) as HowFresh]] : [])),
  )
}

/** A page of activities as the API shows them, with all that these selections ask for. */
export async function activityNodes(
  context: RequestContext,
  page: ActivityPageQuery,
  selections: readonly Selection[],
): Promise<ActivityNode[]> {
  const { database, freshness, loaders, today } = context
  const stages = stagesAskedFor(freshness.graph, selections)
  const found = await freshness.activities(page, stages, stages.size > 0 ? receiptOf(context) : null)
  const nodes = found.map((annotated) => activityNode(freshness.graph, annotated, today))
  for (const { user } of nodes) loaders.users.prime(user.id, user)
  if (selections.some(({ name }) => name === 'sprints')) {
    const sprints = await allSprints(database.sql)
    for (const node of nodes) {
      node.sprints = sprints.filter(({ startDate, endDate }) => startDate <= node.date && node.date <= endDate)
    }
  }
  return nodes
}

/** The one of this id, or null. */
export async function activityOfId(
  context: RequestContext,
  id: string,
  selections: readonly Selection[],
): Promise<ActivityNode | null> {
  const page: ActivityPageQuery = { criteria: { ids: [id] }, sort: 'date', descending: true, after: null, limit: 1 }
  const [found] = await activityNodes(context, page, selections)
  return found ?? null
}

/** An activity as the API shows it on that day (ISO, UTC), its annotations in place. */
function activityNode(graph: StageGraph, { activity, annotations }: AnnotatedActivity, today: string): ActivityNode {
  for (const [name, found] of annotations) {
    const { definition } = stageOf(graph, name)
    annotations.set(
      name,
      found.map((annotation) => inTime(definition, annotation, today)),
    )
  }
  return new ActivityNode(activity, annotations)
}
