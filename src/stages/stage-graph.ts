import { StageError, UnknownVersionError } from '../model/errors.ts'
import { type Subject, subjects } from '../model/subject.ts'
import { periods } from '../periods/index.ts'
import type { Period, Reach } from '../periods/period.ts'
import type { StageDefinition } from './define-stage.ts'
import { type LogicDefinition, logicDefinition, logicOf } from './stage-logic.ts'

/** The name under which stages read the cache itself. */
export const ACTIVITIES = 'activities'

/** A stage in its graph: its definition, and what follows from its place. */
export interface Stage {
  definition: StageDefinition
  /** The identity of all that defines the stage, and of all that it reads: the hash of the next. */
  logic: string
  logicDefinition: LogicDefinition
  /** The stages that it reads. */
  stages: readonly Stage[]
  readsActivities: boolean
  subject: Subject
  period: Period
  /** How far before a slice's start its stage reads. */
  lookback: Reach
  /** How far before a slice's start its values depend on the source, through all that it reads. */
  reach: Reach
}

/** Why a stage can't be answered: the version of it, or of one that it reads, that is active and isn't in this build. */
export interface MissingVersion {
  stage: string
  version: number
}

/** The stages in their order, by name, as they are while some versions are active. */
export class StageGraph extends Map<string, Stage> {
  /** Those that this build can't answer for. */
  readonly missing: ReadonlyMap<string, MissingVersion>
  /** Tells it from graphs of other versions. */
  readonly key: string

  private readonly kept: ReadonlyMap<string, Stage>

  constructor(
    stages: readonly Stage[],
    missing: ReadonlyMap<string, MissingVersion>,
    kept: ReadonlyMap<string, Stage>,
  ) {
    super(stages.map((stage) => [stage.definition.name, stage]))
    this.missing = missing
    this.kept = kept
    this.key = [...stages.map(({ logic }) => logic), ...missing.keys()].join(' ')
  }

  /** A stage of this graph, or of one that shares its stages with it. @throws StageError where there is none. */
  ofLogic(logic: string): Stage {
    const stage = this.kept.get(logic)
    if (!stage) throw new StageError(`This build has no stage of the logic ${logic}.`)
    return stage
  }
}

/**
 * The stages in the order given, checked.
 * @param kept By logic, what is kept of other graphs: stages that are the same there are the same here.
 * @param missing Names of stages whose active version isn't given.
 * @throws StageError for a name given twice, an unknown read, a cycle, or periods that don't fit into each other.
 */
export function stageGraph(
  definitions: readonly StageDefinition[],
  kept = new Map<string, Stage>(),
  missing: ReadonlyMap<string, MissingVersion> = new Map(),
): StageGraph {
  const builder = new Builder(definitions, kept, missing)
  const stages = definitions.flatMap((definition) => builder.build(definition) ?? [])
  return new StageGraph(stages, builder.missing, kept)
}

/** @throws StageError where the graph lacks it; callers that take names from users check first. */
export function stageOf(graph: StageGraph, name: string): Stage {
  const stage = graph.get(name)
  if (stage) return stage
  const missing = graph.missing.get(name)
  if (missing) throw new UnknownVersionError(name, missing)
  throw new StageError(`There is no stage "${name}".`)
}

class Builder {
  readonly missing: Map<string, MissingVersion>
  private readonly byName: ReadonlyMap<string, StageDefinition>
  private readonly kept: Map<string, Stage>
  private readonly built = new Map<string, Stage>()

  constructor(
    definitions: readonly StageDefinition[],
    kept: Map<string, Stage>,
    missing: ReadonlyMap<string, MissingVersion>,
  ) {
    this.byName = new Map(definitions.map((definition) => [definition.name, definition]))
    if (this.byName.size < definitions.length) throw new StageError('Two stages have the same name.')
    this.kept = kept
    this.missing = new Map(missing)
  }

