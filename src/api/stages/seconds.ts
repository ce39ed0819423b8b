/** A sum of seconds is called the same everywhere, whatever the columns are called that hold it. */
import { type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql'
import { DESCRIPTIONS } from './value-descriptions.ts'

/** What sums of seconds are called, by what stages called theirs before; columns keep their names. */
export const SECONDS: Readonly<Record<string, string>> = {
  nvaSecondsSum: 'nvaSeconds',
  vaSecondsSum: 'vaSeconds',
  totalSum: 'totalSeconds',
}

/** The schema with each sum of seconds under the name that all have, beside the one from before, which is deprecated. */
export function withNamedSeconds(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    const fields = type.getFields()
    for (const [former, name] of Object.entries(SECONDS)) {
      const field = fields[former]
      if (!field || fields[name]) continue
      fields[name] = {
        ...field,
        name,
        description: DESCRIPTIONS[name],
        astNode: undefined,
        extensions: { ...field.extensions, shows: former },
        resolve: (source: Record<string, unknown>) => source[former],
      }
      field.deprecationReason = `Use ${name}.`
    }
  }
  return schema
}

/** The property that a field shows: that of its name, unless it is one of these. */
export function propertyShown({ name, extensions }: GraphQLField<unknown, unknown>): string {
  return typeof extensions.shows === 'string' ? extensions.shows : name
}
