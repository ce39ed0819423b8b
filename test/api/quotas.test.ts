import { once } from 'node:events'
import { jest } from '@jest/globals'
import { WebSocket } from 'ws'
import { MOST_ATTEMPTS } from '../../src/api/login-attempts.ts'
import { Quotas } from '../../src/api/quotas.ts'
import { Tally } from '../../src/api/tally.ts'
import { createKey } from '../../src/auth/new-key.ts'
import { ANYBODY, Role } from '../../src/model/caller.ts'
import { UNRESTRICTED } from '../../src/model/restrictions.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

const PAGE = '{ activities(first: 100) { nodes { id date } } }'
const LIVE = 'subscription { sourceChanged { kind } }'

const quotas = (perMinute: number) => ({
  ...UNRESTRICTED.quotas,
  [Role.VIEWER]: { setting: 'QUOTA_VIEWER', perMinute },
})
const VIEWER = { ...ANYBODY, name: 'a dashboard', role: Role.VIEWER, id: 'k1' }

describe('over time', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 })
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  const spend = (all: Quotas, values: number, caller = VIEWER) =>
    all.takeOperation(caller, { rows: 0, values, personPeriods: 0 }).then(
      () => 'taken',
      (error) => error.details.retryAfterSeconds,
    )

  test('who has spent the quota may ask again a minute after the first request', async () => {
    const all = new Quotas(quotas(100))
    expect(await spend(all, 60)).toBe('taken')
    jest.setSystemTime(20_000)
    expect([await spend(all, 40), await spend(all, 1)]).toEqual(['taken', 40])
    jest.setSystemTime(60_000)
    expect(await spend(all, 1)).toBe('taken')
  })

  test('what was more than was left is paid off by waiting longer, and nothing is too large', async () => {
    const all = new Quotas(quotas(100))
    expect([await spend(all, 50), await spend(all, 250), await spend(all, 1)]).toEqual(['taken', 'taken', 180])
    jest.setSystemTime(179_000)
    expect(await spend(all, 1)).toBe(1)
    jest.setSystemTime(180_000)
    expect(await spend(all, 1)).toBe('taken')
  })

  test('nobody waits for more than an hour', async () => {
    const all = new Quotas(quotas(1))
    expect([await spend(all, 1_000_000), await spend(all, 1)]).toEqual(['taken', 3_600])
  })

  test('each caller has its own, and roles without a quota have none', async () => {
    const all = new Quotas(quotas(100))
    expect([await spend(all, 100), await spend(all, 1)]).toEqual(['taken', 60])
    expect(await spend(all, 1, { ...VIEWER, id: 'k2' })).toBe('taken')
    expect([await spend(all, 1_000_000, ANYBODY), await spend(all, 1, ANYBODY)]).toEqual(['taken', 'taken'])
  })

  test('many callers are counted in bounded memory: those that were seen last', async () => {
    const tally = new Tally(60)
    for (let i = 0; i < 20_000; i++) await tally.add(`k${i}`, 1)
    expect(jest.getTimerCount()).toBe(10_000)
    expect([(await tally.add('k19999', 1)).before, (await tally.add('k0', 1)).before]).toEqual([1, 0])
  })
})

