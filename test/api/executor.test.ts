import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

let service: TestService

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
  await ingest(service, [row(1)])
})

afterAll(() => service.stop())

test('a mutation that fails is run once', async () => {
  const before = service.logged.length
  await service.database.sql('ALTER TABLE ingest_batch RENAME TO lost')
  const mutation =
    'mutation ($rows: [JSONObject!]!) { ingestActivities(input: { source: "timesheets", rows: $rows }) { id } }'
  const { data, errors } = await service.ask(mutation, { rows: [row(2)] })
  await service.database.sql('ALTER TABLE lost RENAME TO ingest_batch')
  expect({ data, codes: errors?.map(({ extensions }) => extensions.code) }).toEqual({
    data: null,
    codes: ['INTERNAL_SERVER_ERROR'],
  })
  expect(service.logged.slice(before).filter(({ msg }) => msg === 'a query failed')).toHaveLength(1)
})

test('an error says where in the query it arose', async () => {
  const { errors } = await service.ask('{\n  users { totalCount }\n  me: user(id: "me") { id }\n}')
  expect(errors).toMatchObject([{ path: ['me'], locations: [{ line: 3, column: 3 }] }])
})

test('directives follow the variables of each request, whatever was asked before', async () => {
  const query =
    'query ($deep: Boolean!) { activities { nodes { externalId nvaSummary @include(if: $deep) { totalSum } } } }'
  const shallow = { externalId: '1' }
  expect((await service.get(query, { deep: false })).activities.nodes).toEqual([shallow])
  expect((await service.get(query, { deep: true })).activities.nodes).toEqual([
    { ...shallow, nvaSummary: { totalSum: 3600 } },
  ])
  expect(await service.receipt(query, { deep: false })).toBeUndefined()
})

test('one of several operations of a document is run, by its name', async () => {
  const query = 'query A { users { totalCount } } query B { stereotypes { code } }'
  const run = async (operationName: string) => {
    const answer = await service.server.inject({ method: 'POST', url: '/graphql', payload: { query, operationName } })
    return Object.keys(answer.json().data)
  }
  expect([await run('A'), await run('B'), await run('A')]).toEqual([['users'], ['stereotypes'], ['users']])
})

test('the schema can be asked for', async () => {
  const { __schema } = await service.get('{ __schema { queryType { fields { name } } } }')
  expect(__schema.queryType.fields).toContainEqual({ name: 'nvaSummary' })
})
