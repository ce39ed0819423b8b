/** Why a number is another one than before. */
import type { GraphQLResolveInfo } from 'graphql'
import { GraphQLBigInt } from 'graphql-scalars'
import {
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  Float,
  Info,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql'
import { Project } from '../cache/entities/project.ts'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { Team } from '../cache/entities/team.ts'
import { User } from '../cache/entities/user.ts'
import type { HowFresh } from '../freshness/read/freshness-mode.ts'
import { type GroupStanding, keyOf, least } from '../freshness/read/standing-of-groups.ts'
import { type Dimension, type WasteRow, wasteOf } from '../freshness/read/waste.ts'
import { CalendarDate } from '../model/calendar.ts'
import {
  type Change,
  type ChangeKind,
  type ChangeLine,
  type ChangeMetric,
  changeOf,
  type GroupChange,
  ratioOf,
  type Side,
  sumOf,
} from '../model/change-parts.ts'
import { BadInputError } from '../model/errors.ts'
import type { Window } from '../model/window.ts'
import { stageOf } from '../stages/stage-graph.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { changedSince } from './change-since.ts'
import { Costs, personDays } from './cost.ts'
import { FreshnessNode } from './freshness-node.ts'
import { freshnessNode, sourcesSeen } from './freshness-resolver.ts'
import { reading } from './reading.ts'
import { ReadingArgs, StageVersionInput } from './reading-args.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import {
  groupsAtMost,
  type NamedGroup,
  namesOfGroups,
  WasteFilterInput,
  windowsOfWaste,
} from './waste-groups-resolver.ts'

/** What the difference of two periods can be taken apart by, as the API calls it. */
const ChangeDimensions = { STEREOTYPE: 'STEREOTYPE', USER: 'USER', TEAM: 'TEAM', PROJECT: 'PROJECT' } as const

type ChangeDimension = keyof typeof ChangeDimensions

registerEnumType(ChangeDimensions, {
  name: 'ChangeDimension',
  description: 'What the difference of two periods is taken apart by.',
  valuesConfig: {
    STEREOTYPE: { description: 'The kind of activity, by its code.' },
    USER: { description: 'Whose time it is.' },
    TEAM: {
      description: 'The teams in which its user was on the day: those of several are one group, and those of none.',
    },
    PROJECT: { description: 'What was worked on; time of no project is a group of its own.' },
  },
})

const METRICS: { [metric in ChangeMetric]: metric } = { WASTE_RATIO: 'WASTE_RATIO', NVA_SECONDS: 'NVA_SECONDS' }

registerEnumType(METRICS, {
  name: 'ChangeMetric',
  description: 'The number whose change is explained. PTO is in none.',
  valuesConfig: {
    WASTE_RATIO: { description: 'Time without added value by all time, from 0 to 1.' },
    NVA_SECONDS: { description: 'Seconds without added value.' },
  },
})

const KINDS: { [kind in ChangeKind]: kind } = {
  ...{ MIX: 'MIX', RATE: 'RATE', VOLUME: 'VOLUME' },
  ...{ LATE_ROWS: 'LATE_ROWS', REMOVED_ROWS: 'REMOVED_ROWS', EDITED_ROWS: 'EDITED_ROWS', NEW_LOGIC: 'NEW_LOGIC' },
}

registerEnumType(KINDS, {
  name: 'ChangeKind',
  description:
    'What kind of cause moved a number. More kinds may come: show those that you do not know as they are called.',
  valuesConfig: {
    MIX: { description: 'More or less of all time went to the group.' },
    RATE: { description: "More or less of the group's own time was without added value." },
    VOLUME: { description: 'There was more or less time in all.' },
    LATE_ROWS: { description: 'Activities came to the days before after `beforeAsOf`.' },
    REMOVED_ROWS: { description: 'Activities of the days before were deleted or moved away after `beforeAsOf`.' },
    EDITED_ROWS: { description: 'Activities of the days before were changed after `beforeAsOf`.' },
    NEW_LOGIC: { description: 'The days before come to something else by the logic of now than by `beforeVersions`.' },
  },
})

@InputType({ description: 'Days, both included.' })
export class DateRangeInput {
  @Field(() => CalendarDate, { description: 'The first day.' })
  from!: string

