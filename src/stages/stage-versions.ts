/** A stage may have several versions in code. Which of them answers is said elsewhere; what follows from that is said here. */
import { camelCase } from '../model/camel-case.ts'
import { StageError } from '../model/errors.ts'
import type { StageDefinition } from './define-stage.ts'
import { type MissingVersion, type Stage, type StageGraph, stageGraph } from './stage-graph.ts'
import { columnsOf } from './stage-logic.ts'

/** One version of a stage. */
export interface StageVersion {
  stage: string
  version: number
}

/** Every version of every stage that this build has. Of one stage the first that is listed is its own, the others are candidates. */
export class StageVersions {
  private readonly byStage = new Map<string, StageDefinition[]>()
  private readonly stages = new Map<string, Stage>()
  private readonly graphs = new Map<string, StageGraph>()

  /** @throws StageError where versions of a stage don't fit each other, or a stage doesn't fit what it reads. */
  constructor(definitions: readonly StageDefinition[]) {
    for (const definition of definitions) {
      const { name } = definition
      const versions = this.byStage.get(name) ?? []
      this.byStage.set(name, [...versions, definition])
      checkFit(definition, versions)
    }
    for (const { name, version } of definitions) this.graph([{ stage: name, version }])
  }

  /** The stages' own definitions, in their order. */
  get own(): readonly StageDefinition[] {
    return [...this.byStage.values()].flatMap(([own]) => own ?? [])
  }

  /** Of a stage: its own, then candidates. */
  of(stage: string): readonly StageDefinition[] {
    return this.byStage.get(stage) ?? []
  }

  has({ stage, version }: StageVersion): boolean {
    return this.of(stage).some((definition) => definition.version === version)
  }

  /** Stages of these names as they are in every graph that there can be. */
  inEveryGraph(names: ReadonlySet<string>): Stage[] {
    let choices: StageVersion[][] = [[]]
    for (const { name } of this.own) {
      const versions = this.of(name).map(({ version }) => ({ stage: name, version }))
      choices = choices.flatMap((chosen) => versions.map((version) => [...chosen, version]))
    }
    for (const chosen of choices) this.graph(chosen)
    return [...this.stages.values()].filter(({ definition }) => names.has(definition.name))
  }

  /** The graph in which these versions are active; of two of one stage the later. Of others the build's own are. */
  graph(active: readonly StageVersion[] = []): StageGraph {
    const versions = new Map(active.map(({ stage, version }) => [stage, version]))
    const missing = new Map<string, MissingVersion>()
    const definitions = this.own.flatMap((own) => {
      const version = versions.get(own.name) ?? own.version
      const definition = this.of(own.name).find((each) => each.version === version)
      if (!definition) missing.set(own.name, { stage: own.name, version })
      return definition ?? []
    })
    const key = [...definitions.map(({ version }) => version), JSON.stringify([...missing.values()])].join(' ')
    const known = this.graphs.get(key)
    if (known) return known
    const graph = stageGraph(definitions, this.stages, missing)
    this.graphs.set(key, graph)
    return graph
  }
}

/** Versions share a table and what the API says of them: they differ in what they read and compute. */
function checkFit(definition: StageDefinition, others: readonly StageDefinition[]): void {
  const { name, version, output, lacks = [] } = definition
  const unfit = lacks.find((column) => !columnsOf(output).find((each) => each.name === camelCase(column))?.nullable)
  if (unfit) {
    throw new StageError(
      `Stage "${name}", version ${version}, lacks "${unfit}", which must be a column of its class that may be null.`,
    )
  }
  for (const other of others) {
    if (other.version === version) throw new StageError(`Stage "${name}" has version ${version} twice.`)
    const differing = SHARED.find(
      (property) => JSON.stringify(of(definition, property)) !== JSON.stringify(of(other, property)),
    )
    if (differing) {
      throw new StageError(
        `Versions ${other.version} and ${version} of stage "${name}" differ in \`${differing}\`: all versions of a stage share it.`,
      )
    }
  }
}

const SHARED = ['output', 'subject', 'period', 'sums', 'sumsOf', 'ratios', 'untilOver', 'queries'] as const

function of(definition: StageDefinition, property: (typeof SHARED)[number]): unknown {
  return property === 'output' ? definition.output.name : definition[property]
}
