import { addDays } from '../../src/model/calendar.ts'
import { wasteTrend } from '../../src/stages/waste-trend.ts'
import { frozenTable, slices } from './frozen-table.ts'

const DAYS = ['user_id', 'date', 'nva_seconds_sum', 'va_seconds_sum', 'total_sum']
const MONDAY = '2026-03-02'

interface Trend {
  user_id: string
  week_start: string
  waste_ratio: number | null
  baseline_mean: number | null
  baseline_std_dev: number | null
  z_score: number | null
  flagged: boolean
}

/** A day of so much waste out of so much time, so many weeks after the first Monday. */
type Day = [week: number, nva: number, total: number, weekday?: number]

function days(user: string, ...list: readonly Day[]): unknown[][] {
  return list.map(([week, nva, total, weekday = 0]) => {
    return [user, addDays(MONDAY, 7 * week + weekday), nva, total - nva, total]
  })
}

function annotate(...rows: readonly unknown[][]): Trend[] {
  const asked = slices(['ann', MONDAY, addDays(MONDAY, 6)])
  return wasteTrend.annotate({ slices: asked, nva_summary: frozenTable(DAYS, ...rows) }).objects() as Trend[]
}

/** The trend of one of Ann's weeks. */
function trendOf(week: number, ...rows: readonly unknown[][]): Trend | undefined {
  const start = addDays(MONDAY, 7 * week)
  return annotate(...rows).find((trend) => trend.user_id === 'ann' && trend.week_start === start)
}

const NO_BASELINE = { baseline_mean: null, baseline_std_dev: null, z_score: null, flagged: false }

test('the ratio is that of the sums of the week, Monday to Sunday', () => {
  expect(annotate(...days('ann', [0, 100, 1000, 0], [0, 300, 600, 3], [0, 0, 400, 6], [1, 5, 10, 0]))).toEqual([
    { user_id: 'ann', week_start: '2026-03-02', waste_ratio: 0.2, ...NO_BASELINE },
    { user_id: 'ann', week_start: '2026-03-09', waste_ratio: 0.5, ...NO_BASELINE },
  ])
})

test('a week whose total is 0 has no ratio', () => {
  expect(annotate(...days('ann', [0, 0, 0]))).toEqual([
    { user_id: 'ann', week_start: MONDAY, waste_ratio: null, ...NO_BASELINE },
  ])
})

test('3 weeks are no baseline', () => {
  expect(trendOf(3, ...days('ann', [0, 1, 10], [1, 2, 10], [2, 3, 10], [3, 9, 10]))).toEqual({
    user_id: 'ann',
    week_start: '2026-03-23',
    waste_ratio: 0.9,
    ...NO_BASELINE,
  })
})

test('4 weeks are: their mean, their sample standard deviation, and how far the week is off', () => {
  const trend = trendOf(4, ...days('ann', [0, 1, 10], [1, 2, 10], [2, 3, 10], [3, 4, 10], [4, 3, 10]))
  // Squared deviations: 0.0225 + 0.0025 + 0.0025 + 0.0225 = 0.05; over n - 1 = 3.
  const deviation = Math.sqrt(0.05 / 3)
  expect(trend?.waste_ratio).toBe(0.3)
  expect(trend?.baseline_mean).toBeCloseTo(0.25, 12)
  expect(trend?.baseline_std_dev).toBeCloseTo(deviation, 12)
  expect(trend?.z_score).toBeCloseTo(0.05 / deviation, 12)
  expect(trend?.flagged).toBe(false)
})

test('the 8 weeks before count, the ninth and the week itself do not', () => {
  const before = days('ann', [1, 1, 4], [2, 1, 2], [3, 1, 4], [4, 1, 2], [5, 1, 4], [6, 1, 2], [7, 1, 4], [8, 1, 2])
  const trend = trendOf(9, ...days('ann', [0, 1, 1], [9, 0, 1]), ...before)
  expect(trend?.baseline_mean).toBe(0.375)
  expect(trend?.baseline_std_dev).toBeCloseTo(Math.sqrt((8 * 0.125 ** 2) / 7), 12)
})

test('a week of 8 weeks before is the last to count', () => {
  const four = days('ann', [0, 1, 4], [1, 1, 2], [2, 1, 4], [3, 1, 2])
  expect(trendOf(8, ...four, ...days('ann', [8, 1, 2]))?.baseline_mean).toBe(0.375)
  expect(trendOf(9, ...four, ...days('ann', [9, 1, 2]))?.baseline_mean).toBeNull()
})

