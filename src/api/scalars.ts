import { GraphQLScalarType, Kind } from 'graphql'
import { GraphQLDateTime, GraphQLDuration } from 'graphql-scalars'
import type { BuildSchemaOptions } from 'type-graphql'
import { CalendarDate, isIsoDate } from '../model/calendar.ts'
import { JsonObject } from '../model/source-row.ts'
import { JsonObjectScalar } from './json-object.ts'

/** An ISO 8601 calendar date; text inside and out. */
export const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  description: 'An ISO 8601 calendar date, such as 2026-03-02.',
  serialize: String,
  parseValue: calendarDate,
  parseLiteral: (node) => calendarDate(node.kind === Kind.STRING ? node.value : undefined),
})

/** An ISO 8601 duration; text inside and out. */
export const DurationScalar = new GraphQLScalarType({
  ...GraphQLDuration.toConfig(),
  description: 'An ISO 8601 duration, such as PT1H30M.',
})

/** Which scalar stands for which class in type declarations. */
export const scalarsMap: NonNullable<BuildSchemaOptions['scalarsMap']> = [
  { type: CalendarDate, scalar: DateScalar },
  { type: JsonObject, scalar: JsonObjectScalar },
  { type: Date, scalar: GraphQLDateTime },
]

function calendarDate(value: unknown): string {
  if (typeof value === 'string' && isIsoDate(value) && value >= '0001-01-01') return value
  throw new TypeError('A date must be an ISO 8601 calendar date such as "2026-03-02".')
}
