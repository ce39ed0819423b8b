import { Field, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { Annotation } from '../periods/annotation.ts'
import { DayAnnotation } from '../periods/day.ts'
import { defineStage } from './define-stage.ts'

@ObjectType({
  implements: Annotation,
  description: "An activity's time, by whether it added value.",
  simpleResolvers: true,
})
@Entity('time_split')
export class TimeSplit extends DayAnnotation {
  @PrimaryColumn('uuid')
  activityId!: string

  @Field(() => Int)
  @Column('integer')
  nvaSeconds!: number

  @Field(() => Int)
  @Column('integer')
  vaSeconds!: number

  @Field(() => Int)
  @Column('integer')
  totalSeconds!: number
}

/** The duration of each activity is either value added or not. */
export const timeSplit = defineStage({
  name: 'time_split',
  version: 1,
  description: "Splits each activity's time into value added and non-value added.",
  reads: ['activities'],
  period: 'day',
  output: TimeSplit,
  sums: ['nva_seconds', 'va_seconds', 'total_seconds'],
  annotate: ({ activities }) =>
    activities
      .derive({
        nva_seconds: (row: ActivityRow) => (row.type === 'NON_VALUE_ADD' ? row.duration_seconds : 0),
        va_seconds: (row: ActivityRow) => (row.type === 'VALUE_ADD' ? row.duration_seconds : 0),
        total_seconds: (row: ActivityRow) => row.duration_seconds,
      })
      .select('user_id', 'date', 'activity_id', 'nva_seconds', 'va_seconds', 'total_seconds'),
})

interface ActivityRow {
  type: string
  duration_seconds: number
}
