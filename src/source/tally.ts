import type { ChangedSides } from '../cache/activities.ts'
import { type IngestCounts, noCounts } from '../cache/ingest-batches.ts'

/** What there is to tell of rows that were let in or refused. */
export interface Tally {
  counts: IngestCounts
  sides: ChangedSides
  /** Those of the refused rows that nobody was told of yet, and how many of them have each problem code. */
  news: { count: number; countsByCode: Record<string, number> }
}

export function emptyTally(): Tally {
  return { counts: noCounts(), sides: { toValueAdd: 0, toNonValueAdd: 0 }, news: { count: 0, countsByCode: {} } }
}

export function addTally(a: Tally, b: Tally): Tally {
  return {
    counts: sums(a.counts, b.counts),
    sides: sums(a.sides, b.sides),
    news: { count: a.news.count + b.news.count, countsByCode: sums(a.news.countsByCode, b.news.countsByCode) },
  }
}

export function addCounts(a: IngestCounts, b: IngestCounts): IngestCounts {
  return sums(a, b)
}

function sums<T extends Record<keyof T, number>>(a: T, b: T): T {
  const keys = Object.keys({ ...a, ...b }) as (keyof T)[]
  return Object.fromEntries(keys.map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)])) as T
}
