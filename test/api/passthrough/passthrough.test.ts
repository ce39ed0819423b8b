import { createHash } from 'node:crypto'
import { ApolloServer } from '@apollo/server'
import { jest } from '@jest/globals'
import { Freshness } from '../../../src/freshness/freshness.ts'
import { UnavailableError } from '../../../src/model/errors.ts'
import { type Asked, executor, titled } from '../../support/executed.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addPeople, BEN, CODING, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const ODD = 'q"uo\\te \'s /\b\f\n\r\t\u0001\u001f\u007f \u2028 </script> ü 🦉 $1 %s'

/** Every field that is stored. */
const STORED = `__typename id source externalId date duration durationSeconds type
  user { __typename id source externalId name } stereotype { __typename id source externalId code name }
  project { __typename id source externalId name client }
  timeSplit { __typename stage version computedAt changedAt date nvaSeconds vaSeconds totalSeconds user { id name } }
  nvaSummary {
    __typename stage version computedAt changedAt date nvaSeconds vaSeconds totalSeconds user { id name }
    nvaSecondsSum vaSecondsSum totalSum again: totalSeconds
  }`

let service: TestService
let executed: Awaited<ReturnType<typeof executor>>
let passed: jest.SpiedFunction<Freshness['activitiesText']>
let byApollo: jest.SpiedFunction<ApolloServer['executeHTTPGraphQLRequest']>

beforeAll(async () => {
  passed = jest.spyOn(Freshness.prototype, 'activitiesText')
  byApollo = jest.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest')
  service = await testService()
  executed = await executor(service)
  await addPeople(service)
  await service.get(`mutation {
    upsertProjects(input: [
      { source: "timesheets", externalId: "p", name: "P", client: null }
      { source: "timesheets", externalId: "odd", name: "odd", client: "odd" }
    ]) { id }
    upsertStereotypes(input: [{ source: "timesheets", externalId: "odd", code: "odd", name: "odd" }]) { id }
  }`)
  await ingest(service, [
    { ...row('a', { duration_seconds: 5400 }), project_id: 'p' },
    { ...row('odd', { user_id: BEN, value_type: 'VA', stereotype_id: 'odd' }), project_id: 'odd' },
    row('c', { activity_date: '2026-03-03', stereotype_id: PTO, duration_seconds: 1 }),
    row('d', { activity_date: '2026-03-03', stereotype_id: CODING, value_type: 'VA' }),
    row('e', { activity_date: '2026-03-10', duration_seconds: 86_399 }),
    row('f', { activity_date: '2000-02-29', duration_seconds: 60 }),
    row('g', { activity_date: '2026-03-10', user_id: BEN, duration_seconds: 3601 }),
  ])
  // The ACL lets less pass.
  await service.database.transaction(async (sql) => {
    await sql(`UPDATE project SET name = $1, client = $1, external_id = $1 WHERE name = 'odd'`, [ODD])
    await sql(`UPDATE stereotype SET name = $1, code = $1, external_id = $1 WHERE name = 'odd'`, [ODD])
    await sql(`UPDATE activity SET external_id = $1 WHERE external_id = 'odd'`, [ODD])
    await sql(`UPDATE app_user SET name = $1 WHERE external_id = $2`, [ODD, BEN])
  })
  await service.get('{ activities { nodes { annotations { stage } } } }')
})

afterAll(async () => {
  passed.mockRestore()
  byApollo.mockRestore()
  await service.stop()
})

beforeEach(() => {
  passed.mockClear()
  byApollo.mockClear()
})

