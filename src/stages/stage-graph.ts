import { StageError } from '../model/errors.ts'
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

export type StageGraph = ReadonlyMap<string, Stage>

/**
 * The stages in the order given, checked.
 * @throws StageError for a name given twice, an unknown read, a cycle, or periods that don't fit into each other.
 */
export function stageGraph(definitions: readonly StageDefinition[]): StageGraph {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]))
  if (byName.size < definitions.length) throw new StageError('Two stages have the same name.')
  const built = new Map<string, Stage>()
  for (const definition of definitions) build(definition, byName, built, [])
  return new Map(definitions.map(({ name }) => [name, stageOf(built, name)]))
}

/** @throws StageError where the graph lacks it; callers that take names from users check first. */
export function stageOf(graph: StageGraph, name: string): Stage {
  const stage = graph.get(name)
  if (!stage) throw new StageError(`There is no stage "${name}".`)
  return stage
}

function build(
  definition: StageDefinition,
  byName: ReadonlyMap<string, StageDefinition>,
  built: Map<string, Stage>,
  path: readonly string[],
): Stage {
  const { name } = definition
  const known = built.get(name)
  if (known) return known
  if (path.includes(name))
    throw new StageError(`Stages read each other in a cycle: ${[...path, name].join(' reads ')}.`)

  const stages = [...new Set(definition.reads)]
    .filter((read) => read !== ACTIVITIES)
    .map((read) => {
      const upstream = byName.get(read)
      if (!upstream) throw new StageError(`Stage "${name}" reads "${read}", which is neither "activities" nor a stage.`)
      return build(upstream, byName, built, [...path, name])
    })
  const stage = place(definition, stages)
  built.set(name, stage)
  return stage
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
