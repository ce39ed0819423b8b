import { Arg, Args, Authorized, Ctx, Field, ID, InputType, Int, Mutation, Query, Resolver } from 'type-graphql'
import { Project } from '../cache/entities/project.ts'
import { allProjects, PROJECTS } from '../cache/reference-reads.ts'
import { saveReferences } from '../source/references.ts'
import { deleteReferences } from '../source/removals.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { type Connection, ProjectConnection } from './connections.ts'
import { Costs } from './cost.ts'
import { pageSize } from './pagination.ts'
import { NamedPage, referenceConnection } from './reference-connections.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@InputType({ description: 'A project; source and externalId are its key.' })
export class ProjectInput {
  @Field({ description: 'Who says that there is such a project.' })
  source!: string

  @Field({ description: "The source's own key of the project." })
  externalId!: string

  @Field({ description: 'Its name.' })
  name!: string

  @Field(() => String, { nullable: true, description: 'For whom it is done; nobody, unless told.' })
  client?: string | null
}

@Resolver(() => Project)
export class ProjectResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => ProjectConnection, { description: 'Projects, by source and name.' })
  @Costs({ page: (args, extent) => Math.min(pageSize(args), extent.projects) })
  projectsConnection(
    @Args(() => NamedPage) page: NamedPage,
    @Ctx() { database }: RequestContext,
  ): Promise<Connection<Project>> {
    return referenceConnection(database.sql, 'projects', PROJECTS, page)
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => [Project], {
    description: 'Every project, by source and name.',
    deprecationReason: 'Use projectsConnection; lists have no pages.',
  })
  @Costs({ rows: (_, extent) => extent.projects })
  projects(@Ctx() { database }: RequestContext): Promise<Project[]> {
    return allProjects(database.sql)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => [Project], { description: 'Adds projects, or changes those whose keys are there.' })
  @Costs({ rows: ({ input = [] }) => input.length })
  async upsertProjects(
    @Arg('input', () => [ProjectInput], { description: 'The projects.' }) input: ProjectInput[],
  ): Promise<Project[]> {
    const projects = input.map((project) => ({ ...project, client: project.client ?? null }))
    return (await saveReferences(this.service.acl, { projects })).projects
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, {
    description: 'Deletes projects, all or none; not while activities are of them. Returns how many there were.',
  })
  deleteProjects(@Arg('ids', () => [ID], { description: 'Those of the projects.' }) ids: string[]): Promise<number> {
    checkIds('ids', ids)
    return deleteReferences(this.service.acl, 'project', ids)
  }
}
