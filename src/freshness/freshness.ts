/** No read of an annotation goes round this, and what comes out of it is fresh. */
import type { ActivityPageQuery } from '../cache/activity-pages.ts'
import type { Database, DerivingDatabase, OpenSnapshot, Sql } from '../cache/database.ts'
import { daysOfActivities } from '../cache/extent.ts'
import { allSprints } from '../cache/reference-reads.ts'
import { settledBy } from '../cache/revisions.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { InProcessDispatcher } from '../dispatch/in-process-dispatcher.ts'
import { daysBetween } from '../model/calendar.ts'
import { Counters } from '../model/counters.ts'
import { Lanes } from '../model/lanes.ts'
import type { Requests } from '../model/messages.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../model/receipt.ts'
import { neverAborted } from '../model/until-aborted.ts'
import { distinctWindows, toldWindows, type Window, windowKey } from '../model/window.ts'
import type { Annotation } from '../periods/annotation.ts'
import { type Stage, type StageGraph, stageOf } from '../stages/stage-graph.ts'
import { discardSlices } from './discard.ts'
import { dropOrphans } from './drop-orphans.ts'
import {
  type AnnotationPage,
  type AnnotationPlace,
  placeOf,
  readAnnotationsPage,
  sliceAt,
} from './read/annotations-page.ts'
import { areFewSlices, countSlices, KeptCounts, type SliceCounts } from './read/count-slices.ts'
import { FRESH, type HowFresh } from './read/freshness-mode.ts'
import { listSlices } from './read/list-slices.ts'
import { inOneMoment, type Moment, type Reads } from './read/moment.ts'
import { type PageText, type PageWriting, readPageText } from './read/page/page-text.ts'
import type { AnnotatedActivity } from './read/page/presentation.ts'
import { readActivities, readPage } from './read/page/read-page.ts'
import { isOneOfActivity, type Skeleton, skeletonOf, windowsOfActivities } from './read/page/skeleton.ts'
import { Past, type PastBudget } from './read/past.ts'
import { readAnnotations } from './read/read-annotations.ts'
import type { RollUp } from './read/rollups.ts'
import { FEW_SLICES, type PartRead, type Reading } from './read/rounds.ts'
import {
  type GroupStanding,
  least,
  type Standing,
  standingOfGroups,
  standingOfSlices,
} from './read/standing-of-groups.ts'
import type { RunStage } from './refresh/annotate.ts'
import { Asking } from './refresh/asking.ts'
import { findStale } from './refresh/find-stale.ts'
import { Refresher } from './refresh/refresher.ts'
import type { StageAsked, StageColumn } from './slices/stage-table.ts'
import { splitWindows, widenedWindows, windowsFor } from './slices/stage-windows.ts'
import type { ComparedTables } from './versions/compare-versions.ts'
import { type PlannedStage, planStage } from './versions/plan-promotion.ts'
import { type Pruned, prunable, pruneLogics } from './versions/prune-versions.ts'

/** A read of more days than this, by all users together, is wide. */
const WIDE_DAYS = 10_000

/** So many wide reads are under way at once: they end one after the other, and leave connections for all others. */
const WIDE_READS = 4

/** So many pasts are computed at once. */
const PASTS = 3

/** Whose work something shares, what ends all that is read with it, and out of which moment or past that is. */
interface Within {
  freshness?: Freshness
  signal?: AbortSignal | undefined
  moment?: Moment | undefined
  past?: Past | undefined
  /** How many batches are computed at once. */
  lanes?: number | undefined
  /** Runs stages; here, unless told. */
  run?: RunStage | undefined
  counters?: Counters | undefined
}

/** Everything that is read of annotations goes through here, and comes out fresh. */
export class Freshness {
  readonly graph: StageGraph
  private readonly database: DerivingDatabase
  /** What isn't shared is read with it. */
  private readonly ownDatabase: DerivingDatabase
  private readonly dispatcher: Dispatcher
  private readonly asking: Asking
  private readonly refresher: Refresher
  private readonly run: RunStage | undefined
  private readonly wideReads: Lanes
  private readonly pasts: Lanes
  private readonly keptCounts: KeptCounts
  private readonly signal: AbortSignal | undefined
  private readonly moment: Moment | undefined
  /** Of what it reads, where that isn't now. */
  private readonly past: Past | undefined

