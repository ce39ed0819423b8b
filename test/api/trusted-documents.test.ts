import { createHash } from 'node:crypto'
import { createClient } from 'graphql-sse'
import { pageDocuments } from '../../src/api/web-files.ts'
import { createKey } from '../../src/auth/new-key.ts'
import { Role } from '../../src/model/caller.ts'
import { type TestService, testService } from '../support/service.ts'
import { TRANSPORTS } from '../support/subscribers.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const USERS = 'query Users { users { totalCount } }'
const PAGE = 'query Page($first: Int!) { activities(first: $first) { nodes { date } } }'
const LIVE = 'subscription Live { sourceChanged { kind } }'
const STRANGE = '{ users { nodes { name } } }'

const REMOVED = {
  ...{ source: 'x', activities: 0, users: 0, stereotypes: 0, sprints: 0, projects: 0 },
  ...{ quarantinedRows: 0, batches: 0 },
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const persisted = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(text) } })

let service: TestService
let address: string
let viewer: string
let operator: string

beforeAll(async () => {
  const documents = new Map([
    ['users-1', USERS],
    ['page-1', PAGE],
    ['live-1', LIVE],
  ])
  const trusted = { documents, held: [Role.VIEWER, Role.INGESTER] }
  const filling = await testService()
  await addPeople(filling)
  await ingest(filling, [row('a')])
  await filling.stop()
  service = await testService({ url: filling.url, auth: {}, restrictions: { trusted } })
  address = await service.server.listen({ host: '127.0.0.1', port: 0 })
  const keyOf = async (role: Role) =>
    (await createKey(service.database, { name: role, role }, { by: 'the test', sourceNames: [] })).secret
  viewer = await keyOf(Role.VIEWER)
  operator = await keyOf(Role.OPERATOR)
})

afterAll(() => service.stop())

const post = async (payload: object, key = viewer, accept = 'application/json') => {
  const headers = { authorization: `Bearer ${key}`, accept }
  const answer = await service.server.inject({ method: 'POST', url: '/graphql', headers, payload })
  return { status: answer.statusCode, ...answer.json() }
}

const get = async (query: Record<string, string>, key = viewer) => {
  const headers = { authorization: `Bearer ${key}`, 'apollo-require-preflight': 'yes' }
  const url = `/graphql?${new URLSearchParams(query)}`
  const answer = await service.server.inject({ method: 'GET', url, headers })
  return { status: answer.statusCode, ...answer.json() }
}

const TOLD = { status: 200, data: { users: { totalCount: 2 } } }
const REFUSED = {
  status: 403,
  errors: [{ message: expect.stringContaining('TRUSTED_DOCUMENTS'), extensions: { code: 'UNTRUSTED_DOCUMENT' } }],
}

test('a document that is known is run, by its text, its hash or its name', async () => {
  for (const asked of [
    { query: USERS },
    { extensions: persisted(USERS) },
    { query: USERS, extensions: persisted(USERS) },
    { documentId: 'users-1' },
    { id: 'users-1' },
    { documentId: hashOf(USERS) },
    { query: '', documentId: 'users-1' },
  ]) {
    expect(await post(asked)).toEqual(TOLD)
  }
  expect(await get({ query: USERS })).toEqual(TOLD)
  expect(await get({ extensions: JSON.stringify(persisted(USERS)) })).toEqual(TOLD)
  expect(await get({ documentId: 'users-1' })).toEqual(TOLD)
})

test('variables go along, also where the answer is passed through and where it is from memory', async () => {
  for (let i = 0; i < 4; i++) {
    for (const asked of [{ query: PAGE }, { documentId: 'page-1' }, { extensions: persisted(PAGE) }]) {
      expect((await post({ ...asked, variables: { first: 1 } })).data).toEqual({
        activities: { nodes: [{ date: '2026-03-02' }] },
      })
    }
  }
  expect((await get({ documentId: 'page-1', variables: '{"first":1}' })).data.activities.nodes).toHaveLength(1)
})

