import { GraphQLBigInt } from 'graphql-scalars'
import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { QuarantinedRow } from '../cache/entities/quarantined-row.ts'
import { type QuarantineGroup, type QuarantineSelection, summarise } from '../cache/quarantine-selection.ts'
import { addDays, CalendarDate } from '../model/calendar.ts'
import { BadInputError } from '../model/errors.ts'
import { ProblemCode } from '../model/problem.ts'
import {
  discardSelection,
  previewReplay,
  type ReplayPreview,
  reopenQuarantine,
  replaySelected,
} from '../source/replay.ts'
import { sourceNamed } from '../source/sources.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import { Costs } from './cost.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

const LONGEST_SUMMARY_DAYS = 366

@InputType({ description: 'OPEN rows of one source; all that is given must hold.' })
export class QuarantineSelectionInput implements QuarantineSelection {
  @Field({ description: 'Whose rows they are.' })
  source!: string

  @Field(() => ProblemCode, { nullable: true, description: 'With a problem of this kind.' })
  code?: ProblemCode | null

  @Field(() => String, { nullable: true, description: 'A column of the source that something is wrong with.' })
  field?: string | null

  @Field(() => ID, { nullable: true, description: 'The batch that refused them last.' })
  batchId?: string | null

  @Field(() => Date, { nullable: true, description: 'First seen then or later.' })
  seenFrom?: Date | null

  @Field(() => Date, { nullable: true, description: 'First seen earlier.' })
  seenBefore?: Date | null

  @Field(() => [ID], { nullable: true, description: 'Only those of these rows that are so.' })
  ids?: string[] | null
}

@ObjectType({ description: 'How much was refused on a day.', simpleResolvers: true })
export class QuarantineDay {
  @Field(() => CalendarDate, { description: 'In UTC.' })
  date!: string

  @Field(() => Int, { description: 'Rows that were first seen on it.' })
  count!: number
}

@ObjectType({ description: 'What is wrong with rows of a source, and with how many.', simpleResolvers: true })
export class QuarantineSummary implements QuarantineGroup {
  @Field({ description: 'Whose rows they are.' })
  source!: string

  @Field(() => ProblemCode, { description: 'What is wrong with them.' })
  code!: ProblemCode

  @Field(() => String, { nullable: true, description: 'The source’s own column; null where it is the row as a whole.' })
  field!: string | null

  @Field(() => Int, { description: 'Rows that wait.' })
  open!: number

  @Field(() => Int, { description: 'Rows that became activities since, or gave way to a good row.' })
  released!: number

  @Field(() => Int, { description: 'Rows that are not wanted.' })
  discarded!: number

  @Field(() => Date, { description: 'When the first of them was refused first.' })
  firstSeenAt!: Date

  @Field(() => Date, { description: 'When the last of them was refused last.' })
  lastSeenAt!: Date

  @Field({ description: 'What is said of the row that was seen last.' })
  message!: string

  @Field(() => [QuarantineDay], { description: 'Days without any are left out.' })
  @Costs({ rows: () => LONGEST_SUMMARY_DAYS })
  days!: QuarantineDay[]
}

@ObjectType({ description: 'Why rows would stay in quarantine.', simpleResolvers: true })
export class ReplayStay {
  @Field(() => ProblemCode, { description: 'Why they would stay.' })
  code!: ProblemCode

  @Field(() => Int, { description: 'How many would.' })
  count!: number
}

@ObjectType('ReplayPreview', { description: 'What a replay would do; nothing was changed.', simpleResolvers: true })
export class ReplayPreviewNode implements Omit<ReplayPreview, 'skipped'> {
  @Field(() => Int, { description: 'Rows that would be sent.' })
  received!: number

  @Field(() => Int, { description: 'Would become activities that are not there.' })
  inserted!: number

  @Field(() => Int, { description: 'Would change activities that are there.' })
  updated!: number

  @Field(() => Int, { description: 'Say what is stored already.' })
  unchanged!: number

  @Field(() => Int, { description: 'Would stay.' })
  quarantined!: number

  @Field(() => Int, { description: 'Give way to a newer version of the same activity.' })
  superseded!: number

  @Field(() => [ReplayStay], { description: 'Why rows would stay; one may have several reasons.' })
  stay!: ReplayStay[]

  @Field(() => Int, { description: 'How many activities more there would be.' })
  activities!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds of added value more, or less.' })
  vaSeconds!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds without added value more, or less.' })
  nvaSeconds!: number
}

/** Codes by columns: a source has few of them. */
const MANY_GROUPS = 200

@Resolver()
export class QuarantineToolsResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('readAll')
  @Query(() => [QuarantineSummary], {
    description:
      'What is wrong with quarantined rows, by source, code and column: what most open ones have, first; 200 at most.',
  })
  @Costs({ rows: () => MANY_GROUPS })
  async quarantineSummary(
    @Arg('source', () => String, { nullable: true, description: 'Only rows of this one; of all, unless told.' }) source:
      | string
      | null,
    @Arg('days', () => Int, { defaultValue: 30, description: 'How many days back rows are counted by day, 1 to 366.' })
    days: number,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<QuarantineGroup[]> {
    if (source) sourceNamed(this.service.acl.sources, source, 'source')
    if (days < 1 || days > LONGEST_SUMMARY_DAYS) {
      throw new BadInputError('days', `days must be from 1 to ${LONGEST_SUMMARY_DAYS}.`)
    }
    const from = addDays(this.service.today(), 1 - days)
    return summarise(sql, { source, from, limit: MANY_GROUPS })
  }

  @Authorized<Rule>('operate')
  @Mutation(() => ReplayPreviewNode, {
    description:
      'What replaying these rows would do: which would be released, and what that does to the numbers. Changes nothing; others who write rows ' +
      'of the source wait while it looks.',
  })
  previewReplay(
    @Arg('filter', { description: 'Which rows.' }) filter: QuarantineSelectionInput,
  ): Promise<ReplayPreview> {
    return previewReplay(this.service.acl, checked(filter))
  }

  @Authorized<Rule>('operate')
  @Mutation(() => IngestBatch, { description: 'Sends all rows like that through the ACL again, in one batch.' })
  replayQuarantineWhere(
    @Arg('filter', { description: 'Which rows.' }) filter: QuarantineSelectionInput,
  ): Promise<IngestBatch> {
    return replaySelected(this.service.acl, checked(filter))
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, {
    description: 'Marks all rows like that as not wanted. Returns how many there were; they stay.',
  })
  discardQuarantineWhere(
    @Arg('filter', { description: 'Which rows.' }) filter: QuarantineSelectionInput,
    @Arg('reason', { description: 'Why they are not wanted; kept with them.' }) reason: string,
  ): Promise<number> {
    return discardSelection(this.service.acl, checked(filter), reason)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => [QuarantinedRow], { description: 'Takes a discard back: the rows are OPEN again.' })
  @Costs({ rows: ({ ids = [] }) => ids.length })
  reopenQuarantine(
    @Arg('ids', () => [ID], { description: 'Those of the rows.' }) ids: string[],
  ): Promise<QuarantinedRow[]> {
    checkIds('ids', ids)
    return reopenQuarantine(this.service.acl, ids)
  }
}

function checked(filter: QuarantineSelectionInput): QuarantineSelectionInput {
  if (filter.batchId) checkIds('batchId', [filter.batchId])
  if (filter.ids) checkIds('ids', filter.ids)
  return filter
}
