import type { GraphQLResolveInfo } from 'graphql'
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { QuarantinedRow, QuarantineStatus } from '../cache/entities/quarantined-row.ts'
import { countBatches, findBatch, listBatches } from '../cache/ingest-batches.ts'
import { countQuarantine, countRejections, listQuarantine, listRejections } from '../cache/quarantine-pages.ts'
import { LimitError } from '../model/limits.ts'
import { ProblemCode } from '../model/problem.ts'
import { JsonObject, type SourceRow } from '../model/source-row.ts'
import { ingestRows, removeActivities } from '../source/ingest.ts'
import { discardQuarantine, replayQuarantine } from '../source/replay.ts'
import { sourceNamed } from '../source/sources.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { type Connection, IngestReportConnection, QuarantinedRowConnection } from './connections.ts'
import { Costs } from './cost.ts'
import { connectionOf, decodeCursor, encodeCursor, ForwardPage, pageSize, placeOf } from './pagination.ts'
import type { RequestContext } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import type { Service } from './service.ts'

registerEnumType(ProblemCode, {
  name: 'ProblemCode',
  description: 'Why the ACL refused a row.',
  valuesConfig: {
    DUPLICATE_IN_BATCH: {
      deprecationReason: 'Of several rows with one id the newest counts; the others are superseded.',
    },
  },
})
registerEnumType(QuarantineStatus, { name: 'QuarantineStatus' })

@InputType()
export class IngestActivitiesInput {
  @Field({ description: 'Whose rows they are: it says which adapter translates them.' })
  source!: string

  @Field(() => [JsonObject], { description: 'At least one, in the shape of the source.' })
  rows!: SourceRow[]

  @Field(() => String, {
    nullable: true,
    description: "The source's own: the same key and rows again return the first report and apply nothing.",
  })
  idempotencyKey?: string | null
}

@InputType()
export class QuarantineFilter {
  @Field(() => String, { nullable: true })
  source?: string | null

  @Field(() => QuarantineStatus, { nullable: true })
  status?: QuarantineStatus | null

  @Field(() => ProblemCode, { nullable: true })
  code?: ProblemCode | null

  @Field(() => ID, { nullable: true, description: 'Only what this batch refused, in row order.' })
  batchId?: string | null
}

@ArgsType()
export class QuarantineArgs extends ForwardPage {
  @Field(() => QuarantineFilter, { nullable: true })
  filter?: QuarantineFilter | null
}

@ArgsType()
export class DiscardQuarantineArgs {
  @Field(() => [ID])
  ids!: string[]

  @Field()
  reason!: string
}

@ArgsType()
export class DeleteActivitiesArgs {
  @Field()
  source!: string

  @Field(() => [String])
  externalIds!: string[]
}

