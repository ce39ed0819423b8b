import { getMetadataArgsStorage } from 'typeorm'
import { camelCase } from '../model/camel-case.ts'
import { sha256 } from '../model/sha256.ts'
import type { StageDefinition } from './define-stage.ts'

/** All that defines a stage. */
export interface LogicDefinition {
  name: string
  version: number
  subject: string
  period: string
  lookback: number
  columns: DeclaredColumn[]
  /** What it reads; of stages their logic. */
  reads: readonly string[]
}

/** What defines a stage: its name and version, which stands for its code; subject, period, lookback, output columns, and reads. */
export function logicDefinition(stage: StageDefinition, reads: readonly string[]): LogicDefinition {
  const { name, version, subject = 'user', period, lookback = 0, output, lacks = [] } = stage
  const columns = columnsOf(output).filter((column) => !lacks.some((lacking) => camelCase(lacking) === column.name))
  return { name, version, subject, period, lookback, columns, reads }
}

/** The identity of a definition: a hash of all that is in it. */
export function logicOf({ name, version, subject, period, lookback, columns, reads }: LogicDefinition): string {
  const ofColumns = columns.map(({ name, type, nullable, primary }) => [name, type, nullable, primary])
  // Users were the only subjects once: what is of them has the hash that it had.
  const parts = [name, version, period, lookback, ofColumns, reads, ...(subject === 'user' ? [] : [subject])]
  return sha256(JSON.stringify(parts)).slice(0, 16)
}

/** A column as its class declares it, under the name of its property unless it has another. */
export interface DeclaredColumn {
  name: string
  type: string
  nullable: boolean
  primary: boolean
}

/** Each column of an output class, by name. */
export function columnsOf(output: StageDefinition['output']): DeclaredColumn[] {
  const columns = getMetadataArgsStorage().filterColumns(classesOf(output))
  return columns
    .map(({ propertyName, options: { name = propertyName, type = '', nullable = false, primary = false } }) => {
      return { name, type: typeof type === 'string' ? type : type.name, nullable, primary }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A class and all that it extends. */
function classesOf(output: StageDefinition['output']): StageDefinition['output'][] {
  const base: StageDefinition['output'] | null = Object.getPrototypeOf(output)
  return base?.prototype ? [output, ...classesOf(base)] : [output]
}
