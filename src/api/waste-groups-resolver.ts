/** Where time goes, by any combination of what it can be told apart by. */
import type { GraphQLResolveInfo } from 'graphql'
import { GraphQLBigInt } from 'graphql-scalars'
import {
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  Float,
  ID,
  Info,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  registerEnumType,
} from 'type-graphql'
import { Project } from '../cache/entities/project.ts'
import { Sprint } from '../cache/entities/sprint.ts'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { Team } from '../cache/entities/team.ts'
import { User } from '../cache/entities/user.ts'
import type { Extent } from '../cache/extent.ts'
import { allOf } from '../cache/reference-lists.ts'
import {
  allProjects,
  allSprints,
  allStereotypes,
  allUserIds,
  stereotypeIdsByCode,
  USERS,
  usersByIds,
} from '../cache/reference-reads.ts'
import { allTeams } from '../cache/teams.ts'
import type { Scope } from '../freshness/read/provenance.ts'
import { keyOf } from '../freshness/read/standing-of-groups.ts'
import { type Dimension, quarantinedByWaste, type WasteRow, wasteOf } from '../freshness/read/waste.ts'
import { CalendarDate } from '../model/calendar.ts'
import { compareText } from '../model/compare-text.ts'
import { BadInputError } from '../model/errors.ts'
import type { Window } from '../model/window.ts'
import { calendarPeriods } from '../periods/index.ts'
import { mostIn, type Span, spanOf } from '../periods/period.ts'
import { sourceNamed } from '../source/sources.ts'
import { stageOf } from '../stages/stage-graph.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkRange, projectsOf, RangeArgs, teamsOf, usersOf, windowOf } from './arguments.ts'
import { type Connection, connectionType } from './connections.ts'
import { type CostArgs, Costs, days, personDays } from './cost.ts'
import { FreshnessNode } from './freshness-node.ts'
import { shownGroups } from './freshness-resolver.ts'
import { connectionOf, cursorIn, encodeCursor, Page, pageSize, placeOf } from './pagination.ts'
import { ProvenanceNode } from './provenance-node.ts'
import { provenanceOfGroup } from './provenance-resolver.ts'
import { inReading } from './reading.ts'
import { PastReadingArgs } from './reading-args.ts'
import { type RequestContext, receiptOf } from './request-context.ts'
import { selectionsAt } from './selection.ts'
import type { Service } from './service.ts'

/** What time can be told apart by, as the API calls it. */
export const WasteDimensions = {
  USER: 'USER',
  TEAM: 'TEAM',
  PROJECT: 'PROJECT',
  STEREOTYPE: 'STEREOTYPE',
  SOURCE: 'SOURCE',
  DAY: 'DAY',
  WEEK: 'WEEK',
  MONTH: 'MONTH',
  QUARTER: 'QUARTER',
  SPRINT: 'SPRINT',
} as const

export type WasteDimension = keyof typeof WasteDimensions

registerEnumType(WasteDimensions, {
  name: 'WasteDimension',
  description: 'What time can be told apart by.',
  valuesConfig: {
    USER: { description: 'Whose it is.' },
    TEAM: {
      description:
        'The team in which its user was on the day; who was in several counts in each, who was in none in none.',
    },
    PROJECT: { description: 'What was worked on; time of no project is a group of its own.' },
    STEREOTYPE: { description: 'What kind of activity it was; kinds of one code are one line, unless told otherwise.' },
    SOURCE: { description: 'The external system that recorded it.' },
    DAY: { description: 'The day.' },
    WEEK: { description: 'The ISO week, from Monday on.' },
    MONTH: { description: 'The month of the calendar.' },
    QUARTER: { description: 'The quarter of the calendar, from January, April, July or October on.' },
    SPRINT: { description: 'The sprint in which the day lies; in several it counts in each, in none in none.' },
  },
})

export enum WasteOrder {
  NVA_DESC = 'NVA_DESC',
  VA_DESC = 'VA_DESC',
  TOTAL_DESC = 'TOTAL_DESC',
  RATIO_DESC = 'RATIO_DESC',
  PERIOD_ASC = 'PERIOD_ASC',
  NAME_ASC = 'NAME_ASC',
}