const PASSED: Asked[] = [
  ...['DATE_ASC', 'DURATION_DESC'].map((order) => ({
    query: `{ activities(orderBy: ${order}, last: 4) { edges { cursor node { id } again: cursor } pageInfo { startCursor } } }`,
  })),
  { query: `{ all: activities { nodes { ${STORED} } } }` },
  ...['DATE_ASC', 'DATE_DESC', 'DURATION_ASC', 'DURATION_DESC'].flatMap((order) =>
    ['first: 2', 'last: 2', 'first: 0', 'last: 0', 'last: 100'].map((size) => ({
      query: `{ activities(${size}, orderBy: ${order}) { totalCount nodes { ${STORED} } pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor } } }`,
    })),
  ),
  { query: '{ activities(first: 7) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } }' },
  { query: '{ activities(first: 6) { nodes { id } pageInfo { hasNextPage } } }' },
  {
    query:
      '{ activities { pageInfo { a: endCursor b: endCursor __typename } all: nodes { id } some: nodes { date } } }',
  },
  { query: `{ activities { __typename edges { __typename node { ${STORED} } other: node { id } } } }` },
  { query: '{ activities { __typename nodes { __typename } } __typename }' },
  {
    query:
      '{ activities { nodes { ...A ... on Activity { date user { name } } user { id } __proto__: id } } again: activities(first: 1) { nodes { id } } } fragment A on Activity { id user { ...U } } fragment U on User { externalId }',
  },
  {
    query: `query ($n: Int = 2, $f: ActivityFilter, $o: ActivityOrder) { activities(first: $n, filter: $f, orderBy: $o) { totalCount nodes { id } } }`,
    variables: { f: { from: '2026-03-03', type: 'VALUE_ADD' }, o: 'DURATION_ASC' },
  },
  ...[
    'type: NON_VALUE_ADD',
    'from: "2026-03-03", to: "2026-03-03"',
    'stereotypeCodes: ["coding", "PTO"]',
    'source: "timesheets", externalIds: ["a", "c"]',
    'userIds: []',
    'userIds: null',
    'to: "0001-01-01"',
  ].map((filter) => ({ query: `{ activities(filter: { ${filter} }) { totalCount nodes { ${STORED} } } }` })),
  ...[true, false].flatMap((yes) =>
    [true, false].map((no) => ({
      query: `query ($yes: Boolean!, $no: Boolean = false) {
        activities @include(if: true) { nodes { id @skip(if: $no) date @include(if: $yes) ...N @include(if: $yes) timeSplit @skip(if: $yes) { totalSeconds } } }
      } fragment N on Activity { nvaSummary { totalSeconds } ... @skip(if: $no) { type } }`,
      variables: { yes, no },
    })),
  ),
]

const LEFT: Asked[] = [
  { query: '{ activities { totalCount } }' },
  { query: '{ activities { nodes { id wasteTrend { zScore } } } }' },
  { query: '{ activities { nodes { id annotations { stage } } } }' },
  {
    query: '{ activities { nodes { user { id timeSplits(from: "2026-03-02", to: "2026-03-03") { totalSeconds } } } } }',
  },
  {
    query:
      '{ activities { nodes { timeSplit { user { name nvaSummaries(from: "2026-03-02", to: "2026-03-03") { date } } } } } }',
  },
  { query: '{ activities { nodes { id } } users { totalCount } }' },
  { query: '{ activities(first: -1) { nodes { id } } }' },
  { query: '{ activities(first: 1001) { nodes { id } } }' },
  { query: 'query ($i: Boolean = true) { activities { nodes { id @include(if: $i) } } }', variables: { i: null } },
]

const REFUSED: Asked[] = [
  { query: '{ activities(after: "no") { nodes { id } } }' },
  { query: '{ activities(first: 1, last: 1) { nodes { id } } }' },
  { query: '{ activities(filter: { from: "2026-03-03", to: "2026-03-02" }) { nodes { id } } }' },
  { query: '{ activities(filter: { userIds: ["me"] }) { nodes { id } } }' },
  { query: '{ activities(filter: { source: "nowhere" }) { nodes { id } } }' },
  { query: '{ good: activities { nodes { id } } bad: activities(before: "no") { nodes { id } } }' },
  { query: '{ activities(filter: { stereotypeCodes: ["\\u0000"] }) { nodes { id } } }' },
]