  /** @param within Whose work it shares, what ends all that is read with it, and out of which moment that is. */
  constructor(database: DerivingDatabase, dispatcher: Dispatcher, graph: StageGraph, within?: Within) {
    this.graph = graph
    this.database = database
    this.ownDatabase = within?.signal ? database.during(within.signal) : database
    this.dispatcher = dispatcher
    this.run = within?.freshness?.run ?? within?.run
    this.asking = within?.freshness?.asking ?? new Asking(database, dispatcher, within?.counters ?? new Counters())
    this.refresher =
      within?.freshness?.refresher ??
      new Refresher(database, {
        asking: this.asking,
        lanes: within?.lanes,
        run: this.run,
        counters: within?.counters,
      })
    this.wideReads = within?.freshness?.wideReads ?? new Lanes(WIDE_READS)
    this.pasts = within?.freshness?.pasts ?? new Lanes(PASTS)
    this.keptCounts = within?.freshness?.keptCounts ?? new KeptCounts()
    this.signal = within?.signal
    this.moment = within?.moment
    this.past = within?.past
  }

  /**
   * The same for as long as the signal isn't aborted: reads are rejected with its reason then.
   * @param database What is read with; it may see less than there is. What is stale is computed with all that there is.
   */
  during(signal: AbortSignal, graph = this.graph, database = this.database): Freshness {
    return new Freshness(database, this.dispatcher, graph, { freshness: this, signal })
  }

  /** The same by other versions of stages, in the same moment. */
  by(graph: StageGraph): Freshness {
    if (graph === this.graph) return this
    const { signal, moment, past } = this
    return new Freshness(this.database, this.dispatcher, graph, { freshness: this, signal, moment, past })
  }

  /**
   * Does `work` until all that it reads by what it is given is fresh, or as fresh as it asked for, in one snapshot: each
   * time from the beginning. What that took is added to the receipt.
   * @throws What `work` throws in the end; the signal's reason once it aborts.
   */
  inOneMoment<T>(
    receipt: Receipt,
    signal: AbortSignal,
    work: (freshness: Freshness, reads: Reads) => Promise<T>,
  ): Promise<T> {
    const database = this.database.during(signal)
    return inOneMoment(
      () => database.openSnapshot(),
      this.waits(signal),
      receipt,
      (moment) => {
        const within = { freshness: this, signal, moment }
        return work(new Freshness(this.database, this.dispatcher, this.graph, within), moment.reads)
      },
    )
  }

  /**
   * Does `work` with what the cache held at a moment: computed for it by the same stages, through tables of the same names that
   * nobody else sees, and not stored. A past that is asked for twice is the same twice.
   * @param key Tells it from what else is read of pasts in the same moment.
   * @param database That of now.
   * @throws BadInputError where the moment lies ahead, or before what is known; LimitError for more than may be looked at.
   */
  async inPast<T>(
    key: string,
    database: Database,
    at: Date,
    budget: PastBudget,
    work: (freshness: Freshness, database: DerivingDatabase) => Promise<T>,
  ): Promise<T> {
    if (this.moment) return this.moment.between(key, () => this.ofPast(database, at, budget, work))
    return this.ofPast(database, at, budget, work)
  }

  private async ofPast<T>(
    database: Database,
    at: Date,
    budget: PastBudget,
    work: (freshness: Freshness, database: DerivingDatabase) => Promise<T>,
  ): Promise<T> {
    const own = this.signal ? database.during(this.signal) : database
    await settledBy(own, null, at)
    const tables = [...this.graph.values()].map((stage) => this.refresher.tableOf(stage).name)
    const compute = async (sql: Sql) => {
      const past = await Past.open(sql, database, at, [...new Set(tables)], budget)
      const dispatcher = new InProcessDispatcher()
      const freshness = new Freshness(past.database, dispatcher, this.graph, {
        signal: this.signal,
        past,
        run: this.run,
      })
      freshness.respond()
      const result = await work(freshness, past.database)
      await past.checkAgain()
      return result
    }
    return this.pasts.run(this.signal ?? neverAborted(), () => own.apart(compute))
  }

