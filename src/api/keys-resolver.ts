import { Arg, Args, ArgsType, Authorized, Ctx, Field, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql'
import { createKey, revoke } from '../auth/new-key.ts'
import { allKeys, type KnownKey } from '../cache/api-keys.ts'
import { ApiKey } from '../cache/entities/api-key.ts'
import { Team } from '../cache/entities/team.ts'
import { User } from '../cache/entities/user.ts'
import { usersByIds } from '../cache/reference-reads.ts'
import { teamsByIds } from '../cache/teams.ts'
import { Role } from '../model/caller.ts'
import type { Rule } from './access/rules.ts'
import { checkIds } from './arguments.ts'
import { Costs } from './cost.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@ObjectType('Caller', { description: 'Who asks, and what that allows.', simpleResolvers: true })
export class CallerNode {
  @Field({ description: 'What people call who asks: the name of a key, or of whom the issuer named.' })
  name!: string

  @Field(() => Role, { description: 'What may be done.' })
  role!: Role

  @Field({ description: 'Whether it is limited to what is of some people: `teams` and `users` say of whom.' })
  isLimited!: boolean

  @Field(() => [Team], { description: 'Where it is limited: the teams whose people of today are seen.' })
  @Costs({ rows: () => FEW })
  teams!: Team[]

  @Field(() => [User], { description: 'Where it is limited: the users who are seen whatever their teams.' })
  @Costs({ rows: () => FEW })
  users!: User[]

  @Field(() => [String], {
    nullable: true,
    description: 'Of an ingester: of which sources it may send rows; null: of all.',
  })
  sources!: readonly string[] | null
}

@ObjectType({ description: 'A key that was just made.', simpleResolvers: true })
export class NewApiKey {
  @Field(() => ApiKey, { description: 'As it is from now on.' })
  key!: KnownKey

  @Field({ description: 'What its owner says by: `Authorization: Bearer …`. It is shown this once.' })
  secret!: string
}

@ArgsType()
export class CreateApiKeyArgs {
  @Field({ description: 'Whose it is, and what for.' })
  name!: string

  @Field(() => Role, { description: 'What it allows.' })
  role!: Role

  @Field(() => [ID], { nullable: true, description: 'Limits a viewer to the people of these teams.' })
  teamIds?: string[] | null

  @Field(() => [ID], { nullable: true, description: 'Limits a viewer to these users.' })
  userIds?: string[] | null

  @Field(() => [String], { nullable: true, description: 'Limits an ingester to these sources.' })
  sources?: string[] | null

  @Field(() => Date, { nullable: true, description: 'From when on it is nobody’s; never, unless told.' })
  expiresAt?: Date | null
}

/** What a limited viewer is limited to. */
const FEW = 100

/** Keys are made and revoked by people. */
const MANY_KEYS = 1_000

@Resolver()
export class KeysResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Authorized<Rule>('anybody')
  @Query(() => CallerNode, { description: 'Who asks this, and what that allows.' })
  async caller(@Ctx() { caller, database: { sql } }: RequestContext): Promise<CallerNode> {
    const { name, role, scope, sources } = caller
    const teams = scope ? await teamsByIds(sql, scope.teamIds) : []
    const users = scope ? await usersByIds(sql, scope.userIds) : []
    return { name, role, isLimited: scope !== null, teams, users, sources }
  }

  @Authorized<Rule>('administer')
  @Query(() => [ApiKey], { description: 'Every key, also those that are nobody’s any more, the newest first.' })
  @Costs({ rows: () => MANY_KEYS })
  apiKeys(@Ctx() { database: { sql } }: RequestContext): Promise<KnownKey[]> {
    return allKeys(sql)
  }

  @Authorized<Rule>('administer')
  @Mutation(() => NewApiKey, { description: 'Makes a key.' })
  createApiKey(
    @Args(() => CreateApiKeyArgs) args: CreateApiKeyArgs,
    @Ctx() { caller }: RequestContext,
  ): Promise<NewApiKey> {
    if (args.teamIds) checkIds('teamIds', args.teamIds)
    if (args.userIds) checkIds('userIds', args.userIds)
    const { database, acl } = this.service
    return createKey(database, args, { by: caller.name, sourceNames: [...acl.sources.keys()] })
  }

  @Authorized<Rule>('administer')
  @Mutation(() => ApiKey, {
    description: 'Revokes a key: from the next request on it is nobody’s, nor are the browsers that logged in with it.',
  })
  revokeApiKey(@Arg('id', () => ID, { description: 'That of the key.' }) id: string): Promise<KnownKey> {
    checkIds('id', [id])
    return revoke(this.service.database, id.toLowerCase())
  }
}
