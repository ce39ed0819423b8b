/** What would the same time have looked like by another version: computed where it wasn't yet, and compared row by row. */
import type { GraphQLResolveInfo } from 'graphql'
import { Args, ArgsType, Authorized, Ctx, Field, FieldResolver, Info, Int, Query, Resolver, Root } from 'type-graphql'
import type { Sql } from '../../cache/database.ts'
import type { Extent } from '../../cache/extent.ts'
import type { AnnotationPlace } from '../../freshness/read/annotations-page.ts'
import { FRESH } from '../../freshness/read/freshness-mode.ts'
import {
  type ComparedTables,
  compareCounts,
  type Difference,
  differences,
  largestDifferences,
} from '../../freshness/versions/compare-versions.ts'
import { camelCase } from '../../model/camel-case.ts'
import { BadInputError } from '../../model/errors.ts'
import { windowKey } from '../../model/window.ts'
import type { Annotation } from '../../periods/annotation.ts'
import { ownStages } from '../../stages/index.ts'
import { stageOf } from '../../stages/stage-graph.ts'
import type { Rule } from '../access/rules.ts'
import { checkStage, UsersRangeArgs } from '../arguments.ts'
import { type Connection } from '../connections.ts'
import { type CostArgs, Costs } from '../cost.ts'
import {
  connectionOf,
  cursorIn,
  encodeCursor,
  Page,
  type PlaceQuery,
  pageSize,
  partsOf,
  placeOf,
} from '../pagination.ts'
import { type Reading, type RequestContext, receiptOf } from '../request-context.ts'
import { selectionsAt } from '../selection.ts'
import { apiSubject } from '../stages/api-subjects.ts'
import { SECONDS } from '../stages/seconds.ts'
import { annotationsAsked, periodsOfSubjects } from '../stages/stage-annotations.ts'
import {
  type ColumnComparison,
  type Compared,
  VersionComparison,
  VersionDifference,
  VersionDifferenceConnection,
} from './comparison-nodes.ts'

/** How many of the largest differences are shown of a column. */
const LARGEST = 5

@ArgsType()
export class CompareVersionsArgs extends UsersRangeArgs {
  @Field({ description: 'The stage of which two versions are compared.' })
  stage!: string

  @Field(() => Int, { description: 'The version that is compared.' })
  candidate!: number

  @Field(() => Int, {
    nullable: true,
    description: 'The version that it is compared with; the active one, unless told.',
  })
  base?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'The stage whose annotations are compared: that one, unless told, or one that reads it.',
  })
  at?: string | null
}

/** Both versions of everybody's periods. */
function personPeriods(args: CostArgs & { stage?: string; at?: string | null }, extent: Extent): number {
  const stage = ownStages.find(({ name }) => name === (args.at ?? args.stage))
  return stage ? 2 * periodsOfSubjects(stage)(args, extent) : 0
}

@Resolver(() => VersionComparison)
export class CompareVersionsResolver {
  @Authorized<Rule>('readAll')
  @Query(() => VersionComparison, {
    description:
      'What a version of a stage makes of the periods that have days in [from, to], beside what another one does: by the same ' +
      'source, in one moment. What was not computed yet is; by both only in those periods.',
  })
  @Costs({ personPeriods })
  async compareVersions(
    @Args(() => CompareVersionsArgs) { stage, candidate, base, at, ...range }: CompareVersionsArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() given: RequestContext,
  ): Promise<VersionComparison> {
    const context = await by(given, stage, base ?? null, 'base')
    const other = await by(given, stage, candidate, 'candidate')
    const name = at ?? stage
    checkStage(given.freshness.graph, 'at', name)
    const own = stageOf(context.freshness.graph, name)
    if (!isReadBy(own, stage)) {
      throw new BadInputError('at', `at must be "${stage}" or a stage that reads it; "${name}" doesn't.`)
    }
    const { definition } = own
    const ids = await apiSubject(definition).idsOf(context.database.sql, range)
    const asked = await annotationsAsked(context, definition, ids, range)
    const of: Compared = { context, candidate: other, at: definition, asked }
    const isShown = selectionsAt(info, 'columns').some(({ name }) => name === 'largest')
    const compared = await inBoth(of, async (sql, tables) => {
      const found = await compareCounts(sql, tables)
      const columns = []
      for (const column of found.columns) {
        const isDifferent = isShown && column.differing > 0
        const largest = isDifferent ? await largestDifferences(sql, tables, column.column, LARGEST) : []
        columns.push({ ...column, largest })
      }
      return { counts: found.counts, columns }
    })
    const rows = await shown(of, compared?.columns.flatMap(({ largest }) => largest) ?? [])
    const columns = (compared?.columns ?? []).map(({ column, largest, ...sums }): ColumnComparison => {
      return { ...sums, name: shownName(column.name), largest: largest.flatMap((each) => rows.get(each) ?? []) }
    })
    const nothing = { equal: 0, different: 0, onlyInBase: 0, onlyInCandidate: 0 }
    const ownVersion = stageOf(context.freshness.graph, stage).definition.version
    return Object.assign(new VersionComparison(), {
      ...{ stage, at: name, base: ownVersion, candidate, ...(compared?.counts ?? nothing), columns, of },
      isSameLogic: stageOf(other.freshness.graph, name) === own,
      receipt: given.freshness.taken,
    })
  }

