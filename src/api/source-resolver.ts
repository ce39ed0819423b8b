import { Arg, Args, ArgsType, Authorized, Ctx, Field, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { type PullState, pullStates } from '../cache/pulls.ts'
import type { SourceRemovalCounts } from '../model/messages.ts'
import { removeSource } from '../source/removals.ts'
import { sourcesToPull } from '../source/sources.ts'
import { syncSource } from '../source/sync-source.ts'
import { checkSource, type Rule } from './access/rules.ts'
import { Costs } from './cost.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

@ObjectType({ description: 'How many of each went with a source.', simpleResolvers: true })
export class SourceRemoval implements SourceRemovalCounts {
  @Field(() => Int, { description: 'Activities of it.' })
  activities!: number

  @Field(() => Int, { description: 'Users of it.' })
  users!: number

  @Field(() => Int, { description: 'Stereotypes of it.' })
  stereotypes!: number

  @Field(() => Int, { description: 'Sprints of it.' })
  sprints!: number

  @Field(() => Int, { description: 'Projects of it.' })
  projects!: number

  @Field(() => Int, { description: 'Rows of it that were refused, whatever became of them.' })
  quarantinedRows!: number

  @Field(() => Int, { description: 'Reports, and with them the idempotency keys that they held.' })
  batches!: number
}

@ObjectType('Source', {
  description: 'An external database that is pulled, and how its pulls stand.',
  simpleResolvers: true,
})
export class SourceNode implements Omit<PullState, 'successSecondsAgo'> {
  @Field({ description: 'What it is called, here and in its rows.' })
  name!: string

  @Field({ description: 'What reads its rows.' })
  adapter!: string

  @Field(() => Date, { nullable: true, description: 'When the last pull of it began, also one that is under way.' })
  lastPull!: Date | null

  @Field(() => Date, {
    nullable: true,
    description: 'When the last pull that went well began: what the source held then is in the cache.',
  })
  lastSuccess!: Date | null

  @Field(() => String, { nullable: true, description: 'Why the last pull that is over failed, or null.' })
  error!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'How far it was pulled: when the last row was changed that was read in order of changes.',
  })
  cursor!: string | null

  @Field({ description: 'Whether a pull of it is under way now, in whichever process.' })
  pulling!: boolean
}

@ArgsType()
export class SyncSourceArgs {
  @Field({ description: 'Which source.' })
  name!: string

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Everything, not only what changed.' })
  full?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Takes another database over as the same source: everything, whatever was pulled before.',
  })
  moved?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Removes what the source no longer has also where that is more than half of it; with `full` or `moved`.',
  })
  removeMost?: boolean | null
}

/** Each is named by variables of its own: nobody has more. */
const MANY_SOURCES = 100

@Resolver()
export class SourceResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Authorized<Rule>('read', 'ingest')
  @Query(() => [SourceNode], { description: 'Every source that has a database to pull, as configured.' })
  @Costs({ rows: () => MANY_SOURCES })
  async sources(@Ctx() { caller, database }: RequestContext): Promise<SourceNode[]> {
    const pulled = sourcesToPull(this.service.acl.sources).filter(({ name }) => caller.sources?.includes(name) ?? true)
    const states = await pullStates(
      database.sql,
      pulled.map(({ name }) => name),
    )
    return states.map((state, i) => ({ ...state, adapter: pulled[i]?.adapter.name ?? '' }))
  }

  @Authorized<Rule>('ingest')
  @Mutation(() => IngestBatch, {
    description:
      "Pulls what changed since the last pull out of the source's own database; everything when `full`, and then what is " +
      'no longer there goes.',
  })
  async syncSource(
    @Args(() => SyncSourceArgs) { name, full, moved, removeMost }: SyncSourceArgs,
    @Ctx() { caller }: RequestContext,
  ): Promise<IngestBatch> {
    checkSource(caller, name)
    const options = { full: full ?? false, moved: moved ?? false, removeMost: removeMost ?? false }
    return syncSource(this.service.acl, name, options)
  }

  @Authorized<Rule>('administer')
  @Mutation(() => SourceRemoval, {
    description:
      'Removes a source with everything that came from it: activities, users, stereotypes, projects, sprints, quarantined rows, reports. ' +
      'The next pull of it begins anew.',
  })
  removeSource(@Arg('name', { description: 'Which source.' }) name: string): Promise<SourceRemovalCounts> {
    return removeSource(this.service.acl, name)
  }
}
