import { type TestService, testService } from '../support/service.ts'

let service: TestService

beforeAll(async () => {
  service = await testService()
})

afterAll(() => service.stop())

test('the page and all that it needs come from the service itself', async () => {
  const page = await service.server.inject('/')
  expect(page.headers['content-type']).toMatch('text/html')
  const linked = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url)
  expect(linked.filter((url) => /^(https?:)?\/\//.test(url))).toEqual([])
  for (const url of linked.filter((each) => /\.(js|css)$/.test(each))) {
    expect({ url, status: (await service.server.inject(url)).statusCode }).toEqual({ url, status: 200 })
  }
})

test('a browser gets GraphiQL at /graphql, without another machine', async () => {
  const page = await service.server.inject({ url: '/graphql', headers: { accept: 'text/html,*/*' } })
  expect(page.headers['content-type']).toMatch('text/html')
  const linked = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url)
  expect(linked.length).toBeGreaterThan(3)
  for (const url of linked.filter((each) => !each.startsWith('data:'))) {
    expect({ url, status: (await service.server.inject(url)).statusCode }).toEqual({ url, status: 200 })
  }
})

test('a script gets an answer at /graphql, by GET too', async () => {
  const query = encodeURIComponent('{ users { totalCount } }')
  const answer = await service.server.inject({
    url: `/graphql?query=${query}`,
    headers: { accept: 'application/json', 'apollo-require-preflight': 'yes' },
  })
  expect(answer.json()).toEqual({ data: { users: { totalCount: 0 } } })
})

test('the probes say that it is alive and ready', async () => {
  expect((await service.server.inject('/healthz')).json()).toEqual({ status: 'alive' })
  expect((await service.server.inject('/readyz')).json()).toEqual({
    status: 'ready',
    database: 'there',
    sources: {},
    pulling: [],
  })
})

test('what is not there is said to be not there, and where the rest is', async () => {
  const answer = await service.server.inject('/nowhere')
  expect(answer.statusCode).toBe(404)
  expect(answer.json()).toEqual({ error: expect.stringContaining('/graphql') })
})

test('a body that is no JSON gets a clear refusal', async () => {
  const answer = await service.server.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json' },
    payload: '{ nonsense',
  })
  expect(answer.statusCode).toBe(400)
  expect(answer.body).not.toMatch(/node_modules|\.ts:\d|\\n +at /)
})
