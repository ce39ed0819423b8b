import { Arg, Args, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Query, Resolver } from 'type-graphql'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { allStereotypes, STEREOTYPES } from '../cache/reference-reads.ts'
import { saveReferences } from '../source/references.ts'
import { deleteReferences } from '../source/removals.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { type Connection, StereotypeConnection } from './connections.ts'
import { Costs } from './cost.ts'
import { pageSize } from './pagination.ts'
import { NamedPage, referenceConnection } from './reference-connections.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@InputType({ description: 'A stereotype; source and externalId are its key.' })
export class StereotypeInput {
  @Field({ description: 'Who says that there is such a stereotype.' })
  source!: string

  @Field({ description: "The source's own key of the stereotype." })
  externalId!: string

  @Field({ description: 'What stages know it by; `pto`, in any case of letters, is left out of sums.' })
  code!: string

  @Field({ description: 'What people call it.' })
  name!: string
}

@Resolver(() => Stereotype)
export class StereotypeResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => StereotypeConnection, { description: 'Stereotypes, by source and code.' })
  @Costs({ page: (args, extent) => Math.min(pageSize(args), extent.stereotypes) })
  stereotypesConnection(
    @Args(() => NamedPage) page: NamedPage,
    @Ctx() { database }: RequestContext,
  ): Promise<Connection<Stereotype>> {
    return referenceConnection(database.sql, 'stereotypes', STEREOTYPES, page)
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => [Stereotype], {
    description: 'Every stereotype, by source and code.',
    deprecationReason: 'Use stereotypesConnection; lists have no pages.',
  })
  @Costs({ rows: (_, extent) => extent.stereotypes })
  stereotypes(@Ctx() { database }: RequestContext): Promise<Stereotype[]> {
    return allStereotypes(database.sql)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => [Stereotype], {
    description: 'Adds stereotypes, or changes those whose keys are there; a new code makes what depends on it stale.',
  })
  @Costs({ rows: ({ input = [] }) => input.length })
  async upsertStereotypes(
    @Arg('input', () => [StereotypeInput], { description: 'The stereotypes.' }) input: StereotypeInput[],
  ): Promise<Stereotype[]> {
    return (await saveReferences(this.service.acl, { stereotypes: input })).stereotypes
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, {
    description: 'Deletes stereotypes, all or none; not while activities are of them. Returns how many there were.',
  })
  deleteStereotypes(
    @Arg('ids', () => [ID], { description: 'Those of the stereotypes.' }) ids: string[],
  ): Promise<number> {
    checkIds('ids', ids)
    return deleteReferences(this.service.acl, 'stereotype', ids)
  }
}
