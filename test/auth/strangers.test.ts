/** What is not known to be somebody’s uses up nothing that others need, and a caller leaves something for others. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { MOST_STRANGERS, MOST_OF_CALLER as SOCKETS_OF_CALLER } from '../../src/api/live/web-sockets.ts'
import { createKey, revoke } from '../../src/auth/new-key.ts'
import { MOST_OF_CALLER } from '../../src/live/live.ts'
import { Role } from '../../src/model/caller.ts'
import { type TestService, testService } from '../support/service.ts'
import { until } from '../support/until.ts'

const LIVE = 'subscription { stagePromoted { stage } }'

let service: TestService
let address: string

beforeAll(async () => {
  service = await testService({ auth: {} })
  address = await service.server.listen({ host: '127.0.0.1', port: 0 })
})

afterAll(() => service.stop())

const keyOf = (name: string) =>
  createKey(service.database, { name, role: Role.VIEWER }, { by: 'the test', sourceNames: [] })

interface Said {
  type: string
  id?: string
  payload?: { extensions: { code: string } }[]
}

/** A WebSocket that is open; of somebody, where a key is given. */
async function opened(secret?: string) {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const said: Said[] = []
  socket.on('message', (text) => said.push(JSON.parse(String(text))))
  const closed = once(socket, 'close').then(([code]): number => code)
  const send = (message: object) => socket.send(JSON.stringify(message))
  await once(socket, 'open')
  if (secret) {
    send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } })
    await Promise.race([until(() => said.length > 0), closed])
  }
  const subscribe = (id: string) => send({ type: 'subscribe', id, payload: { query: LIVE } })
  return { socket, said, closed, subscribe }
}

test('nothing of a body is waited for where nobody knows who asks', async () => {
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  socket.write(
    'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\n\r\n',
  )
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /)
  socket.destroy()
})

test.each(['/nothing', '/logout', '/healthz', '/graphql/', '/'])(
  'a body that is sent to %s, where none is read, is refused once it is longer than a key',
  async (url) => {
    const headers = { 'content-type': 'application/json' }
    const short = await service.server.inject({ method: 'POST', url, headers, payload: '{}' })
    expect([204, 404, 405]).toContain(short.statusCode)
    const long = await service.server.inject({ method: 'POST', url, headers, payload: ' '.repeat(1_000_000) })
    expect(long.statusCode).toBe(413)
  },
)

test('whoever opens WebSockets and doesn’t say who asks keeps nobody out', async () => {
  const { secret } = await keyOf('Ann')
  const first = await opened()
  const others = []
  for (let i = 0; i < MOST_STRANGERS; i++) others.push(await opened())
  expect(await first.closed).not.toBe(1000)
  const known = await opened(secret)
  expect(known.said).toEqual([{ type: 'connection_ack' }])
  for (const { socket } of [known, ...others]) socket.terminate()
}, 60_000)

test('a caller has so many WebSockets, and leaves the others to others', async () => {
  const [{ secret }, other] = [await keyOf('Ann'), await keyOf('Ben')]
  const many = await Promise.all(Array.from({ length: SOCKETS_OF_CALLER }, () => opened(secret)))
  expect(await (await opened(secret)).closed).toBe(4429)
  const one = await opened(other.secret)
  expect(one.said).toEqual([{ type: 'connection_ack' }])
  for (const { socket } of [one, ...many]) socket.terminate()
}, 60_000)

test('a WebSocket that goes while it is asked whose it is counts for nobody', async () => {
  const { secret } = await keyOf('Ann')
  const open = () =>
    new Promise<number>((resolve) => service.server.server.getConnections((_, count) => resolve(count)))
  await until(async () => (await open()) === 0)
  await service.database.transaction(async (sql) => {
    // Nobody finds out whose a key is meanwhile.
    await sql('LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE')
    const sockets = await Promise.all(Array.from({ length: SOCKETS_OF_CALLER }, () => opened()))
    for (const { socket } of sockets) {
      const text = JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } })
      await new Promise((resolve) => socket.send(text, resolve))
      socket.terminate()
    }
    await until(async () => (await open()) === 0)
  })
  const one = await opened(secret)
  expect(one.said).toEqual([{ type: 'connection_ack' }])
  one.socket.terminate()
}, 60_000)

test('a caller has so many subscriptions, and leaves the others to others', async () => {
  const queues = []
  for (let i = 0; i < MOST_OF_CALLER; i++) queues.push(await service.live.subscribe({}, undefined, 'ann'))
  await expect(service.live.subscribe({}, undefined, 'ann')).rejects.toThrow('and may not have more')
  queues.push(await service.live.subscribe({}, undefined, 'ben'))
  queues.push(await service.live.subscribe({}))
  for (const queue of queues) queue.end()
})

test('what a WebSocket asks after its key is revoked is refused at once', async () => {
  const { key, secret } = await keyOf('Ann')
  const { said, subscribe, closed } = await opened(secret)
  await revoke(service.database, key.id)
  subscribe('a')
  expect(await closed).toBe(4401)
  expect(said.filter(({ type }) => type === 'next')).toEqual([])
  expect(service.live.subscriberCount).toBe(0)
})
