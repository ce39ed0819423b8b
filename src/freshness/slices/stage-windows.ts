/** Which slices lie in some days is said once, for who asks and for what they read. */
import { addDays, weekStart } from '../../model/calendar.ts'
import { distinctWindows, mergeWindows, type Window, windowKey } from '../../model/window.ts'
import type { Period } from '../../stages/define-stage.ts'
import type { Stage } from '../../stages/stage-graph.ts'

/** The windows as slices of this period are looked for in them: days and whole weeks joined, sprints as they are. */
export function windowsFor(period: Period, windows: readonly Window[]): Window[] {
  switch (period) {
    case 'day':
      return mergeWindows(windows)
    case 'week':
      return mergeWindows(windows.map(wholeWeeks).filter((window) => window.from <= window.to))
    case 'sprint':
      return distinctWindows(windows)
  }
}

/** The windows in which these slices of a stage read the stage `read`. */
export function windowsRead(stage: Stage, read: Stage, slices: readonly Window[]): Window[] {
  return windowsFor(read.definition.period, lookedAt(stage, slices))
}

/** Whether a slice of a stage reads that slice of the stage `read`. */
export function isRead(stage: Stage, read: Stage, slice: Window, other: Window): boolean {
  if (read.definition.period === 'sprint') return windowKey(slice) === windowKey(other)
  return lookedAt(stage, [slice]).some(
    ({ userId, from, to }) => userId === other.userId && from <= other.from && other.to <= to,
  )
}

/** The days that these slices of a stage look at. */
export function windowsLookedAt(stage: Stage, slices: readonly Window[]): Window[] {
  return mergeWindows(lookedAt(stage, slices))
}

function lookedAt({ lookbackDays }: Stage, slices: readonly Window[]): readonly Window[] {
  return lookbackDays === 0 ? slices : slices.map((slice) => ({ ...slice, from: addDays(slice.from, -lookbackDays) }))
}

/** The weeks that lie in the window whole. */
function wholeWeeks({ userId, from, to }: Window): Window {
  return { userId, from: weekStart(addDays(from, 6)), to: addDays(weekStart(addDays(to, 1)), -1) }
}
