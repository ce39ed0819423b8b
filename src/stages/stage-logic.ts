import { createHash } from 'node:crypto'
import { getMetadataArgsStorage } from 'typeorm'
import type { StageDefinition } from './define-stage.ts'

/**
 * The identity of all that defines a stage: a hash of its name and version, which stands for its code; of its period,
 * lookback and output columns; and of what it reads, for stages their logic.
 */
export function logicOf(
  { name, version, period, lookback = 0, output }: StageDefinition,
  reads: readonly string[],
): string {
  const columns = columnsOf(output).map(({ name, type, nullable, primary }) => [name, type, nullable, primary])
  const definition = [name, version, period, lookback, columns, reads]
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16)
}

/** A column as its class declares it, under the name of its property unless it has another. */
interface DeclaredColumn {
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
