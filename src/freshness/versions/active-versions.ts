/** Which version of a stage answers is a row in the cache: all processes say the same, and none answers by another in silence. */
import type { Database, Sql } from '../../cache/database.ts'
import { LogicState } from '../../cache/entities/logic.ts'
import type { StagePromotion } from '../../cache/entities/stage-version.ts'
import { keepLogics, lockLogics, setStates } from '../../cache/logics.ts'
import { SideConnection } from '../../cache/side-connection.ts'
import {
  activeVersions,
  type OfferMode,
  offerVersions,
  promoteVersion,
  storedVersions,
} from '../../cache/stage-versions.ts'
import type { Dispatcher } from '../../dispatch/dispatcher.ts'
import { BadInputError } from '../../model/errors.ts'
import { quoted } from '../../model/excerpts.ts'
import { type Stage, type StageGraph, stageOf } from '../../stages/stage-graph.ts'
import type { StageVersion, StageVersions } from '../../stages/stage-versions.ts'
import { statesOf } from './logic-states.ts'

/** A version of a stage, and how much is stored of it, in person-periods. */
export interface ListedVersion extends StageVersion {
  state: LogicState
  isInCode: boolean
  /** As if it alone were promoted; null where it isn't in code. */
  logic: string | null
  stored: number
}

/** Who promotes a version, and why. */
export interface PromotionNote {
  by: string | null
  reason: string | null
  /** What was looked at before. */
  checklist: readonly string[]
}

/** What came of a build's first look at the cache. */
export interface TakenOver {
  promotions: StagePromotion[]
  /** Stages whose logic is another than before. */
  renewed: Stage[]
}

export class ActiveVersions {
  readonly known: StageVersions
  private readonly database: Database
  /** Which versions answer is asked for with each request, also where the pool is used up. */
  private readonly side: SideConnection
  private readonly dispatcher: Dispatcher
  /** Logics that are known to be kept. */
  private readonly kept = new Set<string>()
  private underWay: Promise<unknown> = Promise.resolve()
  private next: Promise<ChosenVersions> | undefined

  constructor(database: Database, dispatcher: Dispatcher, known: StageVersions) {
    this.database = database
    this.side = new SideConnection(database.dataSource)
    this.dispatcher = dispatcher
    this.known = known
  }

  /** Says which versions are the build's own. */
  async offer(mode: OfferMode): Promise<TakenOver> {
    const { own } = this.known
    const offers = own.map(({ name: stage, version }) => ({ stage, version }))
    return this.database.transaction(async (sql) => {
      const promotions = await offerVersions(sql, offers, mode)
      const before = new Set((await lockLogics(sql)).map(({ stage }) => stage))
      const chosen = new ChosenVersions(this, await activeVersions(sql))
      const candidates = own.flatMap(({ name }) => this.known.of(name).map(({ version }) => ({ stage: name, version })))
      const added = new Set<string>()
      for (const graph of [chosen.graph, ...candidates.map((candidate) => chosen.with([candidate]))]) {
        for (const logic of await this.keepIn(sql, graph)) added.add(logic)
      }
      if (mode !== 'never') await this.classify(sql, chosen)
      const renewed = [...chosen.graph.values()].filter(
        ({ logic, definition }) => added.has(logic) && before.has(definition.name),
      )
      for (const promotion of promotions) await this.tell(sql, promotion)
      return { promotions, renewed }
    })
  }

  /** Those that answer now: as committed when it was asked for, or later. They are read once for all who wait. */
  current(): Promise<ChosenVersions> {
    this.next ??= this.underWay.then(async () => {
      this.next = undefined
      return new ChosenVersions(this, await activeVersions(this.side.sql))
    })
    this.underWay = this.next.catch(() => undefined)
    return this.next
  }

  async close(): Promise<void> {
    await this.side.close()
  }

  /** Makes that logic known for which slices are about to be computed. */
  async keep(graph: StageGraph): Promise<void> {
    const isKept = [...graph.values()].every(({ logic }) => this.kept.has(logic))
    if (!isKept) await this.database.transaction((sql) => this.keepIn(sql, graph))
  }

  /**
   * Makes a version of a stage answer, in all processes.
   * @throws BadInputError for a stage or version that this build doesn't have, and for the one that answers already.
   */
  async promote(asked: StageVersion, { by, reason, checklist }: PromotionNote): Promise<StagePromotion> {
    this.check(asked, 'version')
    const row = { ...asked, promotedBy: by, reason, checklist: [...checklist] }
    return this.database.transaction(async (sql) => {
      const promoted = await promoteVersion(sql, row)
      if (!promoted) {
        throw new BadInputError('version', `Version ${asked.version} of stage "${asked.stage}" is active already.`)
      }
      await lockLogics(sql)
      const chosen = new ChosenVersions(this, await activeVersions(sql))
      await this.keepIn(sql, chosen.graph)
      await this.classify(sql, chosen)
      await this.tell(sql, promoted)
      return promoted
    })
  }

