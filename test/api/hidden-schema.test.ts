/** Where the schema is hidden, nobody is told what it has: neither asked for as such nor by what was meant. */
import {
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql'
import { apiSchema } from '../../src/api/schema.ts'
import { type TestService, testService } from '../support/service.ts'
import { TRANSPORTS } from '../support/subscribers.ts'

let hiding: TestService
let telling: TestService
let address: string

beforeAll(async () => {
  hiding = await testService({ restrictions: { hidesSchema: true } })
  telling = await testService({ url: hiding.url })
  address = await hiding.server.listen({ host: '127.0.0.1', port: 0 })
})

afterAll(async () => {
  await telling.stop()
  await hiding.stop()
})

/** A name that isn't there, and so much like one that is that this is suggested. */
const misspelt = (name: string) => `${name}x`

/** Queries that misspell something, with the name that was meant. */
function misspellings(schema: GraphQLSchema): [meant: string, query: string, variables?: object][] {
  const queries = Object.values(schema.getQueryType()?.getFields() ?? {})
  const inputs = Object.values(schema.getTypeMap()).filter((type) => isInputObjectType(type))
  const enums = Object.values(schema.getTypeMap()).filter((type) => isEnumType(type) && !type.name.startsWith('__'))
  return [
    ...queries.map(({ name }): [string, string] => [name, `{ ${misspelt(name)} }`]),
    ...queries.flatMap(({ name, args, type }) =>
      args.map((arg): [string, string] => [
        arg.name,
        `{ ${name}(${misspelt(arg.name)}: 1) ${isCompositeType(getNamedType(type)) ? '{ __typename }' : ''} }`,
      ]),
    ),
    ...Object.values(schema.getTypeMap()).flatMap((type): [string, string][] =>
      isObjectType(type) && !type.name.startsWith('__')
        ? [
            [type.name, `{ node(id: "1") { ... on ${misspelt(type.name)} { __typename } } }`],
            ...Object.keys(type.getFields()).map((field): [string, string] => [
              field,
              `{ node(id: "1") { ... on ${type.name} { ${misspelt(field)} } } }`,
            ]),
          ]
        : [],
    ),
    ...inputs.flatMap((type) =>
      Object.keys(isInputObjectType(type) ? type.getFields() : {}).map((field): [string, string, object] => [
        field,
        `query ($v: ${type.name}) { __typename @include(if: $v) }`,
        { v: { [misspelt(field)]: 1 } },
      ]),
    ),
    ...enums.flatMap((type): [string, string, object][] =>
      (isEnumType(type) ? type.getValues() : []).map(({ name }) => [
        name,
        `query ($v: ${type.name}) { __typename @include(if: $v) }`,
        { v: misspelt(name) },
      ]),
    ),
    ['Activity', 'query ($v: Activit) { __typename @include(if: $v) }'],
    ['include', '{ __typename @includ(if: true) }'],
    ['nodes', '{ users { nodez { id } } }'],
    ['users', '{ users }'],
    ['VALUE_ADD', '{ activities(filter: { type: VALUE_AD }) { totalCount } }'],
    ['VALUE_ADD', '{ activities(filter: { type: "VALUE_AD" }) { totalCount } }'],
    ['userIds', '{ activities(filter: { userIdz: [] }) { totalCount } }'],
    ['first', 'query ($v: Int) { users(firzt: $v) { totalCount } }'],
  ]
}

async function messagesOf(service: TestService, query: string, variables: object = {}): Promise<string> {
  const { errors = [] } = await service.ask(query, variables)
  return errors.map(({ message }) => message).join('\n')
}

test('no name of the schema is suggested, whichever was misspelt', async () => {
  const every = misspellings(await apiSchema())
  // The last ones are of every kind of place; of the others there are more than it takes to know.
  const all = every.filter((_, i) => i % 10 === 0 || i >= every.length - 10)
  const suggested: string[] = []
  for (const [meant, query, variables] of all) {
    const [said, told] = await Promise.all([
      messagesOf(hiding, query, variables),
      messagesOf(telling, query, variables),
    ])
    expect(said).not.toBe('')
    expect(said).not.toMatch(/did you mean/i)
    if (/did you mean/i.test(told)) suggested.push(meant)
  }
  // Else there would be nothing to hide.
  expect(all.length).toBeGreaterThan(100)
  expect(suggested.length).toBeGreaterThan(all.length / 2)
})

test('what is wrong is said all the same', async () => {
  expect((await hiding.ask('{ userz { totalCount } }')).errors).toEqual([
    {
      message: 'Cannot query field "userz" on type "Query".',
      locations: [{ line: 1, column: 3 }],
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    },
  ])
  const { errors } = await hiding.ask('query ($v: ActivityFilter) { activities(filter: $v) { totalCount } }', {
    v: { userIdz: [] },
  })
  expect(errors).toMatchObject([
    {
      message:
        'Variable "$v" got invalid value { userIdz: [] }; Field "userIdz" is not defined by type "ActivityFilter".',
      extensions: { code: 'BAD_USER_INPUT', argument: 'v' },
    },
  ])
})

const REFUSED = { code: 'GRAPHQL_VALIDATION_FAILED' }

test('a message that holds a long value is looked at at its end alone', async () => {
  const value = 'Did you mean "" '.repeat(200_000)
  const began = performance.now()
  expect((await hiding.ask('query ($v: Int) { users(first: $v) { totalCount } }', { v: value })).errors).toHaveLength(1)
  expect(performance.now() - began).toBeLessThan(5_000)
})

describe('the schema can’t be asked for', () => {
  test.each([
    getIntrospectionQuery().replaceAll(/\s+/g, ' '),
    '{ __schema { types { name } } }',
    '{ a: __type(name: "Query") { name } }',
    '{ ...f } fragment f on Query { __schema { queryType { name } } }',
    '{ __schema @include(if: true) { queryType { name } } }',
  ])('by POST and GET: %s', async (query) => {
    const url = `/graphql?query=${encodeURIComponent(query)}`
    const get = { method: 'GET', url, headers: { 'apollo-require-preflight': 'yes' } } as const
    for (const answer of [await hiding.ask(query), (await hiding.server.inject(get)).json()]) {
      expect(answer.data).toBeUndefined()
      expect(answer.errors?.[0]).toMatchObject({
        message: expect.stringContaining('ALLOW_INTROSPECTION=yes'),
        extensions: REFUSED,
      })
    }
    expect((await telling.ask(query)).errors).toBeUndefined()
  })

  test.each(TRANSPORTS)('by %s', async (_, subscribe) => {
    const subscriber = subscribe(address, 'subscription { __schema { queryType { name } } }')
    const said = await subscriber.next().catch((errors) => ({ errors }))
    expect(JSON.stringify(said)).toContain('ALLOW_INTROSPECTION=yes')
    await subscriber.leave()
  })

  test('and the names of types that are asked for are told', async () => {
    expect(await hiding.get('{ users { __typename } }')).toEqual({ users: { __typename: 'UserConnection' } })
  })
})
