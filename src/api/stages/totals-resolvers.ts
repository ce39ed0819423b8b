/** A stage says which of its columns are sums: their roll-ups come by themselves. */
import type { GraphQLResolveInfo } from 'graphql'
import { GraphQLBigInt } from 'graphql-scalars'
import {
  Args,
  ArgsType,
  type ClassType,
  Ctx,
  Field,
  Float,
  getMetadataStorage,
  Info,
  Int,
  ObjectType,
  Resolver,
  registerEnumType,
} from 'type-graphql'
import type { Project } from '../../cache/entities/project.ts'
import { Team } from '../../cache/entities/team.ts'
import type { User } from '../../cache/entities/user.ts'
import type { Extent } from '../../cache/extent.ts'
import { allTeams } from '../../cache/teams.ts'
import { quarantinedByGroup } from '../../freshness/read/completeness.ts'
import { type TotalsRow, totalsOf } from '../../freshness/read/rollups.ts'
import { keyOf } from '../../freshness/read/standing-of-groups.ts'
import { CalendarDate } from '../../model/calendar.ts'
import { camelCase } from '../../model/camel-case.ts'
import { compareText } from '../../model/compare-text.ts'
import { BadInputError } from '../../model/errors.ts'
import type { Window } from '../../model/window.ts'
import { calendarPeriods, periods } from '../../periods/index.ts'
import { type CalendarPeriod, mostIn, type Span, spanOf } from '../../periods/period.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import { stageOf } from '../../stages/stage-graph.ts'
import { columnsOf } from '../../stages/stage-logic.ts'
import { FromCache } from '../answer-memory.ts'
import type { RangeArgs } from '../arguments.ts'
import { type CostArgs, Costs, days } from '../cost.ts'
import { FreshnessNode } from '../freshness-node.ts'
import { shownGroups } from '../freshness-resolver.ts'
import { ProvenanceNode } from '../provenance-node.ts'
import { provenanceOfGroup } from '../provenance-resolver.ts'
import { inReading } from '../reading.ts'
import { PastReadingArgs } from '../reading-args.ts'
import { type RequestContext, receiptOf } from '../request-context.ts'
import { selectionsAt } from '../selection.ts'
import { apiSubject, SUBJECT_GROUPS } from './api-subjects.ts'
import { NamedQuery } from './named-query.ts'
import { namesOf } from './names.ts'
import { annotationsAsked, periodsInRange, periodsOfSubjects } from './stage-annotations.ts'

const TEAM = 'TEAM'

/** What sums can be grouped by: what they are of, teams of users, and each period of the calendar, by its name in capitals. */
export const SummaryGroup = Object.fromEntries(
  [...SUBJECT_GROUPS, TEAM, ...calendarPeriods.map(({ name }) => name.toUpperCase())].map((name) => [name, name]),
)

registerEnumType(SummaryGroup, {
  name: 'SummaryGroup',
  description: 'By what sums are grouped.',
  valuesConfig: Object.fromEntries(
    Object.keys(SummaryGroup).map((name) => [name, { description: `One group for each ${name.toLowerCase()}.` }]),
  ),
})

function totalsArgs(stage: StageDefinition) {
  const { Args, group } = apiSubject(stage)

  @ArgsType()
  class TotalsArgs extends Args {
    @Field(() => [SummaryGroup], {
      defaultValue: [group],
      description: 'By what they are grouped; of several periods by the shortest. By nothing: all in one.',
    })
    groupBy!: string[]
  }
  return TotalsArgs
}

/** A group, and what its stage's sums come to in it. */
interface Group {
  team?: Team | null
  period: string | null
  [sum: string]: unknown
}

