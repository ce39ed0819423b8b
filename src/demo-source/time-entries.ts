import { kindsByCode } from './activity-kinds.ts'
import { isoDate, timestamp } from './calendar.ts'
import { projectsByCode } from './projects.ts'
import type { Random } from './random.ts'
import type { CleanTimeEntry } from './rows.ts'
import type { WorkDay } from './work-weeks.ts'

/** The entries of the days, in the order in which people booked them, numbered like a sequence would. */
export function timeEntries(workDays: readonly WorkDay[], today: number, random: Random): CleanTimeEntry[] {
  return workDays
    .flatMap((workDay) => bookings(workDay, random))
    .sort((a, b) => a.workDay.day - b.workDay.day || a.second - b.second || a.workDay.person.id - b.workDay.person.id)
    .map(({ workDay, stretch, second }, index) => ({
      id: `TE-${String(index + 1).padStart(6, '0')}`,
      activity_date: isoDate(workDay.day),
      duration_seconds: stretch.minutes * 60,
      value_type: stretch.valueType,
      stereotype_id: kindsByCode[stretch.kind].id,
      user_id: workDay.person.id,
      project_id: stretch.project && projectsByCode[stretch.project].id,
      updated_at: lastEdit(workDay.day, second, today, random),
    }))
}

interface Booking {
  readonly workDay: WorkDay
  readonly stretch: WorkDay['stretches'][number]
  readonly second: number
}

/** Everybody books their day in one go, between 15:00 and 21:00. */
function bookings(workDay: WorkDay, random: Random): Booking[] {
  let second = random.integer(15 * 3600, 21 * 3600)
  return workDay.stretches.map((stretch) => {
    second += random.integer(8, 60)
    return { workDay, stretch, second }
  })
}

/** When the entry was booked; for one in fifty, a morning soon after. Never on or after `today`. */
function lastEdit(day: number, second: number, today: number, random: Random): string {
  const editDay = day + random.integer(1, 4)
  const edited = random.chance(0.02) && editDay < today
  return edited ? timestamp(editDay, random.integer(7 * 3600, 12 * 3600)) : timestamp(day, second)
}
