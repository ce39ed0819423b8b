import { SourcePullError } from '../../model/errors.ts'
import type { SourceAt } from './source-snapshot.ts'

/** Says of a source why nothing was pulled. */
export function pullFault({ name }: SourceAt, what: string, details: object = {}): SourcePullError {
  return new SourcePullError(`Source "${name}": ${what} Nothing was pulled.`, { source: name, ...details })
}

/** @throws SourcePullError that names the columns which a table or a file lacks. */
export function checkNames(source: SourceAt, table: string, there: readonly string[]): void {
  const { columns } = source.adapter
  const missing = columns.filter((column) => !there.includes(column))
  if (missing.length === 0) return
  throw pullFault(
    source,
    `${table} has no column ${missing.map((column) => `"${column}"`).join(', ')}. It needs ${columns.join(', ')}.`,
    { missingColumns: missing },
  )
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
