import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql'
import { mostOf } from '../../src/api/list-limits.ts'
import { apiSchema } from '../../src/api/schema.ts'
import { BadInputError } from '../../src/model/errors.ts'
import { type TestService, testService } from '../support/service.ts'

/** A list that a query can give: how it is named, what the schema says of it, and a value with as many entries as asked. */
interface GivenList {
  coordinate: string
  name: string
  type: GraphQLInputType
  description: string | null | undefined
  resolve: (length: number) => unknown
}

let schema: GraphQLSchema

beforeAll(async () => {
  schema = await apiSchema()
})

function givenLists(): GivenList[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || type.name.startsWith('__')) return []
    return Object.values(type.getFields()).flatMap((field) =>
      field.args.flatMap((arg) =>
        listsIn(arg.name, arg.type, arg.description, (value) =>
          (field.subscribe ?? field.resolve)?.({}, { [arg.name]: value }, {}, {} as never),
        ).map((list) => ({ ...list, coordinate: `${type.name}.${field.name}(${list.coordinate})` })),
      ),
    )
  })
}

function listsIn(
  name: string,
  type: GraphQLInputType,
  description: string | null | undefined,
  give: (value: unknown) => unknown,
): GivenList[] {
  const isList = isListType(getNullableType(type))
  const resolve = (length: number) => give(new Array(length).fill({}))
  const own = isList ? [{ coordinate: name, name, type, description, resolve }] : []
  const object = getNamedType(type)
  const fields = isInputObjectType(object) ? Object.values(object.getFields()) : []
  const inside = fields.flatMap((field) =>
    listsIn(field.name, field.type, field.description, (value) => {
      const holder = { [field.name]: value }
      return give(isList ? [{}, holder] : holder)
    }),
  )
  return [...own, ...inside.map((list) => ({ ...list, coordinate: `${name}.${list.coordinate}` }))]
}

test('the walk finds the lists', () => {
  expect(givenLists().map(({ coordinate }) => coordinate)).toEqual(
    expect.arrayContaining([
      'Query.activities(filter.userIds)',
      'Query.nvaSummary(groupBy)',
      'Activity.annotations(stages)',
      'Mutation.ingestActivities(input.rows)',
      'Mutation.upsertUsers(input)',
      'Mutation.deleteActivities(externalIds)',
      'Subscription.slicesRefreshed(userIds)',
    ]),
  )
})

test('every list that a query can give says how long it may be', () => {
  const silent = givenLists().filter(({ type, description }) => {
    return !description?.endsWith(`At most ${mostOf(type)?.toLocaleString('en-US')}.`)
  })
  expect(silent.map(({ coordinate }) => coordinate)).toEqual([])
})

test('every list that is longer is refused before anything is done with it', () => {
  for (const { coordinate, name, type, resolve } of givenLists()) {
    const most = mostOf(type) ?? 0
    let thrown: unknown
    try {
      resolve(most + 1)
    } catch (error) {
      thrown = error
    }
    expect({ coordinate, thrown }).toEqual({ coordinate, thrown: expect.any(BadInputError) })
    expect(thrown).toMatchObject({
      message: `${name} may hold at most ${most.toLocaleString('en-US')} entries, not ${(most + 1).toLocaleString('en-US')}.`,
      details: { argument: name },
    })
  }
})

describe('over HTTP', () => {
  let service: TestService

  beforeAll(async () => {
    service = await testService()
  })

  afterAll(() => service.stop())

  const ids = (length: number) =>
    Array.from({ length }, (_, i) => `${String(i).padStart(8, '0')}-0000-7000-8000-000000000000`)

  test.each([
    [
      'input',
      'mutation ($list: [UserInput!]!) { upsertUsers(input: $list) { id } }',
      { source: 'timesheets', externalId: 'u', name: 'U' },
    ],
    ['externalIds', 'query ($list: [String!]) { activities(filter: { externalIds: $list }) { totalCount } }', 'a'],
    [
      'rows',
      'mutation ($list: [JSONObject!]!) { ingestActivities(input: { source: "timesheets", rows: $list }) { id } }',
      {},
    ],
  ])('10,001 of %s are too many', async (argument, query, entry) => {
    const { errors } = await service.ask(query, { list: new Array(10_001).fill(entry) })
    expect(errors).toMatchObject([
      {
        message: `${argument} may hold at most 10,000 entries, not 10,001.`,
        extensions: { code: 'BAD_USER_INPUT', argument },
      },
    ])
  })

  test.each([
    [
      'userIds',
      'query ($ids: [ID!]) { wasteTrends(from: "2026-03-02", to: "2026-03-02", userIds: $ids) { flagged } }',
      'There is no user',
    ],
    ['ids', 'mutation ($ids: [ID!]!) { replayQuarantine(ids: $ids) { id } }', 'There is no quarantined row'],
    ['ids', 'mutation ($ids: [ID!]!) { deleteUsers(ids: $ids) }', 'There is no user'],
  ])('of 10,000 unknown %s a few are named', async (argument, query, beginning) => {
    const { errors } = await service.ask(query, { ids: ids(10_000) })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument } }])
    expect(errors?.[0]?.message).toBe(`${beginning} ${ids(5).join(', ')} and 9,995 more.`)
  })

  const LONG = 'x'.repeat(1_000_000)
  /** As long as it may be in a query's text. */
  const LITERAL = LONG.slice(0, 60_000)

  test.each([
    ['source', 'query ($text: String!) { activities(filter: { source: $text }) { totalCount } }'],
    ['id', 'query ($text: ID!) { activity(id: $text) { id } }'],
    ['after', 'query ($text: String!) { users(after: $text) { totalCount } }'],
    ['stage', 'mutation ($text: String!) { discardAnnotations(stage: $text) }'],
    ['name', 'mutation ($text: String!) { removeSource(name: $text) { users } }'],
    ['text', 'query ($text: Date!) { nvaSummary(from: $text, to: $text) { totalSum } }'],
    ['text', 'query ($text: Int!) { users(first: $text) { totalCount } }'],
    [
      'value_type',
      `mutation { ingestActivities(input: { source: "timesheets", rows: [{ value_type: ${LITERAL} }] }) { id } }`,
    ],
  ])('a long text for %s is cut where an error quotes it', async (argument, query) => {
    const { errors } = await service.ask(query, { text: LONG })
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument } })
    expect(errors?.[0]?.message).toContain('xxx…')
    expect(JSON.stringify(errors).length).toBeLessThan(1_500)
  })

  test('whatever GraphQL says of long names and values stays short', async () => {
    const wrong = await service.ask('query ($list: [ID!]) { activities(filter: { userIds: $list }) { totalCount } }', {
      list: new Array(200).fill([LONG.slice(0, 10_000)]),
    })
    expect(JSON.stringify(wrong).length).toBeLessThan(100_000)
    const unknown = await service.ask(`{ ${LITERAL} }`)
    expect(JSON.stringify(unknown).length).toBeLessThan(1_500)
    expect(unknown.errors?.[0]?.message).toMatch(/^Cannot query field "xxx.*x… .*on type "Query"\.$/)
  })
})
