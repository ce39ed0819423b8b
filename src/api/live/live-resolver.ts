import {
  Args,
  ArgsType,
  Authorized,
  Field,
  ID,
  Int,
  ObjectType,
  Resolver,
  registerEnumType,
  Subscription,
} from 'type-graphql'
import type { Asks, Live, Told } from '../../live/live.ts'
import { CalendarDate } from '../../model/calendar.ts'
import type { Caller } from '../../model/caller.ts'
import { ProblemCode } from '../../model/problem.ts'
import type { Receipt } from '../../model/receipt.ts'
import { MOST_TOLD, type ToldWindows, type Window } from '../../model/window.ts'
import { sourceNamed } from '../../source/sources.ts'
import type { Rule } from '../access/rules.ts'
import { checkIds, checkRange, checkStage } from '../arguments.ts'
import { Costs } from '../cost.ts'
import { ReceiptNode } from '../receipt-node.ts'
import type { Service } from '../service.ts'

/** What a subscription is begun with. */
export interface LiveContext {
  service: Service
  live: Live
  caller: Caller
  /** The users of whom a limited viewer is told, kept up to date meanwhile; null: everybody. */
  seen: Set<string> | null
  /** Called when the subscriber is too slow, and its subscription over. */
  onTooSlow: () => void
}

const LOSSES = 'An event can be lost, as where a process ends; what queries answer never depends on one.'

@ObjectType('TouchedWindow', { description: "A subject's days.", simpleResolvers: true })
export class TouchedWindow implements Window {
  @Field(() => ID, { description: 'The id of a user; of a project, for stages of projects.' })
  subjectId!: string

  @Field(() => CalendarDate, { description: 'The first day.' })
  from!: string

  @Field(() => CalendarDate, { description: 'The last day, included.' })
  to!: string
}

@ObjectType('TouchedWindows', { description: 'Of whom an event is, and of which days.', simpleResolvers: true })
export class TouchedWindows implements ToldWindows {
  @Field(() => [TouchedWindow], {
    description: `At most ${MOST_TOLD}. Where there would be more, those of a subject become one, which has the days between them too.`,
  })
  @Costs({ rows: () => MOST_TOLD })
  windows!: Window[]

  @Field(() => Int, { description: 'How many windows there are, those that are left out among them.' })
  windowCount!: number

  @Field({ description: 'False where windows are left out: others may be touched as well.' })
  isComplete!: boolean
}

@ObjectType({ description: "A stage's slices were brought up to date.", simpleResolvers: true })
export class SlicesRefreshed {
  @Field({
    description: "The stage's name. Stages that it reads were brought up to date with it, without events of their own.",
  })
  stage!: string

  @Field(() => Int, { description: 'The version of it that was asked for.' })
  version!: number

  @Field(() => TouchedWindows, { description: 'What was brought up to date; some of it may have been so before.' })
  touched!: ToldWindows

  @Field(() => ReceiptNode, { description: 'What was done for it.' })
  receipt!: Receipt
}

@ObjectType({ description: 'Activities were inserted, updated or deleted.', simpleResolvers: true })
export class ActivitiesIngested {
  @Field({ description: "The source's name." })
  source!: string

  @Field(() => ID, {
    nullable: true,
    description: 'The id of the report, which `ingestBatch` gives; null where they were deleted by `deleteActivities`.',
  })
  batchId!: string | null

  @Field(() => Int, { description: 'How many activities are new.' })
  inserted!: number

  @Field(() => Int, { description: 'How many activities are different now.' })
  updated!: number

  @Field(() => Int, { description: 'How many activities are gone.' })
  deleted!: number

  @Field(() => TouchedWindows, {
    description: 'For each user the days from the first to the last that lost or got something.',
  })
  touched!: ToldWindows
}

@ObjectType({ description: 'How many rows have a problem.', simpleResolvers: true })
export class ProblemCount {
  @Field(() => ProblemCode, { description: 'The problem.' })
  code!: ProblemCode

  @Field(() => Int, { description: 'How many of the rows have it; a row can have several problems.' })
  count!: number
}

@ObjectType({ description: 'Rows were refused that nobody was told of before.', simpleResolvers: true })
export class RowsQuarantined {
  @Field({ description: "The source's name." })
  source!: string

  @Field(() => ID, { description: 'The id of the report, by which `quarantine` finds the rows.' })
  batchId!: string

  @Field(() => Int, { description: 'How many rows.' })
  count!: number

