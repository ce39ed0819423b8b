import { type ClassType, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { User } from '../cache/entities/user.ts'
import type { Annotation } from '../stages/annotation.ts'
import { NvaSummary } from '../stages/nva-summary.ts'
import { SprintSummary } from '../stages/sprint-summary.ts'
import { WasteTrend } from '../stages/waste-trend.ts'
import type { RequestContext } from './request-context.ts'

function userResolver(annotation: ClassType<Annotation>): new () => object {
  @Resolver(() => annotation)
  class UserOfAnnotation {
    @FieldResolver(() => User)
    user(@Root() { userId }: Annotation, @Ctx() { loaders }: RequestContext): Promise<User | null> {
      return loaders.users.load(userId)
    }
  }
  return UserOfAnnotation
}

/** Whose day, week or sprint an annotation is of. */
export const annotationResolvers = [NvaSummary, WasteTrend, SprintSummary].map(userResolver)
