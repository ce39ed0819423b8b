/** Why a number changed: its difference is taken apart into lines that add up to it exactly. */

/** A part of some time, in seconds. */
export interface Side {
  nvaSeconds: number
  totalSeconds: number
}

/** A group of time, before and after. */
export interface GroupChange<Group> {
  group: Group
  before: Side
  after: Side
}

/**
 * What kind of cause a line is of: more or less of the time went to a group (MIX), more or less of a group's own time was
 * without added value (RATE), or there was more or less time in all (VOLUME).
 */
export type ChangeKind = 'MIX' | 'RATE' | 'VOLUME' | StepKind

/** What moved the time before, after it was looked at: late, edited or removed rows, and other logic. */
export type StepKind = 'LATE_ROWS' | 'REMOVED_ROWS' | 'EDITED_ROWS' | 'NEW_LOGIC'

/** A line: by how much a cause moved the number. */
export interface ChangeLine<Group> {
  kind: ChangeKind
  /** Null where it is of no group. */
  group: Group | null
  contribution: number
}

export type ChangeMetric = 'WASTE_RATIO' | 'NVA_SECONDS'

export interface Change<Group> {
  before: number | null
  after: number | null
  /** Null where either is: a part of no time is no number. */
  change: number | null
  /** The largest first; none of them is 0. */
  lines: ChangeLine<Group>[]
}

/**
 * Ratios are multiples of this: sums of such numbers are exact in floating point, in whichever order they are added.
 * Seconds are whole.
 */
const RATIO_GRID = 2 ** 40

/**
 * Takes the change of a number apart. The groups are all there is, none of them twice.
 *
 * Of a ratio, with `w` a group's part of all time and `r` the part of its own time without added value: the mix moves it by
 * the change of `w` times how far the group's mean `r` is from that of all, and the rate by the change of `r` times the mean
 * `w`. Of seconds without added value, the change of all time comes first, at the mean ratio; the rest is the ratio's
 * change at the mean time.
 */
export function changeOf<Group>(metric: ChangeMetric, groups: readonly GroupChange<Group>[]): Change<Group> {
  const [before, after] = [sumOf(groups.map((each) => each.before)), sumOf(groups.map((each) => each.after))]
  const [ratioBefore, ratioAfter] = [ratioOf(before), ratioOf(after)]
  if (metric === 'WASTE_RATIO') {
    const shown = { before: onGrid(ratioBefore, RATIO_GRID), after: onGrid(ratioAfter, RATIO_GRID) }
    if (shown.before === null || shown.after === null) return { ...shown, change: null, lines: [] }
    const change = shown.after - shown.before
    return { ...shown, change, lines: settled(linesOfRatio(groups, before, after), change, RATIO_GRID) }
  }
  const change = after.nvaSeconds - before.nvaSeconds
  const shown = { before: before.nvaSeconds, after: after.nvaSeconds, change }
  // Of a period without any time nothing can be told apart.
  const volume =
    (after.totalSeconds - before.totalSeconds) *
    (((ratioBefore ?? ratioAfter ?? 0) + (ratioAfter ?? ratioBefore ?? 0)) / 2)
  const time = (before.totalSeconds + after.totalSeconds) / 2
  const ofRatio = ratioBefore === null || ratioAfter === null ? [] : linesOfRatio(groups, before, after)
  const lines: ChangeLine<Group>[] = [
    { kind: 'VOLUME', group: null, contribution: volume },
    ...ofRatio.map((line) => ({ ...line, contribution: line.contribution * time })),
  ]
  return { ...shown, lines: settled(lines, change, 1) }
}

/**
 * The change since the time before was looked at first: it was `seen` as something else, and became what the change begins with
 * step by step. Each step is a line of its own, and all lines add up exactly.
 * @param steps What it was after each of them; after the last it is what the change begins with.
 */
export function changeSince<Group>(
  metric: ChangeMetric,
  change: Change<Group>,
  seen: Side,
  steps: readonly { kind: StepKind; side: Side }[],
): Change<Group> {
  const numberOf = (side: Side) => (metric === 'NVA_SECONDS' ? side.nvaSeconds : onGrid(ratioOf(side), RATIO_GRID))
  const before = numberOf(seen)
  if (before === null || change.after === null || change.change === null) {
    return { before, after: change.after, change: null, lines: [] }
  }
  let last = before
  const lines = steps.flatMap(({ kind, side }): ChangeLine<Group>[] => {
    // Of no time there is no ratio: the next step takes it over.
    const next = numberOf(side) ?? last
    const contribution = next - last
    last = next
    return contribution === 0 ? [] : [{ kind, group: null, contribution }]
  })
  return {
    before,
    after: change.after,
    change: change.after - before,
    lines: [...lines, ...change.lines].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)),
  }
}

function linesOfRatio<Group>(groups: readonly GroupChange<Group>[], before: Side, after: Side): ChangeLine<Group>[] {
  const mean = ((ratioOf(before) ?? 0) + (ratioOf(after) ?? 0)) / 2
  return groups.flatMap(({ group, before: from, after: to }) => {
    const [fromPart, toPart] = [from.totalSeconds / before.totalSeconds, to.totalSeconds / after.totalSeconds]
    // A group that comes or goes has one ratio: all that it moves is the mix.
    const fromRatio = ratioOf(from) ?? ratioOf(to) ?? 0
    const toRatio = ratioOf(to) ?? fromRatio
    return [
      { kind: 'MIX', group, contribution: (toPart - fromPart) * ((fromRatio + toRatio) / 2 - mean) },
      { kind: 'RATE', group, contribution: ((fromPart + toPart) / 2) * (toRatio - fromRatio) },
    ]
  })
}

/** The lines on the grid, so that they add up to the change exactly: what rounding leaves is the largest line's. */
function settled<Group>(lines: readonly ChangeLine<Group>[], change: number, grid: number): ChangeLine<Group>[] {
  const counts = lines.map(({ contribution }) => Math.round(contribution * grid))
  const left = Math.round(change * grid) - counts.reduce((all, count) => all + count, 0)
  const largest = lines.reduce(
    (found, { contribution }, i) => (Math.abs(contribution) > Math.abs(lines[found]?.contribution ?? 0) ? i : found),
    0,
  )
  return lines
    .map((line, i) => ({ ...line, contribution: ((counts[i] ?? 0) + (i === largest ? left : 0)) / grid }))
    .filter(({ contribution }) => contribution !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
}

function onGrid(ratio: number | null, grid: number): number | null {
  return ratio === null ? null : Math.round(ratio * grid) / grid
}

/** Null where there is no time. */
export function ratioOf({ nvaSeconds, totalSeconds }: Side): number | null {
  return totalSeconds > 0 ? nvaSeconds / totalSeconds : null
}

export function sumOf(sides: readonly Side[]): Side {
  const all = { nvaSeconds: 0, totalSeconds: 0 }
  for (const { nvaSeconds, totalSeconds } of sides) {
    all.nvaSeconds += nvaSeconds
    all.totalSeconds += totalSeconds
  }
  return all
}