/** The resolver of a stage's totals; none where it has no sums. */
export function totalsResolvers(stage: StageDefinition): (new () => object)[] {
  const { name, description, sums = [] } = stage
  if (sums.length === 0) return []
  const group = groupType(stage)
  const subject = apiSubject(stage)
  const OfTotals = totalsArgs(stage)

  @Resolver()
  class TotalsQuery {
    @FromCache()
    @NamedQuery(
      () => [group],
      namesOf(stage).totals,
      `${description} Their sums. ${periodsInRange(stage)}.`,
      subject.rule,
    )
    @Costs({ rows: groups(stage), personPeriods: periodsOfSubjects(stage) })
    async totals(
      @Args(() => OfTotals) { groupBy, ...range }: RangeArgs & { groupBy: string[] },
      @Args(() => PastReadingArgs) readingArgs: PastReadingArgs,
      @Info() info: GraphQLResolveInfo,
      @Ctx() given: RequestContext,
    ): Promise<Group[]> {
      checkGroups(stage, groupBy)
      return inReading(given, readingArgs, info, async (context) => {
        const { database, freshness, how } = context
        const { windows } = await annotationsAsked(context, stage, await subject.idsOf(database.sql, range), range)
        const by = { subject: groupBy.includes(subject.group), team: groupBy.includes(TEAM), period: finestOf(groupBy) }
        // Whole months of sums are sums of months, where nothing shorter is asked for.
        const longer = [...freshness.graph.values()].find(({ definition, period }) => {
          // Teams change within months.
          return definition.sumsOf === name && !by.team && (by.period === null || by.period === period)
        })
        const totals = totalsOf(stageOf(freshness.graph, name), by, longer)
        const stored = await freshness.rollUp(totals, windows, receiptOf(context), how)
        const isAsked = (name: string) => selectionsAt(info).some((field) => field.name === name)
        const shown = await shownGroups(context, totals, windows, how, isAsked)
        const rows = [
          ...stored,
          ...shown.lacking(stored).map((keys) => ({ ...(keys as unknown as TotalsRow), sums: null })),
        ]
        const ids = rows.flatMap(({ subjectId }) => subjectId ?? [])
        const byId = new Map((await subject.byIds(database.sql, [...new Set(ids)])).map((each) => [each.id, each]))
        const teams = by.team ? new Map((await allTeams(database.sql)).map((team) => [team.id, team])) : new Map()
        // One may have been deleted since.
        const there = rows.filter(
          ({ subjectId, teamId }) =>
            (subjectId === null || byId.has(subjectId)) && (teamId === null || teams.has(teamId)),
        )
        const found = there.map((row) =>
          groupOf(stage, row, byId.get(row.subjectId ?? '') ?? null, teams.get(row.teamId ?? '') ?? null),
        )
        for (const [i, row] of there.entries()) Object.assign(found[i] ?? {}, shown.freshnessOf(row, row.subjectId))
        if (isAsked('provenance')) {
          const all = spanOfAll(range, windows)
          for (const [i, row] of there.entries()) {
            const days = by.period && row.period !== null ? spanOf(by.period, row.period) : all
            const scope = { ...days, subjectId: row.subjectId, teamId: row.teamId }
            const provenance = provenanceOfGroup(stageOf(freshness.graph, name), windows, scope, {
              isExact: shown.isFresh(row),
              asOf: context.asOf,
            })
            Object.assign(found[i] ?? {}, { provenance })
          }
        }
        if (isAsked('quarantinedRows')) {
          const counts = await quarantinedByGroup(database.sql, stageOf(freshness.graph, name), by, windows)
          const byGroup = new Map(counts.map((group) => [keyOf(totals.group, group), group.count]))
          for (const [i, row] of there.entries())
            Object.assign(found[i] ?? {}, { quarantinedRows: byGroup.get(keyOf(totals.group, row)) ?? 0 })
        }
        const nameOf = (one: Group) => (one[subject.name] as User | Project | null)?.name
        return found.sort(
          (a, b) =>
            compareText(a.period, b.period) ||
            compareText(a.team?.name, b.team?.name) ||
            compareText(nameOf(a), nameOf(b)),
        )
      })
    }
  }
  return [TotalsQuery]
}

/** The days of all that is asked for, whole periods. */
function spanOfAll({ from, to }: Span, windows: readonly Window[]): Span {
  return {
    from: windows.reduce((first, window) => (window.from < first ? window.from : first), windows[0]?.from ?? from),
    to: windows.reduce((last, window) => (window.to > last ? window.to : last), windows[0]?.to ?? to),
  }
}

