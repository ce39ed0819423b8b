/** An activity shows the annotations that are asked for, and no stage is looked at that isn't. */
import type { ActivityPageQuery } from '../../cache/activity-pages.ts'
import { allSprints } from '../../cache/reference-reads.ts'
import type { HowFresh } from '../../freshness/read/freshness-mode.ts'
import type { AnnotatedActivity } from '../../freshness/read/page/presentation.ts'
import { ownStages } from '../../stages/index.ts'
import { type Stage, stageOf } from '../../stages/stage-graph.ts'
import { ActivityNode } from '../activity-node.ts'
import { checkStage } from '../arguments.ts'
import { graphOf } from '../reading.ts'
import { howFresh, type ReadingArgs, stricter } from '../reading-args.ts'
import { type RequestContext, receiptOf } from '../request-context.ts'
import type { Selection } from '../selection.ts'
import { inTime } from './in-time.ts'
import { namesOf } from './names.ts'
import { StageViews } from './stage-views.ts'

const STAGE_OF_FIELD = new Map(ownStages.map((stage) => [namesOf(stage).ofActivity, stage.name]))

/** The stage of which a field of `Activity` shows annotations. */
export function stageOfField(name: string): string | undefined {
  return STAGE_OF_FIELD.get(name)
}

/** The stages of which activities show annotations, and by which versions each field does. */
interface AskedStages {
  /** In the graph's order, with how fresh they must be. */
  stages: Map<Stage, HowFresh>
  views: StageViews
}

/**
 * What these selections of activities ask for.
 * @throws BadInputError that names a stage or a version that there isn't.
 */
async function stagesAskedFor(context: RequestContext, selections: readonly Selection[]): Promise<AskedStages> {
  const { graph } = context.freshness
  const asked = new Map<Stage, HowFresh>()
  const views = new StageViews(graph)
  const ask = (stage: Stage, args: ReadingArgs) => asked.set(stage, stricter(asked.get(stage), howFresh(args)))
  for (const { name, args } of selections) {
    const field = STAGE_OF_FIELD.get(name)
    if (!field && name !== 'annotations') continue
    const own = await graphOf(context, args)
    views.add(args, own)
    if (field) ask(stageOf(own, field), args)
    else
      for (const stage of (args.stages as string[] | null | undefined) ?? [...own.keys(), ...own.missing.keys()]) {
        checkStage(own, 'stages', stage)
        ask(stageOf(own, stage), args)
      }
  }
  const order = [...graph.keys()]
  const placeOf = ([{ definition }]: [Stage, HowFresh]) => order.indexOf(definition.name)
  return { stages: new Map([...asked].sort((one, other) => placeOf(one) - placeOf(other))), views }
}

/** A page of activities as the API shows them, with all that these selections ask for. */
export async function activityNodes(
  context: RequestContext,
  page: ActivityPageQuery,
  selections: readonly Selection[],
): Promise<ActivityNode[]> {
  const { database, freshness, loaders, today } = context
  const { stages, views } = await stagesAskedFor(context, selections)
  const found = await freshness.activities(page, stages, stages.size > 0 ? receiptOf(context) : null)
  const nodes = found.map((annotated) => activityNode(views, annotated, today))
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
function activityNode(views: StageViews, { activity, annotations }: AnnotatedActivity, today: string): ActivityNode {
  const prepared = [...annotations].map(([logic, found]) => {
    const stage = views.graph.ofLogic(logic)
    return [stage, found.map((annotation) => inTime(stage.definition, annotation, today))] as const
  })
  return new ActivityNode(activity, new Map(prepared), views)
}
