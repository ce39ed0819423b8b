/** No read of an annotation goes round this, and what comes out of it is fresh. */
import type { ActivityPageQuery } from '../cache/activity-pages.ts'
import type { Database } from '../cache/database.ts'
import { daysOfActivities } from '../cache/extent.ts'
import { keepLogics } from '../cache/logics.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { daysBetween } from '../model/calendar.ts'
import { Lanes } from '../model/lanes.ts'
import type { Receipt } from '../model/receipt.ts'
import { type Window, windowKey } from '../model/window.ts'
import type { Annotation } from '../periods/annotation.ts'
import { type Stage, type StageGraph, stageOf } from '../stages/stage-graph.ts'
import { discardSlices } from './discard.ts'
import { dropOrphans } from './drop-orphans.ts'
import { type AnnotationPage, type AnnotationPlace, placeOf, readAnnotationsPage } from './read/annotations-page.ts'
import { countSlices, type SliceCounts } from './read/count-slices.ts'
import { FEW_SLICES, freshRead, type PartRead, type Reading } from './read/fresh-read.ts'
import { JoinedReads } from './read/joined-reads.ts'
import { listSlices } from './read/list-slices.ts'
import { type PageText, type PageWriting, readPageText } from './read/page/page-text.ts'
import type { AnnotatedActivity } from './read/page/presentation.ts'
import { readActivities } from './read/page/read-page.ts'
import { isOneOfActivity, skeletonOf } from './read/page/skeleton.ts'
import { readAnnotations } from './read/read-annotations.ts'
import type { RollUp, WindowsOfStage } from './read/rollups.ts'
import { findStale } from './refresh/find-stale.ts'
import { Refresher } from './refresh/refresher.ts'
import type { StageAsked, StageColumn } from './slices/stage-table.ts'
import { splitWindows, widenedWindows, windowsFor } from './slices/stage-windows.ts'

/** A read of more days than this, by all users together, is wide. */
const WIDE_DAYS = 10_000

/** So many wide reads are under way at once: they end one after the other, and leave connections for all others. */
const WIDE_READS = 4

/** Everything that is read of annotations goes through here, and comes out fresh. */
export class Freshness {
  readonly graph: StageGraph
  private readonly database: Database
  /** What isn't shared is read with it. */
  private readonly ownDatabase: Database
  private readonly dispatcher: Dispatcher
  private readonly refresher: Refresher
  private readonly joined: JoinedReads
  private readonly wideReads: Lanes
  private readonly signal: AbortSignal | undefined

  /** @param within Whose work it shares, and what ends all that is read with it. */
  constructor(
    database: Database,
    dispatcher: Dispatcher,
    graph: StageGraph,
    within?: { freshness: Freshness; signal: AbortSignal },
  ) {
    this.graph = graph
    this.database = database
    this.ownDatabase = within ? database.during(within.signal) : database
    this.dispatcher = dispatcher
    this.refresher = within?.freshness.refresher ?? new Refresher(database, graph)
    this.joined = within?.freshness.joined ?? new JoinedReads()
    this.wideReads = within?.freshness.wideReads ?? new Lanes(WIDE_READS)
    this.signal = within?.signal
  }

  /** The same for as long as the signal isn't aborted: reads are rejected with its reason then. */
  during(signal: AbortSignal): Freshness {
    return new Freshness(this.database, this.dispatcher, this.graph, { freshness: this, signal })
  }

  /** Says by which logic each stage is answered from now on. Returns the stages whose logic is another than before. */
  async keepLogics(): Promise<Stage[]> {
    const stages = [...this.graph.values()]
    const logics = stages.map(({ logic, logicDefinition: definition }) => {
      const { name: stage, version } = definition
      return { logic, stage, version, definition }
    })
    const added = await this.database.transaction((sql) => keepLogics(sql, logics))
    return stages.filter(({ logic }) => added.includes(logic))
  }

