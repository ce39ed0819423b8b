import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'
import { Node } from './node.ts'

@ObjectType({ implements: Node, description: 'A person whose activities a source records.', simpleResolvers: true })
@Entity('app_user')
@Unique(['source', 'externalId'])
export class User {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: 'Who says that there is such a user.' })
  @Column('text')
  source!: string

  @Field({ description: "The source's own key of the user." })
  @Column('text')
  externalId!: string

  @Field({ description: 'What people call the user; several may have the same.' })
  @Column('text')
  name!: string
}
