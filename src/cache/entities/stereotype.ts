import { Field, ID, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn, Unique } from 'typeorm'
import { Node } from './node.ts'

@ObjectType({
  implements: Node,
  description: 'A kind of activity, such as `coding`, `meeting` or `pto`.',
  simpleResolvers: true,
})
@Entity('stereotype')
@Unique(['source', 'externalId'])
export class Stereotype {
  @Field(() => ID, { description: 'A UUIDv7.' })
  @PrimaryColumn('uuid')
  id!: string

  @Field({ description: 'Who says that there is such a stereotype.' })
  @Column('text')
  source!: string

  @Field({ description: "The source's own key of the stereotype." })
  @Column('text')
  externalId!: string

  @Field({ description: 'What stages know it by; `pto`, in any case of letters, is left out of sums.' })
  @Column('text')
  code!: string

  @Field({ description: 'What people call it.' })
  @Column('text')
  name!: string

  /** The revision of its source at which its code became what it is; 0 where that was before history was kept. */
  @Column('bigint', { default: 0 })
  sinceRevision?: number
}
