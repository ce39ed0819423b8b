import { kindsByCode } from './activity-kinds.ts'
import { dayNumber, mondayOf } from './calendar.ts'
import { soil } from './dirt.ts'
import { iterationsFrom } from './iterations.ts'
import { people } from './people.ts'
import { projectsByCode } from './projects.ts'
import { createRandom } from './random.ts'
import type { Timesheets } from './rows.ts'
import { teamMembersFrom, teams } from './teams.ts'
import { timeEntries } from './time-entries.ts'
import { workDays } from './work-weeks.ts'

const weekCount = 52

/** What to make up. */
export interface TimesheetsOptions {
  /** The ISO date, in UTC, of the day that hasn't been booked yet. */
  readonly today: string
  /** Another seed, another history. 1 by default. */
  readonly seed?: number
}

/**
 * The history of a company of 25 over 52 weeks, the last being the week of `today`: about 40,000 time entries, of which
 * one in a hundred is wrong in some way. The same `today` and `seed` give the same rows.
 *
 * The entries end the day before `today`, so none was updated later than its first second.
 */
export function generateTimesheets({ today, seed = 1 }: TimesheetsOptions): Timesheets {
  const random = createRandom(seed)
  const end = dayNumber(today)
  const firstMonday = mondayOf(end) - (weekCount - 1) * 7
  const past = workDays({ firstMonday, count: weekCount }, random).filter(({ day }) => day < end)

  return {
    employees: people.map(({ id, full_name }) => ({ id, full_name })),
    activityKinds: Object.values(kindsByCode),
    iterations: iterationsFrom(firstMonday, weekCount / 2),
    projects: Object.values(projectsByCode),
    teams,
    teamMembers: teamMembersFrom(firstMonday, weekCount),
    timeEntries: soil(timeEntries(past, end, random), random),
  }
}
