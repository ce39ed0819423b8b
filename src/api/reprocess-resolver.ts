import { GraphQLBigInt } from 'graphql-scalars'
import { Args, ArgsType, Authorized, Field, Int, Mutation, ObjectType, Resolver } from 'type-graphql'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import type { SourceSums } from '../cache/reprocessing.ts'
import { previewReprocess, type ReprocessPreview, reprocess } from '../source/reprocess.ts'
import type { Rule } from './access/rules.ts'
import type { Service } from './service.ts'

@ArgsType()
export class ReprocessArgs {
  @Field({ description: 'Whose batches.' })
  source!: string

  @Field(() => Date, { nullable: true, description: 'Only what came then or later; all that is kept, unless told.' })
  since?: Date | null

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Says what would come of it, and changes nothing; others who write rows of the source wait meanwhile.',
  })
  dryRun?: boolean | null
}

@ObjectType('SourceSums', { description: 'Time of all activities of a source.', simpleResolvers: true })
export class SourceSumsNode implements SourceSums {
  @Field(() => GraphQLBigInt, { description: 'Seconds that added value.' })
  vaSeconds!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds that added no value.' })
  nvaSeconds!: number
}

@ObjectType({ description: 'What reprocessing would do to numbers.', simpleResolvers: true })
export class ReprocessEffect implements Omit<ReprocessPreview, 'report'> {
  @Field(() => Int, { description: 'Activities that would be new, other or gone.' })
  activities!: number

  @Field(() => Int, { description: 'Days of people on which something would be.' })
  personDays!: number

  @Field(() => SourceSumsNode, { description: 'As it is.' })
  before!: SourceSums

  @Field(() => SourceSumsNode, { description: 'As it would be.' })
  after!: SourceSums
}

@ObjectType({ description: 'What came of kept batches that were taken again.', simpleResolvers: true })
export class Reprocessed {
  @Field(() => IngestBatch, {
    description: 'What became of every kept row. Of a dry run it is not kept.',
  })
  report!: IngestBatch

  @Field(() => ReprocessEffect, { nullable: true, description: 'Of a dry run; else null.' })
  effect!: ReprocessEffect | null
}

@Resolver()
export class ReprocessResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Reprocessed, {
    description:
      'Takes the kept batches of a source again, in the order in which they came, by its adapter and rules of now. What was deleted stays so; an ' +
      'activity whose row is refused now goes, and the row waits in quarantine. Where it breaks off, ask again: it begins anew.',
  })
  async reprocess(@Args(() => ReprocessArgs) { source, since, dryRun }: ReprocessArgs): Promise<Reprocessed> {
    const { acl } = this.service
    const options = { since: since ?? null }
    if (!dryRun) return { report: await reprocess(acl, source, options), effect: null }
    const { report, ...effect } = await previewReprocess(acl, source, options)
    return { report, effect }
  }
}
