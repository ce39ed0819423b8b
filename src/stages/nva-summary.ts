import { escape, op } from 'arquero'
import { GraphQLBigInt } from 'graphql-scalars'
import { Field, ObjectType } from 'type-graphql'
import { Column, Entity } from 'typeorm'
import { isPto } from '../model/activity.ts'
import { Annotation } from '../periods/annotation.ts'
import { DayAnnotation } from '../periods/day.ts'
import { defineStage } from './define-stage.ts'

@ObjectType({ implements: Annotation, description: "One user's day, without PTO.", simpleResolvers: true })
@Entity('nva_summary')
export class NvaSummary extends DayAnnotation {
  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  nvaSecondsSum!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  vaSecondsSum!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  totalSum!: number
}

/** The sums of each user's day over the activities that are not PTO; a day of PTO alone sums to 0. */
export const nvaSummary = defineStage({
  name: 'nva_summary',
  version: 2,
  description: "Sums each user's day, PTO left out.",
  reads: ['time_split', 'activities'],
  period: 'day',
  output: NvaSummary,
  sums: ['nva_seconds_sum', 'va_seconds_sum', 'total_sum'],
  ratios: {
    waste_ratio: {
      part: 'nva_seconds_sum',
      whole: 'total_sum',
      description: 'NVA time by total time; null where the total is 0.',
    },
  },
  // Totals were there first.
  queries: { annotations: 'nvaSummaries', totals: 'nvaSummary' },
  annotate: ({ time_split, activities }) => {
    const pto = new Set(
      activities.filter(escape((row: ActivityRow) => isPto(row.stereotype_code))).array('activity_id'),
    )
    return time_split
      .params({ pto })
      .derive({ counts: (row: SplitRow, $: { pto: Set<string> }) => (op.has($.pto, row.activity_id) ? 0 : 1) })
      .groupby('user_id', 'date')
      .rollup({
        nva_seconds_sum: (row: SplitRow) => op.sum(row.nva_seconds * row.counts),
        va_seconds_sum: (row: SplitRow) => op.sum(row.va_seconds * row.counts),
        total_sum: (row: SplitRow) => op.sum(row.total_seconds * row.counts),
      })
  },
})

interface ActivityRow {
  stereotype_code: string
}

interface SplitRow {
  activity_id: string
  counts: number
  nva_seconds: number
  va_seconds: number
  total_seconds: number
}
