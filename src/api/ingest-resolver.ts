import type { GraphQLResolveInfo } from 'graphql'
import {
  Arg,
  Args,
  ArgsType,
  Authorized,
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
import { checkSource, type Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { type Connection, IngestReportConnection, QuarantinedRowConnection } from './connections.ts'
import { Costs } from './cost.ts'
import {
  connectionOf,
  cursorIn,
  encodeCursor,
  idAfter,
  Page,
  type PlaceQuery,
  pageSize,
  placeOf,
} from './pagination.ts'
import type { RequestContext } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import type { Service } from './service.ts'

registerEnumType(ProblemCode, {
  name: 'ProblemCode',
  description: 'Why the ACL refused a row.',
  valuesConfig: {
    MISSING_FIELD: { description: 'A column that it needs is not there, or is null.' },
    INVALID_TYPE: { description: 'A value is of another type than its column: a text for a number, for one.' },
    INVALID_TEXT: { description: 'A text is empty, too long, or holds what no text may.' },
    INVALID_DATE: { description: 'A value is no day of the calendar, or lies before 1900 or after 2200.' },
    INVALID_TIME: { description: 'A value is no instant, or no time zone.' },
    DURATION_OUT_OF_RANGE: { description: 'It takes less than 0 seconds, or more than a day.' },
    UNKNOWN_VALUE_TYPE: { description: 'What it says of added value is neither yes nor no.' },
    UNKNOWN_STEREOTYPE: { description: 'Its source has no such stereotype.' },
    UNKNOWN_USER: { description: 'Its source has no such user.' },
    UNKNOWN_PROJECT: { description: 'Its source has no such project.' },
    TOO_DEEP: { description: 'It is nested more than 100 levels deep.' },
    MALFORMED_ROW: { description: 'It could not be read as a row at all.' },
    DUPLICATE_IN_BATCH: {
      description: 'Another row of its batch has the same key.',
      deprecationReason: 'Of several rows with one id the newest counts; the others are superseded.',
    },
  },
})
registerEnumType(QuarantineStatus, {
  name: 'QuarantineStatus',
  description: 'What became of a quarantined row.',
  valuesConfig: {
    OPEN: { description: 'It waits.' },
    RELEASED: { description: 'It became an activity, or a good row of the same activity came.' },
    DISCARDED: { description: 'It is not wanted; `reason` says why.' },
  },
})

@InputType({ description: 'A batch of rows.' })
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

@InputType({ description: 'All that is given must hold.' })
export class QuarantineFilter {
  @Field(() => String, { nullable: true, description: 'Of this source.' })
  source?: string | null

  @Field(() => QuarantineStatus, { nullable: true, description: 'Only those that wait, or only those that do not.' })
  status?: QuarantineStatus | null

  @Field(() => ProblemCode, { nullable: true, description: 'With a problem of this kind.' })
  code?: ProblemCode | null

  @Field(() => String, {
    nullable: true,
    description: 'With a problem of this column of the source; where a code is given too, of that kind.',
  })
  field?: string | null

  @Field(() => ID, { nullable: true, description: 'Only what this batch refused, in row order.' })
  batchId?: string | null
}

@ArgsType()
export class QuarantineArgs extends Page {
  @Field(() => QuarantineFilter, { nullable: true, description: 'Only those that are so; all, unless told.' })
  filter?: QuarantineFilter | null
}

@ArgsType()
export class DiscardQuarantineArgs {
  @Field(() => [ID], { description: 'Those of the rows.' })
  ids!: string[]

  @Field({ description: 'Why they are not wanted; kept with them.' })
  reason!: string
}

@ArgsType()
export class DeleteActivitiesArgs {
  @Field({ description: 'Whose they are.' })
  source!: string

  @Field(() => [String], { description: "The source's own keys of them." })
  externalIds!: string[]
}

@Resolver(() => IngestBatch)
export class IngestResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('readAll', 'ingest')
  @Query(() => IngestBatch, { nullable: true, description: 'The report of this id, or null.' })
  async ingestBatch(
    @Arg('id', () => ID, { description: 'A UUID.' }) id: string,
    @Ctx() { caller, database }: RequestContext,
  ): Promise<IngestBatch | null> {
    checkIds('id', [id])
    const batch = await findBatch(database.sql, id)
    return batch && (caller.sources?.includes(batch.source) ?? true) ? batch : null
  }

  @FromCache()
  @Authorized<Rule>('readAll')
  @Query(() => IngestReportConnection, { description: 'Every report, the newest first.' })
  @Costs({ page: pageSize })
  async ingestBatches(
    @Args(() => Page) page: Page,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<Connection<IngestBatch>> {
    const place = placeOf(page)
    const found = await listBatches(sql, { ...place, limit: place.limit + 1, after: idAfter('batches', place) })
    return connectionOf(place, found, await countBatches(sql), ({ id }) => encodeCursor('batches', id))
  }

  @FromCache()
  @Authorized<Rule>('readAll')
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
      const after = rowAfter(place)
      const found = await listRejections(sql, [batchId], criteria, { ...place, limit: place.limit + 1, after })
      const total = (await countRejections(sql, [batchId], criteria)).get(batchId.toLowerCase()) ?? 0
      return connectionOf(place, found, total, rejectionCursor)
    }
    const after = idAfter('quarantine', place)
    const found = await listQuarantine(sql, criteria, { ...place, limit: place.limit + 1, after })
    const total = await countQuarantine(sql, criteria)
    return connectionOf(place, found, total, ({ id }) => encodeCursor('quarantine', id))
  }

  @FieldResolver(() => QuarantinedRowConnection, { description: 'Every refused row of this batch, in row order.' })
  @Costs({ page: pageSize })
  rejections(
    @Root() batch: IngestBatch,
    @Args(() => Page) page: Page,
    @Ctx() { loaders }: RequestContext,
  ): Promise<Connection<QuarantinedRow>> {
    const place = placeOf(page)
    return loaders.rejections.load({ batchId: batch.id, ...place, after: rowAfter(place) })
  }

  @Authorized<Rule>('ingest')
  @Mutation(() => IngestBatch, {
    description:
      'Takes rows in the shape of their source. None is lost: each is stored, found unchanged, or quarantined.',
  })
  async ingestActivities(
    @Arg('input', () => IngestActivitiesInput, { description: 'The rows, and whose they are.' })
    input: IngestActivitiesInput,
    @Ctx() { caller }: RequestContext,
  ): Promise<IngestBatch> {
    checkSource(caller, input.source)
    return ingestRows(this.service.acl, input)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => IngestBatch, { description: 'Sends quarantined rows of one source through the ACL again.' })
  replayQuarantine(@Arg('ids', () => [ID], { description: 'Those of the rows.' }) ids: string[]): Promise<IngestBatch> {
    checkIds('ids', ids)
    return replayQuarantine(this.service.acl, ids)
  }

  @Authorized<Rule>('operate')
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

  @Authorized<Rule>('operate')
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

function rowAfter(place: PlaceQuery): number | null {
  const after = cursorIn('rejections', place, 'count')
  return after && Number(after[0])
}
