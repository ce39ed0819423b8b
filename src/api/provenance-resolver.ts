/** Every number says what it is made of, down to the rows of its source. */

import type { GraphQLResolveInfo } from 'graphql'
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql'
import { batchesByIds } from '../cache/ingest-batches.ts'
import { leavesOutPto } from '../freshness/read/leaves-out-pto.ts'
import {
  type ActivitiesFilter,
  type Contribution,
  type ContributionPlace,
  contributionsTo,
  type Scope,
} from '../freshness/read/provenance.ts'
import { ContentionError } from '../model/errors.ts'
import { groupBy } from '../model/group-by.ts'
import type { Window } from '../model/window.ts'
import { Annotation } from '../periods/annotation.ts'
import { firstDayOf } from '../periods/period.ts'
import type { Stage } from '../stages/stage-graph.ts'
import type { ActivityNode } from './activity-node.ts'
import { Costs } from './cost.ts'
import { connectionOf, cursorIn, encodeCursor, LARGEST_PAGE, Page, pageSize, placeOf } from './pagination.ts'
import {
  ContributionConnection,
  type ContributionNode,
  type ContributionPage,
  type ContributionsKey,
  ProvenanceNode,
  sumsOf,
} from './provenance-node.ts'
import { inPast, placeIn } from './reading.ts'
import type { RequestContext } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import { activityNodes } from './stages/annotate-activities.ts'
import { windowOfAnnotation } from './stages/stage-annotations.ts'

const LIST = 'provenance'

@Resolver(() => Annotation)
export class AnnotationProvenanceResolver {
  @FieldResolver(() => ProvenanceNode, { description: 'Where it comes from.' })
  provenance(@Root() annotation: Annotation, @Ctx() { freshness }: RequestContext): ProvenanceNode {
    const stage = freshness.graph.ofLogic(annotation.logic)
    const window = windowOfAnnotation(stage.definition, annotation)
    const { activityId, stereotypeId } = annotation as { activityId?: string; stereotypeId?: string }
    const scope = { ...window, activityId, stereotypeId }
    return new ProvenanceNode(stage, kindOf(stage), scope, {
      isExact: annotation.isFresh,
      readFrom: readFrom(stage, window.from),
      asOf: annotation.asOf,
    })
  }
}

/**
 * Where a group of sums of a stage comes from.
 * @param windows Those of all groups.
 * @param filter Which activities count in all groups.
 * @param withoutPto Whether PTO is left out; default: where the stage leaves it out.
 */
export function provenanceOfGroup(
  stage: Stage,
  windows: readonly Window[],
  scope: Scope,
  {
    isExact,
    withoutPto = leavesOutPto(stage),
    filter = {},
    asOf,
  }: { isExact: boolean; withoutPto?: boolean; filter?: ActivitiesFilter; asOf?: Date | undefined },
): ProvenanceNode {
  const kind = { ...kindOf(stage), windows, withoutPto, filter }
  return new ProvenanceNode(stage, kind, scope, { isExact, readFrom: readFrom(stage, scope.from), asOf })
}

function kindOf(stage: Stage) {
  return { subject: stage.subject, period: stage.period, withoutPto: leavesOutPto(stage) }
}

function readFrom({ period, lookback }: Stage, from: string): string {
  return firstDayOf(period, from, lookback)
}

@Resolver(() => ProvenanceNode)
export class ProvenanceResolver {
  @FieldResolver(() => ContributionConnection, {
    description:
      'The activities of its own days that it is made of, by date. What it is compared with, such as the weeks of a baseline, is not among them.',
  })
  @Costs({ page: pageSize })
  activities(
    @Root() provenance: ProvenanceNode,
    @Args(() => Page) page: Page,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { loaders }: RequestContext,
  ): Promise<ContributionPage> {
    return loaders.contributions.load({ provenance, page, info })
  }
}

