import { once } from 'node:events'
import { connect } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'
import { MOST_OF_SOCKET, TOO_SLOW } from '../../../src/api/live/web-sockets.ts'
import { type TestService, testService } from '../../support/service.ts'
import { byWebSocket, flood } from '../../support/subscribers.ts'
import { until } from '../../support/until.ts'

const QUERY = 'subscription { sourceChanged { kind batchId } }'
const LARGE = 'subscription { slicesRefreshed { stage touched { windows { subjectId from to } } } }'

let service: TestService
let address: string

beforeAll(async () => {
  service = await testService({ allowedHosts: ['friend.example'] })
  address = await service.server.listen({ host: '127.0.0.1', port: 0 })
})

afterEach(() => until(() => service.live.subscriberCount === 0))

afterAll(() => service.stop())

/** A socket of the protocol, open or refused: then with the status of that, and what it says. */
async function socketOf(options: ClientOptions = {}, path = '/graphql', own = address) {
  const socket = new WebSocket(`${own.replace('http', 'ws')}${path}`, 'graphql-transport-ws', options)
  const refused = new Promise<{ status?: number; said: string }>((resolve) => {
    socket.on('unexpected-response', async (_, response) => {
      let said = ''
      for await (const piece of response) said += piece
      resolve({ status: response.statusCode, said })
    })
  })
  socket.on('error', () => undefined)
  const opened = once(socket, 'open').then(() => undefined)
  opened.catch(() => undefined)
  return { socket, refusal: await Promise.race([opened, refused]) }
}

/** A socket that has said hello, and how it sends and receives. */
async function greeted(own = address) {
  const { socket } = await socketOf({}, '/graphql', own)
  const received: { type: string; id?: string; payload?: unknown }[] = []
  socket.on('message', (text) => received.push(JSON.parse(String(text))))
  const send = (message: object) => socket.send(JSON.stringify(message))
  send({ type: 'connection_init' })
  await until(() => received.length === 1)
  return {
    socket,
    received,
    send,
    subscribe: (id: string, query = QUERY) => send({ type: 'subscribe', id, payload: { query } }),
  }
}

async function closed(socket: WebSocket): Promise<string> {
  const [code, reason] = await once(socket, 'close')
  return `${code} ${reason}`
}

test.each([
  ['https://evil.example', 403],
  ['http://127.0.0.1:1', 403],
  ['null', 403],
  ['https://friend.example', undefined],
  ['its own', undefined],
  ['nobody: it is no browser', undefined],
])('a WebSocket for a page of %s is answered with %p', async (origin, status) => {
  const named = { 'its own': { origin: address }, 'nobody: it is no browser': {} }[origin] ?? { origin }
  const { socket, refusal } = await socketOf(named)
  expect(refusal?.status).toBe(status)
  if (refusal) expect(JSON.parse(refusal.said).error).toMatch(/may not ask here; add the name to ALLOWED_HOSTS/)
  socket.terminate()
})

test('a WebSocket is not asked for under a stranger’s name', async () => {
  const headers = { host: 'evil.example', origin: 'http://evil.example' }
  const { refusal } = await socketOf({ headers })
  expect(refusal).toMatchObject({
    status: 403,
    said: expect.stringMatching(/not asked under the name \\"evil.example\\"/),
  })
})

test.each(['/', '/graphql/', '/nowhere', '/graphqlx'])('there is no WebSocket at %s', async (path) => {
  expect((await socketOf({}, path)).refusal).toMatchObject({ status: 404 })
})