  @Field(() => [ProblemCount], { description: 'The same by what is wrong with them.' })
  @Costs({ rows: () => Object.keys(ProblemCode).length })
  countsByCode!: ProblemCount[]
}

export enum SourceChange {
  PULL_BEGAN = 'PULL_BEGAN',
  PULL_ENDED = 'PULL_ENDED',
  PULL_FAILED = 'PULL_FAILED',
  REMOVED = 'REMOVED',
}

registerEnumType(SourceChange, {
  name: 'SourceChange',
  description: 'What happened to a source.',
  valuesConfig: {
    PULL_BEGAN: { description: 'A pull of it is under way.' },
    PULL_ENDED: { description: 'A pull of it went well.' },
    PULL_FAILED: { description: 'A pull of it failed or was broken off; what was stored by then stays.' },
    REMOVED: { description: 'It was removed with everything that came from it: nothing of it is there any more.' },
  },
})

@ObjectType({ description: 'A pull of a source began or is over, or the source was removed.', simpleResolvers: true })
export class SourceChanged {
  @Field({ description: "The source's name." })
  name!: string

  @Field(() => SourceChange, { description: 'What happened to it.' })
  kind!: SourceChange

  @Field(() => ID, {
    nullable: true,
    description: "The id of the pull's report, which `ingestBatch` gives; null where the source was removed.",
  })
  batchId!: string | null

  @Field(() => Int, {
    nullable: true,
    description:
      'How many activities were inserted, updated or removed: whoever shows them asks again where it is not 0. Null where a pull began or failed.',
  })
  changed!: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Why the pull failed, at most 500 characters of it; else null.',
  })
  error!: string | null
}

@ObjectType({ description: 'Another version of a stage answers from now on.', simpleResolvers: true })
export class StagePromoted {
  @Field({ description: "The stage's name." })
  stage!: string

  @Field(() => Int, { description: 'The version that answers.' })
  version!: number

  @Field(() => Int, { nullable: true, description: 'The version that answered before.' })
  formerVersion!: number | null
}

@ArgsType()
export class StagePromotedArgs {
  @Field(() => String, { nullable: true, description: "A stage's name; all stages, unless told." })
  stage?: string | null
}

@ArgsType()
export class SlicesRefreshedArgs {
  @Field(() => String, { nullable: true, description: "A stage's name; all stages, unless told." })
  stage?: string | null

  @Field(() => [ID], {
    nullable: true,
    description: 'Only what touches one of these users, and so none of the stages of projects; everybody, unless told.',
  })
  userIds?: string[] | null

  @Field(() => CalendarDate, { nullable: true, description: 'Only what touches days from here on.' })
  from?: string | null

  @Field(() => CalendarDate, { nullable: true, description: 'Only what touches days until here, included.' })
  to?: string | null
}

@ArgsType()
export class OfSourceArgs {
  @Field(() => String, { nullable: true, description: "A source's name; all sources, unless told." })
  source?: string | null
}

@ArgsType()
export class SourceChangedArgs {
  @Field(() => String, { nullable: true, description: "A source's name; all sources, unless told." })
  name?: string | null
}

/** What a field subscribes to: nothing is read for it, neither then nor with each event. */
function asking<A extends object>(asks: (args: A, context: Pick<LiveContext, 'service' | 'seen'>) => Asks) {
  return ({ args, context }: { args: A; context: LiveContext }) =>
    context.live.subscribe(
      asks(args, context),
      context.onTooSlow,
      context.caller.isUnknown ? undefined : context.caller.id,
    )
}

/** What of an event a limited viewer is told: of the users that it sees. */
function seenOf(touched: ToldWindows, seen: ReadonlySet<string> | null): ToldWindows {
  if (!seen) return touched
  const windows = touched.windows.filter(({ subjectId }) => seen.has(subjectId))
  return { windows, windowCount: windows.length, isComplete: touched.isComplete }
}

/** What a field gives of a fact. */
export function shownFact({ type, event }: Told, { seen }: Pick<LiveContext, 'seen'>): object {
  const change = { batchId: null, changed: null, error: null }
  switch (type) {
    case 'slices.refreshed': {
      const { stage, version, receipt, ...touched } = event
      return { stage, version, touched: seenOf(touched, seen), receipt }
    }
    case 'activities.ingested': {
      const { windows, windowCount, isComplete, ...counts } = event
      return { ...counts, touched: seenOf({ windows, windowCount, isComplete }, seen) }
    }
    case 'rows.quarantined':
      return { ...event, countsByCode: Object.entries(event.countsByCode).map(([code, count]) => ({ code, count })) }
    case 'pull.began':
      return { ...change, ...event, name: event.source, kind: SourceChange.PULL_BEGAN }
    case 'pull.ended':
      return { ...change, ...event, name: event.source, kind: SourceChange.PULL_ENDED }
    case 'pull.failed':
      return { ...change, ...event, name: event.source, kind: SourceChange.PULL_FAILED }
    case 'stage.promoted':
      return event
    case 'source.removed':
      return { ...change, changed: event.activities, name: event.source, kind: SourceChange.REMOVED }
  }
}

