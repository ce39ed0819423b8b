import type { AnnotatedActivity } from '../freshness/read/page/presentation.ts'
import { BadInputError } from '../model/errors.ts'
import { quoted } from '../model/excerpts.ts'
import { type NvaSummary, nvaSummary } from '../stages/nva-summary.ts'
import type { StageGraph } from '../stages/stage-graph.ts'
import { type TimeSplit, timeSplit } from '../stages/time-split.ts'
import { type WasteTrend, wasteTrend } from '../stages/waste-trend.ts'
import { ActivityNode } from './activity-node.ts'
import type { Selection } from './selection.ts'
import { trendInTime } from './trend-in-time.ts'

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
    throw new BadInputError(argument, `There is no stage ${quoted(stage)}; there is ${[...graph.keys()].join(', ')}.`)
  }
}

/** An activity as the API shows it on that day (ISO, UTC), its annotations in place. */
export function activityNode({ activity, annotations: found }: AnnotatedActivity, today: string): ActivityNode {
  const annotations = new Map(found)
  const trends = annotations.get(wasteTrend.name) as WasteTrend[] | undefined
  if (trends) {
    annotations.set(
      wasteTrend.name,
      trends.map((trend) => trendInTime(trend, today)),
    )
  }
  const node = new ActivityNode(activity, annotations)
  const ownOf = (stage: string) => annotations.get(stage)?.[0]
  node.timeSplit = ownOf(timeSplit.name) as TimeSplit | undefined
  node.nvaSummary = ownOf(nvaSummary.name) as NvaSummary | undefined
  node.wasteTrend = ownOf(wasteTrend.name) as WasteTrend | undefined
  return node
}
