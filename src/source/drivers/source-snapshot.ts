/** What a pull reads: one consistent state of a source, which nobody can change through it. */
import type { SourceIdentity } from '../../cache/entities/source-cursor.ts'
import type { SourceRow } from '../../model/source-row.ts'
import type { Source } from '../sources.ts'

/** A row as its source has it. */
export interface PulledRow {
  row: SourceRow
  /** The source's own key of it, as text. */
  key: string
  /** When it was changed, at most the source's now; `-infinity` where it doesn't say. UTC, as text that sorts by time. */
  changedAt: string
  /** True where it is stamped with a time that hasn't come yet. */
  isAhead: boolean
  /** The same, and too far for clocks that differ a little. */
  isFarAhead: boolean
}

/** Rows of a source, and the place up to which they and all before them have everything; null where that is none yet. */
export interface SourcePage {
  rows: PulledRow[]
  place: string | null
}

/** What a source says of itself, out of the same snapshot as its rows. */
export interface SourceState {
  identity: SourceIdentity
  /** When its newest row was changed, those ahead of now aside; as `PulledRow.changedAt`, null where no row says. */
  newest: string | null
  /** The source's own now. */
  now: string
}

/** What rows refer to. */
export type ReferenceKind = 'users' | 'stereotypes' | 'projects' | 'sprints'

/** All methods throw SourcePullError where the source refuses, breaks off or takes longer than it may. */
export interface SourceSnapshot {
  /** How long an answer that is asked for while another is under way is waited for. */
  readonly longestAnswerMs: number
  /** @throws SourcePullError that names what is missing, or of another type than pulls can go by. */
  checkColumns(): Promise<void>
  state(): Promise<SourceState>
  /**
   * The rows that were changed since a place, or all, in the order of their changes, so many at a time: first those
   * that don't say when they were changed. Only one is under way at a time.
   */
  pages(since: string | null, limit: number): AsyncGenerator<SourcePage>
  /** How many rows those are. Nothing else is under way meanwhile. */
  count(since: string | null): Promise<number>
  /** All rows of these keys, however they are padded and whatever their case, in the order of their changes; also while pages are under way. */
  rowsOf(keys: readonly string[]): Promise<PulledRow[]>
  /** The keys of all rows, so many at a time, in no order. Nothing else is under way meanwhile. */
  keys(limit: number): AsyncGenerator<string[]>
  /** As the adapter says, columns by name; empty where it doesn't, or where the source has no table of them. */
  references(kind: ReferenceKind): Promise<SourceRow[]>
  close(): Promise<void>
}

/** How sources of one kind are reached: everything that is peculiar to the kind stays inside. */
export interface SourceDriver {
  /** What it is called where an adapter says which it is for. */
  name: string
  /** What URLs of it look like, for who gave a wrong one. */
  example: string
  /** Whether it is the one for a URL; an error's text where it is, but nothing can be reached so. */
  takes(url: URL): boolean
  /**
   * @param signal Cuts the connection, whatever it runs.
   * @throws SourcePullError where the source can't be reached.
   */
  open(source: SourceAt, signal: AbortSignal): Promise<SourceSnapshot>
}

/** A source that has a place to be pulled from. */
export type SourceAt = Source & { url: string }

/** By what a source is known again: what its place says, and how its adapter reads it. */
export function identityOf(
  { adapter: { name: adapter, caselessKeys = false } }: SourceAt,
  place: Pick<SourceIdentity, 'system' | 'database' | 'table' | 'made'>,
): SourceIdentity {
  return { ...place, adapter, keys: caselessKeys ? 'without case' : 'with case' }
}

/** The moment up to which rows, which are in order, have everything; null where no row says. */
export function placeOf(rows: readonly PulledRow[]): string | null {
  return rows.findLast(({ isAhead, changedAt }) => !isAhead && changedAt !== '-infinity')?.changedAt ?? null
}
