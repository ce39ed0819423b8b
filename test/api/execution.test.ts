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
  const { __schema } = await service.get(
    '{ __schema { queryType { fields { name } all: fields(includeDeprecated: true) { name } } } }',
  )
  expect(__schema.queryType.fields).toContainEqual({ name: 'nvaSummaryTotals' })
  expect(__schema.queryType.all).toContainEqual({ name: 'nvaSummary' })
})

test('variables inside the literal of a row are part of the row', async () => {
  const { ingestActivities } = await service.get(
    `mutation ($id: String!, $day: String, $who: JSONObject!, $none: String) {
      ingestActivities(input: { source: "timesheets", rows: [
        {
          id: $id, activity_date: $day, duration_seconds: -1.5, value_type: "NVA", stereotype_id: 1, user_id: true
          who: [$who, { none: $none }], none: $none, empty: null
        }
      ] }) { rejections { nodes { row } } }
    }`,
    { id: 'v', day: '2026-03-02', who: { deep: [1, 'two'] } },
  )
  const row = {
    ...{
      id: 'v',
      activity_date: '2026-03-02',
      duration_seconds: -1.5,
      value_type: 'NVA',
      stereotype_id: 1,
      user_id: true,
    },
    ...{ who: [{ deep: [1, 'two'] }, {}], empty: null },
  }
  expect(ingestActivities.rejections.nodes).toEqual([{ row }])
})

test('a fragment left out in one place stands in another', async () => {
  const { activities } = await service.get('{ activities { nodes { id } } }')
  const query = `query ($id: ID!) {
    a: activity(id: $id) { externalId ...Day @include(if: false) }
    b: activity(id: $id) { ...Day }
    c: activity(id: $id) { ...Day @skip(if: true) ... @skip(if: false) { ...Day } }
  } fragment Day on Activity { nvaSummary { totalSum } }`
  const day = { nvaSummary: { totalSum: 3600 } }
  expect(await service.get(query, { id: activities.nodes[0].id })).toEqual({ a: { externalId: '1' }, b: day, c: day })
})

test.each(['GET', 'POST'] as const)('an operation that is not in the document is refused over %s', async (method) => {
  const query = 'mutation A { deleteActivities(source: "timesheets", externalIds: ["1"]) }'
  const answer = await service.server.inject(
    method === 'POST'
      ? { method, url: '/graphql', payload: { query, operationName: 'B' } }
      : {
          method,
          url: `/graphql?${new URLSearchParams({ query, operationName: 'B' })}`,
          headers: { 'apollo-require-preflight': 'yes' },
        },
  )
  expect(answer.statusCode).toBe(400)
  expect(answer.json().errors).toMatchObject([{ message: 'Unknown operation named "B".' }])
  expect((await service.get('{ activities { totalCount } }')).activities.totalCount).toBe(1)
})

test.each([
  [
    'groupBy',
    'query ($v: [SummaryGroup!]) { nvaSummary(from: "2026-03-02", to: "2026-03-02", groupBy: $v) { totalSum } }',
  ],
  [
    'input',
    'mutation ($v: JSONObject = {}) { ingestActivities(input: { source: "timesheets", rows: [{ id: 1 }, $v] }) { id } }',
  ],
  ['if', 'query ($v: Boolean = true) { users { totalCount @include(if: $v) } }'],
  ['if', 'query ($v: Boolean = true) { activities { nodes { id @skip(if: $v) } } }'],
  ['if', 'query ($v: Boolean = true) { users @include(if: $v) { totalCount } }'],
])('null for what must not be null, by variable, is a wrong %s', async (argument, query) => {
  const before = service.logged.length
  const { errors } = await service.ask(query, { v: null })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument } }])
  expect(service.logged.slice(before).filter(({ msg }) => msg === 'a query failed')).toEqual([])
})

test('fragments that double take no time', async () => {
  const doubling = Array.from({ length: 25 }, (_, i) => `fragment F${i} on Activity { ...F${i + 1} ...F${i + 1} }`)
  const query = `{ activities { nodes { ...F0 } } } ${doubling.join(' ')} fragment F25 on Activity { timeSplit { totalSeconds } }`
  const started = performance.now()
  expect((await service.get(query)).activities.nodes).toEqual([{ timeSplit: { totalSeconds: 3600 } }])
  expect(performance.now() - started).toBeLessThan(2_000)
})

test.each([
  ['the same field twice', 'nodes { id: externalId } nodes { timeSplit { totalSeconds } }'],
  ['nodes beside edges', 'nodes { id: externalId } edges { node { timeSplit { totalSeconds } } }'],
  [
    'edges twice by alias',
    'a: edges { cursor } b: edges { node { id: externalId } } c: edges { node { x: timeSplit { totalSeconds } } }',
  ],
  ['an inline fragment without a type', '... { nodes { ... { timeSplit { totalSeconds } } } }'],
  [
    'a fragment on an interface',
    'nodes { annotations(stages: ["time_split"]) { ... on Annotation { ... on TimeSplit { totalSeconds } } } }',
  ],
  ['a variable in the arguments', 'nodes { annotations(stages: [$stage]) { ... on TimeSplit { totalSeconds } } }'],
  ['a variable’s default', 'nodes { annotations(stages: $stages) { ... on TimeSplit { totalSeconds } } }'],
  [
    'a directive by variable',
    'nodes { timeSplit @include(if: $yes) { totalSeconds } nvaSummary @skip(if: $yes) { totalSum } }',
  ],
])('what is looked ahead for is what is asked for: %s', async (_, selection) => {
  const query = `query ($stage: String! = "time_split", $stages: [String!] = ["time_split"], $yes: Boolean = true) {
    activities { ${selection} } q: stages @skip(if: $yes) { counts { fresh } }
    unused: stereotypes { code @include(if: $yes) }
    sprints { summaries { stage } } named: activity(id: "01938d5e-0000-7000-8000-000000000000") { annotations(stages: $stages) { stage } }
    once: activity(id: "01938d5e-0000-7000-8000-000000000000") { annotations(stages: [$stage]) { stage } }
  }`
  const answer = await service.get(query)
  expect(JSON.stringify(answer)).toContain('"totalSeconds":3600')
})
