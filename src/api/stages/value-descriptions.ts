import { type GraphQLSchema, isObjectType } from 'graphql'
import { ownStages } from '../../stages/index.ts'

/** What values are that several stages give, said of each that says nothing of it itself. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  nvaSeconds: 'Seconds that added no value.',
  vaSeconds: 'Seconds that added value.',
  totalSeconds: 'Seconds in all.',
  hours: 'Hours in all.',
  stereotypeId: 'What kind of thing was done: the id of a stereotype.',
}

/** The schema with a description of each value of annotations and of their groups. */
export function withDescribedValues(schema: GraphQLSchema): GraphQLSchema {
  for (const name of ownStages.flatMap(({ output: { name } }) => [name, `${name}Group`])) {
    const type = schema.getType(name)
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) field.description ??= DESCRIPTIONS[field.name]
  }
  return schema
}