registerEnumType(WasteOrder, {
  name: 'WasteOrder',
  description: 'What groups of time are ordered by.',
  valuesConfig: {
    NVA_DESC: { description: 'Most time without added value first.' },
    VA_DESC: { description: 'Most time with added value first.' },
    TOTAL_DESC: { description: 'Most time first.' },
    RATIO_DESC: { description: 'The largest part without added value first; those without any time last.' },
    PERIOD_ASC: { description: 'The earliest first, by day, week, month, quarter, and the start of the sprint.' },
    NAME_ASC: { description: 'By the names of team, user, project, stereotype and source.' },
  },
})

@InputType({ description: 'What of the time is asked for; all that is given must hold.' })
export class WasteFilterInput {
  @Field(() => [ID], { nullable: true, description: 'Of one of these users.' })
  userIds?: string[] | null

  @Field(() => [ID], { nullable: true, description: 'Of users who were in one of these teams on the day.' })
  teamIds?: string[] | null

  @Field(() => [ID], { nullable: true, description: 'On one of these projects.' })
  projectIds?: string[] | null

  @Field(() => [String], { nullable: true, description: 'Of stereotypes of one of these codes, whatever their case.' })
  stereotypeCodes?: string[] | null

  @Field(() => [String], { nullable: true, description: 'Recorded by one of these sources.' })
  sources?: string[] | null
}

@ArgsType()
export class WasteArgs extends RangeArgs {
  @Field(() => [WasteDimensions], {
    defaultValue: [],
    description: 'What it is told apart by; all is one group, unless told.',
  })
  groupBy!: WasteDimension[]

  @Field(() => WasteFilterInput, { nullable: true, description: 'Everything but PTO, unless told.' })
  filter?: WasteFilterInput | null

  @Field(() => WasteOrder, { nullable: true, defaultValue: WasteOrder.NVA_DESC, description: 'What comes first.' })
  orderBy?: WasteOrder | null

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description:
      'Whether stereotypes with one code, such as those of several projects or sources, are one line; grouped by STEREOTYPE.',
  })
  mergeCodes?: boolean | null
}

@ObjectType('WasteGroup', { description: 'Time that has something in common; PTO is left out.', simpleResolvers: true })
export class WasteGroup {
  @Field(() => User, { nullable: true, description: 'Grouped by USER: whose it is.' })
  user!: User | null

  @Field(() => Team, { nullable: true, description: 'Grouped by TEAM: the team.' })
  team!: Team | null

  @Field(() => Project, {
    nullable: true,
    description: 'Grouped by PROJECT: the project; null also where it has none.',
  })
  project!: Project | null

  @Field(() => String, {
    nullable: true,
    description: 'Grouped by STEREOTYPE: its code, in lower case where several are one line.',
  })
  stereotypeCode!: string | null

  @Field(() => [Stereotype], { description: 'Grouped by STEREOTYPE: those of the line, by source; else none.' })
  @Costs({ rows: () => 1 })
  stereotypes!: Stereotype[]

  @Field(() => String, { nullable: true, description: 'Grouped by SOURCE: its name.' })
  source!: string | null

  @Field(() => CalendarDate, { nullable: true, description: 'Grouped by DAY.' })
  day!: string | null

  @Field(() => CalendarDate, { nullable: true, description: 'Grouped by WEEK: its Monday.' })
  week!: string | null

  @Field(() => CalendarDate, { nullable: true, description: 'Grouped by MONTH: its first day.' })
  month!: string | null

  @Field(() => CalendarDate, { nullable: true, description: 'Grouped by QUARTER: its first day.' })
  quarter!: string | null

  @Field(() => Sprint, { nullable: true, description: 'Grouped by SPRINT: the sprint.' })
  sprint!: Sprint | null

  @Field(() => GraphQLBigInt, {
    nullable: true,
    description: 'Seconds without added value; null, under CACHED, where none of it is stored.',
  })
  nvaSeconds!: number | null

  @Field(() => GraphQLBigInt, { nullable: true, description: 'Seconds with added value; null likewise.' })
  vaSeconds!: number | null