  /** Whether how long something took had a say in what was read in its moment. */
  get isOfItsTime(): boolean {
    return this.moment?.isOfItsTime ?? false
  }

  /**
   * Answers `slices.refresh` requests from now on, and drops what is of nobody any more.
   * @param stages Those that this process runs, of all graphs; all, unless told.
   */
  respond(stages?: readonly Stage[]): void {
    const refresh = async ({ stage, logic, windows }: Requests['slices.refresh']['payload'], signal: AbortSignal) => {
      const own = this.graph.ofLogic(logic)
      const receipt = await this.refresher.refresh(own, windows, signal)
      if (receipt.recomputed + receipt.verified > 0) {
        const { version } = own.definition
        this.dispatcher.hint('slices.refreshed', { stage, version, receipt, ...toldWindows(windows) })
      }
      return receipt
    }
    const topics = stages?.map(({ definition, logic }) => ({ stage: definition.name, logic }))
    this.dispatcher.respond('slices.refresh', refresh, topics)
    const asked = [...this.graph.keys()].map((name) => this.asked(name))
    const drop = () => this.database.transaction((sql) => dropOrphans(sql, asked))
    this.dispatcher.subscribe('source.removed', 'drop-orphans', drop)
    this.dispatcher.subscribe('users.deleted', 'drop-orphans', drop)
    this.dispatcher.subscribe('projects.deleted', 'drop-orphans', drop)
  }

  /** Brings the stage's slices that lie in the windows up to date, as reads would have it done. */
  bring(stage: Stage, windows: readonly Window[], signal: AbortSignal): Promise<Receipt> {
    return this.asking.refresh(stage, windows, signal)
  }

  /**
   * The stage's annotations whose periods lie in the windows, ordered by user and date; of those that needn't be fresh the
   * ones that there are. For a sprint stage each window is one sprint of one user. What it took is added to the receipt.
   */
  async annotations(
    stageName: string,
    windows: readonly Window[],
    receipt: Receipt,
    how = FRESH,
  ): Promise<Annotation[]> {
    if (windows.length === 0) return []
    const { stage, table, asOf } = this.asked(stageName)
    const asked = windowsFor(stage.period, windows)
    await this.past?.fill(stage, asked)
    return this.readWindows(`${stageName} ${how.mode} ${how.withinMs}`, asked, receipt, async (reads) => {
      const { value, parts } = await readAnnotations(reads, { stage, table, asOf }, asked)
      return { value, parts: parts.map((part) => ({ ...part, how })) }
    })
  }

