import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'
import { Node } from './node.ts'

@ObjectType({
  implements: Node,
  description: 'People who work together; who they are changes over time.',
  simpleResolvers: true,
})
@Entity('team')
@Unique(['name'])
export class Team {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: 'Its name, and its key.' })
  @Column('text')
  name!: string
}

/** A user's days in a team, both ends included; those of one user in one team don't overlap. */
@Entity('team_member')
export class TeamMember {
  @PrimaryColumn('uuid')
  teamId!: string

  @PrimaryColumn('uuid')
  userId!: string

  @PrimaryColumn('date')
  startDate!: string

  /** Null: still a member. */
  @Column('date', { nullable: true })
  endDate!: string | null
}
