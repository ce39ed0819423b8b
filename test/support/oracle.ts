import type pg from 'pg'
import { addDays, datesBetween, weekStart } from '../../src/model/calendar.ts'

/** What every stage must say of the cache as it is now: the design's formulas in plain loops, nothing of `src/stages`. */
export interface StageTruths {
  /** By `user date activity`. */
  time_split: Map<string, object>
  /** By `user date`. */
  nva_summary: Map<string, { nva: number; va: number; total: number }>
  /** By `user monday`. */
  waste_trend: Map<string, object>
  /** By `user start end`. */
  sprint_summary: Map<string, object>
}

/** The same, and what of the cache it was made of. */
export interface Truth extends StageTruths {
  activities: readonly CachedActivity[]
  sprints: readonly { name: string; start: string; end: string }[]
}

export interface CachedActivity {
  id: string
  user_id: string
  date: string
  duration_seconds: number
  type: string
  code: string
}

/** Recomputes everything from the cache. */
export async function truthOf(client: pg.Client): Promise<Truth> {
  const activities = (
    await client.query<CachedActivity>(
      `SELECT a.id, a.user_id, a.date::text, a.duration_seconds, a.type, s.code
       FROM activity a JOIN stereotype s ON s.id = a.stereotype_id`,
    )
  ).rows
  const sprints = (await client.query('SELECT name, start_date::text AS start, end_date::text AS "end" FROM sprint'))
    .rows
  const truth: Truth = {
    time_split: new Map(),
    nva_summary: new Map(),
    waste_trend: new Map(),
    sprint_summary: new Map(),
    activities,
    sprints,
  }

  for (const { id, user_id, date, duration_seconds: seconds, type, code } of activities) {
    const nva = type === 'NON_VALUE_ADD' ? seconds : 0
    const va = seconds - nva
    truth.time_split.set(`${user_id} ${date} ${id}`, { nvaSeconds: nva, vaSeconds: va, totalSeconds: seconds })
    const day = truth.nva_summary.get(`${user_id} ${date}`) ?? { nva: 0, va: 0, total: 0 }
    truth.nva_summary.set(`${user_id} ${date}`, day)
    if (code.toLowerCase() === 'pto') continue
    day.nva += nva
    day.va += va
    day.total += seconds
  }
  for (const key of truth.nva_summary.keys()) {
    const [user = '', date = ''] = key.split(' ')
    truth.waste_trend.set(`${user} ${weekStart(date)}`, trendOf(truth, user, weekStart(date)))
    for (const { start, end } of sprints) {
      if (start <= date && date <= end)
        truth.sprint_summary.set(`${user} ${start} ${end}`, sprintOf(truth, user, start, end))
    }
  }
  return truth
}

function sumOf(
  truth: Truth,
  user: string,
  from: string,
  to: string,
): { nva: number; va: number; total: number; days: number } {
  const sum = { nva: 0, va: 0, total: 0, days: 0 }
  for (const date of datesBetween(from, to)) {
    const day = truth.nva_summary.get(`${user} ${date}`)
    if (!day) continue
    sum.nva += day.nva
    sum.va += day.va
    sum.total += day.total
    sum.days += 1
  }
  return sum
}

function trendOf(truth: Truth, user: string, monday: string): object {
  const ratioOf = (start: string) => {
    const { nva, total } = sumOf(truth, user, start, addDays(start, 6))
    return total > 0 ? nva / total : null
  }
  const ratio = ratioOf(monday)
  const before = [1, 2, 3, 4, 5, 6, 7, 8].map((weeks) => ratioOf(addDays(monday, -7 * weeks)))
  const baseline = before.filter((earlier) => earlier !== null)
  const unknown = { wasteRatio: ratio, baselineMean: null, baselineStdDev: null, zScore: null, flagged: false }
  if (baseline.length < 4) return unknown
  const mean = baseline.reduce((sum, each) => sum + each, 0) / baseline.length
  const stdDev = Math.sqrt(baseline.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (baseline.length - 1))
  const zScore = ratio === null || stdDev < 1e-12 ? null : (ratio - mean) / stdDev
  return {
    wasteRatio: ratio,
    baselineMean: mean,
    baselineStdDev: stdDev,
    zScore,
    flagged: zScore !== null && zScore >= 2,
  }
}

/** A user's sums from `start` to `end`, whether or not a sprint has these dates. */
export function sprintOf(truth: Truth, user: string, start: string, end: string): object {
  const { nva, va, total } = sumOf(truth, user, start, end)
  return { nvaSecondsSum: nva, vaSecondsSum: va, totalSum: total, wasteRatio: total > 0 ? nva / total : null }
}
