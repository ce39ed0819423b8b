import { type ClassType, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { User } from '../cache/entities/user.ts'
import { ContentionError } from '../model/errors.ts'
import type { Annotation } from '../periods/annotation.ts'
import { NvaSummary } from '../stages/nva-summary.ts'
import { SprintSummary } from '../stages/sprint-summary.ts'
import { WasteTrend } from '../stages/waste-trend.ts'
import type { RequestContext } from './request-context.ts'

function userResolver(annotation: ClassType<Annotation>): new () => object {
  @Resolver(() => annotation)
  class UserOfAnnotation {
    @FieldResolver(() => User)
    async user(@Root() { userId }: Annotation, @Ctx() { loaders }: RequestContext): Promise<User> {
      const user = await loaders.users.load(userId)
      if (!user) throw new ContentionError(`User ${userId} was deleted while this was read.`)
      return user
    }
  }
  return UserOfAnnotation
}

/** Whose day, week or sprint an annotation is of. */
export const annotationResolvers = [NvaSummary, WasteTrend, SprintSummary].map(userResolver)
