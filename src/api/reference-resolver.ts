import { Arg, Args, Ctx, Field, ID, InputType, Int, Mutation, Query, Resolver } from 'type-graphql'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { User } from '../cache/entities/user.ts'
import { allStereotypes, countUsers, listUsers } from '../cache/reference-reads.ts'
import { saveReferences } from '../source/references.ts'
import { deleteReferences } from '../source/removals.ts'
import { checkIds } from './arguments.ts'
import { type Connection, UserConnection } from './connections.ts'
import { Costs } from './cost.ts'
import { IsCleanText } from './inputs.ts'
import { connectionOf, decodeCursor, encodeCursor, ForwardPage, pageSize, placeOf } from './pagination.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@InputType({ description: 'A user; source and externalId are its key.' })
export class UserInput {
  @Field()
  source!: string

  @Field()
  @IsCleanText()
  externalId!: string

  @Field()
  @IsCleanText()
  name!: string
}

@InputType({ description: 'A stereotype; source and externalId are its key.' })
export class StereotypeInput {
  @Field()
  source!: string

  @Field()
  @IsCleanText()
  externalId!: string

  @Field()
  @IsCleanText()
  code!: string

  @Field()
  @IsCleanText()
  name!: string
}

@Resolver(() => User)
export class ReferenceResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Query(() => User, { nullable: true, description: 'The user of this id, or null.' })
  user(@Arg('id', () => ID) id: string, @Ctx() { loaders }: RequestContext): Promise<User | null> {
    checkIds('id', [id])
    return loaders.users.load(id.toLowerCase())
  }

  @Query(() => UserConnection, { description: 'Every user, by name.' })
  @Costs({ page: (args, extent) => Math.min(pageSize(args), extent.users) })
  async users(
    @Args(() => ForwardPage) page: ForwardPage,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<Connection<User>> {
    const place = placeOf(page)
    const after =
      place.after === null ? null : (decodeCursor('users', 'after', place.after, 'text', 'id') as [string, string])
    const found = await listUsers(sql, { limit: place.limit + 1, after })
    return connectionOf(place, found, await countUsers(sql), ({ name, id }) => encodeCursor('users', name, id))
  }

  @Query(() => [Stereotype], { description: 'Every stereotype, by source and code.' })
  @Costs({ rows: (_, extent) => extent.stereotypes })
  stereotypes(@Ctx() { database }: RequestContext): Promise<Stereotype[]> {
    return allStereotypes(database.sql)
  }

  @Mutation(() => [User], { description: 'Adds users, or renames those whose keys are there.' })
  @Costs({ rows: ({ input = [] }) => input.length })
  async upsertUsers(@Arg('input', () => [UserInput]) input: UserInput[]): Promise<User[]> {
    return (await saveReferences(this.service.acl, { users: input })).users
  }

  @Mutation(() => [Stereotype], {
    description: 'Adds stereotypes, or changes those whose keys are there; a new code makes what depends on it stale.',
  })
  @Costs({ rows: ({ input = [] }) => input.length })
  async upsertStereotypes(@Arg('input', () => [StereotypeInput]) input: StereotypeInput[]): Promise<Stereotype[]> {
    return (await saveReferences(this.service.acl, { stereotypes: input })).stereotypes
  }

  @Mutation(() => Int, {
    description: 'Deletes users, all or none; not while they have activities. Returns how many there were.',
  })
  deleteUsers(@Arg('ids', () => [ID]) ids: string[]): Promise<number> {
    checkIds('ids', ids)
    return deleteReferences(this.service.acl, 'app_user', ids)
  }

  @Mutation(() => Int, {
    description: 'Deletes stereotypes, all or none; not while activities are of them. Returns how many there were.',
  })
  deleteStereotypes(@Arg('ids', () => [ID]) ids: string[]): Promise<number> {
    checkIds('ids', ids)
    return deleteReferences(this.service.acl, 'stereotype', ids)
  }
}
