import type { ActivityCode } from './activity-kinds.ts'
import type { Trade } from './people.ts'
import type { ProjectWeights } from './projects.ts'

/** How often each kind of activity comes up. */
export type Weights = Readonly<Partial<Record<ActivityCode, number>>>

/** What somebody's time goes to: the part that adds value, and the part that doesn't. */
export interface Split {
  readonly value: Weights
  readonly waste: Weights
}

/** The same with the projects that it is for. */
export interface Habits extends Split {
  readonly projects: ProjectWeights
}

/** What the time of each trade goes to on an ordinary day, beside the stand-up. */
export const splitOf: Readonly<Record<Trade, Split>> = {
  developer: {
    value: { coding: 60, review: 18, planning: 8, documentation: 7, support: 7 },
    waste: { meeting: 40, rework: 28, waiting: 28, review: 4 },
  },
  lead: {
    value: { planning: 38, review: 24, coding: 20, documentation: 10, support: 8 },
    waste: { meeting: 64, waiting: 20, rework: 16 },
  },
  tester: {
    value: { review: 42, coding: 25, documentation: 18, planning: 10, support: 5 },
    waste: { waiting: 38, rework: 32, meeting: 30 },
  },
  supporter: {
    value: { support: 62, documentation: 18, planning: 10, coding: 10 },
    waste: { rework: 36, meeting: 34, waiting: 30 },
  },
}

/** A shift on call at the weekend: incidents add value, false alarms don't. */
export const weekendShift: Split = { value: { on_call: 1 }, waste: { on_call: 1 } }
