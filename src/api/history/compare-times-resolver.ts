/** Why did October change after it was closed? The same days at two moments, and what was edited between. */
import type { GraphQLResolveInfo } from 'graphql'
import { GraphQLBigInt } from 'graphql-scalars'
import {
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql'
import { type Edit, type EditedState, type EditKind, type EditsAsked, editSums, listEdits } from '../../cache/edits.ts'
import { IngestBatch } from '../../cache/entities/ingest-batch.ts'
import { User } from '../../cache/entities/user.ts'
import { batchesByIds } from '../../cache/ingest-batches.ts'
import { usersByIds } from '../../cache/reference-reads.ts'
import { revisionsAt } from '../../cache/revisions.ts'
import { wasteOf } from '../../freshness/read/waste.ts'
import { ActivityType } from '../../model/activity.ts'
import { CalendarDate } from '../../model/calendar.ts'
import { type Side, sumOf } from '../../model/change-parts.ts'
import { BadInputError } from '../../model/errors.ts'
import type { Window } from '../../model/window.ts'
import type { Rule } from '../access/rules.ts'
import { UsersRangeArgs, userIdsOf, windowOf } from '../arguments.ts'
import { type Connection, connectionType } from '../connections.ts'
import { Costs, personDays } from '../cost.ts'
import { connectionOf, cursorIn, encodeCursor, Page, pageSize, placeOf } from '../pagination.ts'
import { inPast, placeIn, reading } from '../reading.ts'
import { ReadingArgs } from '../reading-args.ts'
import { type Reading, type RequestContext, receiptOf } from '../request-context.ts'

export const EDIT_KINDS: { [kind in EditKind]: kind } = {
  LATE_ROWS: 'LATE_ROWS',
  EDITED_ROWS: 'EDITED_ROWS',
  REMOVED_ROWS: 'REMOVED_ROWS',
}

registerEnumType(EDIT_KINDS, {
  name: 'EditKind',
  description: 'What became of an activity between two moments.',
  valuesConfig: {
    LATE_ROWS: { description: 'It came to those days and people: it was new, or was moved there.' },
    EDITED_ROWS: { description: 'It is something else than it was, or its stereotype has another code.' },
    REMOVED_ROWS: { description: 'It is not of those days and people any more: it was deleted, or moved away.' },
  },
})

@ArgsType()
export class CompareTimesArgs extends UsersRangeArgs {
  @Field(() => Date, { description: 'The first moment; what had been committed until then is in its numbers.' })
  before!: Date

  @Field(() => Date, { nullable: true, description: 'The second moment, likewise; now, unless told.' })
  after?: Date | null
}

@ObjectType({ simpleResolvers: true, description: 'Sums of time, PTO left out.' })
export class TimeAt implements Side {
  @Field(() => GraphQLBigInt, { description: 'Seconds that added no value.' })
  nvaSeconds!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds in all.' })
  totalSeconds!: number
}

@ObjectType({ simpleResolvers: true, description: 'What an activity was at a moment.' })
export class EditedActivity {
  @Field(() => CalendarDate, { description: 'The day on which it was done.' })
  date!: string

  @Field(() => Int, { description: 'Seconds, 0 to 86,400.' })
  durationSeconds!: number

  @Field(() => ActivityType, { description: 'Whether it added value.' })
  type!: ActivityType

  @Field({ description: 'The code that its stereotype had.' })
  stereotypeCode!: string

  @Field(() => User, { nullable: true, description: 'Who did it; null where the user was deleted since.' })
  user!: User | null

  @Field(() => IngestBatch, { nullable: true, description: 'What its row came with; null where that is not known.' })
  batch!: IngestBatch | null

  @Field(() => Int, { nullable: true, description: 'Which row of that it was, from 0; null likewise.' })
  rowIndex!: number | null
}

@ObjectType('Edit', {
  simpleResolvers: true,
  description: 'An activity that is another one at the second moment than at the first.',
})
export class EditNode {
  @Field(() => EDIT_KINDS, { description: 'What became of it.' })
  kind!: EditKind

  @Field(() => ID, { description: 'The id of the activity, also where it was deleted.' })
  activityId!: string

  @Field({ description: 'Whose activity it is.' })
  source!: string

  @Field({ description: "The source's own key of it: activityHistory tells more." })
  externalId!: string

  @Field(() => EditedActivity, { nullable: true, description: 'At the first moment; null where it was not there.' })
  before!: EditedActivity | null

  @Field(() => EditedActivity, { nullable: true, description: 'At the second moment; null where it was not there.' })
  after!: EditedActivity | null

  @Field(() => Int, { description: 'By how many seconds it moved those that added no value; PTO is in none.' })
  nvaSeconds!: number

  @Field(() => Int, { description: 'By how many it moved all seconds.' })
  totalSeconds!: number
}

const EditConnection = connectionType('Edit', EditNode)

@ObjectType({ simpleResolvers: true, description: 'Edits of one kind, together.' })
export class EditSum {
  @Field(() => EDIT_KINDS, { description: 'Of which kind they are.' })
  kind!: EditKind

  @Field(() => Int, { description: 'How many activities those are.' })
  count!: number

  @Field(() => GraphQLBigInt, { description: 'By how many seconds they moved those that added no value.' })
  nvaSeconds!: number

  @Field(() => GraphQLBigInt, { description: 'By how many they moved all seconds.' })
  totalSeconds!: number
}

@ObjectType({ simpleResolvers: true, description: 'The same days as they were known at two moments.' })
export class TimesComparison {
  @Field(() => TimeAt, { description: 'What they came to at the first moment.' })
  before!: TimeAt

  @Field(() => TimeAt, { description: 'What they came to at the second moment.' })
  after!: TimeAt

  @Field(() => TimeAt, { description: 'The second less the first.' })
  change!: TimeAt

  @Field(() => TimeAt, {
    description:
      'What edits do not account for: `change` less all `sums`. Where versions are asked for that count otherwise, and where numbers are behind their activities, as under CACHED.',
  })
  rest!: TimeAt

  @Field(() => [EditSum], { description: 'What moved them, by kind.' })
  @Costs({ rows: () => 3 })
  sums!: EditSum[]

  readonly edits!: EditsAsked
  readonly context!: RequestContext
}

@Resolver(() => TimesComparison)
export class CompareTimesResolver {
  @Authorized<Rule>('read')
  @Query(() => TimesComparison, {
    description:
      'What the days from `from` to `to` came to at two moments, by the same logic, and which activities moved that: late ones, edited ones, removed ones.',
  })
  @Costs({ personPeriods: (args, extent) => 2 * personDays(args, extent) })
  async compareTimes(
    @Args(() => CompareTimesArgs) { before, after, ...range }: CompareTimesArgs,
    @Args(() => ReadingArgs) readingArgs: ReadingArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() given: RequestContext,
  ): Promise<TimesComparison> {
    if (after && before > after) {
      throw new BadInputError(
        'before',
        `before (${before.toISOString()}) must not come after after (${after.toISOString()}).`,
      )
    }
    const own = await reading(given, readingArgs)
    const { sql } = own.database
    const ids = await userIdsOf(sql, range)
    const windows = ids.map((id) => windowOf(id, range.from, range.to))
    const place = placeIn(info.path).join(' ')
    const at = (asOf: Date | null, name: string) =>
      asOf ? inPast(own, asOf, `${place} ${name}`, (past) => timeOf(past, windows), name) : timeOf(own, windows)
    const [was, became] = [await at(before, 'before'), await at(after ?? null, 'after')]
    const { from, to } = range
    const edits: EditsAsked = {
      ...{ from, to, userIds: ids, before: await revisionsAt(sql, before) },
      after: after ? await revisionsAt(sql, after) : null,
    }
    const sums = await editSums(sql, edits)
    const change = less(became, was)
    return Object.assign(new TimesComparison(), {
      ...{ before: was, after: became, change, rest: less(change, sumOf(sums)), edits, context: own, sums },
    })
  }

  @FieldResolver(() => EditConnection, { description: 'The activities that moved them, those that did most first.' })
  @Costs({ page: pageSize })
  async edits(
    @Root() { edits, context, sums }: TimesComparison,
    @Args(() => Page) page: Page,
  ): Promise<Connection<EditNode>> {
    const place = placeOf(page)
    const total = sums.reduce((all, { count }) => all + count, 0)
    const [position] = cursorIn('edits', place, 'count') ?? []
    const after = Number(position ?? (place.backward ? total + 1 : 0))
    // Backward from a position: those before it, read the other way round.
    const first = place.backward ? Math.max(0, after - 1 - place.limit - 1) : Math.max(0, after)
    const limit = place.backward ? Math.max(0, after - 1 - first) : place.limit + 1
    const found = await listEdits(context.database.sql, edits, { after: first, limit })
    const nodes = await editNodes(context, found)
    const positions = new Map(nodes.map((node, i) => [node, first + i + 1]))
    const inOrder = place.backward ? [...nodes].reverse() : nodes
    return connectionOf(place, inOrder, total, (node) => encodeCursor('edits', positions.get(node) ?? 0))
  }
}

function less(one: Side, other: Side): Side {
  return {
    nvaSeconds: one.nvaSeconds - other.nvaSeconds,
    totalSeconds: one.totalSeconds - other.totalSeconds,
  }
}

/** What the days come to, PTO left out. */
export async function timeOf(context: Reading, windows: readonly Window[]): Promise<Side> {
  const rollUp = wasteOf({ by: [], filter: {}, isCounted: false })
  const [row] = await context.freshness.rollUp(rollUp, windows, receiptOf(context), context.how)
  return { nvaSeconds: row?.nvaSeconds ?? 0, totalSeconds: row?.totalSeconds ?? 0 }
}

async function editNodes({ database: { sql } }: RequestContext, edits: readonly Edit[]): Promise<EditNode[]> {
  const states = edits.flatMap(({ before, after }) => [before ?? [], after ?? []].flat())
  const users = new Map(
    (await usersByIds(sql, [...new Set(states.map(({ userId }) => userId))])).map((user) => [user.id, user]),
  )
  const batchIds = [...new Set(states.flatMap(({ batchId }) => batchId ?? []))]
  const batches = new Map((await batchesByIds(sql, batchIds)).map((batch) => [batch.id, batch]))
  const shown = (state: EditedState | null): EditedActivity | null =>
    state && { ...state, user: users.get(state.userId) ?? null, batch: batches.get(state.batchId ?? '') ?? null }
  return edits.map((edit) => ({ ...edit, before: shown(edit.before), after: shown(edit.after) }))
}
