import { escape, op } from 'arquero'
import { Field, Float, ObjectType } from 'type-graphql'
import { Column, Entity } from 'typeorm'
import { addDays, weekStart } from '../model/calendar.ts'
import { Annotation } from '../periods/annotation.ts'
import { WeekAnnotation } from '../periods/week.ts'
import { defineStage } from './define-stage.ts'

const BASELINE_WEEKS = 8
const BASELINE_LEAST = 4
const FLAG_AT = 2

@ObjectType({
  implements: Annotation,
  description: "One user's ISO week held against the 8 weeks before it.",
  simpleResolvers: true,
})
@Entity('waste_trend')
export class WasteTrend extends WeekAnnotation {
  @Field(() => Float, { nullable: true, description: 'NVA time by total time of the week; null where the total is 0.' })
  @Column('double precision', { nullable: true })
  wasteRatio!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Mean ratio of those of the 8 weeks before whose total is above 0; null where fewer than 4 are.',
  })
  @Column('double precision', { nullable: true })
  baselineMean!: number | null

  @Field(() => Float, { nullable: true, description: 'Sample standard deviation (n - 1) of the same weeks.' })
  @Column('double precision', { nullable: true })
  baselineStdDev!: number | null

  @Field(() => Float, {
    nullable: true,
    description: '(ratio - mean) / standard deviation; null where the ratio is null or the deviation 0.',
  })
  @Column('double precision', { nullable: true })
  zScore!: number | null

  @Field({ description: 'True where the z-score is 2 or more, once the week is over.' })
  @Column('boolean')
  flagged!: boolean
}

/** Each week's waste ratio as a z-score against the weeks before: a person is compared with nobody but themselves. */
export const wasteTrend = defineStage({
  name: 'waste_trend',
  version: 1,
  description: "Holds each user's weekly waste ratio against the 8 weeks before and flags jumps.",
  reads: ['nva_summary'],
  period: 'week',
  lookback: BASELINE_WEEKS,
  output: WasteTrend,
  untilOver: { flagged: false },
  annotate: ({ nva_summary }) => {
    const weeks = nva_summary
      .derive({ week_start: escape((row: DayRow) => weekStart(row.date)) })
      .groupby('user_id', 'week_start')
      .rollup({
        nva: (row: DayRow) => op.sum(row.nva_seconds_sum),
        total: (row: DayRow) => op.sum(row.total_sum),
      })
      .derive({ waste_ratio: (row: WeekRow) => (row.total > 0 ? row.nva / row.total : null) })

    // A week is part of the baseline of each of the 8 weeks after it.
    const baselines = weeks
      .filter((row: WeekRow) => row.waste_ratio !== null)
      .select('user_id', 'week_start', 'waste_ratio')
      // Sums of floats depend on their order.
      .orderby('user_id', 'week_start')
      .reify()
      .derive({ week_start: escape((row: WeekRow) => weeksAfter(row.week_start)) })
      .unroll('week_start')
      .groupby('user_id', 'week_start')
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

interface DayRow {
  date: string
  nva_seconds_sum: number
  total_sum: number
}

interface WeekRow {
  week_start: string
  nva: number
  total: number
  waste_ratio: number | null
}

interface BaselineRow {
  weeks: number
  waste_ratio: number | null
  baseline_mean: number
  baseline_std_dev: number
}
