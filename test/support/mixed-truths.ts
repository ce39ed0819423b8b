import { addDays, datesBetween } from '../../src/model/calendar.ts'
import type { Truth } from './oracle.ts'

/**
 * What an annotation of many days may say while others write: each day of it is the truth of one of the states, and not
 * each of the same one. An activity that moves between two days meanwhile can be counted in both or in neither.
 */
export interface Trend {
  wasteRatio: number | null
  baselineMean: number | null
  baselineStdDev: number | null
  zScore: number | null
  flagged: boolean
}

export interface SprintSums {
  nvaSecondsSum: number
  vaSecondsSum: number
  totalSum: number
  wasteRatio: number | null
}

const NEAR = 1e-9

/** True if the sums can come from days each of which is that of a state. */
export function isMixedSprint(
  truths: readonly Truth[],
  user: string,
  from: string,
  to: string,
  shown: SprintSums,
): boolean {
  const { nvaSecondsSum: nva, vaSecondsSum: va, totalSum: total, wasteRatio } = shown
  return (
    va === total - nva &&
    isNear(wasteRatio, ratioOf(nva, total)) &&
    sumsOf(truths, user, from, to).has(`${nva} ${total}`)
  )
}

/** True if the ratio can come from such days, the baseline lies where theirs can, and the rest follows from these. */
export function isMixedTrend(truths: readonly Truth[], user: string, week: string, shown: Trend): boolean {
  const { wasteRatio, baselineMean, baselineStdDev, zScore, flagged } = shown
  if (![...ratiosOf(truths, user, week)].some((ratio) => isNear(ratio, wasteRatio))) return false
  const before = [1, 2, 3, 4, 5, 6, 7, 8].map((weeks) => ratiosOf(truths, user, addDays(week, -7 * weeks)))
  if (baselineMean === null || baselineStdDev === null) {
    const fewest = before.filter((ratios) => !ratios.has(null)).length
    return fewest < 4 && baselineMean === baselineStdDev && zScore === null && !flagged
  }
  const known = before.flatMap((ratios) => [...ratios].filter((ratio) => ratio !== null))
  if (baselineMean < Math.min(...known) - NEAR || Math.max(...known) + NEAR < baselineMean) return false
  const z = wasteRatio === null || baselineStdDev < 1e-12 ? null : (wasteRatio - baselineMean) / baselineStdDev
  return isNear(zScore, z) && flagged === (zScore !== null && zScore >= 2)
}

function ratiosOf(truths: readonly Truth[], user: string, week: string): Set<number | null> {
  const sums = [...sumsOf(truths, user, week, addDays(week, 6))].map((sum) => sum.split(' ').map(Number))
  return new Set(sums.map(([nva = 0, total = 0]) => ratioOf(nva, total)))
}

/** Every pair of sums that the days can add up to. */
function sumsOf(truths: readonly Truth[], user: string, from: string, to: string): Set<string> {
  let sums = new Set(['0 0'])
  for (const date of datesBetween(from, to)) {
    const days = new Set(
      truths.map((truth) => {
        const { nva, total } = truth.nva_summary.get(`${user} ${date}`) ?? { nva: 0, total: 0 }
        return `${nva} ${total}`
      }),
    )
    sums = new Set([...sums].flatMap((sum) => [...days].map((day) => plus(sum, day))))
  }
  return sums
}

function plus(a: string, b: string): string {
  const [left, right] = [a.split(' ').map(Number), b.split(' ').map(Number)]
  return left.map((each, i) => each + (right[i] ?? 0)).join(' ')
}

function ratioOf(nva: number, total: number): number | null {
  return total > 0 ? nva / total : null
}

function isNear(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) < NEAR * Math.max(1, Math.abs(a))
}