  /** Answers `slices.refresh` requests from now on, and drops what is of nobody any more. */
  respond(): void {
    this.dispatcher.respond('slices.refresh', async ({ stage, windows }, signal) => {
      const receipt = await this.refresher.refresh(stage, windows, signal)
      if (receipt.recomputed + receipt.verified > 0) {
        await this.dispatcher.publish('slices.refreshed', { stage, receipt })
      }
      return receipt
    })
    const asked = [...this.graph.keys()].map((name) => this.asked(name))
    const drop = () => this.database.transaction((sql) => dropOrphans(sql, asked))
    this.dispatcher.subscribe('source.removed', 'drop-orphans', drop)
    this.dispatcher.subscribe('users.deleted', 'drop-orphans', drop)
    this.dispatcher.subscribe('projects.deleted', 'drop-orphans', drop)
  }

  /**
   * The stage's annotations whose periods lie in the windows, ordered by user and date. For a sprint stage each window
   * is one sprint of one user. What it took is added to the receipt.
   */
  async annotations(stageName: string, windows: readonly Window[], receipt: Receipt): Promise<Annotation[]> {
    if (windows.length === 0) return []
    const { stage, table } = this.asked(stageName)
    const asked = windowsFor(stage.period, windows)
    return this.read(stageName, asked, receipt, (database) => readAnnotations(database, { stage, table }, asked))
  }

  /**
   * As many of those annotations as asked for, after a place: in the order of their users' ids, of their days, and of
   * whatever else is in the stage's key.
   */
  async annotationsPage(
    stageName: string,
    windows: readonly Window[],
    page: AnnotationPage,
    receipt: Receipt,
  ): Promise<Annotation[]> {
    const asked = this.asked(stageName)
    const whole = windowsFor(asked.stage.period, windows)
    const slicesAfter = (place: Window | null, limit: number) =>
      listSlices(this.ownDatabase.sql, asked.stage, whole, place, limit)
    const annotationsOf = (slices: readonly Window[]) => this.annotations(stageName, slices, receipt)
    return readAnnotationsPage(asked, page, slicesAfter, annotationsOf)
  }

  /** The columns of the key of a stage's table: what its places are of. */
  keyOf(stageName: string): readonly StageColumn[] {
    const { table } = this.asked(stageName)
    return table.columns.filter(({ name }) => table.keys.includes(name))
  }

  /** Where an annotation stands in the order of its stage's. */
  placeOf(stageName: string, annotation: Annotation): AnnotationPlace {
    return placeOf(this.asked(stageName), annotation)
  }

  /** A page of activities with their annotations of these stages. Without stages no receipt is needed. */
  async activities(
    page: ActivityPageQuery,
    stageNames: readonly string[],
    receipt: Receipt | null,
  ): Promise<AnnotatedActivity[]> {
    const asked = stageNames.map((name) => this.asked(name))
    return readActivities(this.ownDatabase, this.dispatcher, page, asked, receipt, this.signal)
  }

  /**
   * The same page as text, its stages being such as `columnsOfActivity` knows; null where something in it can't be
   * written so, or others change it so fast that it is not known to be fresh after a few rounds.
   */
  async activitiesText(
    page: ActivityPageQuery,
    stageNames: readonly string[],
    writing: PageWriting,
    receipt: Receipt,
  ): Promise<PageText | null> {
    const skeleton = skeletonOf(
      page,
      stageNames.map((name) => this.asked(name)),
    )
    const read = async (isSettling: boolean): Promise<Reading<PageText | null>> =>
      isSettling ? { value: null, parts: [] } : readPageText(this.ownDatabase, skeleton, writing)
    return freshRead(this.dispatcher, receipt, read, this.signal)
  }

  /** The columns of a stage of which an activity has one annotation, its own or that of its user's day; null for others. */
  columnsOfActivity(stageName: string): readonly StageColumn[] | null {
    const asked = this.asked(stageName)
    return isOneOfActivity(asked) ? asked.table.columns : null
  }

