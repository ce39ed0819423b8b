import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'
import { Node } from './node.ts'

@ObjectType({ implements: Node, description: 'What people work on.', simpleResolvers: true })
@Entity('project')
@Unique(['source', 'externalId'])
export class Project {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: 'Who says that there is such a project.' })
  @Column('text')
  source!: string

  @Field({ description: "The source's own key of the project." })
  @Column('text')
  externalId!: string

  @Field({ description: 'Its name; several may have the same.' })
  @Column('text')
  name!: string

  @Field(() => String, { nullable: true, description: 'For whom it is done, where the source says so.' })
  @Column('text', { nullable: true })
  client!: string | null
}
