import { dayNumber, mondayOf } from '../../src/demo-source/calendar.ts'
import type { Timesheets } from '../../src/demo-source/rows.ts'
import { cleanEntries } from './problems.ts'

/** One person's ISO week as the service will judge it. */
export interface PersonWeek {
  readonly userId: number
  /** The number of the week's Monday. */
  readonly week: number
  readonly ratio: number
  readonly stdDev: number | undefined
  readonly zScore: number | undefined
}

/** All person-weeks with time in them, each held against the 8 weeks before. */
export function wasteTrend(timesheets: Timesheets): PersonWeek[] {
  return [...ratiosByUser(timesheets)].flatMap(([userId, ratios]) =>
    [...ratios].map(([week, ratio]) => ({ userId, week, ratio, ...against(baseline(ratios, week), ratio) })),
  )
}

function ratiosByUser(timesheets: Timesheets): Map<number, Map<number, number>> {
  const pto = timesheets.activityKinds.find(({ code }) => code === 'pto')?.id
  const sums = new Map<number, Map<number, { nva: number; total: number }>>()
  for (const { user_id, activity_date, stereotype_id, duration_seconds, value_type } of cleanEntries(timesheets)) {
    if (user_id === null || activity_date === null || duration_seconds === null || stereotype_id === pto) continue
    const weeks = sums.get(user_id) ?? new Map<number, { nva: number; total: number }>()
    const week = mondayOf(dayNumber(activity_date))
    const { nva, total } = weeks.get(week) ?? { nva: 0, total: 0 }
    weeks.set(week, {
      nva: nva + (value_type === 'NVA' ? duration_seconds : 0),
      total: total + duration_seconds,
    })
    sums.set(user_id, weeks)
  }
  return new Map(
    [...sums].map(([userId, weeks]) => [
      userId,
      new Map([...weeks].map(([week, { nva, total }]) => [week, nva / total])),
    ]),
  )
}

function baseline(ratios: Map<number, number>, week: number): number[] {
  return [...ratios].filter(([other]) => other < week && other >= week - 8 * 7).map(([, ratio]) => ratio)
}

function against(ratios: readonly number[], ratio: number): Pick<PersonWeek, 'stdDev' | 'zScore'> {
  if (ratios.length < 4) return { stdDev: undefined, zScore: undefined }
  const mean = ratios.reduce((sum, value) => sum + value, 0) / ratios.length
  const squares = ratios.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const stdDev = Math.sqrt(squares / (ratios.length - 1))
  return { stdDev, zScore: stdDev === 0 ? undefined : (ratio - mean) / stdDev }
}