test('other protocols are not spoken', async () => {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`)
  expect(await closed(socket)).toBe('4406 Subprotocol not acceptable')
})

test('what is no message of the protocol closes the socket, and the service goes on', async () => {
  for (const text of ['nonsense', '{"type":"connection_ack"}', '{}', 'x'.repeat(2 * 1024 * 1024)]) {
    const { socket } = await greeted()
    socket.send(text)
    await closed(socket)
  }
  expect((await fetch(`${address}/healthz`)).status).toBe(200)
})

test(`a socket has at most ${MOST_OF_SOCKET} subscriptions, and one more once one is over`, async () => {
  const { socket, received, send, subscribe } = await greeted()
  for (let i = 0; i <= MOST_OF_SOCKET; i++) subscribe(`${i}`)
  await until(() => service.live.subscriberCount === MOST_OF_SOCKET && received.length === 2)
  expect(received[1]).toMatchObject({
    ...{ type: 'error', id: `${MOST_OF_SOCKET}` },
    payload: [{ extensions: { code: 'TOO_MANY_SUBSCRIBERS' } }],
  })
  send({ type: 'complete', id: '0' })
  await until(() => service.live.subscriberCount === MOST_OF_SOCKET - 1)
  subscribe('again')
  await until(() => service.live.subscriberCount === MOST_OF_SOCKET)
  await service.publish('pull.began', { source: 's', batchId: '1' })
  await until(() => received.length === 2 + MOST_OF_SOCKET)
  expect(new Set(received.slice(2).map(({ id }) => id)).size).toBe(MOST_OF_SOCKET)
  socket.terminate()
})

test('who reads more slowly than events come is closed, and told why', async () => {
  const { socket, subscribe } = await greeted()
  subscribe('slow', LARGE)
  await until(() => service.live.subscriberCount === 1)
  socket.pause()
  await flood(service)
  const over = closed(socket)
  socket.resume()
  expect(await over).toBe(`${TOO_SLOW} TOO_SLOW`)
})

test('who sends without reading is cut off', async () => {
  const { socket, send } = await greeted()
  socket.pause()
  const over = closed(socket)
  const payload = { text: 'x'.repeat(10_000) }
  await until(() => {
    if (socket.readyState === socket.OPEN) send({ type: 'ping', payload })
    return socket.readyState !== socket.OPEN || socket.bufferedAmount > 64 * 1024 * 1024
  })
  socket.resume()
  expect(await over).toBe('1006 ')
})

test('a socket that is closed is forgotten', async () => {
  const { socket, subscribe } = await greeted()
  subscribe('1')
  await until(() => service.live.subscriberCount === 1)
  socket.close()
  await until(() => service.live.subscriberCount === 0)
})

test('when the service stops, sockets are closed as ones that may come again', async () => {
  const stopping = await testService({ url: service.url })
  const own = await stopping.server.listen({ host: '127.0.0.1', port: 0 })
  const [{ socket, subscribe, received }, idle] = [await greeted(own), await greeted(own)]
  const deaf = await greeted(own)
  deaf.socket.pause()
  subscribe('1')
  await until(() => stopping.live.subscriberCount === 1)
  const codes = Promise.all([closed(socket), closed(idle.socket)])
  const before = performance.now()
  await stopping.stop({ graceSeconds: 30 })
  expect(performance.now() - before).toBeLessThan(10_000)
  expect(await codes).toEqual(['1001 Going away', '1001 Going away'])
  expect(received).toHaveLength(1)
  deaf.socket.terminate()
})

test('a stranger’s error is no error of others', async () => {
  const subscriber = byWebSocket(address, QUERY)
  const told = subscriber.next()
  await until(() => service.live.subscriberCount === 1)
  const { socket } = await greeted()
  socket.send('nonsense')
  await closed(socket)
  await service.publish('pull.began', { source: 's', batchId: '1' })
  expect(await told).toEqual({ data: { sourceChanged: { kind: 'PULL_BEGAN', batchId: '1' } } })
  await subscriber.leave()
})

test('who would rather speak HTTP/2 is answered as before', async () => {
  const body = JSON.stringify({ query: '{ users { totalCount } }' })
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  const head = [
    'POST /graphql HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`)
  await once(socket, 'ready')
  socket.write(body.slice(10))
  let answer = ''
  socket.on('data', (piece) => {
    answer += piece
  })
  await until(() => answer.includes('{"data":{"users":{"totalCount":0}}}'))
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await once(socket, 'close')
  expect(answer).toMatch(/\{"status":"alive"\}$/)
})
