/** Every number can say what it leaves out. */
import { Args, Authorized, Ctx, Field, FieldResolver, Int, ObjectType, Query, Resolver, Root } from 'type-graphql'
import { completenessOf } from '../freshness/read/completeness.ts'
import { Annotation } from '../periods/annotation.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { UsersRangeArgs, userIdsOf } from './arguments.ts'
import type { RequestContext } from './request-context.ts'

@ObjectType({ simpleResolvers: true, description: 'How many rows that wait in quarantine are in no number.' })
export class Completeness {
  @Field(() => Int, { description: 'Those that belong to one of the users, and to a day of the range.' })
  quarantinedRows!: number

  @Field(() => Int, { description: 'Those that may: their user, or their day, or both are not known.' })
  unattributedRows!: number
}

@Resolver(() => Annotation)
export class CompletenessResolver {
  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => Completeness, { description: 'What numbers of these users and days leave out.' })
  async completeness(
    @Args(() => UsersRangeArgs) range: UsersRangeArgs,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<Completeness> {
    return completenessOf(sql, await userIdsOf(sql, range), range)
  }

  @FieldResolver(() => Int, {
    description:
      'Rows that wait in quarantine and belong to its user, or its project, and to its days: they are not in its numbers.',
  })
  quarantinedRows(@Root() annotation: Annotation, @Ctx() { loaders }: RequestContext): Promise<number> {
    return loaders.quarantinedRows.load(annotation)
  }
}
