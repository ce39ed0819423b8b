/** Who subscribes where the service asks who that is, and what they are told. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { createKey, revoke } from '../../../src/auth/new-key.ts'
import { Role } from '../../../src/model/caller.ts'
import { toldWindows } from '../../../src/model/window.ts'
import { openIdProvider, seconds } from '../../support/openid-provider.ts'
import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, BEN, ingest, row } from '../../support/timesheet-rows.ts'
import { until } from '../../support/until.ts'

const INGESTED = 'subscription { activitiesIngested { source touched { isComplete windows { subjectId from to } } } }'
const REFRESHED = 'subscription { slicesRefreshed { stage touched { isComplete windows { subjectId from to } } } }'
const SOURCES = [{ name: 'timesheets', adapter: 'timesheets' }]

let service: TestService
let address: string
let people: Record<string, string>
let team: string

beforeAll(async () => {
  const filling = await testService({ sources: SOURCES })
  people = await addPeople(filling)
  const { upsertTeams } = await filling.get(
    'mutation ($id: ID!) { upsertTeams(input: [{ name: "Red", members: [{ userId: $id, from: "2026-01-01" }] }]) { id } }',
    { id: people[ANN] },
  )
  team = upsertTeams[0].id
  await filling.stop()
  service = await testService({ auth: {}, url: filling.url, sources: SOURCES, today: () => '2026-04-15' })
  address = await service.server.listen({ host: '127.0.0.1', port: 0 })
})

afterEach(() => until(() => service.live.subscriberCount === 0))

afterAll(() => service.stop())

const keyOf = (role: Role, teamIds: string[] | null = null) =>
  createKey(service.database, { name: role, role, teamIds }, { by: 'the test', sourceNames: [] })

interface Message {
  type: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its expectation what it expects to be there.
  payload?: any
}

/** A socket that says hello. */
function socketOf(headers: Record<string, string> = {}, payload?: object, at = address) {
  const socket = new WebSocket(`${at.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  const received: Message[] = []
  const closed = once(socket, 'close').then(([code, reason]) => `${code} ${reason}`)
  socket.on('error', () => undefined)
  socket.on('message', (text) => received.push(JSON.parse(String(text))))
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })))
  return {
    closed,
    received,
    /** Resolves once there are so many messages. */
    told: async (number: number) => {
      await until(() => received.length >= number)
      return received[number - 1]
    },
    subscribe: async (query: string) => {
      await until(() => received.some(({ type }) => type === 'connection_ack'))
      const before = service.live.subscriberCount
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
      await until(() => service.live.subscriberCount > before || received.some(({ type }) => type === 'error'))
    },
    close: () => socket.close(),
  }
}

const cookieOf = async (key: string) => {
  const response = await service.server.inject({ method: 'POST', url: '/login', payload: { key } })
  return String(response.headers['set-cookie']).split(';')[0] ?? ''
}

const touch = (...keys: string[]) =>
  service.publish('activities.ingested', {
    ...{ source: 'timesheets', batchId: '01938d5e-0000-7000-8000-00000000000c', inserted: 7, updated: 0, deleted: 0 },
    ...toldWindows(keys.map((key) => ({ subjectId: people[key] ?? '', from: '2026-03-02', to: '2026-03-02' }))),
  })

describe('a WebSocket', () => {
  test.each<[string, (key: string) => Promise<ReturnType<typeof socketOf>> | ReturnType<typeof socketOf>]>([
    ['a header of the request for it', (key) => socketOf({ authorization: `Bearer ${key}` })],
    ['its first message', (key) => socketOf({}, { authorization: `Bearer ${key}` })],
    ['its first message, written as a header is', (key) => socketOf({}, { Authorization: `Bearer ${key}` })],
    ['the cookie of a login', async (key) => socketOf({ cookie: await cookieOf(key) })],
  ])('says by %s whose it is', async (_, open) => {
    const socket = await open((await keyOf(Role.VIEWER)).secret)
    await socket.subscribe(INGESTED)
    await touch(ANN)
    expect((await socket.told(2))?.payload.data.activitiesIngested.source).toBe('timesheets')
    socket.close()
    await socket.closed
  })

  test.each<[string, Record<string, string>, object | undefined]>([
    ['says nothing', {}, undefined],
    ['says a wrong key', { authorization: 'Bearer st_wrong' }, undefined],
    ['says a wrong key first', {}, { authorization: 'Bearer st_wrong' }],
    ['has a cookie of no login', { cookie: 'steelthread_session=x' }, undefined],
    ['says something else', {}, { authorization: 7, key: 'x' }],
  ])('that %s is closed as 4401 before it is told anything', async (_, headers, payload) => {
    const socket = socketOf(headers, payload)
    expect(await socket.closed).toMatch(/^4401 /)
    expect(socket.received).toEqual([])
  })

  test('that subscribes before it says hello is told nothing', async () => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: INGESTED } })))
    const [code] = await once(socket, 'close')
    expect(code).toBe(4401)
  })

  test('of another’s page is refused, whatever cookie it has', async () => {
    const cookie = await cookieOf((await keyOf(Role.VIEWER)).secret)
    const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { cookie, origin: 'https://evil.example' },
    })
    socket.on('error', () => undefined)
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(403)
    socket.terminate()
  })

  test('is closed once its key is revoked, or its browser logged out', async () => {
    const { key, secret } = await keyOf(Role.VIEWER)
    const cookie = await cookieOf((await keyOf(Role.VIEWER)).secret)
    const [byKey, byCookie] = [socketOf({ authorization: `Bearer ${secret}` }), socketOf({ cookie })]
    for (const socket of [byKey, byCookie]) await socket.subscribe(INGESTED)
    await revoke(service.database, key.id)
    await service.server.inject({ method: 'POST', url: '/logout', headers: { cookie } })
    expect(await byKey.closed).toMatch(/^4401 The API key is none/)
    expect(await byCookie.closed).toMatch(/^4401 You are not logged in any more/)
  })

  test('is closed once its token has expired', async () => {
    const provider = await openIdProvider()
    const claims = { roleClaim: 'role', teamsClaim: 'teams', userClaim: 'user' }
    const issuer = { issuer: provider.issuer, audience: 'api', algorithm: 'RS256', skewSeconds: 0, ...claims }
    const own = await testService({ auth: { issuer } })
    const at = await own.server.listen({ host: '127.0.0.1', port: 0 })
    const token = await provider.token({ aud: 'api', role: 'viewer', exp: seconds() + 5 })
    const socket = socketOf({ authorization: `Bearer ${token}` }, undefined, at)
    expect((await socket.told(1))?.type).toBe('connection_ack')
    expect(await socket.closed).toBe('4401 The token is not accepted: it has expired.')
    await own.stop()
    await provider.stop()
  })
})

describe('a stream of events', () => {
  const open = (headers: Record<string, string | undefined>) =>
    fetch(`${address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...(headers as object) },
      body: JSON.stringify({ query: INGESTED }),
    })

  test('is refused to whom nobody knows', async () => {
    for (const headers of [{}, { authorization: 'Bearer st_wrong' }, { cookie: 'steelthread_session=x' }]) {
      const response = await open(headers)
      expect([response.status, await response.json()]).toEqual([
        401,
        { errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }] },
      ])
    }
  })

  test('tells whoever has a key or is logged in, and ends once the key is revoked', async () => {
    const { key, secret } = await keyOf(Role.VIEWER)
    for (const headers of [{ authorization: `Bearer ${secret}` }, { cookie: await cookieOf(secret) }]) {
      const response = await open(headers)
      expect(response.status).toBe(200)
      await response.body?.cancel()
      await until(() => service.live.subscriberCount === 0)
    }
    const response = await open({ authorization: `Bearer ${secret}` })
    await revoke(service.database, key.id)
    // It ends by itself.
    expect(await response.text()).not.toContain('event: next')
  })
})

