import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Args, Authorized, Ctx, ID, Info, Query, Resolver } from 'type-graphql'
import { countActivities } from '../cache/activity-pages.ts'
import type { Rule } from './access/rules.ts'
import { ActivityNode } from './activity-node.ts'
import { ActivitiesArgs, activityQuery } from './activity-query.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { ActivityConnection, type Connection } from './connections.ts'
import { Costs } from './cost.ts'
import { connectionOf, pageSize } from './pagination.ts'
import { inReading } from './reading.ts'
import type { RequestContext } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import type { Service } from './service.ts'
import { activityNodes, activityOfId } from './stages/annotate-activities.ts'

@Resolver()
export class ActivityResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => ActivityConnection, { description: 'The cache, newest date first unless told otherwise.' })
  @Costs({ page: pageSize })
  async activities(
    @Args(() => ActivitiesArgs) { asOf, ...args }: ActivitiesArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: RequestContext,
  ): Promise<Connection<ActivityNode>> {
    const failure = context.failures.get(info.path.key)
    if (failure) throw failure
    return inReading(context, { asOf: asOf ?? null }, info, async (own) => {
      const { page, place, cursorOf } = await activityQuery(this.service, args, own)
      own.freshness.checkKnown(page.criteria.source ? [page.criteria.source] : null)
      const ofNodes = [...selectionsAt(info, 'nodes'), ...selectionsAt(info, 'edges', 'node')]
      const found = await activityNodes(own, page, ofNodes)
      const isCounted = selectionsAt(info).some(({ name }) => name === 'totalCount')
      const total = isCounted ? await countActivities(own.database.sql, page.criteria) : 0
      return connectionOf(place, found, total, ({ date, durationSeconds, id }) =>
        cursorOf([page.sort === 'date' ? date : durationSeconds, id]),
      )
    })
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => ActivityNode, { nullable: true, description: 'The activity of this id, or null.' })
  async activity(
    @Arg('id', () => ID, { description: 'A UUID.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: RequestContext,
  ): Promise<ActivityNode | null> {
    checkIds('id', [id])
    return activityOfId(context, id, selectionsAt(info))
  }
}
