import { Field, ID, InterfaceType } from 'type-graphql'

/** What has an id: nothing else has the same, whatever it is. */
@InterfaceType('Node', { description: 'What has an id. No two have the same, whatever they are.' })
export abstract class Node {
  @Field(() => ID, { description: 'A UUIDv7.' })
  id!: string
}