describe('a limited viewer', () => {
  const subscribed = async (query: string) => {
    const socket = socketOf({ authorization: `Bearer ${(await keyOf(Role.VIEWER, [team])).secret}` })
    await socket.subscribe(query)
    return socket
  }
  const windowsOf = (message: Message | undefined, field: string) =>
    message?.payload.data[field].touched.windows.map(({ subjectId }: { subjectId: string }) => subjectId)

  test('is told of windows of the team alone, and of nothing that is of others alone', async () => {
    const socket = await subscribed(INGESTED)
    await touch(BEN)
    await touch(BEN, ANN)
    await touch(BEN)
    await touch(ANN)
    await socket.told(3)
    expect(socket.received.slice(1).map((message) => windowsOf(message, 'activitiesIngested'))).toEqual([
      [people[ANN]],
      [people[ANN]],
    ])
    expect(JSON.stringify(socket.received)).not.toContain(people[BEN])
    socket.close()
    await socket.closed
  })

  test('is told the same of what was brought up to date', async () => {
    const socket = await subscribed(REFRESHED)
    const hint = (...keys: string[]) =>
      service.dispatcher.hint('slices.refreshed', {
        ...{ stage: 'nva_summary', version: 2, receipt: { checked: 1, recomputed: 1, unchanged: 0, verified: 0 } },
        ...toldWindows(keys.map((key) => ({ subjectId: people[key] ?? '', from: '2026-03-02', to: '2026-03-02' }))),
      })
    hint(BEN)
    hint(BEN, ANN)
    await socket.told(2)
    expect(windowsOf(socket.received[1], 'slicesRefreshed')).toEqual([people[ANN]])
    expect(socket.received).toHaveLength(2)
    socket.close()
    await socket.closed
  })

  test('is told apart from somebody who asks the same and sees everybody', async () => {
    const [limited, all] = [
      await subscribed(INGESTED),
      socketOf({ authorization: `Bearer ${(await keyOf(Role.VIEWER)).secret}` }),
    ]
    await all.subscribe(INGESTED)
    await touch(ANN, BEN)
    expect(windowsOf(await all.told(2), 'activitiesIngested')).toHaveLength(2)
    expect(windowsOf(await limited.told(2), 'activitiesIngested')).toEqual([people[ANN]])
    for (const socket of [limited, all]) {
      socket.close()
      await socket.closed
    }
  })

  test.each([
    'subscription { activitiesIngested { inserted } }',
    'subscription { activitiesIngested { batchId } }',
    'subscription { slicesRefreshed { receipt { checked } } }',
    'subscription { rowsQuarantined { count } }',
    'subscription { sourceChanged { kind } }',
  ])('may not ask for %s', async (query) => {
    const socket = await subscribed(query)
    const refusal = await socket.told(2)
    expect([refusal?.type, refusal?.payload[0].extensions.code]).toEqual(['error', 'FORBIDDEN'])
    socket.close()
    await socket.closed
  })
})

test('an ingester subscribes to nothing', async () => {
  const socket = socketOf({ authorization: `Bearer ${(await keyOf(Role.INGESTER)).secret}` })
  await socket.subscribe(INGESTED)
  expect((await socket.told(2))?.payload[0].extensions.code).toBe('FORBIDDEN')
  socket.close()
  await socket.closed
})

test('rows that are sent in tell the team', async () => {
  const socket = socketOf({ authorization: `Bearer ${(await keyOf(Role.VIEWER, [team])).secret}` })
  await socket.subscribe(INGESTED)
  const { secret } = await keyOf(Role.INGESTER)
  const asIngester = {
    get: async (query: string, variables?: object) => (await service.askAs(secret, query, variables)).data,
  }
  await ingest(asIngester, [row('a'), row('b', { user_id: BEN })])
  expect((await socket.told(2))?.payload.data.activitiesIngested.touched).toEqual({
    isComplete: true,
    windows: [{ subjectId: people[ANN], from: '2026-03-02', to: '2026-03-02' }],
  })
  socket.close()
  await socket.closed
})
