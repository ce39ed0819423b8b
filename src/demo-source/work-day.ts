import { type ActivityCode, activityCodes } from './activity-kinds.ts'
import type { Habits, Weights } from './habits.ts'
import { type ProjectCode, projectCodes } from './projects.ts'
import type { Random } from './random.ts'

/** A stretch of a day spent on one thing. */
export interface Stretch {
  readonly kind: ActivityCode
  readonly valueType: 'VA' | 'NVA'
  readonly minutes: number
  readonly project: ProjectCode | null
}

const standUp = { kind: 'meeting', valueType: 'NVA', minutes: 15 } as const
const stepMinutes = 5
const leastMinutes = 10
/** How often nobody says for which project. */
const unsaid = 0.03

/** A day in the office of 7 to 8.5 hours, stand-up first, of which `wasteShare` (0 to 1) adds no value. */
export function officeDay(habits: Habits, wasteShare: number, random: Random): Stretch[] {
  const minutes = random.integer(84, 102) * stepMinutes
  const waste = inSteps(minutes * wasteShare)
  return [
    { ...standUp, project: projectOf(habits, random) },
    ...random.shuffled([
      ...stretches('NVA', habits, waste - standUp.minutes, random.integer(1, 3), random),
      ...stretches('VA', habits, minutes - waste, random.integer(3, 4), random),
    ]),
  ]
}

/** A shift of 1 to 4 hours, of which `wasteShare` adds no value. */
export function shift(habits: Habits, wasteShare: number, random: Random): Stretch[] {
  const minutes = random.integer(12, 48) * stepMinutes
  const waste = Math.max(leastMinutes, inSteps(minutes * wasteShare))
  return [
    ...stretches('VA', habits, minutes - waste, random.integer(1, 2), random),
    ...stretches('NVA', habits, waste, 1, random),
  ]
}

/** A day off: one entry of 8 hours, for no project. */
export const dayOff: readonly Stretch[] = [{ kind: 'pto', valueType: 'NVA', minutes: 480, project: null }]

function stretches(
  valueType: Stretch['valueType'],
  habits: Habits,
  minutes: number,
  count: number,
  random: Random,
): Stretch[] {
  const weights: Weights = valueType === 'VA' ? habits.value : habits.waste
  return split(minutes, count, random).map((part) => ({
    kind: random.weighted(activityCodes, (code) => weights[code] ?? 0),
    valueType,
    minutes: part,
    project: projectOf(habits, random),
  }))
}

function projectOf({ projects }: Habits, random: Random): ProjectCode | null {
  return random.chance(unsaid) ? null : random.weighted(projectCodes, (code) => projects[code] ?? 0)
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
