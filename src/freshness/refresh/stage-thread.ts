/** What runs in a thread of its own: stages of the build, and nothing else. */
import 'reflect-metadata'
import { StageError } from '../../model/errors.ts'
import { demoStages } from '../../stages/index.ts'
import { type Columns, columnsOf, frozenTable, mapValues } from './frozen-table.ts'

/** A stage that is to be run, as it crosses to another thread. */
export interface StageTask {
  name: string
  version: number
  tables: Record<string, Columns>
}

/** What a stage gave, and how long it took. */
export interface RunInThread {
  columns: Columns
  ms: number
}

/** @throws What the stage throws. */
export function runStage({ name, version, tables }: StageTask): RunInThread {
  const definition = demoStages.find((stage) => stage.name === name && stage.version === version)
  if (!definition) throw new StageError(`This build has no stage "${name}" of version ${version}.`)
  const given = mapValues(tables, frozenTable)
  const begun = performance.now()
  const columns = columnsOf(definition.annotate(given))
  return { columns, ms: performance.now() - begun }
}
