/** Which slices lie in some days is said once, for who asks and for what they read. */
import { addDays } from '../../model/calendar.ts'
import { distinctWindows, mergeWindows, type Window, windowKey } from '../../model/window.ts'
import { firstDayOf, isFar, type Period, wholeAround, wholeIn } from '../../periods/period.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import type { StageAsked } from './stage-table.ts'

/** The windows as slices of this period are looked for in them: whole ones of the calendar joined, given ones as they are. */
export function windowsFor(period: Period, windows: readonly Window[]): Window[] {
  if (period.kind === 'given') return distinctWindows(windows)
  const whole = windows.map((window) => ({ ...window, ...wholeIn(period, window) }))
  return mergeWindows(whole.filter(({ from, to }) => from <= to))
}

/**
 * The windows with what is left of the periods that they cut, where no activity lies there: all are within some days. So
 * what reaches over all that there is has periods which are whole.
 */
export function widenedWindows(
  period: Period,
  windows: readonly Window[],
  [first, last]: readonly [first: string, last: string],
): Window[] {
  if (period.kind === 'given') return [...windows]
  const { from: before, to: after } = wholeAround(period, { from: first, to: last })
  return windows.map((window) => ({
    ...window,
    from: window.from <= first && before < window.from ? before : window.from,
    to: window.to >= last && after > window.to ? after : window.to,
  }))
}

/** Where a stage of longer periods is read, for those that lie in the windows whole, and where the other, for the rest. */
export function splitWindows(
  short: StageAsked,
  long: StageAsked,
  windows: readonly Window[],
): (StageAsked & { windows: Window[] })[] {
  const { period } = long.stage
  if (period.kind === 'given') throw new Error('Broken invariant: sums of days are of a period of the calendar.')
  const [whole, rest]: [Window[], Window[]] = [[], []]
  for (const window of windows) {
    const { from, to } = wholeIn(period, window)
    if (from > to) rest.push(window)
    else {
      whole.push({ ...window, from, to })
      if (window.from < from) rest.push({ ...window, to: addDays(from, -1) })
      if (to < window.to) rest.push({ ...window, from: addDays(to, 1) })
    }
  }
  return [
    { ...long, windows: whole },
    { ...short, windows: rest },
  ].filter(({ windows }) => windows.length > 0)
}

/** The windows in which these slices of a stage read the stage `read`. */
export function windowsRead(stage: Stage, read: Stage, slices: readonly Window[]): Window[] {
  return windowsFor(read.period, lookedAt(stage, slices))
}

/** Whether a slice of a stage reads that slice of the stage `read`. */
export function isRead(stage: Stage, read: Stage, slice: Window, other: Window): boolean {
  if (read.period.kind === 'given') return windowKey(slice) === windowKey(other)
  return lookedAt(stage, [slice]).some(
    ({ subjectId, from, to }) => subjectId === other.subjectId && from <= other.from && other.to <= to,
  )
}

/** The days that these slices of a stage look at. */
export function windowsLookedAt(stage: Stage, slices: readonly Window[]): Window[] {
  return mergeWindows(lookedAt(stage, slices))
}

function lookedAt({ period, lookback }: Stage, slices: readonly Window[]): readonly Window[] {
  if (!isFar(lookback)) return slices
  return slices.map((slice) => ({ ...slice, from: firstDayOf(period, slice.from, lookback) }))
}