  @Field(() => CalendarDate, { description: 'The last day, included.' })
  to!: string
}

const DEFAULT_LINES = 20
const MOST_LINES = 1_000

@ArgsType()
export class ExplainChangeArgs {
  @Field(() => METRICS, { nullable: true, defaultValue: METRICS.WASTE_RATIO, description: 'The number that changed.' })
  metric?: ChangeMetric | null

  @Field(() => DateRangeInput, { description: 'The days before.' })
  before!: DateRangeInput

  @Field(() => DateRangeInput, { description: 'The days after.' })
  after!: DateRangeInput

  @Field(() => Date, {
    nullable: true,
    description:
      'The number before is what it was at this moment; what late, edited and removed rows made of it since are parts of their own. Included. As it is now, unless told.',
  })
  beforeAsOf?: Date | null

  @Field(() => [StageVersionInput], {
    nullable: true,
    description: 'The number before is by these versions; what the versions of now make of it is a part of its own.',
  })
  beforeVersions?: StageVersionInput[] | null

  @Field(() => [ChangeDimensions], {
    defaultValue: ['STEREOTYPE'],
    description: 'What it is taken apart by: a group is what has all of these in common.',
  })
  by!: ChangeDimension[]

  @Field(() => WasteFilterInput, {
    nullable: true,
    description: 'What of the time is looked at; everything but PTO, unless told.',
  })
  filter?: WasteFilterInput | null

  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_LINES,
    description: 'How many lines, the largest; the others are in `rest`. At most 1000.',
  })
  first?: number | null
}

@ObjectType('ChangeSide', { description: 'The time of a group in one of the two periods.', simpleResolvers: true })
export class ChangeSide implements Side {
  @Field(() => GraphQLBigInt, { description: 'Seconds without added value.' })
  nvaSeconds!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds in all.' })
  totalSeconds!: number

  @Field(() => Float, { nullable: true, description: 'The first by the second; null where there is no time.' })
  wasteRatio!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Its part of all time in the period, from 0 to 1; null where there is none.',
  })
  share!: number | null
}

@ObjectType('ChangePart', { description: 'What one cause moved the number by.', simpleResolvers: true })
export class ChangePart {
  @Field(() => KINDS, { description: 'What kind of cause it is.' })
  kind!: ChangeKind

  @Field(() => Float, {
    description: 'By how much it moved the number, in its unit: all of them and `rest` add up to the change exactly.',
  })
  contribution!: number

  @Field({ description: 'What its group is called; empty where it is of all.' })
  label!: string

  @Field(() => String, { nullable: true, description: 'By STEREOTYPE: the code, in lower case.' })
  stereotypeCode!: string | null

  @Field(() => [Stereotype], { description: 'By STEREOTYPE: those of the code; else none.' })
  @Costs({ rows: () => 1 })
  stereotypes!: Stereotype[]

  @Field(() => User, { nullable: true, description: 'By USER: whose time it is.' })
  user!: User | null

  @Field(() => [Team], { description: 'By TEAM: the teams of its users; none also where they are in none.' })
  @Costs({ rows: () => 1 })
  teams!: Team[]

  @Field(() => Project, { nullable: true, description: 'By PROJECT: the project; null also where it has none.' })
  project!: Project | null

  @Field(() => ChangeSide, { description: 'Its group before.' })
  before!: ChangeSide

  @Field(() => ChangeSide, { description: 'Its group after.' })
  after!: ChangeSide
}

@ObjectType('ChangeRest', { description: 'All causes that are not listed, in one line.', simpleResolvers: true })
export class ChangeRest {
  @Field(() => Int, { description: 'How many there are.' })
  count!: number

  @Field(() => Float, { description: 'By how much they moved the number together.' })
  contribution!: number
}

@ObjectType('ChangeExplanation', { description: 'The difference of two periods, taken apart.', simpleResolvers: true })
export class ChangeExplanation {
  @Field(() => METRICS, { description: 'The number that changed.' })
  metric!: ChangeMetric

  @Field(() => Float, {
    nullable: true,
    description:
      'The number before; null where there was no time of which it could be a ratio, and, under CACHED, where nothing of it is stored.',
  })
  before!: number | null

