import { type ActivityCode, activityCodes } from './activity-kinds.ts'
import type { Habits, Weights } from './habits.ts'
import type { Random } from './random.ts'

/** A stretch of a day spent on one thing. */
export interface Stretch {
  readonly kind: ActivityCode
  readonly valueType: 'VA' | 'NVA'
  readonly minutes: number
}

const standUp: Stretch = { kind: 'meeting', valueType: 'NVA', minutes: 15 }
const stepMinutes = 5
const leastMinutes = 10

/** A day in the office of 7 to 8.5 hours, stand-up first, of which `wasteShare` (0 to 1) adds no value. */
export function officeDay(habits: Habits, wasteShare: number, random: Random): Stretch[] {
  const minutes = random.integer(84, 102) * stepMinutes
  const waste = inSteps(minutes * wasteShare)
  return [
    standUp,
    ...random.shuffled([
      ...stretches('NVA', habits.waste, waste - standUp.minutes, random.integer(1, 3), random),
      ...stretches('VA', habits.value, minutes - waste, random.integer(3, 4), random),
    ]),
  ]
}

/** A shift of 1 to 4 hours, of which `wasteShare` adds no value. */
export function shift(habits: Habits, wasteShare: number, random: Random): Stretch[] {
  const minutes = random.integer(12, 48) * stepMinutes
  const waste = Math.max(leastMinutes, inSteps(minutes * wasteShare))
  return [
    ...stretches('VA', habits.value, minutes - waste, random.integer(1, 2), random),
    ...stretches('NVA', habits.waste, waste, 1, random),
  ]
}

/** A day off: one entry of 8 hours. */
export const dayOff: readonly Stretch[] = [{ kind: 'pto', valueType: 'NVA', minutes: 480 }]

function stretches(
  valueType: Stretch['valueType'],
  weights: Weights,
  minutes: number,
  count: number,
  random: Random,
): Stretch[] {
  return split(minutes, count, random).map((part) => ({
    kind: random.weighted(activityCodes, (code) => weights[code] ?? 0),
    valueType,
    minutes: part,
  }))
}

/** Parts in whole steps, none too small, that sum to `minutes`. Fewer than `count` where there is too little to split. */
function split(minutes: number, count: number, random: Random): number[] {
  const parts: number[] = []
  let left = minutes
  for (let open = Math.min(count, Math.floor(minutes / leastMinutes)); open > 1; open--) {
    const most = left - (open - 1) * leastMinutes
    const part = Math.min(most, Math.max(leastMinutes, inSteps((left / open) * random.between(0.4, 1.6))))
    parts.push(part)
    left -= part
  }
  return [...parts, left]
}

function inSteps(minutes: number): number {
  return Math.round(minutes / stepMinutes) * stepMinutes
}
