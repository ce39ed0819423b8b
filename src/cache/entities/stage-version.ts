import { Field, Int, ObjectType } from 'type-graphql'
import { Column, Entity, Index, PrimaryColumn } from 'typeorm'

/** Which version of a stage answers. */
@Entity('stage_version')
export class ActiveVersion {
  @PrimaryColumn('text')
  stage!: string

  @Column('integer')
  version!: number

  /** The highest that any build said to be its own: it took over by itself once, or was left to be promoted. */
  @Column('integer')
  offered!: number
}

@ObjectType({
  simpleResolvers: true,
  description: 'Since when a version of a stage answers, who had it do so, and why.',
})
@Entity('stage_promotion')
@Index(['stage', 'id'])
export class StagePromotion {
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: "The stage's name." })
  @Column('text')
  stage!: string

  @Field(() => Int, { description: 'The version that answers from then on.' })
  @Column('integer')
  version!: number

  @Field(() => Int, { nullable: true, description: 'The version that answered before.' })
  @Column('integer', { nullable: true })
  formerVersion!: number | null

  @Field(() => Date, { description: 'When.' })
  @Column('timestamptz', { default: () => 'now()' })
  promotedAt!: Date

  @Field(() => String, {
    nullable: true,
    description: 'Who did it, as was said; null where nobody said so, as where a build took over by itself.',
  })
  @Column('text', { nullable: true })
  promotedBy!: string | null

  @Field(() => String, { nullable: true, description: 'Why.' })
  @Column('text', { nullable: true })
  reason!: string | null

  @Field(() => [String], { description: 'What was looked at before.' })
  @Column('jsonb', { default: [] })
  checklist!: string[]
}