  @Field(() => Float, { nullable: true, description: 'The number after; null likewise.' })
  after!: number | null

  @Field(() => Float, { nullable: true, description: '`after` less `before`; null where one of them is.' })
  change!: number | null

  @Field(() => [ChangePart], { description: 'What moved it, the largest first.' })
  @Costs({ rows: (_, __, page) => page })
  parts!: ChangePart[]

  @Field(() => ChangeRest, { description: 'What else moved it.' })
  rest!: ChangeRest

  @Field(() => FreshnessNode, { description: 'That of the least fresh part of both periods.' })
  freshness!: FreshnessNode
}

type Named = NamedGroup & { label: string }

@Resolver()
export class ExplainChangeResolver {
  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => ChangeExplanation, {
    description:
      'Why a number is another one in `after` than in `before`: what moved it, by group and by kind of cause, in lines that add up to the change exactly.',
  })
  @Costs({
    page: ({ first }) => Math.max(0, first ?? DEFAULT_LINES),
    personPeriods: ({ before = {}, after = {}, by = [] }, extent) =>
      [before, after].reduce((all, range) => all + personDays(range, extent) + groupsAtMost(by, range, extent), 0),
  })
  async explainChange(
    @Args(() => ExplainChangeArgs)
    { metric, before, after, beforeAsOf, beforeVersions, by, filter, first }: ExplainChangeArgs,
    @Args(() => ReadingArgs) readingArgs: ReadingArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() given: RequestContext,
  ): Promise<ChangeExplanation> {
    checkDays({ before, after })
    const most = first ?? DEFAULT_LINES
    if (most < 0 || most > MOST_LINES)
      throw new BadInputError('first', `first must be from 0 to ${MOST_LINES}, not ${most}.`)
    const dimensions = [...new Set(by)].map((each) => DIMENSION_OF[each])
    const rollUp = wasteOf({ by: dimensions, filter: filter ?? {}, isCounted: false })
    const context = await reading(given, readingArgs)
    const { how } = context
    const [from, to] = [await windowsOfWaste(context, before, filter), await windowsOfWaste(context, after, filter)]
    const rows = await Promise.all(
      [from, to].map((windows) => context.freshness.rollUp(rollUp, windows, receiptOf(context), how)),
    )
    const naming = await namesOfGroups(context, dimensions)
    const groups = groupChanges(
      rows[0] ?? [],
      rows[1] ?? [],
      (row) => keyOf(rollUp.group, row),
      (row) => named(naming(row), dimensions),
    )
    const isLacking = async (i: number, windows: readonly Window[]) => {
      if (how.mode === 'FRESH' || rows[i]?.length !== 0) return false
      const { behind } = await context.freshness.standingOfGroups(rollUp, windows, how)
      return [...behind.values()].some(({ isFresh }) => !isFresh)
    }
    const lacking = { before: await isLacking(0, from), after: await isLacking(1, to) }
    const now = known(changeOf(metric ?? METRICS.WASTE_RATIO, groups), lacking)
    const since = {
      range: before,
      windows: from,
      filter: filter ?? {},
      rollUp,
      now: sumOf(groups.map((each) => each.before)),
      asOf: beforeAsOf ?? null,
      versions: beforeVersions ?? [],
    }
    const { lines, ...numbers } =
      since.asOf || since.versions.length > 0
        ? await changedSince(context, info, metric ?? METRICS.WASTE_RATIO, now, since)
        : now
    const shown = lines.slice(0, most)
    const others = lines.slice(most)
    const isTimed = selectionsAt(info).some(({ name }) => name === 'freshness')
    return {
      metric: metric ?? METRICS.WASTE_RATIO,
      ...numbers,
      parts: partsOf(shown, groups),
      rest: { count: others.length, contribution: others.reduce((sum, { contribution }) => sum + contribution, 0) },
      ...((isTimed && { freshness: await freshnessOf(context, rollUp, [from, to], how) }) as {
        freshness: FreshnessNode
      }),
    }
  }
}

