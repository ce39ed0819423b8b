import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestService, testService } from '../../support/service.ts'
import { bySse, flood } from '../../support/subscribers.ts'
import { until } from '../../support/until.ts'

const QUERY = 'subscription { sourceChanged { kind batchId } }'
const STREAM = { accept: 'text/event-stream' }

let service: TestService
let address: string

beforeAll(async () => {
  service = await testService({ allowedHosts: ['friend.example'] })
  address = await service.server.listen({ host: '127.0.0.1', port: 0 })
})

afterEach(() => until(() => service.live.subscriberCount === 0))

afterAll(() => service.stop())

function post(body: object, headers: Record<string, string> = STREAM, signal: AbortSignal | null = null) {
  const all = { 'content-type': 'application/json', ...headers }
  return fetch(`${address}/graphql`, { method: 'POST', headers: all, body: JSON.stringify(body), signal })
}

function began(batchId: string): Promise<void> {
  return service.publish('pull.began', { source: 's', batchId })
}

/** The beginning of a stream as text, until it has this in it; then whoever reads it has gone. */
async function begun({ body }: Response, last: string): Promise<string> {
  let text = ''
  for await (const piece of body ?? []) {
    text += Buffer.from(piece)
    if (text.includes(last)) return text
  }
  throw new Error(`It ended before "${last}" came: ${text}`)
}

const EVENT = 'event: next\ndata: {"data":{"sourceChanged":{"kind":"PULL_BEGAN","batchId":"1"}}}\n\n'

test('a subscription is streamed to who accepts nothing else', async () => {
  const response = await post({ query: QUERY })
  expect(response.status).toBe(200)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-content-type-options': 'nosniff',
  })
  await began('1')
  expect(await begun(response, '"1"')).toBe(`:\n\n${EVENT}`)
})

test('it is asked by GET as well, as EventSource does', async () => {
  const asked = new URLSearchParams({
    query:
      'subscription A($n: String) { sourceChanged(name: $n) { batchId } } subscription B { sourceChanged { name } }',
    operationName: 'A',
    variables: '{"n":"timesheets"}',
  })
  const response = await fetch(`${address}/graphql?${asked}`, { headers: STREAM })
  await service.publish('pull.began', { source: 'timesheets', batchId: '7' })
  expect(await begun(response, '"7"')).toContain('data: {"data":{"sourceChanged":{"batchId":"7"}}}')
})