test('weeks whose total is 0 do not count', () => {
  const weeks = days('ann', [0, 1, 4], [1, 0, 0], [2, 1, 2], [3, 0, 0], [4, 1, 4], [6, 1, 2])
  expect(trendOf(4, ...weeks)).toMatchObject({ waste_ratio: 0.25, ...NO_BASELINE })
  expect(trendOf(6, ...weeks)).toMatchObject(NO_BASELINE)
  expect(trendOf(7, ...weeks, ...days('ann', [7, 1, 4]))?.baseline_mean).toBe(0.375)
})

test('weeks without any day are gaps: they count neither as 0 nor for others', () => {
  const weeks = days('ann', [0, 1, 4], [2, 1, 2], [5, 1, 4], [7, 1, 2], [8, 1, 2])
  expect(trendOf(8, ...weeks)?.baseline_mean).toBe(0.375)
})

test('a week without a ratio still has its baseline, and no z-score', () => {
  const trend = trendOf(4, ...days('ann', [0, 1, 4], [1, 1, 2], [2, 1, 4], [3, 1, 2], [4, 0, 0]))
  expect(trend).toMatchObject({ waste_ratio: null, baseline_mean: 0.375, z_score: null, flagged: false })
  expect(trend?.baseline_std_dev).toBeGreaterThan(0)
})

test('where all weeks of the baseline are equal, there is no z-score, however far the week is off', () => {
  // Every one is 0.1 as closely as a number can be.
  const weeks = days('ann', [0, 1, 10], [1, 36, 360], [2, 3, 30], [3, 7, 70], [4, 360, 3600], [5, 11, 110], [6, 1, 1])
  expect(trendOf(6, ...weeks)).toMatchObject({ waste_ratio: 1, baseline_std_dev: 0, z_score: null, flagged: false })
  expect(trendOf(6, ...weeks)?.baseline_mean).toBeCloseTo(0.1, 12)
})

// A mean of 1/4 and a standard deviation of 1/8, both exact in binary.
const EXACT = days('ann', [0, 2, 8], [1, 1, 8], [2, 3, 8], [3, 1, 8], [4, 3, 8])

test('a z-score of exactly 2 is flagged', () => {
  expect(trendOf(5, ...EXACT, ...days('ann', [5, 1, 2]))).toEqual({
    user_id: 'ann',
    week_start: '2026-04-06',
    waste_ratio: 0.5,
    baseline_mean: 0.25,
    baseline_std_dev: 0.125,
    z_score: 2,
    flagged: true,
  })
})

test('one that is just below 2 is not', () => {
  const trend = trendOf(5, ...EXACT, ...days('ann', [5, 499_999, 1_000_000]))
  expect(trend?.z_score).toBeCloseTo(2, 4)
  expect(trend?.z_score).toBeLessThan(2)
  expect(trend?.flagged).toBe(false)
})

test('less waste than usual is no jump', () => {
  expect(trendOf(5, ...EXACT, ...days('ann', [5, 0, 8]))).toMatchObject({ z_score: -2, flagged: false })
})

test('a week has the same values whoever and whatever else is in the table', () => {
  const own = days('ann', [1, 1, 7], [2, 2, 7], [4, 3, 7], [5, 1, 7], [7, 5, 7], [9, 6, 7])
  const alone = trendOf(9, ...own)
  const others = days('ben', [0, 1, 1], [1, 1, 3], [2, 0, 0], [5, 1, 9], [8, 2, 3], [9, 1, 3], [10, 1, 2])
  const otherWeeks = days('ann', [0, 1, 1], [10, 0, 3], [11, 3, 3], [-4, 1, 2])
  expect(alone?.z_score).not.toBeNull()
  expect(trendOf(9, ...others, ...own, ...otherWeeks)).toEqual(alone)
})

test('a week has the same values in whatever order the days are', () => {
  const weeks = days('ann', [1, 1, 7], [2, 2, 7], [4, 3, 7], [5, 1, 7], [7, 5, 7], [9, 6, 7])
  expect(trendOf(9, ...[...weeks].reverse())).toEqual(trendOf(9, ...weeks))
})

test('a year starts in the middle of a week, and the clocks change in one', () => {
  const rows = [
    ['ann', '2025-12-31', 1, 1, 2],
    ['ann', '2026-01-01', 1, 0, 1],
    ['ann', '2026-03-29', 1, 3, 4],
    ['ann', '2026-03-30', 1, 1, 2],
  ]
  expect(annotate(...rows).map(({ week_start, waste_ratio }) => [week_start, waste_ratio])).toEqual([
    ['2025-12-29', 2 / 3],
    ['2026-03-23', 0.25],
    ['2026-03-30', 0.5],
  ])
})

test('no days, no annotations', () => {
  expect(annotate()).toEqual([])
})
