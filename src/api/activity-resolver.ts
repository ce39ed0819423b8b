import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Args, Ctx, ID, Info, Query, Resolver } from 'type-graphql'
import { type ActivityPageQuery, countActivities } from '../cache/activity-pages.ts'
import { ActivityNode } from './activity-node.ts'
import { ActivitiesArgs, activityQuery } from './activity-query.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { ActivityConnection, type Connection } from './connections.ts'
import { Costs } from './cost.ts'
import { connectionOf, pageSize } from './pagination.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import { type Selection, selectionsAt } from './selection.ts'
import type { Service } from './service.ts'
import { activityNode, stagesAskedFor } from './stages/annotate-activities.ts'

@Resolver()
export class ActivityResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Query(() => ActivityConnection, { description: 'The cache, newest date first unless told otherwise.' })
  @Costs({ page: pageSize })
  async activities(
    @Args(() => ActivitiesArgs) args: ActivitiesArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: RequestContext,
  ): Promise<Connection<ActivityNode>> {
    const failure = context.failures.get(info.path.key)
    if (failure) throw failure
    const { page, place, cursorOf } = await activityQuery(this.service, args, context)
    const ofNodes = [...selectionsAt(info, 'nodes'), ...selectionsAt(info, 'edges', 'node')]
    const found = await this.read(page, ofNodes, context)
    const isCounted = selectionsAt(info).some(({ name }) => name === 'totalCount')
    const total = isCounted ? await countActivities(context.database.sql, page.criteria) : 0
    return connectionOf(place, found, total, ({ date, durationSeconds, id }) =>
      cursorOf([page.sort === 'date' ? date : durationSeconds, id]),
    )
  }

  @FromCache()
  @Query(() => ActivityNode, { nullable: true, description: 'The activity of this id, or null.' })
  async activity(
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: RequestContext,
  ): Promise<ActivityNode | null> {
    checkIds('id', [id])
    const page: ActivityPageQuery = { criteria: { ids: [id] }, sort: 'date', descending: true, after: null, limit: 1 }
    const [found] = await this.read(page, selectionsAt(info), context)
    return found ?? null
  }

  private async read(
    page: ActivityPageQuery,
    ofNodes: readonly Selection[],
    context: RequestContext,
  ): Promise<ActivityNode[]> {
    const { graph } = context.freshness
    const stages = stagesAskedFor(graph, ofNodes)
    const receipt = stages.size > 0 ? receiptOf(context) : null
    const found = await context.freshness.activities(page, stages, receipt)
    const nodes = found.map((annotated) => activityNode(graph, annotated, context.today))
    for (const { user } of nodes) context.loaders.users.prime(user.id, user)
    return nodes
  }
}