  /** Undefined where a version that it reads is missing. */
  build(definition: StageDefinition, path: readonly string[] = []): Stage | undefined {
    const { name, reads } = definition
    if (path.includes(name))
      throw new StageError(`Stages read each other in a cycle: ${[...path, name].join(' reads ')}.`)
    const known = this.built.get(name)
    if (known || this.missing.has(name)) return known

    const stages: Stage[] = []
    for (const read of new Set(reads)) {
      if (read === ACTIVITIES) continue
      const upstream = this.byName.get(read)
      if (!upstream && !this.missing.has(read))
        throw new StageError(`Stage "${name}" reads "${read}", which is neither "activities" nor a stage.`)
      const stage = upstream && this.build(upstream, [...path, name])
      if (stage) stages.push(stage)
      else this.missing.set(name, this.missing.get(name) ?? (this.missing.get(read) as MissingVersion))
    }
    if (this.missing.has(name)) return undefined
    const placed = place(definition, stages)
    const stage = this.kept.get(placed.logic) ?? placed
    this.kept.set(stage.logic, stage)
    this.built.set(name, stage)
    return stage
  }
}

function place(definition: StageDefinition, stages: readonly Stage[]): Stage {
  const { name, subject = 'user', period, lookback = 0, reads, sums = [], sumsOf, ratios = {} } = definition
  if (reads.length === 0) throw new StageError(`Stage "${name}" reads nothing.`)
  if (lookback > 0 && periods[period].kind === 'given') {
    throw new StageError(`Stage "${name}": ${period}s have no lookback.`)
  }
  if (sums.length > 0 && periods[period].kind === 'given') {
    throw new StageError(`Stage "${name}": ${period}s may overlap, so nothing of theirs is a sum.`)
  }
  if (sumsOf !== undefined) checkSumsOf(definition, stages.find((read) => read.definition.name === sumsOf)?.definition)
  for (const { part, whole } of Object.values(ratios)) {
    const missing = [part, whole].find((column) => !sums.includes(column))
    if (missing)
      throw new StageError(`Stage "${name}": "${missing}" is part of a ratio, so it must be one of its sums.`)
  }
  for (const read of stages) checkRead(definition, read.definition)

  const logics = [...new Set(reads)].map((read) => stages.find((s) => s.definition.name === read)?.logic ?? read)
  const defined = logicDefinition(definition, logics)
  return {
    definition,
    logic: logicOf(defined),
    logicDefinition: defined,
    stages,
    readsActivities: reads.includes(ACTIVITIES),
    subject: subjects[subject],
    period: periods[period],
    lookback: { periods: lookback, days: 0 },
    reach: reachOf(definition, stages),
  }
}

/** Days of another period lie before its own. What a day reads has its period, so all of a day's reach is in periods. */
function reachOf({ period, lookback = 0 }: StageDefinition, stages: readonly Stage[]): Reach {
  const isOwn = (read: Stage) => read.definition.period === period
  const days = stages.map((read) => (isOwn(read) ? read.reach.days : read.reach.periods))
  const own = stages.filter(isOwn).map((read) => read.reach.periods)
  return { periods: lookback + Math.max(0, ...own), days: Math.max(0, ...days) }
}

function checkSumsOf({ name, sums = [], sumsOf }: StageDefinition, summed: StageDefinition | undefined): void {
  if (summed?.period !== 'day' || summed.sums?.join() !== sums.join()) {
    throw new StageError(
      `Stage "${name}" has the sums of "${sumsOf}": it must read that, a stage of days with the same sums.`,
    )
  }
}

/** A slice reads the slices that lie in its days whole: what they are is clear where both have the same period. */
function checkRead(reader: StageDefinition, read: StageDefinition): void {
  const [own, other] = [reader, read].map(({ subject = 'user' }) => subject)
  if (own !== other) {
    throw new StageError(
      `Stage "${reader.name}" (of ${own}s) can't read "${read.name}" (of ${other}s): a stage reads stages of its own subjects.`,
    )
  }
  if (read.period !== reader.period && read.period !== 'day') {
    throw new StageError(
      `Stage "${reader.name}" (${reader.period}) can't read "${read.name}" (${read.period}): a stage reads stages of ` +
        'its own period or days.',
    )
  }
}
