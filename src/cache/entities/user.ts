import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'

@ObjectType({ description: 'A person whose activities a source records.', simpleResolvers: true })
@Entity('app_user')
@Unique(['source', 'externalId'])
export class User {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id!: string

  @Field()
  @Column('text')
  source!: string

  @Field({ description: "The source's own key of the user." })
  @Column('text')
  externalId!: string

  @Field()
  @Column('text')
  name!: string
}
