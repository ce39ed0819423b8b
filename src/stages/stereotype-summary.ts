import { escape, op } from 'arquero'
import { GraphQLBigInt } from 'graphql-scalars'
import { Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { monthStart } from '../model/calendar.ts'
import { Annotation } from '../periods/annotation.ts'
import { MonthAnnotation } from '../periods/month.ts'
import { defineStage } from './define-stage.ts'

@ObjectType({
  implements: Annotation,
  description: "One user's month of activities of one stereotype.",
  simpleResolvers: true,
})
@Entity('stereotype_summary')
export class StereotypeSummary extends MonthAnnotation {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  stereotypeId!: string

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  nvaSecondsSum!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  vaSecondsSum!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  totalSum!: number

  @Field(() => Int, { description: 'All of them, also those that added value.' })
  @Column('integer')
  activityCount!: number
}

/** The sums of each user's month by stereotype, PTO with the others; waste by stereotype over long ranges reads them in place of the days. */
export const stereotypeSummary = defineStage({
  name: 'stereotype_summary',
  version: 1,
  description: "Sums each user's month by stereotype.",
  reads: ['time_split', 'activities'],
  period: 'month',
  output: StereotypeSummary,
  sums: ['nva_seconds_sum', 'va_seconds_sum', 'total_sum', 'activity_count'],
  annotate: ({ time_split, activities }) => {
    const stereotypes = activities.array('stereotype_id')
    const stereotypeOf = new Map(Array.from(activities.array('activity_id'), (id, i) => [id, stereotypes[i]]))
    return time_split
      .derive({
        month_start: escape((row: SplitRow) => monthStart(row.date)),
        stereotype_id: escape((row: SplitRow) => stereotypeOf.get(row.activity_id)),
      })
      .groupby('user_id', 'month_start', 'stereotype_id')
      .rollup({
        nva_seconds_sum: (row: SplitRow) => op.sum(row.nva_seconds),
        va_seconds_sum: (row: SplitRow) => op.sum(row.va_seconds),
        total_sum: (row: SplitRow) => op.sum(row.total_seconds),
        activity_count: () => op.count(),
      })
  },
})

interface SplitRow {
  activity_id: string
  date: string
  nva_seconds: number
  va_seconds: number
  total_seconds: number
}