@Resolver(() => IngestBatch)
export class IngestResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Query(() => IngestBatch, { nullable: true, description: 'The report of this id, or null.' })
  ingestBatch(@Arg('id', () => ID) id: string, @Ctx() { database }: RequestContext): Promise<IngestBatch | null> {
    checkIds('id', [id])
    return findBatch(database.sql, id)
  }

  @FromCache()
  @Query(() => IngestReportConnection, { description: 'Every report, the newest first.' })
  @Costs({ page: pageSize })
  async ingestBatches(
    @Args(() => ForwardPage) page: ForwardPage,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<Connection<IngestBatch>> {
    const place = placeOf(page)
    const found = await listBatches(sql, { limit: place.limit + 1, after: idAfter('batches', place.after) })
    return connectionOf(place, found, await countBatches(sql), ({ id }) => encodeCursor('batches', id))
  }

  @FromCache()
  @Query(() => QuarantinedRowConnection, { description: 'Quarantined rows, the one first seen longest ago first.' })
  @Costs({ page: pageSize })
  async quarantine(
    @Args(() => QuarantineArgs) { filter, ...page }: QuarantineArgs,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<Connection<QuarantinedRow>> {
    const { batchId, ...criteria } = filter ?? {}
    if (criteria.source) sourceNamed(this.service.acl.sources, criteria.source, 'source')
    const place = placeOf(page)
    if (batchId) {
      checkIds('batchId', [batchId])
      const after = rowAfter(place.after)
      const found = await listRejections(sql, [batchId], criteria, { limit: place.limit + 1, after })
      const total = (await countRejections(sql, [batchId], criteria)).get(batchId.toLowerCase()) ?? 0
      return connectionOf(place, found, total, rejectionCursor)
    }
    const after = idAfter('quarantine', place.after)
    const found = await listQuarantine(sql, criteria, { limit: place.limit + 1, after })
    const total = await countQuarantine(sql, criteria)
    return connectionOf(place, found, total, ({ id }) => encodeCursor('quarantine', id))
  }

  @FieldResolver(() => QuarantinedRowConnection, { description: 'Every refused row of this batch, in row order.' })
  @Costs({ page: pageSize })
  rejections(
    @Root() batch: IngestBatch,
    @Args(() => ForwardPage) page: ForwardPage,
    @Ctx() { loaders }: RequestContext,
  ): Promise<Connection<QuarantinedRow>> {
    const { limit, after } = placeOf(page)
    return loaders.rejections.load({ batchId: batch.id, limit, after: rowAfter(after) })
  }

  @Mutation(() => IngestBatch, {
    description:
      'Takes rows in the shape of their source. None is lost: each is stored, found unchanged, or quarantined.',
  })
  ingestActivities(@Arg('input', () => IngestActivitiesInput) input: IngestActivitiesInput): Promise<IngestBatch> {
    return ingestRows(this.service.acl, input)
  }

  @Mutation(() => IngestBatch, { description: 'Sends quarantined rows of one source through the ACL again.' })
  replayQuarantine(@Arg('ids', () => [ID]) ids: string[]): Promise<IngestBatch> {
    checkIds('ids', ids)
    return replayQuarantine(this.service.acl, ids)
  }

  @Mutation(() => [QuarantinedRow], { description: 'Marks quarantined rows as not wanted. The rows stay.' })
  @Costs({ rows: ({ ids = [] }) => ids.length })
  async discardQuarantine(
    @Args(() => DiscardQuarantineArgs) { ids, reason }: DiscardQuarantineArgs,
    @Ctx() { loaders: { rows } }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<QuarantinedRow[]> {
    checkIds('ids', ids)
    if (selectionsAt(info).some(({ name }) => name === 'row')) {
      // What can't be answered isn't done. That one isn't there is for the mutation to say.
      const refused = (await rows.loadMany([...new Set(ids)])).find((row) => row instanceof LimitError)
      if (refused) throw refused
    }
    return discardQuarantine(this.service.acl, ids, reason)
  }

  @Mutation(() => Int, {
    description: 'Removes activities that their source no longer has. Returns how many there were.',
  })
  deleteActivities(@Args(() => DeleteActivitiesArgs) { source, externalIds }: DeleteActivitiesArgs): Promise<number> {
    return removeActivities(this.service.acl, source, externalIds)
  }
}

@Resolver(() => QuarantinedRow)
export class QuarantinedRowResolver {
  @FieldResolver(() => JsonObject, { description: 'The row as it came.' })
  row(@Root() { id }: QuarantinedRow, @Ctx() { loaders }: RequestContext): Promise<SourceRow> {
    return loaders.rows.load(id)
  }
}

/** The cursor of a row among those that a batch refused. */
export function rejectionCursor({ rowIndex }: QuarantinedRow): string {
  return encodeCursor('rejections', rowIndex)
}

function rowAfter(cursor: string | null): number | null {
  return cursor === null ? null : Number(decodeCursor('rejections', 'after', cursor, 'count')[0])
}

function idAfter(list: string, cursor: string | null): string | null {
  return cursor === null ? null : String(decodeCursor(list, 'after', cursor, 'id')[0])
}
