/** What an activity was, from its first state that is known to its last. */
import { Args, ArgsType, Authorized, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql'
import type { Sql } from '../../cache/database.ts'
import { IngestBatch } from '../../cache/entities/ingest-batch.ts'
import { Project } from '../../cache/entities/project.ts'
import { Stereotype } from '../../cache/entities/stereotype.ts'
import { User } from '../../cache/entities/user.ts'
import { type ActivityState, historyOf } from '../../cache/history.ts'
import { batchesByIds } from '../../cache/ingest-batches.ts'
import { projectsByIds, stereotypesByIds, usersByIds } from '../../cache/reference-reads.ts'
import { isKnownSource } from '../../cache/removals.ts'
import { ActivityType } from '../../model/activity.ts'
import { CalendarDate } from '../../model/calendar.ts'
import { sourceNamed, storedKeys } from '../../source/sources.ts'
import type { Rule } from '../access/rules.ts'
import { FromCache } from '../answer-memory.ts'
import { Costs } from '../cost.ts'
import type { RequestContext } from '../request-context.ts'
import type { Service } from '../service.ts'

@ArgsType()
export class ActivityHistoryArgs {
  @Field({ description: 'Whose activity it is.' })
  source!: string

  @Field({ description: "The source's own key of it." })
  externalId!: string
}

@ObjectType('ActivityState', { simpleResolvers: true, description: 'What an activity was for a while.' })
export class ActivityStateNode {
  @Field(() => Date, {
    nullable: true,
    description: 'When it became so; null where that was before history was kept, or longer ago than it is kept.',
  })
  since!: Date | null

  @Field(() => Date, {
    nullable: true,
    description:
      'When it became something else, or was deleted, which it was where no state follows at once; null where it is so still.',
  })
  until!: Date | null

  @Field(() => [String], {
    description: 'Which fields of it are others than in the state before; none in the first.',
  })
  changed!: string[]

  @Field(() => CalendarDate, { description: 'The day on which it was done.' })
  date!: string

  @Field(() => Int, { description: 'Seconds, 0 to 86,400.' })
  durationSeconds!: number

  @Field(() => ActivityType, { description: 'Whether it added value.' })
  type!: ActivityType

  @Field(() => Stereotype, {
    nullable: true,
    description: 'What kind of thing was done, as it is called now; null where it was deleted since.',
  })
  stereotype!: Stereotype | null

  @Field({ description: 'The code that its stereotype had then.' })
  stereotypeCode!: string

  @Field(() => User, { description: 'Who did it.' })
  user!: User

  @Field(() => Project, {
    nullable: true,
    description: 'What it was done for; null where the source named no project, and where it was deleted since.',
  })
  project!: Project | null

  @Field(() => IngestBatch, {
    nullable: true,
    description:
      'The ingest, pull or replay that its row came with; null where it was stored before batches were kept with activities.',
  })
  batch!: IngestBatch | null

  @Field(() => Int, { nullable: true, description: 'Which row of that batch it was, from 0.' })
  rowIndex!: number | null
}

/** Few activities change more often. */
const MANY_STATES = 100

@Resolver()
export class HistoryResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => [ActivityStateNode], {
    description:
      'What an activity was, the oldest state first, as far back as history is kept; also of one that was deleted. A new code of its stereotype makes ' +
      'another state of it. Empty where nothing is known of such a key.',
  })
  @Costs({ rows: () => MANY_STATES })
  async activityHistory(
    @Args(() => ActivityHistoryArgs) { source, externalId }: ActivityHistoryArgs,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<ActivityStateNode[]> {
    const { sources } = this.service.acl
    if (!sources.has(source) && !(await isKnownSource(sql, source))) sourceNamed(sources, source, 'source')
    // As it came too: a cache of an earlier version may hold keys as they came.
    for (const key of new Set([...storedKeys(sources, source, [externalId]), externalId])) {
      const states = await historyOf(sql, source, key)
      if (states.length > 0) return nodesOf(sql, states)
    }
    return []
  }
}

const COMPARED = {
  date: 'date',
  durationSeconds: 'durationSeconds',
  type: 'type',
  stereotype: 'stereotypeId',
  stereotypeCode: 'stereotypeCode',
  user: 'userId',
  project: 'projectId',
} as const satisfies Partial<Record<keyof ActivityStateNode, keyof ActivityState>>

async function nodesOf(sql: Sql, states: readonly ActivityState[]): Promise<ActivityStateNode[]> {
  const users = await found(usersByIds, sql, states, 'userId')
  const stereotypes = await found(stereotypesByIds, sql, states, 'stereotypeId')
  const projects = await found(projectsByIds, sql, states, 'projectId')
  const batches = await found(batchesByIds, sql, states, 'batchId')
  return states.map((state, i) => {
    const user = users.get(state.userId)
    if (!user) throw new Error(`Broken invariant: there is history of the user ${state.userId}, who was deleted.`)
    return {
      ...state,
      user,
      changed: changedIn(state, states[i - 1]),
      stereotype: stereotypes.get(state.stereotypeId) ?? null,
      project: projects.get(state.projectId ?? '') ?? null,
      batch: batches.get(state.batchId ?? '') ?? null,
    }
  })
}

function changedIn(state: ActivityState, before: ActivityState | undefined): string[] {
  if (!before) return []
  return Object.entries(COMPARED).flatMap(([field, column]) => (state[column] === before[column] ? [] : [field]))
}

/** What the states have under this name, by id. */
async function found<T extends { id: string }>(
  byIds: (sql: Sql, ids: readonly string[]) => Promise<T[]>,
  sql: Sql,
  states: readonly ActivityState[],
  column: 'userId' | 'stereotypeId' | 'projectId' | 'batchId',
): Promise<Map<string, T>> {
  const ids = [...new Set(states.flatMap((state) => state[column] ?? []))]
  return new Map((await byIds(sql, ids)).map((each) => [each.id, each]))
}
