import { SourcePullError } from '../../model/errors.ts'
import { few } from '../../model/excerpts.ts'
import type { ColumnType } from '../source-adapter.ts'
import type { SourceAt } from './source-snapshot.ts'

/** Says of a source why nothing was pulled. */
export function pullFault({ name }: SourceAt, what: string, details: object = {}): SourcePullError {
  return new SourcePullError(`Source "${name}": ${what} Nothing was pulled.`, { source: name, ...details })
}

/** The columns of a table or file, and of what type each is; null where that is another, or files don't say. */
export type FoundColumns = ReadonlyMap<string, ColumnType | null>

/** @throws SourcePullError that names the columns which are missing or of another type, and what is there instead. */
export function checkColumns(source: SourceAt, table: string, found: FoundColumns): void {
  const { columns, types = {} } = source.adapter
  const missing = columns.filter((column) => !found.has(column))
  if (missing.length > 0) {
    const others = [...found.keys()].filter((column) => !columns.includes(column))
    const instead = others.length > 0 ? ` Instead it has ${few(others.map((column) => `"${column}"`))}.` : ''
    throw pullFault(
      source,
      `${table} has no column ${missing.map((column) => `"${column}"`).join(', ')}. It needs ${columns.join(', ')}.${instead}`,
      { table, missingColumns: missing },
    )
  }
  for (const [column, right] of Object.entries(types)) {
    const type = found.get(column)
    if (!type || right.includes(type)) continue
    throw pullFault(source, `"${column}" of ${table} must be a ${right.join(' or a ')}, and is a ${type}.`, {
      table,
      column,
      type,
    })
  }
}

/**
 * Says of a source why it couldn't be reached, or broke off.
 * @param timedOut What errors say where it was for want of time: the variable is named that gives it.
 */
export function brokenOff(
  { name, timeoutSeconds }: SourceAt,
  what: 'reached' | 'pulled',
  cause: unknown,
  timedOut: RegExp,
): SourcePullError {
  const why = reasonOf(cause)
  // The source may allow itself less than that.
  const hint =
    what === 'pulled' && timedOut.test(why) ? ` (SOURCE_${name.toUpperCase()}_TIMEOUT is ${timeoutSeconds} s)` : ''
  return new SourcePullError(`Source "${name}" can't be ${what}: ${why}${hint}.`, { source: name }, cause)
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ')
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