  /** The logics of versions that neither answer nor are candidates, of which something may be stored. */
  async retired(): Promise<string[]> {
    return this.database.transaction(async (sql) => {
      await lockLogics(sql)
      await this.classify(sql, new ChosenVersions(this, await activeVersions(sql)))
      return (await lockLogics(sql)).flatMap(({ logic, state }) => (state === LogicState.RETIRED ? [logic] : []))
    })
  }

  /** @throws BadInputError that names a stage or a version that this build doesn't have, and those that it has. */
  check({ stage, version }: StageVersion, argument: string): void {
    const versions = this.known.of(stage)
    if (versions.length === 0) {
      const names = this.known.own.map(({ name }) => name).join(', ')
      throw new BadInputError(argument, `There is no stage ${quoted(stage)}; there is ${names}.`)
    }
    if (!this.known.has({ stage, version })) {
      const numbers = versions.map((each) => each.version).join(', ')
      throw new BadInputError(argument, `This build has no version ${version} of stage "${stage}"; it has ${numbers}.`)
    }
  }

  private async keepIn(sql: Sql, graph: StageGraph): Promise<string[]> {
    const logics = [...graph.values()].map(({ logic, logicDefinition: definition }) => {
      const { name: stage, version } = definition
      return { logic, stage, version, definition }
    })
    const added = await keepLogics(sql, logics)
    for (const { logic } of logics) this.kept.add(logic)
    return added
  }

  private async classify(sql: Sql, { active }: ChosenVersions): Promise<void> {
    await setStates(sql, statesOf(await lockLogics(sql), active, this.known))
  }

  private async tell(sql: Sql, { stage, version, formerVersion }: StagePromotion): Promise<void> {
    await this.dispatcher.publish(sql, 'stage.promoted', { stage, version, formerVersion })
  }
}

/** The versions that answer, as they were at one time. */
export class ChosenVersions {
  readonly active: readonly StageVersion[]
  readonly graph: StageGraph
  private readonly versions: ActiveVersions

  constructor(versions: ActiveVersions, active: readonly StageVersion[]) {
    this.versions = versions
    this.active = active
    this.graph = versions.known.graph(active)
  }

  /** The graph in which these answer in place of others. */
  with(asked: readonly StageVersion[]): StageGraph {
    return this.versions.known.graph([...this.active, ...asked])
  }

  /** The same for reads. @throws BadInputError that names the argument, for what this build doesn't have and a stage named twice. */
  async readable(asked: readonly StageVersion[], argument: string): Promise<StageGraph> {
    const named = new Set<string>()
    for (const each of asked) {
      this.versions.check(each, argument)
      if (named.has(each.stage)) throw new BadInputError(argument, `${argument} names stage "${each.stage}" twice.`)
      named.add(each.stage)
    }
    const graph = this.with(asked)
    await this.versions.keep(graph)
    return graph
  }

  get known(): StageVersions {
    return this.versions.known
  }

  /** The versions of a stage: those in code, and those of which something is stored. */
  async list(sql: Sql, stage: string): Promise<ListedVersion[]> {
    const stored = await storedVersions(sql, stage)
    const active = this.active.find((each) => each.stage === stage)?.version
    const numbers = new Set([
      ...this.known.of(stage).map(({ version }) => version),
      ...(active === undefined ? [] : [active]),
      ...stored.filter(({ slices }) => slices > 0).map(({ version }) => version),
    ])
    return [...numbers]
      .sort((one, other) => one - other)
      .map((version) => {
        const isInCode = this.known.has({ stage, version })
        const state = version === active ? LogicState.ACTIVE : isInCode ? LogicState.CANDIDATE : LogicState.RETIRED
        const logic = isInCode ? (this.with([{ stage, version }]).get(stage)?.logic ?? null) : null
        return {
          stage,
          version,
          state,
          isInCode,
          logic,
          stored: stored.find((each) => each.version === version)?.slices ?? 0,
        }
      })
  }

  /** @throws UnknownVersionError where a version answers that this build doesn't have. */
  checkAll(): void {
    for (const stage of this.graph.missing.keys()) stageOf(this.graph, stage)
  }
}