  @FieldResolver(() => VersionDifferenceConnection, { description: 'All that is not the same, by subject and date.' })
  @Costs({ page: pageSize })
  async differences(
    @Root() { of, different, onlyInBase, onlyInCandidate }: VersionComparison,
    @Args(() => Page) page: Page,
  ): Promise<Connection<VersionDifference>> {
    const { context, at } = of
    const place = placeOf(page)
    const list = `differences of ${at.name}`
    const after = cursorIn(list, place, ...partsOf(context.freshness.keyOf(at.name)))
    const found = await inBoth(of, (sql, tables) => differences(sql, tables, afterPlace(place, after)))
    const rows = await shown(of, found ?? [])
    const cursors = new Map((found ?? []).map((each) => [rows.get(each), encodeCursor(list, ...each.place)]))
    const total = different + onlyInBase + onlyInCandidate
    const nodes = (found ?? []).map((each) => rows.get(each) ?? new VersionDifference())
    return connectionOf(place, nodes, total, (node) => cursors.get(node) ?? '')
  }
}

function afterPlace({ limit, backward }: PlaceQuery, after: AnnotationPlace | null) {
  return { after, limit: limit + 1, backward }
}

/** The request's context in which that version answers; the active one where none is told. */
async function by(context: RequestContext, stage: string, version: number | null, argument: string): Promise<Reading> {
  const { freshness, versions } = context
  checkStage(freshness.graph, 'stage', stage)
  const graph = version === null ? freshness.graph : await versions.readable([{ stage, version }], argument)
  return { ...context, freshness: freshness.by(graph), how: FRESH }
}

function isReadBy({ definition, stages }: ReturnType<typeof stageOf>, name: string): boolean {
  return definition.name === name || stages.some((read) => isReadBy(read, name))
}

function inBoth<T>(
  { context, candidate, at, asked }: Compared,
  compare: (sql: Sql, tables: ComparedTables) => Promise<T>,
): Promise<T | null> {
  const { freshness } = context
  return freshness.compared(at.name, candidate.freshness.graph, asked.windows, receiptOf(context), compare)
}

/** The differences with the annotations of both. */
async function shown(
  { context, candidate, at, asked }: Compared,
  found: readonly Difference[],
): Promise<Map<Difference, VersionDifference>> {
  const { freshness } = context
  const windows = new Map(
    found.map(({ place }) => freshness.sliceAt(at.name, place)).map((window) => [windowKey(window), window]),
  )
  const read = async ({ freshness }: Reading) => {
    const annotations = await freshness.annotations(at.name, [...windows.values()], receiptOf(context))
    return new Map(annotations.map((each) => [keyOf(freshness.placeOf(at.name, each)), asked.shownOnce(each)]))
  }
  const [base, other] = [await read(context), await read(candidate)]
  const one = (annotations: ReadonlyMap<string, Annotation>, { place }: Difference) =>
    annotations.get(keyOf(place)) ?? null
  return new Map(
    found.map((each) => [
      each,
      { base: one(base, each), candidate: one(other, each), columns: each.columns.map(shownName) },
    ]),
  )
}

function keyOf(place: AnnotationPlace): string {
  return place.join(' ')
}

/** What a column is called in annotations. */
function shownName(column: string): string {
  const property = camelCase(column)
  return SECONDS[property] ?? property
}