/** What a field gives is made of facts by \`shownFact\` alone: see \`plainEvents\` in schema.ts. */
const never = (): never => {
  throw new Error('Broken invariant: events are not resolved by type-graphql.')
}

@Resolver()
export class LiveResolver {
  @Authorized<Rule>('read')
  @Subscription(() => SlicesRefreshed, {
    description: `Slices of a stage were brought up to date. Where not all windows are told, filters let it pass. ${LOSSES}`,
    subscribe: asking<SlicesRefreshedArgs>(({ stage, userIds, from, to }, { service: { freshness }, seen }) => {
      if (stage != null) checkStage(freshness.graph, 'stage', stage)
      if (userIds) checkIds('userIds', userIds)
      checkRange(from, to)
      const ids = userIds && new Set(userIds.map((id) => id.toLowerCase()))
      const isAsked = (window: Window) =>
        (!ids || ids.has(window.subjectId)) &&
        (!seen || seen.has(window.subjectId)) &&
        (!from || window.to >= from) &&
        (!to || window.from <= to)
      return {
        'slices.refreshed': ({ stage: name, windows, isComplete }) =>
          (stage == null || name === stage) && (!isComplete || windows.some(isAsked)),
      }
    }),
  })
  slicesRefreshed(@Args(() => SlicesRefreshedArgs) _: SlicesRefreshedArgs): SlicesRefreshed {
    return never()
  }

  @Authorized<Rule>('read')
  @Subscription(() => ActivitiesIngested, {
    description: `Activities of a source were written or removed, by whatever way; after a pull once for all its pages. ${LOSSES}`,
    subscribe: asking<OfSourceArgs>(({ source }, { service: { acl }, seen }) => {
      if (source != null) sourceNamed(acl.sources, source, 'source')
      const isSeen = ({ windows, isComplete }: ToldWindows) =>
        !seen || !isComplete || windows.some(({ subjectId }) => seen.has(subjectId))
      return { 'activities.ingested': (event) => (source == null || event.source === source) && isSeen(event) }
    }),
  })
  activitiesIngested(@Args(() => OfSourceArgs) _: OfSourceArgs): ActivitiesIngested {
    return never()
  }

  @Authorized<Rule>('readAll')
  @Subscription(() => RowsQuarantined, {
    description: `Rows of a source were refused, and wait in quarantine. ${LOSSES}`,
    subscribe: asking<OfSourceArgs>(({ source }, { service: { acl } }) => {
      if (source != null) sourceNamed(acl.sources, source, 'source')
      return { 'rows.quarantined': (event) => source == null || event.source === source }
    }),
  })
  rowsQuarantined(@Args(() => OfSourceArgs) _: OfSourceArgs): RowsQuarantined {
    return never()
  }

  @Authorized<Rule>('read')
  @Subscription(() => StagePromoted, {
    description: `Another version of a stage answers. ${LOSSES}`,
    subscribe: asking<StagePromotedArgs>(({ stage }, { service: { freshness } }) => {
      if (stage != null) checkStage(freshness.graph, 'stage', stage)
      return { 'stage.promoted': (event) => stage == null || event.stage === stage }
    }),
  })
  stagePromoted(@Args(() => StagePromotedArgs) _: StagePromotedArgs): StagePromoted {
    return never()
  }

  @Authorized<Rule>('readAll')
  @Subscription(() => SourceChanged, {
    description: `A pull of a source began, ended or failed, or the source was removed. ${LOSSES}`,
    subscribe: asking<SourceChangedArgs>(({ name }, { service: { acl } }) => {
      if (name != null) sourceNamed(acl.sources, name, 'name')
      const isAsked = ({ source }: { source: string }) => name == null || source === name
      return { 'pull.began': isAsked, 'pull.ended': isAsked, 'pull.failed': isAsked, 'source.removed': isAsked }
    }),
  })
  sourceChanged(@Args(() => SourceChangedArgs) _: SourceChangedArgs): SourceChanged {
    return never()
  }
}
