import { ArgsType, Field, ID, InputType, registerEnumType } from 'type-graphql'
import type { ActivityCriteria, ActivityPageQuery, ActivityPlace } from '../cache/activity-pages.ts'
import { ActivityType } from '../model/activity.ts'
import { CalendarDate } from '../model/calendar.ts'
import { sourceNamed, storedKeys } from '../source/sources.ts'
import { checkRange, projectsOf, teamsOf, usersOf } from './arguments.ts'
import { cursorSql, decodeCursor, encodeCursor, Page, type PlaceQuery, placeOf } from './pagination.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

export enum ActivityOrder {
  DATE_ASC = 'DATE_ASC',
  DATE_DESC = 'DATE_DESC',
  DURATION_ASC = 'DURATION_ASC',
  DURATION_DESC = 'DURATION_DESC',
}

registerEnumType(ActivityOrder, {
  name: 'ActivityOrder',
  description: 'In which order activities are listed.',
  valuesConfig: {
    DATE_ASC: { description: 'The earliest first.' },
    DATE_DESC: { description: 'The latest first.' },
    DURATION_ASC: { description: 'The shortest first.' },
    DURATION_DESC: { description: 'The longest first.' },
  },
})
registerEnumType(ActivityType, {
  name: 'ActivityType',
  description: 'Whether an activity added value.',
  valuesConfig: {
    VALUE_ADD: { description: 'It did.' },
    NON_VALUE_ADD: { description: 'It did not: it is waste, unless it is PTO.' },
  },
})

@InputType({ description: 'All that is given must hold.' })
export class ActivityFilter implements ActivityCriteria {
  @Field(() => CalendarDate, { nullable: true, description: 'On this day or later.' })
  from?: string

  @Field(() => CalendarDate, { nullable: true, description: 'On this day or earlier.' })
  to?: string

  @Field(() => [ID], { nullable: true, description: 'Of one of these users.' })
  userIds?: string[]

  @Field(() => [ID], { nullable: true, description: 'Of one of these projects.' })
  projectIds?: string[]

  @Field(() => [ID], { nullable: true, description: 'Of users who were in one of these teams on that day.' })
  teamIds?: string[]

  @Field(() => [String], { nullable: true, description: 'Of a stereotype with one of these codes.' })
  stereotypeCodes?: string[]

  @Field(() => ActivityType, {
    nullable: true,
    description: 'Only those that added value, or only those that did not.',
  })
  type?: ActivityType

  @Field(() => String, { nullable: true, description: 'Of this source.' })
  source?: string

  @Field(() => [String], { nullable: true, description: "With one of these keys, which are the sources' own." })
  externalIds?: string[]
}

@ArgsType()
export class ActivitiesArgs extends Page {
  @Field(() => ActivityFilter, { nullable: true, description: 'Only those that are so; all, unless told.' })
  filter?: ActivityFilter | null

  @Field(() => ActivityOrder, {
    nullable: true,
    defaultValue: ActivityOrder.DATE_DESC,
    description: 'In which order; those that are equal in it, by id.',
  })
  orderBy?: ActivityOrder | null

  @Field(() => Date, {
    nullable: true,
    description:
      'As the cache was at this moment, which must not lie ahead, annotations included: by what had been committed until then, included. Names and teams are those of now.',
  })
  asOf?: Date | null
}

/** What a page of activities asks of the cache, and how its cursors are made. */
export interface ActivityQuery {
  page: ActivityPageQuery
  place: PlaceQuery
  cursorOf(place: ActivityPlace): string
  /** SQL for the cursor of an activity, of SQL for its place as it is in JSON. */
  cursorSql(value: string, id: string): string
}

/** @throws BadInputError that names the argument which is wrong. */
export async function activityQuery(
  { acl }: Service,
  { filter, orderBy, ...page }: Omit<ActivitiesArgs, 'asOf'>,
  context: RequestContext,
): Promise<ActivityQuery> {
  const criteria = { ...filter }
  await checkFilter(criteria, acl, context)
  if (criteria.externalIds) criteria.externalIds = storedKeys(acl.sources, criteria.source, criteria.externalIds)
  const order = orderBy ?? ActivityOrder.DATE_DESC
  const isByDate = order.startsWith('DATE')
  const place = placeOf(page)
  const { after, backward, limit } = place
  const argument = backward ? 'before' : 'after'
  const placeAt = (cursor: string) => decodeCursor(order, argument, cursor, isByDate ? 'date' : 'count', 'id')
  return {
    page: {
      criteria,
      sort: isByDate ? 'date' : 'duration_seconds',
      descending: order.endsWith('DESC') !== backward,
      after: after === null ? null : (placeAt(after) as unknown as ActivityPlace),
      limit,
    },
    place,
    cursorOf: (place) => encodeCursor(order, ...place),
    cursorSql: (value, id) => cursorSql(order, value, id),
  }
}

async function checkFilter(
  { from, to, userIds, projectIds, teamIds, source }: ActivityCriteria,
  { sources }: Service['acl'],
  { database }: RequestContext,
): Promise<void> {
  checkRange(from, to)
  if (userIds) await usersOf(database.sql, 'userIds', userIds)
  if (projectIds) await projectsOf(database.sql, 'projectIds', projectIds)
  if (teamIds) await teamsOf(database.sql, 'teamIds', teamIds)
  if (source) sourceNamed(sources, source, 'source')
}
