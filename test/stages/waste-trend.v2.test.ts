import { addDays } from '../../src/model/calendar.ts'
import { wasteTrend } from '../../src/stages/waste-trend.ts'
import { wasteTrendV2 } from '../../src/stages/waste-trend.v2.ts'
import { frozenTable, slices } from './frozen-table.ts'

const DAYS = ['user_id', 'date', 'nva_seconds_sum', 'va_seconds_sum', 'total_sum']
const MONDAY = '2026-03-02'

interface Trend {
  week_start: string
  waste_ratio: number | null
  baseline_mean: number | null
  baseline_std_dev: number | null
  z_score: number | null
  flagged: boolean
}

/** The trends of weeks one after the other, each of so much waste out of 1,000; null is a week without any day. */
function trends(stage: typeof wasteTrend, ...waste: readonly (number | null)[]): Trend[] {
  const rows = waste.flatMap((nva, week) =>
    nva === null ? [] : [['ann', addDays(MONDAY, 7 * week), nva, 1000 - nva, 1000]],
  )
  const asked = slices(['ann', MONDAY, addDays(MONDAY, 6)])
  const annotated = stage.annotate({ slices: asked, nva_summary: frozenTable(DAYS, ...rows) }).objects() as Trend[]
  return annotated.sort((a, b) => (a.week_start < b.week_start ? -1 : 1))
}

function last(stage: typeof wasteTrend, ...waste: readonly (number | null)[]): Trend | undefined {
  return trends(stage, ...waste).at(-1)
}

const NO_BASELINE = { baseline_mean: null, baseline_std_dev: null, z_score: null, flagged: false }

test('where no week is odd all is as by version 1', () => {
  const waste = [250, 300, 210, null, 280, 270, 300, 350, 240, 290, 260, 220]
  expect(trends(wasteTrendV2, ...waste)).toEqual(trends(wasteTrend, ...waste))
})

test('a bad week hides the next one by version 1, not by this one', () => {
  const waste = [250, 300, 250, 300, 250, 300, 600, 450]
  expect(last(wasteTrend, ...waste)).toMatchObject({ flagged: false })
  const trend = last(wasteTrendV2, ...waste)
  expect(trend).toMatchObject({ waste_ratio: 0.45, flagged: true })
  expect(trend?.baseline_mean).toBeCloseTo(0.275, 12)
  expect(trend?.baseline_std_dev).toBeCloseTo(Math.sqrt((6 * 0.025 ** 2) / 5), 12)
})

test('so does a week that was far too good', () => {
  expect(last(wasteTrend, 250, 300, 250, 300, 250, 10, 370)?.flagged).toBe(false)
  expect(last(wasteTrendV2, 250, 300, 250, 300, 250, 10, 370)?.flagged).toBe(true)
})

test('a week of 9 points off the median counts, one of 11 does not', () => {
  expect(last(wasteTrendV2, 250, 250, 250, 250, 340, 300)?.baseline_mean).toBeCloseTo(0.268, 12)
  expect(last(wasteTrendV2, 250, 250, 250, 250, 360, 300)?.baseline_mean).toBeCloseTo(0.25, 12)
})

test('3 weeks that are not odd are no baseline', () => {
  expect(last(wasteTrendV2, 250, 260, 270, 600, 600)).toMatchObject({ waste_ratio: 0.6, ...NO_BASELINE })
})

test('the 8 weeks before count, and what is odd among them, not the ninth', () => {
  const trend = last(wasteTrendV2, 900, 250, 260, 250, 260, 250, 260, 250, 260, 300)
  expect(trend?.baseline_mean).toBeCloseTo(0.255, 12)
})

test('a week has the same values in whatever company', () => {
  const own = [250, 300, 250, 300, 250, 300, 600, 450]
  const alone = trends(wasteTrendV2, ...own)
  expect(trends(wasteTrendV2, ...own, 200, 210, 900).slice(0, own.length)).toEqual(alone)
})

test('no days, no annotations', () => {
  expect(trends(wasteTrendV2)).toEqual([])
})