test.each(PASSED.map(titled))('what is stored is passed through, to the byte: $title', async (asked) => {
  await comparedAnswer(asked)
  const seen = byApollo.mock.calls.length
  await comparedAnswer(asked)
  // It goes past Apollo Server once that has seen it.
  expect(byApollo.mock.calls.length).toBe(seen)
  expect(passed).toHaveBeenCalled()
  // The executor reads nothing.
  for (const { value } of passed.mock.results) expect(await value).not.toBeNull()
})

test.each(LEFT.map(titled))('what is more than stored is left to the executor: $title', async (asked) => {
  await comparedAnswer(asked)
  expect(passed).not.toHaveBeenCalled()
})

test.each(REFUSED.map(titled))('what is refused is refused as by the executor, and no fault: $title', async (asked) => {
  const before = service.logged.length
  await comparedAnswer(asked)
  await comparedAnswer(asked)
  expect(service.logged.slice(before).filter(({ level }) => Number(level) > 30)).toEqual([])
})

/** Asks the service, and finds its answer to be, to the byte, what the executor says. */
async function comparedAnswer(asked: Asked): Promise<void> {
  const { payload } = await service.server.inject({ method: 'POST', url: '/graphql', payload: asked })
  const { data, errors, receipt } = await executed(asked)
  if (errors) {
    const answer = JSON.parse(payload)
    const said = answer.errors.map(({ message, path }: { message: string; path?: unknown }) => ({ message, path }))
    expect({ data: answer.data ?? null, errors: said }).toEqual({ data: data ?? null, errors })
  } else expect(payload).toBe(`${JSON.stringify({ data, ...(receipt && { extensions: { receipt } }) })}\n`)
}

const ANNOTATED = 'nodes { durationSeconds timeSplit { totalSeconds } nvaSummary { totalSeconds } }'

test('what is stale is refreshed, with the receipt that the executor gives', async () => {
  const edited = (duration_seconds: number) => ingest(service, [row('a', { duration_seconds })])
  await edited(60)
  const byPassthrough = await service.ask(
    `{ activities(filter: { externalIds: ["a"], source: "timesheets" }) { ${ANNOTATED} } }`,
  )
  expect(byPassthrough.data.activities.nodes[0]).toMatchObject({ durationSeconds: 60, timeSplit: { totalSeconds: 60 } })
  expect(passed).toHaveBeenCalledTimes(1)
  await edited(120)
  const byExecutor = await service.ask(
    `{ activities(filter: { externalIds: ["a"], source: "timesheets" }) { ${ANNOTATED} } users { totalCount } }`,
  )
  expect(passed).toHaveBeenCalledTimes(1)
  expect(byExecutor.data.activities.nodes[0].durationSeconds).toBe(120)
  expect(byPassthrough.extensions?.receipt).toMatchObject({ recomputed: 2 })
  expect(byPassthrough.extensions).toEqual(byExecutor.extensions)
})

test('what a page comes to is not tried twice', async () => {
  passed.mockRejectedValueOnce(new UnavailableError('Gone.'))
  const { data, errors } = await service.ask('{ activities { nodes { id } } }')
  expect(data).toBeNull()
  expect(errors).toMatchObject([{ message: 'Gone.', path: ['activities'], extensions: { code: 'UNAVAILABLE' } }])
})

test('where a page can not be written, the executor answers and the log says so', async () => {
  passed.mockRejectedValueOnce(new Error('no such column'))
  expect(await service.get('{ activities(first: 1) { nodes { durationSeconds } } }')).toMatchObject({
    activities: { nodes: [{}] },
  })
  expect(service.logged).toContainEqual(
    expect.objectContaining({
      msg: 'a page could not be passed through',
      err: expect.objectContaining({ message: 'no such column' }),
    }),
  )
})