function groupOf(stage: StageDefinition, row: TotalsRow, subject: User | Project | null, team: Team | null): Group {
  const { sums = [], ratios = {} } = stage
  const sum = (column: string) => row.sums?.[column] ?? 0
  const group: Group = { [apiSubject(stage).name]: subject, team, period: row.period }
  for (const column of sums) group[camelCase(column)] = row.sums && sum(column)
  for (const [name, { part, whole }] of Object.entries(ratios)) {
    group[camelCase(name)] = sum(whole) > 0 ? sum(part) / sum(whole) : null
  }
  return group
}

function groupType(stage: StageDefinition): ClassType<Group> {
  const { output, sums = [], ratios = {}, period } = stage
  const { name, type, group } = apiSubject(stage)
  @ObjectType(`${output.name}Group`, {
    simpleResolvers: true,
    description: `Sums of ${output.name} by ${isOfUsers(stage) ? 'user, team and period' : `${name} and period`}, or some of them.`,
  })
  class TotalsGroup {
    @Field(() => CalendarDate, {
      nullable: true,
      description: `The first day of the ${groupsOf(period).join(', ')}, when grouped by one of them; the finest wins.`,
    })
    period!: string | null

    @Field(() => Int, { description: 'Rows that wait in quarantine and belong to it: they are not in its sums.' })
    quarantinedRows!: number

    @Field(() => FreshnessNode, { description: 'That of its least fresh part.' })
    freshness!: FreshnessNode

    @Field(() => ProvenanceNode, { description: 'Where its sums come from.' })
    provenance!: ProvenanceNode;

    [sum: string]: unknown
  }
  const fields = TotalsGroup.prototype as object
  Field(() => type, { nullable: true, description: `Set when grouped by ${group}.` })(fields, name)
  if (isOfUsers(stage)) {
    const description =
      'Set when grouped by TEAM: by who was in it on the day; who was in several is summed up in each.'
    Field(() => Team, { nullable: true, description })(fields, 'team')
  }
  const types = new Map(columnsOf(output).map(({ name, type }) => [name, type]))
  for (const column of sums) {
    const isWhole = /^(small|big)?int(eger)?$/.test(types.get(camelCase(column)) ?? '')
    const description = descriptionOf(output, camelCase(column))
    Field(() => (isWhole ? GraphQLBigInt : Float), { nullable: true, description })(fields, camelCase(column))
  }
  for (const [name, { description }] of Object.entries(ratios)) {
    Field(() => Float, { nullable: true, description })(fields, camelCase(name))
  }
  return TotalsGroup
}

/** What a stage's class says of one of its fields. */
function descriptionOf(output: object, name: string): string | undefined {
  return getMetadataStorage().fields.find((field) => field.target === output && field.name === name)?.description
}

/** People are in teams; nothing else is. */
function isOfUsers({ subject = 'user' }: StageDefinition): boolean {
  return subject === 'user'
}

/** The periods by which a stage's sums can be grouped: days lie in every other, all else in itself. */
function groupsOf(own: StageDefinition['period']): string[] {
  const groups = own === 'day' ? calendarPeriods : calendarPeriods.filter((period) => period === periods[own])
  return groups.map(({ name }) => name.toUpperCase())
}

/** @throws BadInputError that names what there can't be groups by. */
function checkGroups(stage: StageDefinition, groupBy: readonly string[]): void {
  const { name, period } = stage
  const { name: subject, group } = apiSubject(stage)
  const possible = [group, ...(isOfUsers(stage) ? [TEAM] : []), ...groupsOf(period)]
  const wrong = groupBy.find((each) => !possible.includes(each))
  if (wrong) {
    throw new BadInputError(
      'groupBy',
      `${name} is of ${period}s of ${subject}s, so groupBy may be ${possible.join(', ')}, not ${wrong}.`,
    )
  }
}

/** How many groups there are at most. */
function groups(stage: StageDefinition) {
  const { group, count } = apiSubject(stage)
  return (args: CostArgs, extent: Extent): number => {
    const by = args.groupBy ?? []
    const period = finestOf(by)
    const most = period ? mostIn(period, days(args, extent)) : 1
    const teams = by.includes(TEAM) ? extent.teams : 1
    return Math.min((by.includes(group) ? count(args, extent) * most : most) * teams, extent.personDays * teams)
  }
}

function finestOf(groupBy: readonly string[]): CalendarPeriod | null {
  return calendarPeriods.find(({ name }) => groupBy.includes(name.toUpperCase())) ?? null
}