describe('in the service', () => {
  let service: TestService
  let address: string
  let keyOf: () => Promise<string>

  beforeAll(async () => {
    const url = await (async () => {
      const filling = await testService()
      await addPeople(filling)
      await ingest(
        filling,
        [2, 3, 4].map((day) => row(day, { activity_date: `2026-03-0${day}` })),
      )
      await filling.stop()
      return filling.url
    })()
    service = await testService({ url, auth: {}, restrictions: { quotas: quotas(1_000) } })
    address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    keyOf = async () => {
      const request = { name: 'a dashboard', role: Role.VIEWER }
      return (await createKey(service.database, request, { by: 'the test', sourceNames: [] })).secret
    }
  })

  afterAll(() => service.stop())

  const post = (key: string, query: string) =>
    service.server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: `Bearer ${key}` },
      payload: { query },
    })

  /** Asks until it is refused. Returns how often it was answered, and the refusal. */
  async function askAll(ask: () => ReturnType<typeof post>) {
    for (let answered = 0; answered < 10_000; answered++) {
      const answer = await ask()
      if (answer.statusCode !== 200) return { answered, answer }
    }
    throw new Error('It was never refused.')
  }

  const refused = {
    message: expect.stringMatching(
      /^"a dashboard" has asked for all that is allowed within a minute, 1,000 points; ask again in \d+ s\. QUOTA_VIEWER sets/,
    ),
    extensions: {
      code: 'QUOTA_EXCEEDED',
      quota: 'QUOTA_VIEWER',
      allowed: 1_000,
      retryAfterSeconds: expect.any(Number),
    },
  }

  test('pages are charged by their values, and who has had the quota is told when to ask again', async () => {
    const key = await keyOf()
    const { answered, answer } = await askAll(() => post(key, PAGE))
    // 201 values and 1 for the request, so 5 times at most; once it is from memory, 1 for the request alone.
    expect(answered).toBeGreaterThan(50)
    expect(answer.statusCode).toBe(429)
    expect(answer.json()).toEqual({ errors: [refused] })
    const { retryAfterSeconds } = answer.json().errors[0].extensions
    expect(answer.headers['retry-after']).toBe(String(retryAfterSeconds))
    expect(retryAfterSeconds).toBeGreaterThan(50)
  })

  test('so is what is passed through past Apollo Server', async () => {
    const key = await keyOf()
    let asked = 0
    // Never the same text twice in the request, so none is from memory.
    const { answered, answer } = await askAll(() =>
      service.server.inject({
        method: 'POST',
        url: '/graphql',
        headers: { authorization: `Bearer ${key}` },
        payload: { query: PAGE, operationName: null, variables: { unknown: ++asked } },
      }),
    )
    expect([answered, answer.statusCode]).toEqual([5, 429])
  })

  test('what is looked at is charged, as far as it is there', async () => {
    const key = await keyOf()
    const wide = '{ nvaSummaryTotals(from: "1990-01-01", to: "2199-12-31", groupBy: [USER]) { totalSeconds } }'
    const { answered } = await askAll(() => post(key, wide))
    expect(answered).toBeGreaterThan(10)
  })

  test('GET is held to it, too', async () => {
    const key = await keyOf()
    const { answer } = await askAll(() =>
      service.server.inject({
        method: 'GET',
        url: `/graphql?query=${encodeURIComponent(PAGE)}`,
        headers: { authorization: `Bearer ${key}`, 'apollo-require-preflight': 'yes' },
      }),
    )
    expect([answer.statusCode, answer.json().errors]).toEqual([429, [refused]])
    const stream = await service.server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      payload: { query: LIVE },
    })
    expect([stream.statusCode, stream.headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)])
    expect(stream.json().errors).toEqual([refused])
  })

  test('what is refused is charged, so that nobody probes for free', async () => {
    const key = await keyOf()
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) statuses.push((await post(key, `{ nothing } # ${'x'.repeat(10_000)}`)).statusCode)
    expect(statuses).toEqual([...Array(10).fill(400), 429, 429])
  })

  test('subscriptions by a WebSocket are held to it, each with an error of its own', async () => {
    const key = await keyOf()
    await askAll(() => post(key, PAGE))
    const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    await once(socket, 'open')
    const said = async (message: object) => {
      socket.send(JSON.stringify(message))
      const [text] = await once(socket, 'message')
      return JSON.parse(String(text))
    }
    await said({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })
    expect(await said({ type: 'subscribe', id: 'a', payload: { query: LIVE } })).toEqual({
      type: 'error',
      id: 'a',
      payload: [refused],
    })
    socket.close()
  })

  test('nobody tries one key after the other', async () => {
    const login = (key: string) => service.server.inject({ method: 'POST', url: '/login', payload: { key } })
    const right = await keyOf()
    for (let i = 0; i < 2 * MOST_ATTEMPTS; i++) expect((await login(right)).statusCode).toBe(204)
    for (let i = 0; i < MOST_ATTEMPTS; i++) expect((await login(`st_${i}`)).statusCode).toBe(401)
    const answer = await login('st_more')
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)])
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'QUOTA_EXCEEDED' } }] })
    const elsewhere = await service.server.inject({
      ...{ method: 'POST', url: '/login', payload: { key: 'st_more' } },
      remoteAddress: '10.0.0.7',
    })
    expect(elsewhere.statusCode).toBe(401)
    // Whoever tries keys from behind the same proxy keeps nobody out.
    expect((await login(right)).statusCode).toBe(204)
  })
})

test('where nobody is asked who it is, each network has its own', async () => {
  const service = await testService({
    restrictions: { quotas: { ...UNRESTRICTED.quotas, [Role.ADMIN]: { setting: 'QUOTA_ANYBODY', perMinute: 6 } } },
  })
  const ask = async (remoteAddress: string) =>
    (
      await service.server.inject({
        ...{ method: 'POST', url: '/graphql', remoteAddress, payload: { query: '{ __typename }' } },
      })
    ).statusCode
  const statuses = []
  for (let i = 0; i < 4; i++) statuses.push(await ask('10.0.0.7'))
  expect(statuses).toEqual([200, 200, 200, 429])
  expect(await ask('10.0.0.8')).toBe(200)
  await service.stop()
})
