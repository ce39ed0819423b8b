import { escape, op } from 'arquero'
import { GraphQLBigInt } from 'graphql-scalars'
import { Field, Float, ObjectType } from 'type-graphql'
import { Column, Entity } from 'typeorm'
import { datesBetween } from '../model/calendar.ts'
import { Annotation } from '../periods/annotation.ts'
import { SprintAnnotation } from '../periods/sprint.ts'
import { defineStage } from './define-stage.ts'

@ObjectType({ implements: Annotation, description: 'One user in one sprint, without PTO.', simpleResolvers: true })
@Entity('sprint_summary')
export class SprintSummary extends SprintAnnotation {
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

/** The sums of each user's days in the sprint, both ends included. */
export const sprintSummary = defineStage({
  name: 'sprint_summary',
  version: 2,
  description: "Sums each user's sprint.",
  reads: ['nva_summary'],
  period: 'sprint',
  output: SprintSummary,
  annotate: ({ slices, nva_summary }) =>
    slices
      .derive({ date: escape((row: SliceRow) => datesBetween(row.start_date, row.end_date)) })
      .unroll('date')
      .join(nva_summary, [
        ['user_id', 'date'],
        ['user_id', 'date'],
      ])
      .groupby('user_id', 'start_date', 'end_date')
      .rollup({
        nva_seconds_sum: (row: SumsRow) => op.sum(row.nva_seconds_sum),
        va_seconds_sum: (row: SumsRow) => op.sum(row.va_seconds_sum),
        total_sum: (row: SumsRow) => op.sum(row.total_sum),
      })
      .derive({ waste_ratio: (row: SumsRow) => (row.total_sum > 0 ? row.nva_seconds_sum / row.total_sum : null) }),
})

interface SliceRow {
  start_date: string
  end_date: string
}

interface SumsRow {
  nva_seconds_sum: number
  va_seconds_sum: number
  total_sum: number
}
