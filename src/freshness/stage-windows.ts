import { addDays, weekStart } from '../model/calendar.ts'
import { distinctWindows, mergeWindows, type Window } from '../model/window.ts'
import type { Period } from '../stages/define-stage.ts'
import type { Stage } from '../stages/stage-graph.ts'

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
  const windows = slices.map((slice) => ({ ...slice, from: addDays(slice.from, -stage.lookbackDays) }))
  return windowsFor(read.definition.period, windows)
}

/** The weeks that lie in the window whole. */
function wholeWeeks({ userId, from, to }: Window): Window {
  return { userId, from: weekStart(addDays(from, 6)), to: addDays(weekStart(addDays(to, 1)), -1) }
}