/** Pages of what numbers are made of: those that are asked for in one place of a query in one go. */
export async function loadContributions(
  context: RequestContext,
  keys: readonly ContributionsKey[],
): Promise<ContributionPage[]> {
  const pages = new Map<ContributionsKey, ContributionPage>()
  const groups = groupBy(keys, ({ provenance, page, info }) =>
    [
      ...[idOf(info.fieldNodes), idOf(provenance.kind.windows), provenance.stage, provenance.asOf?.getTime()],
      JSON.stringify(placeOf(page)),
    ].join(' '),
  )
  for (const group of groups.values()) {
    const [{ provenance, info }] = group
    const { asOf } = provenance
    // The same in each round: fields in the same place of different objects are read together.
    const place = placeIn(info.path).filter((key) => typeof key === 'string')
    const key = () => [...place, ...group.map((each) => JSON.stringify(each.provenance.scope))].join(' ')
    const own = await (asOf ? inPast(context, asOf, key(), (past) => pagesOf(past, group)) : pagesOf(context, group))
    for (const [i, key] of group.entries()) pages.set(key, own[i] as ContributionPage)
  }
  return keys.map((key) => pages.get(key) as ContributionPage)
}

const ids = new WeakMap<object, number>()
let count = 0

/** Tells objects apart. */
function idOf(object: object | undefined): number {
  if (!object) return 0
  const id = ids.get(object) ?? ++count
  ids.set(object, id)
  return id
}

/** Those of numbers of one stage, of the same size, in which the same is selected. */
async function pagesOf(context: RequestContext, keys: readonly ContributionsKey[]): Promise<ContributionPage[]> {
  const [first] = keys
  if (!first) return []
  const { page, info, provenance } = first
  const place = placeOf(page)
  const after = cursorIn(LIST, place, 'date', 'id') as ContributionPlace | null
  const isCounted = selectionsAt(info).some(({ name }) => name === 'totalCount')
  const scopes = keys.map((key) => key.provenance.scope)
  const pages = await contributionsTo(context.database.sql, provenance.kind, scopes, {
    after,
    backward: place.backward,
    limit: place.limit + 1,
    isCounted,
  })
  const nodes = await nodesOf(
    context,
    info,
    pages.flatMap(({ found }) => found.slice(0, place.limit)),
  )
  return pages.map(({ found, count }) => {
    // The one too many only says that there are more.
    const shown = found.map((contribution) => nodes.get(contribution) ?? ({} as ContributionNode))
    return connectionOf(place, shown, count, ({ activity: { date, id } }) => encodeCursor(LIST, date, id))
  })
}

async function nodesOf(
  context: RequestContext,
  info: GraphQLResolveInfo,
  contributions: readonly Contribution[],
): Promise<Map<Contribution, ContributionNode>> {
  const { database } = context
  const selections = [...selectionsAt(info, 'nodes', 'activity'), ...selectionsAt(info, 'edges', 'node', 'activity')]
  const ids = [...new Set(contributions.map(({ activityId }) => activityId))]
  const activities = new Map<string, ActivityNode>()
  for (let at = 0; at < ids.length; at += LARGEST_PAGE) {
    const some = ids.slice(at, at + LARGEST_PAGE)
    const page = { criteria: { ids: some }, sort: 'date', descending: false, after: null, limit: some.length } as const
    for (const activity of await activityNodes(context, page, selections)) activities.set(activity.id, activity)
  }
  const batchIds = [...new Set(contributions.flatMap(({ batchId }) => batchId ?? []))]
  const batches = new Map((await batchesByIds(database.sql, batchIds)).map((batch) => [batch.id, batch]))
  return new Map(
    contributions.map((each) => {
      const activity = activities.get(each.activityId)
      if (!activity) throw new ContentionError(`The activity ${each.activityId} was deleted while this was read.`)
      const batch = batches.get(each.batchId ?? '') ?? null
      return [each, { activity, contribution: sumsOf(each), batch, rowIndex: each.rowIndex }]
    }),
  )
}
