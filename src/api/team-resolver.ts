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
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { Team } from '../cache/entities/team.ts'
import { User } from '../cache/entities/user.ts'
import type { Extent } from '../cache/extent.ts'
import { allTeams, type MembershipOfTeam, TEAMS } from '../cache/teams.ts'
import { CalendarDate } from '../model/calendar.ts'
import { ContentionError } from '../model/errors.ts'
import { removeTeams, saveTeams } from '../source/teams.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { type Connection, TeamConnection } from './connections.ts'
import { type CostArgs, Costs } from './cost.ts'
import { pageSize } from './pagination.ts'
import { NamedPage, referenceConnection } from './reference-connections.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@InputType({ description: "A user's days in a team." })
export class TeamMemberInput {
  @Field(() => ID, { description: 'Who it is.' })
  userId!: string

  @Field(() => CalendarDate, { description: 'The first day.' })
  from!: string

  @Field(() => CalendarDate, { nullable: true, description: 'Included; until further notice, unless told.' })
  to?: string | null
}

@InputType({ description: 'A team; its name is its key.' })
export class TeamInput {
  @Field({ description: 'Its name.' })
  name!: string

  @Field(() => [TeamMemberInput], {
    nullable: true,
    description: 'In place of those that were; unless told, they stay.',
  })
  members?: TeamMemberInput[] | null
}

@ObjectType('TeamMember', { description: "A user's days in a team.", simpleResolvers: true })
export class TeamMemberNode {
  @Field(() => User, { description: 'Who it is.' })
  user!: User

  @Field(() => CalendarDate, { description: 'The first day.' })
  from!: string

  @Field(() => CalendarDate, { nullable: true, description: 'Included; null: still a member.' })
  to!: string | null
}

/** How many members the largest of the teams has that are given. */
function longestOf({ input = [] }: CostArgs): number {
  return Math.max(1, ...(input as TeamInput[]).map(({ members }) => members?.length ?? 0))
}

/** How many memberships a team has at most, those that were just given among them; on one day everybody has one. */
function membersAtMost({ on }: CostArgs, { users, teamMembers }: Extent, given: number): number {
  const most = Math.max(teamMembers, given)
  return on ? Math.min(most, users) : most
}

@Resolver(() => Team)
export class TeamResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => TeamConnection, { description: 'Teams, by name.' })
  @Costs({ page: (args, extent) => Math.min(pageSize(args), extent.teams) })
  teamsConnection(
    @Args(() => NamedPage) page: NamedPage,
    @Ctx() { database }: RequestContext,
  ): Promise<Connection<Team>> {
    return referenceConnection(database.sql, 'teams', TEAMS, page)
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => [Team], {
    description: 'Every team, by name.',
    deprecationReason: 'Use teamsConnection; lists have no pages.',
  })
  @Costs({ rows: (_, extent) => extent.teams })
  teams(@Ctx() { database }: RequestContext): Promise<Team[]> {
    return allTeams(database.sql)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => [Team], { description: 'Adds teams, or changes the members of those whose names are there.' })
  @Costs({ rows: ({ input = [] }) => input.length, page: longestOf })
  upsertTeams(@Arg('input', () => [TeamInput], { description: 'The teams.' }) input: TeamInput[]): Promise<Team[]> {
    const teams = input.map(({ name, members }) => {
      for (const { userId } of members ?? []) checkIds('userId', [userId])
      return { name, members: members?.map(({ userId, from, to }) => ({ userId, from, to: to ?? null })) ?? null }
    })
    return saveTeams(this.service.acl, teams)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, { description: 'Deletes teams, all or none. Returns how many there were.' })
  deleteTeams(@Arg('ids', () => [ID], { description: 'Those of the teams.' }) ids: string[]): Promise<number> {
    checkIds('ids', ids)
    return removeTeams(this.service.acl, ids)
  }

  @FieldResolver(() => [TeamMemberNode], { description: 'Who is or was in it, by name; on that day, if one is given.' })
  @Costs({ rows: membersAtMost })
  async members(
    @Root() { id }: Team,
    @Arg('on', () => CalendarDate, { nullable: true, description: 'A day; any, unless told.' }) on:
      | string
      | null
      | undefined,
    @Ctx() { loaders }: RequestContext,
  ): Promise<TeamMemberNode[]> {
    const members = await loaders.members.load({ teamId: id, on: on ?? null })
    const users = await loaders.users.loadMany(members.map(({ userId }) => userId))
    return members.map(({ userId, from, to }: MembershipOfTeam, i) => {
      const user = users[i]
      if (!user || user instanceof Error) throw new ContentionError(`User ${userId} was deleted while this was read.`)
      return { user, from, to }
    })
  }
}
