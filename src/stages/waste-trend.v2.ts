import { escape, op } from 'arquero'
import { addDays } from '../model/calendar.ts'
import { defineStage } from './define-stage.ts'
import { wasteTrend } from './waste-trend.ts'

const BASELINE_WEEKS = 8
const BASELINE_LEAST = 4
const ODD_FROM = 0.1
const FLAG_AT = 2

/**
 * A candidate: a week that is 10 points or more off the median of the 8 weeks is odd, and no part of what is usual. By
 * version 1 a bad week hides the next one: it raises both the mean and the deviation. Where fewer than 4 weeks are left,
 * as of somebody who goes to and fro, nothing is held against them.
 */
export const wasteTrendV2 = defineStage({
  ...wasteTrend,
  version: 2,
  description: "Holds each user's weekly waste ratio against the 8 weeks before, odd ones left out, and flags jumps.",
  annotate: (tables) => {
    const weeks = wasteTrend.annotate(tables).select('user_id', 'week_start', 'waste_ratio')

    // A week is part of the baseline of each of the 8 weeks after it.
    const baselines = weeks
      .filter((row: WeekRow) => row.waste_ratio !== null)
      // Sums of floats depend on their order.
      .orderby('user_id', 'week_start')
      .reify()
      .derive({ week_start: escape((row: WeekRow) => weeksAfter(row.week_start)) })
      .unroll('week_start')
      .groupby('user_id', 'week_start')
      .derive({ median: (row: WeekRow) => op.median(row.waste_ratio) })
      .params({ ODD_FROM })
      .filter((row: BesideRow, $: { ODD_FROM: number }) => op.abs(row.waste_ratio - row.median) < $.ODD_FROM)
      .rollup({
        weeks: () => op.count(),
        baseline_mean: (row: WeekRow) => op.mean(row.waste_ratio),
        baseline_std_dev: (row: WeekRow) => op.stdev(row.waste_ratio),
      })
      .params({ BASELINE_LEAST })
      .filter((row: BaselineRow, $: { BASELINE_LEAST: number }) => row.weeks >= $.BASELINE_LEAST)

    return weeks
      .join_left(baselines, [
        ['user_id', 'week_start'],
        ['user_id', 'week_start'],
      ])
      .params({ FLAG_AT })
      .derive({
        baseline_mean: (row: BaselineRow) => row.baseline_mean ?? null,
        baseline_std_dev: (row: BaselineRow) => row.baseline_std_dev ?? null,
        z_score: (row: BaselineRow) =>
          row.waste_ratio !== null && row.baseline_std_dev > 0
            ? (row.waste_ratio - row.baseline_mean) / row.baseline_std_dev
            : null,
      })
      .derive({
        flagged: (row: { z_score: number | null }, $: { FLAG_AT: number }) =>
          row.z_score !== null && row.z_score >= $.FLAG_AT,
      })
      .select('user_id', 'week_start', 'waste_ratio', 'baseline_mean', 'baseline_std_dev', 'z_score', 'flagged')
  },
})

function weeksAfter(week: string): string[] {
  return Array.from({ length: BASELINE_WEEKS }, (_, i) => addDays(week, 7 * (i + 1)))
}

interface WeekRow {
  week_start: string
  waste_ratio: number | null
}

interface BesideRow {
  waste_ratio: number
  median: number
}

interface BaselineRow {
  weeks: number
  waste_ratio: number | null
  baseline_mean: number
  baseline_std_dev: number
}
