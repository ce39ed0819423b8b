import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { Sprint } from '../cache/entities/sprint.ts'
import { allSprints, SPRINTS } from '../cache/reference-reads.ts'
import { type InSprint, inSprint } from '../freshness/read/in-sprint.ts'
import { CalendarDate } from '../model/calendar.ts'
import { normalKey } from '../source/normal-key.ts'
import { API_SOURCE, saveReferences } from '../source/references.ts'
import { deleteReferences } from '../source/removals.ts'
import { SprintSummary, sprintSummary } from '../stages/sprint-summary.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds, windowsOf } from './arguments.ts'
import { type Connection, SprintConnection } from './connections.ts'
import { Costs, users } from './cost.ts'
import { pageSize } from './pagination.ts'
import { reading } from './reading.ts'
import { ReadingArgs } from './reading-args.ts'
import { NamedPage, referenceConnection } from './reference-connections.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import type { Service } from './service.ts'

@InputType({ description: 'A sprint; its name is its key, and both dates belong to it.' })
export class SprintInput {
  @Field({ description: 'Its name.' })
  name!: string

  @Field(() => CalendarDate, { description: 'Its first day.' })
  startDate!: string

  @Field(() => CalendarDate, { description: 'Its last day. Included.' })
  endDate!: string
}

@Resolver(() => Sprint)
export class SprintResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => SprintConnection, { description: 'Sprints, the earliest first.' })
  @Costs({ page: (args, extent) => Math.min(pageSize(args), extent.sprints) })
  sprintsConnection(
    @Args(() => NamedPage) page: NamedPage,
    @Ctx() { database }: RequestContext,
  ): Promise<Connection<Sprint>> {
    return referenceConnection(database.sql, 'sprints', SPRINTS, page)
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => [Sprint], {
    description: 'Every sprint, the earliest first.',
    deprecationReason: 'Use sprintsConnection; lists have no pages.',
  })
  @Costs({ rows: (_, extent) => extent.sprints })
  sprints(@Ctx() { database }: RequestContext): Promise<Sprint[]> {
    return allSprints(database.sql)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => [Sprint], { description: 'Adds sprints, or moves those that were made here under these names.' })
  @Costs({ rows: ({ input = [] }) => input.length })
  async upsertSprints(
    @Arg('input', () => [SprintInput], { description: 'The sprints.' }) input: SprintInput[],
  ): Promise<Sprint[]> {
    const sprints = input.map((sprint) => ({ ...sprint, source: API_SOURCE, externalId: normalKey(sprint.name) }))
    return (await saveReferences(this.service.acl, { sprints })).sprints
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, { description: 'Deletes sprints, all or none. Returns how many there were.' })
  deleteSprints(@Arg('ids', () => [ID], { description: 'Those of the sprints.' }) ids: string[]): Promise<number> {
    checkIds('ids', ids)
    return deleteReferences(this.service.acl, 'sprint', ids)
  }

  @FieldResolver(() => [SprintSummary], { description: 'Of the users who have activities in the sprint.' })
  @Costs({ rows: users, personPeriods: users })
  async summaries(
    @Root() sprint: Sprint,
    @Arg('userIds', () => [ID], { nullable: true, description: 'Everybody, unless told.' })
    userIds: string[] | null | undefined,
    @Args(() => ReadingArgs) readingArgs: ReadingArgs,
    @Ctx() given: RequestContext,
  ): Promise<InSprint[]> {
    const context = await reading(given, readingArgs)
    const { startDate: from, endDate: to } = sprint
    const windows = await windowsOf(context.database.sql, { from, to, userIds: userIds ?? null })
    const found = await context.freshness.annotations(sprintSummary.name, windows, receiptOf(context), context.how)
    return found.map((annotation) => inSprint(annotation, sprint))
  }
}
