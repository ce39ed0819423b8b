import { Arg, Args, ArgsType, Field, Int, Mutation, ObjectType, Resolver } from 'type-graphql'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import type { SourceRemovalCounts } from '../model/messages.ts'
import { syncSource } from '../source/pull.ts'
import { removeSource } from '../source/removals.ts'
import type { Service } from './service.ts'

@ObjectType({ description: 'How many of each went with a source.', simpleResolvers: true })
export class SourceRemoval implements SourceRemovalCounts {
  @Field(() => Int)
  activities!: number

  @Field(() => Int)
  users!: number

  @Field(() => Int)
  stereotypes!: number

  @Field(() => Int)
  sprints!: number

  @Field(() => Int)
  quarantinedRows!: number

  @Field(() => Int, { description: 'Reports, and with them the idempotency keys that they held.' })
  batches!: number
}

@ArgsType()
export class SyncSourceArgs {
  @Field()
  name!: string

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Everything, not only what changed.' })
  full?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Takes another database over as the same source: everything, whatever was pulled before.',
  })
  moved?: boolean | null
}

@Resolver()
export class SourceResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Mutation(() => IngestBatch, {
    description: "Pulls what changed since the last pull out of the source's own database; everything when `full`.",
  })
  syncSource(@Args(() => SyncSourceArgs) { name, full, moved }: SyncSourceArgs): Promise<IngestBatch> {
    return syncSource(this.service.acl, name, { full: full ?? false, moved: moved ?? false })
  }

  @Mutation(() => SourceRemoval, {
    description:
      'Removes a source with everything that came from it: activities, users, stereotypes, sprints, quarantined rows, reports. ' +
      'The next pull of it begins anew.',
  })
  removeSource(@Arg('name') name: string): Promise<SourceRemovalCounts> {
    return removeSource(this.service.acl, name)
  }
}