  /** What the roll-up makes of its stages' tables once the windows are fresh, in the very snapshot in which they are. */
  async rollUp<Row>(rollUp: RollUp<Row>, windows: readonly Window[], receipt: Receipt): Promise<Row[]> {
    const short = this.asked(rollUp.stage)
    const asked = windowsFor(short.stage.period, windows)
    const days = rollUp.longer ? await daysOfActivities(this.ownDatabase.sql) : null
    if (!rollUp.longer || !days || !isLong(asked, days)) {
      return this.sumUp(rollUp.name, rollUp, asked, [{ ...short, windows: asked }], receipt)
    }
    const longer = this.asked(rollUp.longer)
    const tablesIn = (windows: readonly Window[]) => splitWindows(short, longer, windows)
    try {
      const widened = tablesIn(widenedWindows(longer.stage.period, asked, days))
      return await this.sumUp(`${rollUp.name}, widened`, rollUp, asked, widened, receipt, days)
    } catch (error) {
      if (error !== MORE_DAYS) throw error
    }
    return this.sumUp(rollUp.name, rollUp, asked, tablesIn(asked), receipt)
  }

  /** @param days Within which all activities must lie. @throws MORE_DAYS where they don't any more. */
  private sumUp<Row>(
    name: string,
    rollUp: RollUp<Row>,
    asked: readonly Window[],
    tables: readonly WindowsOfStage[],
    receipt: Receipt,
    days?: readonly [first: string, last: string],
  ): Promise<Row[]> {
    return this.read(name, asked, receipt, (database, isSettling) =>
      database.snapshot(async (sql) => {
        if (days) {
          const [first, last] = await daysOfActivities(sql)
          if (first < days[0] || last > days[1]) throw MORE_DAYS
        }
        // What is stale is taken only once it is settled that waiting doesn't help; until then, that it is stale is enough.
        const most = isSettling ? null : FEW_SLICES + 1
        const parts: PartRead[] = []
        for (const { stage, windows } of tables) {
          parts.push({ stage: stage.definition.name, ...(await findStale(sql, stage, windows, most)), windows })
        }
        const isFresh = parts.every(({ stale }) => stale.length === 0)
        return { value: isFresh || isSettling ? await rollUp.read(sql, tables) : [], parts }
      }),
    )
  }

  /** How the stage's slices in the windows stand now; refreshes nothing. */
  async counts(stage: Stage, windows: readonly Window[]): Promise<SliceCounts> {
    return countSlices(this.ownDatabase.sql, stage, windowsFor(stage.period, windows))
  }

  /** Throws the stage's annotations away whose period lies in the range. Returns how many person-periods had some. */
  async discard(stageName: string, range: { from: string | null; to: string | null }): Promise<number> {
    const { stage, table } = this.asked(stageName)
    const count = await this.database.transaction((sql) => discardSlices(sql, stage, table, range))
    if (count > 0) await this.dispatcher.publish('annotations.discarded', { stage: stageName, ...range, count })
    return count
  }

  /** Reads of the same name in the same windows, at the same time, are one. */
  private read<T>(
    name: string,
    windows: readonly Window[],
    receipt: Receipt,
    read: (database: Database, isSettling: boolean) => Promise<Reading<T>>,
  ): Promise<T> {
    const key = [name, ...windows.map(windowKey)].join('\n')
    const isWide = windows.reduce((sum, { from, to }) => sum + daysBetween(from, to), 0) > WIDE_DAYS
    const joined = (done: Receipt, signal: AbortSignal) => {
      const database = this.database.during(signal)
      const once = (isSettling: boolean) => read(database, isSettling)
      // Who looks again, after a refresh, comes before all who came later: else everybody would end last.
      const since = performance.now()
      const inTurn = (isSettling: boolean) => this.wideReads.run(signal, () => once(isSettling), since)
      return freshRead(this.dispatcher, done, isWide ? inTurn : once, signal)
    }
    return this.joined.read(key, receipt, joined, this.signal)
  }

  private asked(stageName: string): StageAsked {
    const stage = stageOf(this.graph, stageName)
    return { stage, table: this.refresher.tableOf(stage) }
  }
}

/** Says that there are activities before or after those that there were. */
const MORE_DAYS = Symbol('more days')

/** Whether the windows have so many of the days on which there are activities that fewer rows are worth a second look. */
function isLong(windows: readonly Window[], [first, last]: readonly [first: string, last: string]): boolean {
  const days = windows.map(({ from, to }) => daysBetween(from < first ? first : from, to > last ? last : to))
  return days.reduce((sum, count) => sum + count, 0) > WIDE_DAYS
}
