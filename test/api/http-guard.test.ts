import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { serverAudits } from 'graphql-http'
import { type TestService, testService } from '../support/service.ts'

const ASSETS = readdirSync(new URL('../../dist/web/assets/', import.meta.url))
const SCRIPT = `/assets/${ASSETS.find((name) => /^index-.*\.js$/.test(name))}`

let service: TestService
let address: string

beforeAll(async () => {
  service = await testService({ allowedHosts: [] })
  address = await service.server.listen({ host: '127.0.0.1', port: 0 })
})

afterAll(() => service.stop())

/** Sends these bytes, and gives all that comes back until the service ends the connection or `enough` is there. */
async function exchange(sent: string, enough = /\0/): Promise<string> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  socket.write(sent)
  let received = ''
  socket.on('data', (data) => {
    received += data
    if (enough.test(received)) socket.destroy()
  })
  await once(socket, 'close')
  return received
}

async function statusUnder(host: string, path = '/healthz'): Promise<number> {
  const answer = await exchange(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return Number(answer.split(' ')[1])
}

describe('bound to this machine', () => {
  test.each(['localhost', 'LOCALHOST:4000', '127.0.0.1:1', '127.0.0.1', '[::1]:4000', 'localhost.'])(
    'it is asked as %s',
    async (host) => expect(await statusUnder(host)).toBe(200),
  )

  test.each([
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '',
    '127.0.0.1@evil',
    '[::1',
  ])('it is not asked as "%s"', async (host) => {
    for (const path of [
      '/',
      SCRIPT,
      '/people/x',
      '/healthz',
      '/nowhere',
      '/%zz',
      '/graphql?query={users{totalCount}}',
    ]) {
      expect({ path, status: await statusUnder(host, path) }).toEqual({ path, status: 403 })
    }
  })

  test('who asks by another name is told by which to ask', async () => {
    const answer = await exchange('GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/under the name \\"evil\.example\\": ask it as localhost .* ALLOWED_HOSTS/)
  })
})

test.each([
  ['the machine’s own name, where that was configured', { host: 'Devbox' }, { devbox: 200, 'evil.example': 403 }],
  [
    'names that are allowed',
    { allowedHosts: ['team.example'] },
    { 'team.example:443': 200, localhost: 200, 'evil.example': 403 },
  ],
])('it is also asked by %s', async (_, options, expected) => {
  const other = await testService({ url: service.url, ...options })
  for (const [host, statusCode] of Object.entries(expected)) {
    const answer = await other.server.inject({ url: '/healthz', headers: { host } })
    expect({ host, statusCode: answer.statusCode }).toEqual({ host, statusCode })
  }
  await other.stop()
})

test('bound to every address it is asked by any name, unless some are allowed', async () => {
  const open = await testService({ url: service.url })
  await open.server.listen({ host: '0.0.0.0', port: 0 })
  const closed = await testService({ url: service.url, allowedHosts: ['team.example'] })
  await closed.server.listen({ host: '0.0.0.0', port: 0 })
  const headers = { host: 'any.example' }
  expect((await open.server.inject({ url: '/healthz', headers })).statusCode).toBe(200)
  expect((await closed.server.inject({ url: '/healthz', headers })).statusCode).toBe(403)
  await open.stop()
  await closed.stop()
})

test.each([
  ['GET', '/', 200],
  ['GET', SCRIPT, 200],
  ['GET', '/people/x', 200],
  ['GET', '/readyz', 200],
  ['GET', '/metrics', 200],
  ['GET', '/graphiql/graphiql.min.js', 200],
  ['GET', '/nowhere', 404],
  ['GET', '/%zz', 404],
  ['GET', '/%c3%28?a=%zz', 404],
  ['POST', '/healthz', 405],
  ['POST', '/graphql', 400],
] as const)('%s %s answers with headers that keep browsers in bounds', async (method, url, statusCode) => {
  const answer = await service.server.inject({ method, url })
  expect(answer.statusCode).toBe(statusCode)
  expect(answer.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'content-security-policy': expect.stringMatching(/default-src 'self';.*frame-ancestors 'none'/),
  })
  expect(answer.headers['content-security-policy']).not.toMatch(/unsafe-eval/)
})

test('only GraphiQL may write styles into its page', async () => {
  const policyOf = async (url: string) =>
    (await service.server.inject({ url, headers: { accept: 'text/html' } })).headers['content-security-policy']
  expect(await policyOf('/graphql')).toMatch(/style-src 'self' 'unsafe-inline'/)
  expect(await policyOf('/')).not.toMatch(/unsafe/)
})

test('scripts are sent as they were packed to who takes that, and are kept for ever, as their names say what is in them', async () => {
  const packed = await service.server.inject({ url: SCRIPT, headers: { 'accept-encoding': 'gzip' } })
  const plain = await service.server.inject({ url: SCRIPT })
  expect(packed.headers).toMatchObject({
    'content-encoding': 'gzip',
    vary: 'accept-encoding',
    'cache-control': expect.stringContaining('immutable'),
  })
  expect(gunzipSync(packed.rawPayload)).toEqual(plain.rawPayload)
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect((await service.server.inject({ url: '/' })).headers['cache-control']).toBe('public, max-age=0')
})

describe('a URL that is there', () => {
  test.each([
    ['/', 'GET, HEAD, OPTIONS'],
    [SCRIPT, 'GET, HEAD, OPTIONS'],
    ['/pipeline', 'GET, HEAD, OPTIONS'],
    ['/healthz', 'GET, HEAD, OPTIONS'],
    ['/graphql', 'GET, HEAD, POST, OPTIONS'],
  ])('%s says by which methods it is asked', async (url, allow) => {
    for (const method of ['DELETE', 'PUT', 'PATCH', 'OPTIONS'] as const) {
      const answer = await service.server.inject({ method, url: `${url}?x=1` })
      expect({ method, status: answer.statusCode, allow: answer.headers.allow }).toEqual({
        ...{ method, allow },
        status: method === 'OPTIONS' ? 204 : 405,
      })
    }
  })

  test.each(['/', SCRIPT, '/people/x', '/healthz', '/graphql?query={users{totalCount}}'])(
    '%s has the same headers for HEAD',
    async (url) => {
      const headers = { 'apollo-require-preflight': 'yes' }
      const get = await service.server.inject({ url, headers })
      const head = await service.server.inject({ method: 'HEAD', url, headers })
      expect(get.statusCode).toBe(200)
      expect(head.statusCode).toBe(200)
      expect(head.body).toBe('')
      const same = ({ 'content-type': type, 'content-length': length }: typeof get.headers) => [type, String(length)]
      expect(same(head.headers)).toEqual(same(get.headers))
    },
  )
})

test.each([
  ['subscription { anything }', 400, /^A subscription is not answered by one answer: accept text\/event-stream/],
  ['query A { users { totalCount } } subscription B { anything }', 400, /^A subscription is not answered/],
  ['fragment F on Query { users { totalCount } }', 400, /./],
])('%s is the client’s fault', async (query, statusCode, message) => {
  const payload = { query, ...(query.startsWith('query A') && { operationName: 'A' }) }
  const answer = await service.server.inject({ method: 'POST', url: '/graphql', payload })
  expect(answer.statusCode).toBe(statusCode)
  expect(answer.json().errors[0].message).toMatch(message)
})

describe('a request that never arrives whole is given up', () => {
  let limits: { headersTimeout: number; requestTimeout: number }

  beforeAll(() => {
    const { headersTimeout, requestTimeout } = service.server.server
    limits = { headersTimeout, requestTimeout }
    Object.assign(service.server.server, { headersTimeout: 300, requestTimeout: 600 })
  })

  afterAll(() => Object.assign(service.server.server, limits))

  test('after two minutes, its headers after 20 seconds', () => {
    expect(limits).toEqual({ headersTimeout: 20_000, requestTimeout: 120_000 })
  })

  test.each([
    ['headers', 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-'],
    [
      'body',
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    ],
  ])(
    'where its %s stop short',
    async (_, sent) => {
      expect(await exchange(sent)).toMatch(/^HTTP\/1\.1 408 /)
    },
    10_000,
  )
})

test('it speaks GraphQL over HTTP by the specification’s own audits', async () => {
  const audits = serverAudits({ url: `${address}/graphql` })
  const results = await Promise.all(audits.map(({ fn }) => fn()))
  expect(results.length).toBeGreaterThan(50)
  const said = (status: string) =>
    results.flatMap((result) =>
      result.status === status && 'reason' in result ? `${result.name}: ${result.reason}` : [],
    )
  for (const warning of said('warn')) console.warn(warning)
  expect(said('error')).toEqual([])
})
