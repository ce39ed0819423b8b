import { type GraphQLResolveInfo } from 'graphql'
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Query, Resolver, registerEnumType } from 'type-graphql'
import {
  type ActivityCriteria,
  type ActivityPageQuery,
  type ActivityPlace,
  countActivities,
} from '../cache/activity-pages.ts'
import { ActivityType } from '../model/activity.ts'
import { CalendarDate } from '../model/calendar.ts'
import { sourceNamed, storedKeys } from '../source/sources.ts'
import { ActivityNode } from './activity-node.ts'
import { checkIds, checkRange, projectsOf, teamsOf, usersOf } from './arguments.ts'
import { ActivityConnection, type Connection } from './connections.ts'
import { Costs } from './cost.ts'
import { connectionOf, decodeCursor, encodeCursor, Page, type PlaceQuery, pageSize, placeOf } from './pagination.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import type { Service } from './service.ts'
import { activityNode, stagesAskedFor } from './stages/annotate-activities.ts'

export enum ActivityOrder {
  DATE_ASC = 'DATE_ASC',
  DATE_DESC = 'DATE_DESC',
  DURATION_ASC = 'DURATION_ASC',
  DURATION_DESC = 'DURATION_DESC',
}

registerEnumType(ActivityOrder, { name: 'ActivityOrder' })
registerEnumType(ActivityType, { name: 'ActivityType' })

@InputType({ description: 'All that is given must hold.' })
export class ActivityFilter implements ActivityCriteria {
  @Field(() => CalendarDate, { nullable: true })
  from?: string

  @Field(() => CalendarDate, { nullable: true })
  to?: string

  @Field(() => [ID], { nullable: true })
  userIds?: string[]

  @Field(() => [ID], { nullable: true })
  projectIds?: string[]

  @Field(() => [ID], { nullable: true, description: 'Of users who were in one of these teams on that day.' })
  teamIds?: string[]

  @Field(() => [String], { nullable: true })
  stereotypeCodes?: string[]

  @Field(() => ActivityType, { nullable: true })
  type?: ActivityType

  @Field(() => String, { nullable: true })
  source?: string

  @Field(() => [String], { nullable: true })
  externalIds?: string[]
}

@ArgsType()
export class ActivitiesArgs extends Page {
  @Field(() => ActivityFilter, { nullable: true })
  filter?: ActivityFilter | null

  @Field(() => ActivityOrder, { nullable: true, defaultValue: ActivityOrder.DATE_DESC })
  orderBy?: ActivityOrder | null
}

@Resolver()
export class ActivityResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Query(() => ActivityConnection, { description: 'The cache, newest date first unless told otherwise.' })
  @Costs({ page: pageSize })
  async activities(
    @Args(() => ActivitiesArgs) { filter, orderBy: order, ...page }: ActivitiesArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: RequestContext,
  ): Promise<Connection<ActivityNode>> {
    const criteria = { ...filter }
    await this.checkFilter(criteria, context)
    if (criteria.externalIds) {
      criteria.externalIds = storedKeys(this.service.acl.sources, criteria.source, criteria.externalIds)
    }
    const orderBy = order ?? ActivityOrder.DATE_DESC
    const place = placeOf(page)
    const ofNodes = [...selectionsAt(info, 'nodes'), ...selectionsAt(info, 'edges', 'node')]
    const stages = stagesAskedFor(this.service.freshness.graph, ofNodes)
    const found = await this.read(criteria, orderBy, place, stages, context)
    const isCounted = selectionsAt(info).some(({ name }) => name === 'totalCount')
    const total = isCounted ? await countActivities(context.database.sql, criteria) : 0
    return connectionOf(place, found, total, (node) =>
      encodeCursor(orderBy, orderBy.startsWith('DATE') ? node.date : node.durationSeconds, node.id),
    )
  }

  @Query(() => ActivityNode, { nullable: true, description: 'The activity of this id, or null.' })
  async activity(
    @Arg('id', () => ID) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: RequestContext,
  ): Promise<ActivityNode | null> {
    checkIds('id', [id])
    const stages = stagesAskedFor(this.service.freshness.graph, selectionsAt(info))
    const place = { limit: 1, after: null, backward: false }
    const [found] = await this.read({ ids: [id] }, ActivityOrder.DATE_DESC, place, stages, context)
    return found ?? null
  }

  private async read(
    criteria: ActivityCriteria,
    order: ActivityOrder,
    place: PlaceQuery,
    stages: readonly string[],
    context: RequestContext,
  ): Promise<ActivityNode[]> {
    const argument = place.backward ? 'before' : 'after'
    const isByDate = order.startsWith('DATE')
    const placeAfter = (cursor: string) => decodeCursor(order, argument, cursor, isByDate ? 'date' : 'count', 'id')
    const page: ActivityPageQuery = {
      criteria,
      sort: isByDate ? 'date' : 'duration_seconds',
      descending: order.endsWith('DESC') !== place.backward,
      after: place.after === null ? null : (placeAfter(place.after) as unknown as ActivityPlace),
      limit: place.limit,
    }
    const receipt = stages.length > 0 ? receiptOf(context) : null
    const found = await context.freshness.activities(page, stages, receipt)
    const nodes = found.map((annotated) => activityNode(context.freshness.graph, annotated, context.today))
    for (const { user } of nodes) context.loaders.users.prime(user.id, user)
    return nodes
  }

  private async checkFilter(
    { from, to, userIds, projectIds, teamIds, source }: ActivityCriteria,
    { database }: RequestContext,
  ): Promise<void> {
    checkRange(from, to)
    if (userIds) await usersOf(database.sql, 'userIds', userIds)
    if (projectIds) await projectsOf(database.sql, 'projectIds', projectIds)
    if (teamIds) await teamsOf(database.sql, 'teamIds', teamIds)
    if (source) sourceNamed(this.service.acl.sources, source, 'source')
  }
}
