import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import { apiSchema } from '../../src/api/schema.ts'

/** Something that a description can stand by, under the name by which a schema calls it. */
interface Described {
  coordinate: string
  description?: string | null
}

/** Types with their fields, arguments, input fields and enum values; GraphQL's own are described by GraphQL. */
function describedIn(schema: GraphQLSchema): Described[] {
  return Object.values(schema.getTypeMap()).flatMap((type): Described[] => {
    if (type.name.startsWith('__')) return []
    const at = ({ name, description }: { name: string; description?: string | null }) => {
      return { coordinate: `${type.name}.${name}`, description }
    }
    const own = { coordinate: type.name, description: type.description }
    if (isEnumType(type)) return [own, ...type.getValues().map(at)]
    if (isInputObjectType(type)) return [own, ...Object.values(type.getFields()).map(at)]
    if (!isObjectType(type) && !isInterfaceType(type)) return [own]
    const fields = Object.values(type.getFields()).flatMap((field) => [
      at(field),
      ...field.args.map(({ name, description }) => {
        return { coordinate: `${type.name}.${field.name}(${name})`, description }
      }),
    ])
    return [own, ...fields]
  })
}

let described: Described[]

beforeAll(async () => {
  described = describedIn(await apiSchema())
})

test('the walk finds types, fields, arguments, input fields and enum values', () => {
  expect(described.map(({ coordinate }) => coordinate)).toEqual(
    expect.arrayContaining([
      'BigInt',
      'Annotation.stage',
      'UserEdge.cursor',
      'Query.activities(filter)',
      'ActivityFilter.userIds',
      'ActivityType.VALUE_ADD',
      'NvaSummaryGroup.period',
    ]),
  )
})

test('everything in the schema says what it is', () => {
  // How long a list may be is said of every list, whatever it is.
  const silent = described.filter(({ description }) => !description?.replace(/At most [\d,]+\.$/, '').trim())
  expect(silent.map(({ coordinate }) => coordinate)).toEqual([])
})

test('every description is a sentence', () => {
  const broken = described.filter(({ description }) => !/[.:]$/.test(description ?? ''))
  expect(broken).toEqual([])
})