  @Field(() => GraphQLBigInt, { nullable: true, description: 'Seconds in all; null likewise.' })
  totalSeconds!: number | null

  @Field(() => Float, { nullable: true, description: 'NVA time by total time, from 0 to 1; null where there is none.' })
  wasteRatio!: number | null

  @Field(() => GraphQLBigInt, { nullable: true, description: 'How many activities that are; null likewise.' })
  activityCount!: number | null

  @Field(() => Int, { description: 'Rows that wait in quarantine and belong to it: they are not in its sums.' })
  quarantinedRows!: number

  @Field(() => FreshnessNode, { description: 'That of its least fresh part.' })
  freshness!: FreshnessNode

  @Field(() => ProvenanceNode, { description: 'Where its sums come from.' })
  provenance!: ProvenanceNode
}

export const WasteConnection = connectionType('Waste', WasteGroup)

@Resolver()
export class WasteGroupsResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => WasteConnection, {
    description:
      'Where time goes from `from` to `to`: sums by any combination of what it can be told apart by. PTO is left out.',
  })
  @Costs({
    page: (args, extent) => Math.min(pageSize(args), groupsAtMost(args.groupBy ?? [], args, extent)),
    personPeriods: (args, extent) => personDays(args, extent) + groupsAtMost(args.groupBy ?? [], args, extent),
  })
  async waste(
    @Args(() => WasteArgs) { groupBy, filter, orderBy, mergeCodes, ...range }: WasteArgs,
    @Args(() => Page) page: Page,
    @Args(() => PastReadingArgs) readingArgs: PastReadingArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() given: RequestContext,
  ): Promise<Connection<WasteGroup>> {
    return inReading(given, readingArgs, info, async (context) => {
      const { freshness, how } = context
      const place = placeOf(page)
      // A page is of positions, which mean something in their own list alone.
      const list = `waste by ${groupBy} ${mergeCodes ?? true} ${orderBy ?? WasteOrder.NVA_DESC}`
      const [position] = cursorIn(list, place, 'count') ?? []
      if (position !== undefined && Number(position) < 1) {
        const argument = place.backward ? 'before' : 'after'
        throw new BadInputError(argument, `${argument} must be a cursor out of this list; positions begin with 1.`)
      }
      for (const source of filter?.sources ?? []) sourceNamed(this.service.acl.sources, source, 'sources')
      const selected = new Set(
        [...selectionsAt(info, 'nodes'), ...selectionsAt(info, 'edges', 'node')].map(({ name }) => name),
      )
      const by = dimensionsOf(groupBy, mergeCodes ?? true)
      const asked = { by, filter: filter ?? {}, isCounted: selected.has('activityCount') }
      const windows = await windowsOfWaste(context, range, filter)
      const rollUp = wasteOf(asked)
      const stored = await freshness.rollUp(rollUp, windows, receiptOf(context), how)
      const shown = await shownGroups(context, rollUp, windows, how, (field) => selected.has(field))
      const rows: StoredWaste[] = [...stored, ...shown.lacking(stored).map((keys) => ({ ...NOTHING_STORED, ...keys }))]
      const naming = await namesOfGroups(context, by)
      const quarantined = selected.has('quarantinedRows')
        ? await quarantinedByWaste(context.database.sql, asked, windows)
        : new Map<string, number>()
      const groups = rows.flatMap((row) => {
        const named = naming(row)
        return named ? [{ row, named, group: { ...named, ...sumsOfRow(row) } as unknown as WasteGroup }] : []
      })
      const order = orders[orderBy ?? WasteOrder.NVA_DESC]
      groups.sort((a, b) => order(a.group, b.group))
      const positions = new Map(groups.map(({ group }, i) => [group, i + 1]))
      const after = Number(position ?? (place.backward ? groups.length + 1 : 0))
      const left = place.backward ? groups.slice(0, Math.max(0, after - 1)).reverse() : groups.slice(Math.max(0, after))
      const stage = stageOf(freshness.graph, rollUp.stage)
      const found = left.slice(0, place.limit + 1).map(({ row, named, group }) =>
        Object.assign(group, shown.freshnessOf(row, row.USER), {
          quarantinedRows: quarantined.get(keyOf(rollUp.group, row)) ?? 0,
          provenance: provenanceOfGroup(stage, windows, scopeOf(row, named, range), {
            isExact: shown.isFresh(row),
            asOf: context.asOf,
            withoutPto: true,
            filter: asked.filter,
          }),
        }),
      )
      return connectionOf(place, found, groups.length, (group) => encodeCursor(list, positions.get(group) ?? 0))
    })
  }
}

