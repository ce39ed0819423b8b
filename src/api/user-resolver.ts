import { Arg, Args, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Query, Resolver } from 'type-graphql'
import { User } from '../cache/entities/user.ts'
import { USERS } from '../cache/reference-reads.ts'
import { saveReferences } from '../source/references.ts'
import { deleteReferences } from '../source/removals.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { type Connection, UserConnection } from './connections.ts'
import { Costs } from './cost.ts'
import { pageSize } from './pagination.ts'
import { NamedPage, referenceConnection } from './reference-connections.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@InputType({ description: 'A user; source and externalId are its key.' })
export class UserInput {
  @Field({ description: 'Who says that there is such a user.' })
  source!: string

  @Field({ description: "The source's own key of the user." })
  externalId!: string

  @Field({ description: 'What people call the user.' })
  name!: string
}

@Resolver(() => User)
export class UserResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => User, { nullable: true, description: 'The user of this id, or null.' })
  user(
    @Arg('id', () => ID, { description: 'A UUID.' }) id: string,
    @Ctx() { loaders }: RequestContext,
  ): Promise<User | null> {
    checkIds('id', [id])
    return loaders.users.load(id.toLowerCase())
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => UserConnection, { description: 'Users, by name.' })
  @Costs({ page: (args, extent) => Math.min(pageSize(args), extent.users) })
  async users(@Args(() => NamedPage) page: NamedPage, @Ctx() { database }: RequestContext): Promise<Connection<User>> {
    return referenceConnection(database.sql, 'users', USERS, page)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => [User], { description: 'Adds users, or renames those whose keys are there.' })
  @Costs({ rows: ({ input = [] }) => input.length })
  async upsertUsers(
    @Arg('input', () => [UserInput], { description: 'The users.' }) input: UserInput[],
  ): Promise<User[]> {
    return (await saveReferences(this.service.acl, { users: input })).users
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, {
    description: 'Deletes users, all or none; not while they have activities. Returns how many there were.',
  })
  deleteUsers(@Arg('ids', () => [ID], { description: 'Those of the users.' }) ids: string[]): Promise<number> {
    checkIds('ids', ids)
    return deleteReferences(this.service.acl, 'app_user', ids)
  }
}
