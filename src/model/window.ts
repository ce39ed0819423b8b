import { daysBetween } from './calendar.ts'

/** A subject's days from `from` to `to`, both included. */
export interface Window {
  /** The id of the user, or of whatever else the slices that it is about are of. */
  subjectId: string
  from: string
  to: string
}

/** The same days, every day once: sorted by subject, overlapping and adjacent windows joined. */
export function mergeWindows(windows: readonly Window[]): Window[] {
  const merged: Window[] = []
  for (const window of [...windows].sort(bySubjectAndDate)) {
    const last = merged.at(-1)
    if (last?.subjectId === window.subjectId && daysBetween(last.to, window.from) <= 2) {
      if (window.to > last.to) last.to = window.to
    } else merged.push({ ...window })
  }
  return merged
}

/** How many windows a message tells. */
export const MOST_TOLD = 100

/** Windows as messages tell them, so that messages stay small. */
export interface ToldWindows {
  windows: Window[]
  /** How many there are to tell. */
  windowCount: number
  /** Whether those are all. */
  isComplete: boolean
}

/** The windows as far as a message tells them: of more than it may, those of a subject become one, with the days between them. */
export function toldWindows(windows: readonly Window[]): ToldWindows {
  const all = windows.length > MOST_TOLD ? spans(windows) : mergeWindows(windows)
  return { windows: all.slice(0, MOST_TOLD), windowCount: all.length, isComplete: all.length <= MOST_TOLD }
}

/** One window for each subject, from its first day to its last. */
export function spans(windows: readonly Window[]): Window[] {
  const spans = new Map<string, Window>()
  for (const { subjectId, from, to } of windows) {
    const span = spans.get(subjectId)
    if (!span) spans.set(subjectId, { subjectId, from, to })
    else {
      if (from < span.from) span.from = from
      if (to > span.to) span.to = to
    }
  }
  return [...spans.values()]
}

/** Each window once. Unlike merged windows these keep their bounds, as sprints need. */
export function distinctWindows(windows: readonly Window[]): Window[] {
  return [...new Map(windows.map((window) => [windowKey(window), window])).values()]
}

/** The first of the items: as many as have so many days in sum, or one that has more. */
export function firstDays<T>(items: Iterable<T>, windowOf: (item: T) => Window, days: number): T[] {
  const first: T[] = []
  let rest = days
  for (const item of items) {
    const { from, to } = windowOf(item)
    rest -= daysBetween(from, to)
    if (rest < 0 && first.length > 0) break
    first.push(item)
  }
  return first
}

/** What tells a window from others. */
export function windowKey({ subjectId, from, to }: Window): string {
  return `${subjectId} ${from} ${to}`
}

/** The order in which slices are locked, in every process. */
export function bySubjectAndDate(a: Window, b: Window): number {
  if (a.subjectId !== b.subjectId) return a.subjectId < b.subjectId ? -1 : 1
  if (a.from !== b.from) return a.from < b.from ? -1 : 1
  return a.to < b.to ? -1 : Number(a.to > b.to)
}

/** The windows as three parallel arrays, as SQL's `unnest` takes them. */
export function windowColumns(windows: readonly Window[]): [string[], string[], string[]] {
  return [windows.map((w) => w.subjectId), windows.map((w) => w.from), windows.map((w) => w.to)]
}