/** A group of time; without sums where nothing of it is stored. */
type StoredWaste = Omit<WasteRow, 'nvaSeconds' | 'vaSeconds' | 'totalSeconds'> & {
  nvaSeconds: number | null
  vaSeconds: number | null
  totalSeconds: number | null
}

const NOTHING_STORED = {
  nvaSeconds: null,
  vaSeconds: null,
  totalSeconds: null,
  activityCount: null,
} as unknown as StoredWaste

/** Each once; stereotypes by their codes where those of one code are one line. */
function dimensionsOf(groupBy: readonly WasteDimension[], mergeCodes: boolean): Dimension[] {
  return [...new Set(groupBy)].map((each) => (each === 'STEREOTYPE' && mergeCodes ? 'CODE' : each))
}

/** The days of those users whose time is asked for. @throws BadInputError for a range backward, and for what there isn't. */
export async function windowsOfWaste(
  { database: { sql } }: RequestContext,
  { from, to }: Span,
  filter: WasteFilterInput | null | undefined,
): Promise<Window[]> {
  checkRange(from, to)
  const { userIds, teamIds, projectIds, sources } = filter ?? {}
  if (teamIds) await teamsOf(sql, 'teamIds', teamIds)
  if (projectIds) await projectsOf(sql, 'projectIds', projectIds)
  const ids = userIds ? (await usersOf(sql, 'userIds', userIds)).map(({ id }) => id) : await allUserIds(sql)
  const users = sources ? (await usersByIds(sql, ids)).filter(({ source }) => sources.includes(source)) : null
  return [...new Set(users?.map(({ id }) => id) ?? ids)].map((id) => windowOf(id, from, to))
}

/** What a group is told apart by, in full. */
export type NamedGroup = Pick<
  WasteGroup,
  | 'user'
  | 'team'
  | 'project'
  | 'stereotypeCode'
  | 'stereotypes'
  | 'source'
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'sprint'
> & { teams: Team[] }

/** How groups are named; null for one of which something was deleted since. */
export async function namesOfGroups(
  { database: { sql }, loaders }: RequestContext,
  by: readonly Dimension[],
): Promise<(row: Readonly<Record<string, unknown>>) => NamedGroup | null> {
  const mapOf = async <T extends { id: string }>(
    is: boolean,
    read: (sql: RequestContext['database']['sql']) => Promise<T[]>,
  ) => new Map(is ? (await read(sql)).map((each) => [each.id, each]) : [])
  const users = await mapOf(by.includes('USER'), (sql) => allOf(sql, USERS))
  const teams = await mapOf(by.includes('TEAM') || by.includes('TEAMS'), allTeams)
  const projects = await mapOf(by.includes('PROJECT'), allProjects)
  const sprints = await mapOf(by.includes('SPRINT'), allSprints)
  const stereotypes = await mapOf(by.includes('STEREOTYPE') || by.includes('CODE'), allStereotypes)
  const codes = by.includes('CODE') ? await stereotypeIdsByCode(sql) : new Map<string, string[]>()
  for (const user of users.values()) loaders.users.prime(user.id, user)
  const found = <T>(map: ReadonlyMap<string, T>, id: unknown) =>
    typeof id === 'string' ? (map.get(id) ?? undefined) : null
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return (row) => {
    const [user, team, project] = [found(users, row.USER), found(teams, row.TEAM), found(projects, row.PROJECT)]
    const [sprint, own] = [found(sprints, row.SPRINT), found(stereotypes, row.STEREOTYPE)]
    if ([user, team, project, sprint, own].includes(undefined)) return null
    const code = text(row.CODE)
    const ofCode = (codes.get(code ?? '') ?? []).flatMap((id) => stereotypes.get(id) ?? [])
    return {
      user: user ?? null,
      team: team ?? null,
      teams: (text(row.TEAMS) ?? '').split(' ').flatMap((id) => teams.get(id) ?? []),
      project: project ?? null,
      stereotypeCode: own?.code ?? code,
      stereotypes: own ? [own] : ofCode,
      source: text(row.SOURCE),
      day: text(row.DAY),
      week: text(row.WEEK),
      month: text(row.MONTH),
      quarter: text(row.QUARTER),
      sprint: sprint ?? null,
    }
  }
}

