/** What all databases that are asked in SQL have in common. */
import type { PullPlan } from '../source-adapter.ts'
import { pullFault } from './source-faults.ts'
import type { ReferenceKind, SourceAt } from './source-snapshot.ts'

/** How far a time of change without a zone may be off: what clocks are put back by in autumn. */
const ZONELESS_SECONDS = 3_600

/** SQL for some of a table's rows, and for the order in which they are read. */
export interface RowsInOrder {
  where: string
  order: string
}

/** What the type of a column of times of change says of them. */
export interface ChangeType {
  /** As SQL has it. */
  name: string
  /** Whether it is a moment, the same in every zone. */
  isMoment: boolean
}

/**
 * How long before a place a pull begins: as long as a transaction of the source may have been open, and as much longer
 * as its times may be off.
 */
export function overlapOf({ overlapSeconds }: SourceAt, { isUtc = false }: PullPlan, { isMoment }: ChangeType): number {
  return overlapSeconds + (isMoment || isUtc ? 0 : ZONELESS_SECONDS)
}

/** @throws SourcePullError where a column is of no type of times. */
export function checkChangeType(
  source: SourceAt,
  { table, changedAt }: PullPlan,
  type: ChangeType | undefined,
): ChangeType {
  if (type) return type
  throw pullFault(source, `${changedAt} of ${table} must be a timestamp or a date, as pulls go by it.`)
}

/** A row of the columns' values, by their names. */
export function rowOf(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]))
}

/** A value as text; null stays. */
export function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

/** Whether a table is named; what is a query has no making of its own. */
export function isName(table: string): boolean {
  return /^[\w."`]+$/.test(table)
}

/** The statement for what rows refer to; none where the adapter doesn't say, or the table that it names isn't there. */
export async function statementFor(
  { users, stereotypes, projects, sprints }: PullPlan,
  kind: ReferenceKind,
  hasTable: (table: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (kind === 'projects') {
    const isThere = projects && (projects.table === null || (await hasTable(projects.table)))
    return isThere ? projects.rows : undefined
  }
  return { users, stereotypes, sprints }[kind]
}
