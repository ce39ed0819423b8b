import { escape, op } from 'arquero'
import { GraphQLBigInt } from 'graphql-scalars'
import { Field, Float, Int, ObjectType } from 'type-graphql'
import { Column, Entity } from 'typeorm'
import { isPto } from '../model/activity.ts'
import { weekStart } from '../model/calendar.ts'
import { Annotation, ProjectAnnotation } from '../periods/annotation.ts'
import { weekOf } from '../periods/week.ts'
import { defineStage } from './define-stage.ts'

@ObjectType({ implements: Annotation, description: "One project's ISO week, without PTO.", simpleResolvers: true })
@Entity('project_summary')
export class ProjectSummary extends weekOf(ProjectAnnotation) {
  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  nvaSecondsSum!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  vaSecondsSum!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds.' })
  @Column('bigint')
  totalSum!: number

  @Field(() => Float)
  @Column('double precision')
  hours!: number

  @Field(() => Float, { nullable: true, description: 'NVA time by total time; null where the total is 0.' })
  @Column('double precision', { nullable: true })
  wasteRatio!: number | null

  @Field(() => Int, { description: 'How many users have activities of it.' })
  @Column('integer')
  people!: number
}

/** What everybody together did on each project in a week. */
export const projectSummary = defineStage({
  name: 'project_summary',
  version: 1,
  description: "Sums each project's week over all who work on it.",
  subject: 'project',
  reads: ['activities'],
  period: 'week',
  output: ProjectSummary,
  sums: ['nva_seconds_sum', 'va_seconds_sum', 'total_sum'],
  ratios: {
    waste_ratio: {
      part: 'nva_seconds_sum',
      whole: 'total_sum',
      description: 'NVA time by total time; null where the total is 0.',
    },
  },
  annotate: ({ activities }) =>
    activities
      .filter(escape((row: ActivityRow) => !isPto(row.stereotype_code)))
      .derive({
        week_start: escape((row: ActivityRow) => weekStart(row.date)),
        nva: (row: ActivityRow) => (row.type === 'NON_VALUE_ADD' ? row.duration_seconds : 0),
      })
      .groupby('project_id', 'week_start')
      .rollup({
        nva_seconds_sum: (row: SplitRow) => op.sum(row.nva),
        total_sum: (row: SplitRow) => op.sum(row.duration_seconds),
        people: (row: SplitRow) => op.distinct(row.user_id),
      })
      .derive({
        va_seconds_sum: (row: SumsRow) => row.total_sum - row.nva_seconds_sum,
        hours: (row: SumsRow) => row.total_sum / 3600,
        waste_ratio: (row: SumsRow) => (row.total_sum > 0 ? row.nva_seconds_sum / row.total_sum : null),
      }),
})

interface ActivityRow {
  date: string
  duration_seconds: number
  type: string
  stereotype_code: string
}

interface SplitRow {
  user_id: string
  nva: number
  duration_seconds: number
}

interface SumsRow {
  nva_seconds_sum: number
  total_sum: number
}