test('where others change the page in each round, the executor settles it', async () => {
  passed.mockResolvedValueOnce(null)
  expect(
    await service.get('{ activities(first: 1) { nodes { durationSeconds timeSplit { totalSeconds } } } }'),
  ).toMatchObject({
    activities: { nodes: [{ timeSplit: {} }] },
  })
})

describe('an answer that goes past Apollo Server', () => {
  const query = '{ activities(first: 1) { nodes { id date } } }'
  const send = (payload: object, headers: Record<string, string> = {}) =>
    service.server.inject({ method: 'POST', url: '/graphql', payload, headers })
  /** Status, headers and body of both: the first through Apollo Server, as nobody accepted in these words before. */
  async function twice(payload: object, accept: string): Promise<void> {
    const told = async () => {
      const { statusCode, headers, body } = await send(payload, { accept })
      const { date, 'x-request-id': _, ...others } = headers
      return { statusCode, body, headers: others }
    }
    expect(await told()).toEqual(await told())
  }

  beforeAll(() => send({ query }))

  test.each([
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/graphql-response+json, application/json;q=0.9',
    'text/html',
    'nonsense',
  ])('has the status and the headers that Apollo Server gives to who accepts %s', async (accept) => {
    await twice({ query }, accept)
  })

  test.each([
    [{ query, variables: null, operationName: null }],
    [{ query, variables: { unknown: 1 } }],
    [{ query, operationName: 'Other' }],
    [{ query, operationName: 5 }],
    [{ query, operationName: '' }],
    [{ query, variables: '{}' }],
    [{ query, variables: [] }],
    [{ query, variables: 0 }],
    [{ query, extensions: null }],
    [{ query, extensions: {} }],
    [{ query, extensions: 'x' }],
    [{ query, extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } }],
    [[{ query }]],
    [{ variables: {} }],
  ])('is there for no request that Apollo Server refuses: %j', async (payload) => {
    const told = async (accept: string) => {
      const { statusCode, body } = await send(payload, { accept })
      return { statusCode, body }
    }
    const first = await told(`application/of-${JSON.stringify(payload).length}, */*`)
    expect(await told('*/*')).toEqual(first)
    expect(await told('*/*')).toEqual(first)
  })

  test('can be asked by the hash of a query that was registered, and by no other', async () => {
    const other = `${query} # of my own`
    const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(other).digest('hex') }
    const asked = () => send({ extensions: { persistedQuery } }, { accept: '*/*' })
    expect((await asked()).json().errors).toMatchObject([{ message: 'PersistedQueryNotFound' }])
    await send({ query: other })
    expect((await asked()).json().errors).toMatchObject([{ message: 'PersistedQueryNotFound' }])
    const forged = await send({ query, extensions: { persistedQuery } })
    expect(forged.json().errors).toMatchObject([
      { message: 'provided sha does not match query', extensions: { code: 'BAD_REQUEST' } },
    ])
    const registered = await send({ query: other, extensions: { persistedQuery } })
    byApollo.mockClear()
    expect((await asked()).body).toBe(registered.body)
    expect(byApollo).not.toHaveBeenCalled()
  })

  test('is refused where it is too large, or costs too much', async () => {
    const tight = await testService({ url: service.url, limits: { MAX_RESULT_BYTES: 300, MAX_QUERY_ROWS: 5 } })
    const ask = async (first: number) => {
      const { errors } = await tight.ask(
        'query ($first: Int!) { activities(first: $first) { nodes { id date source } } }',
        { first },
      )
      return errors?.[0]?.extensions.limit
    }
    expect([await ask(1), await ask(1), await ask(4), await ask(4), await ask(6), await ask(6), await ask(1)]).toEqual([
      undefined,
      undefined,
      'MAX_RESULT_BYTES',
      'MAX_RESULT_BYTES',
      'MAX_QUERY_ROWS',
      'MAX_QUERY_ROWS',
      undefined,
    ])
    await tight.stop()
  })
})