test.each<[asked: object]>([
  [{ query: STRANGE }],
  [{ query: `${USERS} ` }],
  [{ query: `${USERS} ${LIVE}` }],
  [{ extensions: persisted(STRANGE) }],
  [{ query: STRANGE, extensions: persisted(USERS) }],
  [{ query: STRANGE, documentId: 'users-1' }],
  [{ documentId: 'nothing' }],
  [{ documentId: '__proto__' }],
  [{ query: [USERS] }],
  [{ query: '{ __schema { queryType { name } } }' }],
  [{}],
  [[]],
  [[{ query: STRANGE }]],
])('nothing else is run: %j', async (asked) => {
  expect(await post(asked)).toEqual(REFUSED)
})

test('neither by GET, however often it names its query', async () => {
  expect(await get({ query: STRANGE })).toEqual(REFUSED)
  expect(await get({ extensions: JSON.stringify(persisted(STRANGE)) })).toEqual(REFUSED)
  const twice = `/graphql?query=${encodeURIComponent(STRANGE)}&query=${encodeURIComponent(USERS)}`
  const headers = { authorization: `Bearer ${viewer}`, 'apollo-require-preflight': 'yes' }
  const answer = await service.server.inject({ method: 'GET', url: twice, headers })
  expect(answer.json().data).toBeUndefined()
  expect(answer.statusCode).toBeGreaterThanOrEqual(400)
})

test('nor what an operator had run before, be it by its hash, passed through or from memory', async () => {
  const strange = '{ activities(first: 1) { nodes { id } } }'
  for (const asked of [
    { query: strange },
    { query: strange, extensions: persisted(strange) },
    { extensions: persisted(strange) },
  ]) {
    for (let i = 0; i < 3; i++) expect((await post(asked, operator)).status).toBe(200)
    expect(await post(asked)).toEqual(REFUSED)
  }
})

test('an operator may ask whatever it wants', async () => {
  expect((await post({ query: STRANGE }, operator)).data.users.nodes).toHaveLength(2)
  expect(await post({ documentId: 'users-1' }, operator)).toEqual(TOLD)
  expect((await get({ query: STRANGE }, operator)).data.users.nodes).toHaveLength(2)
})

test('what the page asks is known', async () => {
  const pulse = pageDocuments().find((text) => text.includes('query Pulse'))
  expect(pulse).toBeDefined()
  expect((await post({ query: pulse })).data).toBeDefined()
})

test.each(TRANSPORTS)('subscriptions by %s are held to it', async (_, subscribe) => {
  const own = await testService({
    url: service.url,
    restrictions: { trusted: { documents: new Map([['live-1', LIVE]]), held: [Role.ADMIN] } },
  })
  const at = await own.server.listen({ host: '127.0.0.1', port: 0 })
  const strange = subscribe(at, 'subscription { sourceChanged { name } }')
  const said = await strange.next().catch((error) => [error, error.message])
  expect(JSON.stringify(said)).toMatch(/UNTRUSTED_DOCUMENT|403/)
  await strange.leave()
  const known = subscribe(at, LIVE)
  const next = known.next()
  await until(() => own.live.subscriberCount === 1)
  await own.publish('source.removed', REMOVED)
  expect((await next).data.sourceChanged.kind).toBe('REMOVED')
  await known.leave()
  await own.stop()
})

test('a subscription by its name is told of events', async () => {
  const client = createClient({
    url: `${address}/graphql`,
    headers: { authorization: `Bearer ${viewer}` },
    retryAttempts: 0,
  })
  const events = client.iterate({ query: '', documentId: 'live-1' } as never)
  const next = events.next()
  await until(() => service.live.subscriberCount === 1)
  await service.publish('source.removed', REMOVED)
  expect((await next).value).toEqual({ data: { sourceChanged: { kind: 'REMOVED' } } })
  await events.return?.()
  client.dispose()
})
