import { escape, op } from 'arquero'
import { GraphQLBigInt } from 'graphql-scalars'
import { Field, Float, ObjectType } from 'type-graphql'
import { Column, Entity } from 'typeorm'
import { monthStart } from '../model/calendar.ts'
import { Annotation } from '../periods/annotation.ts'
import { MonthAnnotation } from '../periods/month.ts'
import { defineStage } from './define-stage.ts'

@ObjectType({ implements: Annotation, description: "One user's month, without PTO.", simpleResolvers: true })
@Entity('month_summary')
export class MonthSummary extends MonthAnnotation {
  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  nvaSecondsSum!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  vaSecondsSum!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  totalSum!: number

  @Field(() => Float, { nullable: true, description: 'NVA time by total time; null where the total is 0.' })
  @Column('double precision', { nullable: true })
  wasteRatio!: number | null
}

/** The sums of each user's days in the month; totals of the days over long ranges read them in place of the days. */
export const monthSummary = defineStage({
  name: 'month_summary',
  version: 1,
  description: "Sums each user's month.",
  reads: ['nva_summary'],
  period: 'month',
  output: MonthSummary,
  sums: ['nva_seconds_sum', 'va_seconds_sum', 'total_sum'],
  sumsOf: 'nva_summary',
  annotate: ({ nva_summary }) =>
    nva_summary
      .derive({ month_start: escape((row: DayRow) => monthStart(row.date)) })
      .groupby('user_id', 'month_start')
      .rollup({
        nva_seconds_sum: (row: SumsRow) => op.sum(row.nva_seconds_sum),
        va_seconds_sum: (row: SumsRow) => op.sum(row.va_seconds_sum),
        total_sum: (row: SumsRow) => op.sum(row.total_sum),
      })
      .derive({ waste_ratio: (row: SumsRow) => (row.total_sum > 0 ? row.nva_seconds_sum / row.total_sum : null) }),
})

interface DayRow {
  date: string
}

interface SumsRow {
  nva_seconds_sum: number
  va_seconds_sum: number
  total_sum: number
}