  /**
   * As many of those annotations as asked for, after a place, or backward from it: in the order of their users' ids, of
   * their days, and of whatever else is in the stage's key.
   */
  async annotationsPage(
    stageName: string,
    windows: readonly Window[],
    page: AnnotationPage,
    receipt: Receipt,
    how = FRESH,
  ): Promise<Annotation[]> {
    const asked = this.asked(stageName)
    const whole = windowsFor(asked.stage.period, windows)
    await this.past?.fill(asked.stage, whole)
    const slicesAfter = (place: Window | null, limit: number) =>
      listSlices(this.reads.sql, asked.stage, whole, place, { limit, backward: page.backward })
    const annotationsOf = (slices: readonly Window[]) => this.annotations(stageName, slices, receipt, how)
    const seen = this.moment?.memoryOf(JSON.stringify([asked.stage.logic, page, whole.map(windowKey)]))
    return readAnnotationsPage(asked, page, slicesAfter, annotationsOf, seen)
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

  /** The slice of which an annotation in such a place is. */
  sliceAt(stageName: string, place: AnnotationPlace): Window {
    return sliceAt(this.asked(stageName), place)
  }

  /** A page of activities with their annotations of these stages. Without stages no receipt is needed. */
  async activities(
    page: ActivityPageQuery,
    stages: ReadonlyMap<Stage, HowFresh>,
    receipt: Receipt | null,
  ): Promise<AnnotatedActivity[]> {
    const skeleton = skeletonOf(
      page,
      [...stages].map(([stage, how]) => ({ ...this.tabled(stage), how })),
    )
    if (!receipt) return (await readPage(this.reads, skeleton)).value
    if (this.past) await this.fillPage(this.past, skeleton)
    const key = JSON.stringify(['page', page, [...stages].map(([{ logic }, how]) => [logic, how])])
    return this.read<AnnotatedActivity[]>(key, receipt, (reads, _, seen) => readActivities(reads, skeleton, seen))
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
    const read = async (reads: Reads, isSettling: boolean): Promise<Reading<PageText | null>> =>
      isSettling ? { value: null, parts: [] } : readPageText(reads, skeleton, writing)
    return this.read(JSON.stringify(['text', this.graph.key, page, stageNames]), receipt, read)
  }

  /** The columns of a stage of which an activity has one annotation, its own or that of its user's day; null for others. */
  columnsOfActivity(stageName: string): readonly StageColumn[] | null {
    const asked = this.asked(stageName)
    return isOneOfActivity(asked) ? asked.table.columns : null
  }

  /** What the roll-up makes of its stages' tables once the windows are fresh, in the very snapshot in which they are. */
  async rollUp<Row>(rollUp: RollUp<Row>, windows: readonly Window[], receipt: Receipt, how = FRESH): Promise<Row[]> {
    const { stage } = this.asked(rollUp.stage)
    const asked = windowsFor(stage.period, windows)
    await this.past?.fill(stage, asked)
    const isAsStored = how.mode !== 'FRESH'
    return this.readWindows(`${rollUp.name} ${how.mode} ${how.withinMs}`, asked, receipt, (reads, isSettling) =>
      reads.snapshot(async (sql) => {
        const tables = (await this.tablesOf(sql, rollUp, windows, how)).map((table) => ({ ...table, isAsStored }))
        // What is stale is taken only once it is settled that waiting doesn't help; until then, that it is stale is enough.
        const most = isSettling ? null : FEW_SLICES + 1
        const parts: PartRead[] = []
        for (const { stage, windows } of how.mode === 'CACHED' ? [] : tables) {
          const found = await findStale(sql, stage, windows, most)
          parts.push({ stage, ...found, windows, how })
        }
        const isFresh = parts.every(({ stale }) => stale.length === 0)
        return { value: isFresh || isSettling || isAsStored ? await rollUp.read(sql, tables) : [], parts }
      }),
    )
  }

  /**
   * What is made of a stage's tables by this graph, the base, and another, the candidate, once both are fresh in the windows, in the
   * very snapshot in which they are.
   */
  async compared<T>(
    stageName: string,
    candidate: StageGraph,
    windows: readonly Window[],
    receipt: Receipt,
    compare: (sql: Sql, tables: ComparedTables) => Promise<T>,
  ): Promise<T | null> {
    const own = this.asked(stageName)
    const asked = windowsFor(own.stage.period, windows)
    const tables = {
      base: { ...own, windows: asked },
      candidate: { ...this.tabled(stageOf(candidate, stageName)), windows: asked },
    }
    const name = `${stageName} compared with ${candidate.key}`
    return this.readWindows(name, asked, receipt, (reads, isSettling) =>
      reads.snapshot(async (sql) => {
        const most = isSettling ? null : FEW_SLICES + 1
        const parts: PartRead[] = []
        for (const { stage } of new Set([tables.base, tables.candidate])) {
          parts.push({ stage, ...(await findStale(sql, stage, asked, most)), windows: asked })
        }
        const isFresh = parts.every(({ stale }) => stale.length === 0)
        return { value: isFresh || isSettling ? await compare(sql, tables) : null, parts }
      }),
    )
  }

  /** What becomes of a stage's annotations in the windows where the graph is another one. */
  plan(stageName: string, next: StageGraph, windows: readonly Window[]): Promise<PlannedStage> {
    const stage = stageOf(next, stageName)
    const asked = windowsFor(stage.period, windows)
    const own = this.graph.get(stageName)
    const base = own && { base: { ...this.tabled(own), windows: asked } }
    return this.reads.snapshot((sql) =>
      planStage(sql, { ...base, candidate: { ...this.tabled(stage), windows: asked } }),
    )
  }

  /** How long so many slices of a stage take to be computed, by what it took so far; null where none was. */
  readonly secondsFor = (stage: Stage, slices: number): number | null => this.refresher.secondsFor(stage, slices)

  /** @throws BadInputError where something of these sources isn't known of the past that is read; of all, unless told. */
  checkKnown(sources: readonly string[] | null): void {
    this.past?.checkSources(sources)
  }

  /** Counts what was done for its moment beside refreshes. */
  addTaken(receipt: Receipt): void {
    if (this.moment) addReceipt(this.moment.receipt, receipt)
  }

  /** What the refreshes of its moment took so far. */
  get taken(): Receipt {
    return { ...(this.moment?.receipt ?? emptyReceipt()) }
  }

  /** How slices of a stage stand, by their `windowKey`, in the moment of what is read with it. */
  async standingOfSlices(stage: Stage, slices: readonly Window[]): Promise<Map<string, Standing>> {
    return this.reads.snapshot(async (sql) => {
      return standingOfSlices(sql, stage, distinctWindows(slices), await nowOf(sql))
    })
  }

  /** How the groups of a roll-up stand, by their keys; of none where all is fresh. And when they were looked at. */
  async standingOfGroups(
    rollUp: RollUp<unknown>,
    windows: readonly Window[],
    how = FRESH,
  ): Promise<{ now: Date; behind: ReadonlyMap<string, GroupStanding> }> {
    return this.reads.snapshot(async (sql) => {
      const now = await nowOf(sql)
      const tables = await this.tablesOf(sql, rollUp, windows, how)
      const stale = await Promise.all(tables.map(({ stage, windows }) => findStale(sql, stage, windows, 1)))
      const behind = new Map<string, GroupStanding>()
      if (stale.every((found) => found.stale.length === 0)) return { now, behind }
      for (const { stage, windows } of tables) {
        const own = await standingOfGroups(sql, stage, windows, () => rollUp.group, now)
        for (const [key, standing] of own) behind.set(key, least(behind.get(key), standing))
      }
      return { now, behind }
    })
  }

  /**
   * How the stage's slices in the windows stand, and when they were counted; refreshes nothing. Where there are many they are
   * counted beside whoever asks, and not each time.
   * @param name Says which windows those are.
   */
  async counts(stage: Stage, name: string, windows: readonly Window[]): Promise<SliceCounts & { countedAt: Date }> {
    const asked = windowsFor(stage.period, windows)
    if (await areFewSlices(this.reads.sql)) {
      return { ...(await countSlices(this.reads.sql, stage, asked)), countedAt: await nowOf(this.reads.sql) }
    }
    return this.keptCounts.of(`${stage.logic} ${name}`, () => countSlices(this.database.sql, stage, asked))
  }

  /** Throws the stage's annotations away whose period lies in the range. Returns how many person-periods had some. */
  async discard(stageName: string, range: { from: string | null; to: string | null }): Promise<number> {
    const { stage, table } = this.asked(stageName)
    return this.database.transaction(async (sql) => {
      const count = await discardSlices(sql, stage, table, range)
      if (count > 0) await this.dispatcher.publish(sql, 'annotations.discarded', { stage: stageName, ...range, count })
      return count
    })
  }

  /** Drops what these logics made, in bounded transactions; or says how much that would be. */
  async prune(
    logics: readonly string[],
    { dryRun, tell }: { dryRun: boolean; tell(pruned: Pruned): void },
  ): Promise<Pruned> {
    const tables = [...this.graph.keys()].map((name) => this.asked(name).table)
    return dryRun ? prunable(this.database.sql, logics, tables) : pruneLogics(this.database, logics, tables, tell)
  }

  /** Where a roll-up reads days, and where longer periods in their place. */
  private async tablesOf(sql: Sql, rollUp: RollUp<unknown>, windows: readonly Window[], how: HowFresh) {
    const short = this.asked(rollUp.stage)
    // Of what is stored the days are there wherever the months are.
    const longer = rollUp.longer && how.mode === 'FRESH' ? this.asked(rollUp.longer) : undefined
    return tablesOf(sql, short, longer, windowsFor(short.stage.period, windows))
  }

  private readWindows<T>(
    name: string,
    windows: readonly Window[],
    receipt: Receipt,
    read: (reads: Reads, isSettling: boolean) => Promise<Reading<T>>,
  ): Promise<T> {
    const key = [this.graph.key, name, ...windows.map(windowKey)].join('\n')
    const isWide = windows.reduce((sum, { from, to }) => sum + daysBetween(from, to), 0) > WIDE_DAYS
    return this.read(key, receipt, read, isWide)
  }

  /** Reads in the moment that it is of, or in one of its own. */
  private async read<T>(
    key: string,
    receipt: Receipt,
    read: (reads: Reads, isSettling: boolean, before: Reading<T> | undefined) => Promise<Reading<T>>,
    isWide = false,
  ): Promise<T> {
    const inMoment = async (moment: Moment) => {
      if (isWide) moment.widen()
      return moment.read(key, read)
    }
    if (this.moment) return inMoment(this.moment)
    const { sql } = this.ownDatabase
    const open = (): OpenSnapshot => ({
      sql,
      snapshot: (work) => this.ownDatabase.snapshot(work),
      isLost: false,
      idle: async () => {},
      close: async () => {},
    })
    return inOneMoment(open, this.waits(this.signal), receipt, inMoment)
  }

  private waits(signal: AbortSignal | undefined) {
    const { asking, wideReads } = this
    return { asking, wideReads, signal }
  }

  private get reads(): Reads {
    return this.moment?.reads ?? this.ownDatabase
  }

  private asked(stageName: string): StageAsked {
    return this.tabled(stageOf(this.graph, stageName))
  }

  private tabled(stage: Stage): StageAsked {
    return { stage, table: this.refresher.tableOf(stage), asOf: this.past?.at }
  }

  /** Makes known of a past what the annotations of a page are made of. */
  private async fillPage(past: Past, { page, asked }: Skeleton): Promise<void> {
    const { value } = await readPage(this.reads, { page, asked: [] })
    const sprints = asked.some(({ stage }) => stage.period.kind === 'given') ? await allSprints(this.reads.sql) : []
    for (const { stage } of asked) {
      await past.fill(
        stage,
        windowsOfActivities(
          stage,
          value.map(({ activity }) => activity),
          sprints,
        ),
      )
    }
  }
}

/** When a snapshot was taken, by the clock of the cache. */
async function nowOf(sql: Sql): Promise<Date> {
  const [row] = await sql<{ now: Date }>('SELECT now()')
  if (!row) throw new Error('Broken invariant: a SELECT of one row gave none.')
  return row.now
}

/** Where days are read, and where longer periods in their place: what reaches over all that there is has whole ones. */
async function tablesOf(
  sql: Sql,
  short: StageAsked,
  longer: StageAsked | undefined,
  windows: readonly Window[],
): Promise<(StageAsked & { windows: readonly Window[] })[]> {
  const days = longer && (await daysOfActivities(sql))
  if (!longer || !days || !isLong(windows, days)) return [{ ...short, windows }]
  return splitWindows(short, longer, widenedWindows(longer.stage.period, windows, days))
}

/** Whether the windows have so many of the days on which there are activities that fewer rows are worth a second look. */
function isLong(windows: readonly Window[], [first, last]: readonly [first: string, last: string]): boolean {
  const days = windows.map(({ from, to }) => daysBetween(from < first ? first : from, to > last ? last : to))
  return days.reduce((sum, count) => sum + count, 0) > WIDE_DAYS
}