function sumsOfRow({ nvaSeconds, vaSeconds, totalSeconds, activityCount }: StoredWaste) {
  return {
    nvaSeconds,
    vaSeconds,
    totalSeconds,
    activityCount,
    wasteRatio: totalSeconds ? (nvaSeconds ?? 0) / totalSeconds : null,
  }
}

/** The activities of a group. */
function scopeOf(
  row: Readonly<Record<string, unknown>>,
  { user, team, project, stereotypes, source, sprint }: NamedGroup,
  range: Span,
): Scope {
  let { from, to } = range
  const narrow = (span: Span) => {
    if (span.from > from) from = span.from
    if (span.to < to) to = span.to
  }
  for (const period of calendarPeriods) {
    const start = row[period.name.toUpperCase()]
    if (typeof start === 'string') narrow(spanOf(period, start))
  }
  if (sprint) narrow({ from: sprint.startDate, to: sprint.endDate })
  return {
    from,
    to,
    subjectId: user?.id ?? null,
    teamId: team?.id ?? null,
    stereotypeId: 'STEREOTYPE' in row ? stereotypes[0]?.id : undefined,
    code: typeof row.CODE === 'string' ? row.CODE : null,
    projectId: 'PROJECT' in row ? (project?.id ?? null) : undefined,
    source,
  }
}

const orders: Record<WasteOrder, (a: WasteGroup, b: WasteGroup) => number> = {
  NVA_DESC: byNumber((group) => group.nvaSeconds),
  VA_DESC: byNumber((group) => group.vaSeconds),
  TOTAL_DESC: byNumber((group) => group.totalSeconds),
  RATIO_DESC: byNumber((group) => group.wasteRatio),
  PERIOD_ASC: (a, b) => compareText(periodOf(a), periodOf(b)) || compareText(nameOf(a), nameOf(b)),
  NAME_ASC: (a, b) => compareText(nameOf(a), nameOf(b)) || compareText(periodOf(a), periodOf(b)),
}

function byNumber(valueOf: (group: WasteGroup) => number | null) {
  return (a: WasteGroup, b: WasteGroup) =>
    (valueOf(b) ?? -1) - (valueOf(a) ?? -1) ||
    compareText(periodOf(a), periodOf(b)) ||
    compareText(nameOf(a), nameOf(b))
}

function periodOf({ day, week, month, quarter, sprint }: WasteGroup): string {
  return [quarter, month, week, day, sprint?.startDate, sprint?.endDate, sprint?.id].map((each) => each ?? '').join(' ')
}

function nameOf({ team, user, project, stereotypeCode, source }: WasteGroup): string {
  return [team?.name, user?.name, project?.name, stereotypeCode, source, team?.id, user?.id, project?.id].join('\u0000')
}

/** As many kinds of activities are on one day of somebody, at most. */
const KINDS_A_DAY = 20

/** How many groups there are at most. */
export function groupsAtMost(groupBy: readonly string[], args: CostArgs, extent: Extent): number {
  const counts: Record<string, number> = {
    USER: extent.users,
    TEAM: extent.teams,
    PROJECT: extent.projects + 1,
    STEREOTYPE: extent.stereotypes,
    SPRINT: extent.sprints,
    SOURCE: extent.users,
  }
  for (const period of calendarPeriods) counts[period.name.toUpperCase()] = mostIn(period, days(args, extent))
  const product = groupBy.reduce((all, each) => all * Math.max(1, counts[each] ?? 1), 1)
  return Math.min(product, KINDS_A_DAY * personDays(args, extent))
}
