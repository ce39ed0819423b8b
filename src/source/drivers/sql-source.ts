/** What all databases that are asked in SQL have in common. */
import type { SourceRow } from '../../model/source-row.ts'
import type { PullPlan } from '../source-adapter.ts'
import { pullFault } from './source-faults.ts'
import type { ReferenceKind, SourceAt, SourceState } from './source-snapshot.ts'

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

/** A snapshot of a database: what all have in common. Each says the rest in its own SQL. */
export abstract class SqlSnapshot {
  protected readonly source: SourceAt
  protected readonly plan: PullPlan
  private stated: Promise<SourceState> | undefined

  protected constructor(source: SourceAt, plan: PullPlan) {
    this.source = source
    this.plan = plan
  }

  /** Of one snapshot: it is read once. */
  state(): Promise<SourceState> {
    this.stated ??= this.readState()
    return this.stated
  }

  async count(since: string | null): Promise<number> {
    const counts = this.parts(since).map(
      ({ where }) => `(SELECT count(*) FROM ${this.plan.table} source_rows ${where})`,
    )
    const [row] = await this.all(`SELECT ${counts.join(' + ')} AS count`)
    return Number(row?.count)
  }

  async references(kind: ReferenceKind): Promise<SourceRow[]> {
    const { users, stereotypes, projects, sprints } = this.plan
    if (kind !== 'projects') {
      const statement = { users, stereotypes, sprints }[kind]
      return statement ? this.all(statement) : []
    }
    const isThere = projects && (projects.table === null || (await this.has(projects.table)))
    return isThere ? this.all(projects.rows) : []
  }

  /** Which rows pages have, in the order in which they come. */
  protected parts(since: string | null): RowsInOrder[] {
    const { changedAt } = this.plan
    return changedAt ? this.byChange(since, changedAt) : [this.byDate(since)]
  }

  protected abstract readState(): Promise<SourceState>
  /** All rows of a statement. */
  protected abstract all(text: string): Promise<SourceRow[]>
  protected abstract has(table: string): Promise<boolean>
  /** Two statements, so that an index on the time of change gives the second its order. */
  protected abstract byChange(since: string | null, changedAt: string): RowsInOrder[]
  protected abstract byDate(since: string | null): RowsInOrder
}