const DIMENSION_OF: Readonly<Record<ChangeDimension, Dimension>> = {
  STEREOTYPE: 'CODE',
  USER: 'USER',
  TEAM: 'TEAMS',
  PROJECT: 'PROJECT',
}

function checkDays(ranges: Readonly<Record<string, DateRangeInput>>): void {
  for (const [name, { from, to }] of Object.entries(ranges)) {
    if (from > to) throw new BadInputError(name, `${name}: from (${from}) must not come after to (${to}).`)
  }
}

/** The groups that there are before or after. */
function groupChanges(
  before: readonly WasteRow[],
  after: readonly WasteRow[],
  keyOfRow: (row: WasteRow) => string,
  nameOf: (row: WasteRow) => Named,
): GroupChange<Named>[] {
  const none = { nvaSeconds: 0, totalSeconds: 0 }
  const found = new Map(
    before.map((row) => [keyOfRow(row), { group: nameOf(row), before: row as Side, after: none as Side }]),
  )
  for (const row of after) {
    const known = found.get(keyOfRow(row))
    found.set(keyOfRow(row), { group: known?.group ?? nameOf(row), before: known?.before ?? none, after: row })
  }
  return [...found.values()]
}

function named(group: NamedGroup | null, by: readonly Dimension[]): Named {
  const gone: NamedGroup = {
    ...{ user: null, team: null, teams: [], project: null, stereotypeCode: null, stereotypes: [] },
    ...{ source: null, day: null, week: null, month: null, quarter: null, sprint: null },
  }
  const known = group ?? gone
  const names: Partial<Record<Dimension, string>> = {
    CODE: known.stereotypeCode ?? '',
    USER: known.user?.name ?? '',
    TEAMS: known.teams.map(({ name }) => name).join(' + ') || 'no team',
    PROJECT: known.project?.name ?? 'no project',
  }
  return { ...known, label: by.map((each) => names[each]).join(', ') }
}

/** The change, without what is lacking as nothing of it is stored: that is not 0. */
function known(change: Change<Named>, lacking: { before: boolean; after: boolean }): Change<Named> {
  if (!lacking.before && !lacking.after) return change
  const { before, after } = change
  return { before: lacking.before ? null : before, after: lacking.after ? null : after, change: null, lines: [] }
}

function partsOf(lines: readonly ChangeLine<Named>[], groups: readonly GroupChange<Named>[]): ChangePart[] {
  const all = { before: sumOf(groups.map((each) => each.before)), after: sumOf(groups.map((each) => each.after)) }
  const byGroup = new Map(groups.map((each) => [each.group, each]))
  return lines.map(({ kind, group, contribution }) => {
    const own = (group && byGroup.get(group)) ?? all
    const { label = '', stereotypeCode = null, stereotypes = [], user = null, teams = [], project = null } = group ?? {}
    return {
      ...{ kind, contribution, label, stereotypeCode, stereotypes, user, teams, project },
      before: sideOf(own.before, all.before),
      after: sideOf(own.after, all.after),
    }
  })
}

function sideOf(side: Side, all: Side): ChangeSide {
  const { nvaSeconds, totalSeconds } = side
  const share = all.totalSeconds > 0 ? totalSeconds / all.totalSeconds : null
  return { nvaSeconds, totalSeconds, wasteRatio: ratioOf(side), share }
}

async function freshnessOf(
  context: RequestContext,
  rollUp: ReturnType<typeof wasteOf>,
  periods: readonly (readonly Window[])[],
  how: HowFresh,
): Promise<FreshnessNode> {
  const { freshness, gathered } = context
  gathered.isOfItsTime = true
  let all: GroupStanding | undefined
  for (const windows of periods) {
    const { now, behind } = await freshness.standingOfGroups(rollUp, windows, how)
    all = least(all, { isFresh: true, verifiedAt: now, causes: [], keys: {} })
    for (const standing of behind.values()) if (!standing.isFresh) all = least(all, standing)
  }
  const ids = periods.flatMap((windows) => windows.map(({ subjectId }) => subjectId))
  const seen = await sourcesSeen(context, stageOf(freshness.graph, rollUp.stage), ids)
  return freshnessNode(all ?? { isFresh: true, verifiedAt: null, causes: [] }, seen.get(undefined) ?? null)
}
