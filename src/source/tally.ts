import type { ChangedSides } from '../cache/activities.ts'
import { type IngestCounts, noCounts } from '../cache/ingest-batches.ts'
import { spans, type Window } from '../model/window.ts'

/** What there is to tell of rows that were let in or refused. */
export interface Tally {
  counts: IngestCounts
  sides: ChangedSides
  /** The days of users on which something is different now, one window for each user. */
  touched: Window[]
  /** Those of the refused rows that nobody was told of yet, and how many of them have each problem code. */
  news: { count: number; countsByCode: Record<string, number> }
}

export function emptyTally(): Tally {
  const sides = { toValueAdd: 0, toNonValueAdd: 0 }
  return { counts: noCounts(), sides, touched: [], news: { count: 0, countsByCode: {} } }
}

export function addTally(a: Tally, b: Tally): Tally {
  return {
    counts: sums(a.counts, b.counts),
    sides: sums(a.sides, b.sides),
    touched: spans([...a.touched, ...b.touched]),
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