describe('who accepts JSON and streams', () => {
  const headers = { accept: 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed' }

  test.each(['{ users { totalCount } }', '{ users { totalCount } } # no subscription', 'subscription {'])(
    'is answered %s by JSON',
    async (query) => {
      const response = await post({ query }, headers)
      expect(response.headers.get('content-type')).toMatch(/json/)
      expect(await response.json()).toHaveProperty(query.endsWith('{') ? 'errors' : 'data')
    },
  )

  test('is streamed subscriptions', async () => {
    const response = await post({ query: QUERY }, headers)
    await began('1')
    expect(await begun(response, '"1"')).toContain(EVENT)
  })
})

test('who doesn’t accept streams is told how to subscribe', async () => {
  const response = await post({ query: QUERY }, { accept: 'application/json' })
  expect(await response.json()).toMatchObject({
    errors: [
      { message: expect.stringMatching(/^A subscription is not answered by one answer: accept text\/event-stream/) },
    ],
  })
})

test('what can’t be subscribed to is said by the stream, which is complete then', async () => {
  const response = await post({ query: 'subscription { sourceChanged(name: "nope") { kind } }' })
  expect(await response.text()).toMatch(
    /^:\n\nevent: next\ndata: \{"errors":\[\{"message":"Unknown source [^\n]*"code":"BAD_USER_INPUT","argument":"name"\}\}\]\}\n\nevent: complete\ndata: \n\n$/,
  )
})

test.each([
  [{ query: 7 }, /^query must be a text/],
  [{}, /^query must be a text/],
  [[], /^The request must be an object/],
  [{ query: QUERY, variables: [1] }, /^variables must be an object/],
  [{ query: QUERY, variables: 'x' }, /^variables must be JSON/],
  [{ query: QUERY, operationName: 7 }, /^operationName must be a text/],
])('%j is no request', async (body, message) => {
  const response = await post(body)
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({
    errors: [{ message: expect.stringMatching(message), extensions: { code: 'BAD_REQUEST' } }],
  })
})

test.each([
  ['https://evil.example', 403],
  ['http://127.0.0.1:1', 403],
  ['null', 403],
  ['nonsense', 403],
  ['https://friend.example', 200],
  ['its own', 200],
])('a page of %s that subscribes is answered with %i', async (origin, status) => {
  const controller = new AbortController()
  const response = await post(
    { query: QUERY },
    { ...STREAM, origin: origin === 'its own' ? address : origin },
    controller.signal,
  )
  expect(response.status).toBe(status)
  if (status === 403) {
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  } else controller.abort()
})

test('HEAD opens no stream', async () => {
  const response = await fetch(`${address}/graphql?${new URLSearchParams({ query: QUERY })}`, {
    method: 'HEAD',
    headers: STREAM,
  })
  expect(response.headers.get('content-type')).not.toMatch(/event-stream/)
  expect(service.live.subscriberCount).toBe(0)
})

test('whoever goes is forgotten', async () => {
  const controller = new AbortController()
  await post({ query: QUERY }, STREAM, controller.signal)
  expect(service.live.subscriberCount).toBe(1)
  controller.abort()
  await until(() => service.live.subscriberCount === 0)
})

test('a stream outlasts the time that a query has', async () => {
  const hasty = await testService({ url: service.url, limits: { MAX_QUERY_SECONDS: 1 } })
  const own = await hasty.server.listen({ host: '127.0.0.1', port: 0 })
  const subscriber = bySse(own, QUERY)
  const told = subscriber.next()
  await until(() => hasty.live.subscriberCount === 1)
  await hasty.database.sql('SELECT pg_sleep(1.2)')
  await hasty.publish('pull.began', { source: 's', batchId: 'late' })
  expect(await told).toEqual({ data: { sourceChanged: { kind: 'PULL_BEGAN', batchId: 'late' } } })
  expect(hasty.logged.filter(({ level }) => Number(level) >= 40)).toEqual([])
  await subscriber.leave()
  await hasty.stop()
})

test('who reads more slowly than events come is told so, and the stream is over', async () => {
  const socket = await unread()
  await flood(service)
  // What was sent until then had found room somewhere.
  let text = ''
  for await (const piece of socket.setEncoding('latin1')) text += piece
  const [complete, last] = text.split('event: ').reverse()
  expect(complete).toMatch(/^complete\n/)
  expect(last).toContain('"code":"SUBSCRIBER_TOO_SLOW"')
  expect(last).toContain('"data":null')
})

describe('when the service stops', () => {
  test('streams end at once, without being complete: clients come again', async () => {
    const { stopping, own } = await another()
    const response = await fetch(`${own}/graphql?${new URLSearchParams({ query: QUERY })}`, { headers: STREAM })
    const [text] = await Promise.all([response.text(), stopping.stop({ graceSeconds: 30 })])
    expect(text).toBe(':\n\n')
  })

  test('a stream that nobody reads is cut off', async () => {
    const { stopping, own } = await another()
    const socket = await unread(own)
    await flood(stopping)
    const before = performance.now()
    await stopping.stop({ graceSeconds: 30 })
    expect(performance.now() - before).toBeLessThan(10_000)
    socket.destroy()
  })

  async function another() {
    const stopping = await testService({ url: service.url })
    return { stopping, own: await stopping.server.listen({ host: '127.0.0.1', port: 0 }) }
  }
})

/** The connection of a stream of large events that isn't read. */
async function unread(own = address): Promise<Socket> {
  const { port } = new URL(own)
  const socket = connect(Number(port), '127.0.0.1')
  const query = 'subscription{slicesRefreshed{stage touched{windows{subjectId from to}}}}'
  const path = `/graphql?${new URLSearchParams({ query })}`
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`)
  await once(socket, 'readable')
  return socket
}
