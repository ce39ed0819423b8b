import { createKey, revoke } from '../../src/auth/new-key.ts'
import { hashOf } from '../../src/auth/secrets.ts'
import { MOST_SESSIONS } from '../../src/cache/api-keys.ts'
import { Role } from '../../src/model/caller.ts'
import { type TestService, testService } from '../support/service.ts'
import { until } from '../support/until.ts'

let service: TestService

beforeAll(async () => {
  service = await testService({ auth: {} })
})

afterAll(() => service.stop())

const keyOf = (other: Partial<Parameters<typeof createKey>[1]> = {}) =>
  createKey(service.database, { name: 'Ann', role: Role.VIEWER, ...other }, { by: 'the test', sourceNames: ['erp'] })

const WHO = '{ caller { name role } }'

const asked = async (secret: string | null) => {
  const { status, data, errors } = await service.askAs(secret, WHO)
  return errors ? { status, code: errors[0]?.extensions.code } : { status, caller: data.caller }
}
const REFUSED = { status: 401, code: 'UNAUTHENTICATED' }

test('a key says who asks, until it is revoked: the next request is nobody’s', async () => {
  const { key, secret } = await keyOf()
  expect(await asked(secret)).toEqual({ status: 200, caller: { name: 'Ann', role: 'VIEWER' } })
  await revoke(service.database, key.id)
  expect(await asked(secret)).toEqual(REFUSED)
})

test('what was answered from memory is not answered to whoever has a revoked key', async () => {
  const { key, secret } = await keyOf()
  const query = '{ users(first: 1) { totalCount } }'
  for (let i = 0; i < 3; i++) expect((await service.askAs(secret, query)).status).toBe(200)
  await revoke(service.database, key.id)
  expect((await service.askAs(secret, query)).status).toBe(401)
})

test('who asks at the same time as another of the same access is told its own name', async () => {
  const names = ['Ann', 'Ben', 'Cho', 'Dan']
  const keys = await Promise.all(names.map((name) => keyOf({ name })))
  const answers = await Promise.all(keys.map(({ secret }) => service.askAs(secret, WHO)))
  expect(answers.map(({ data }) => data.caller.name)).toEqual(names)
})

test('a key that has expired is nobody’s', async () => {
  const { key, secret } = await keyOf({ expiresAt: new Date(Date.now() + 3_600_000) })
  expect((await asked(secret)).status).toBe(200)
  await service.database.transaction((sql) =>
    sql(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [key.id]),
  )
  expect(await asked(secret)).toEqual(REFUSED)
})

test.each([
  ['of no key', 'st_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
  ['of the beginning of keys alone', 'st_'],
  ['of a hash', hashOf('st_x')],
  ['that would be SQL', "st_'--"],
])('a secret %s is refused', async (_, secret) => {
  expect(await asked(secret)).toEqual(REFUSED)
})

test.each([
  ['Basic', 'Basic c3RfOng='],
  ['without a scheme', 'st_x'],
  ['empty', 'Bearer '],
  ['with more behind it', 'Bearer st_x, Bearer st_y'],
  ['far too long', `Bearer ${'x'.repeat(9_000)}`],
])('a header %s is refused, and says what would be right', async (_, authorization) => {
  const response = await service.server.inject({
    ...{ method: 'POST', url: '/graphql', headers: { authorization }, payload: { query: WHO } },
  })
  expect([response.statusCode, response.headers['www-authenticate']]).toEqual([401, 'Bearer'])
  expect(response.json()).toEqual({
    errors: [
      {
        message: 'The header Authorization must be "Bearer " and an API key or a token.',
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ],
  })
})

test('nobody is told by a GET, by a batch, or by a document that is none', async () => {
  for (const request of [
    { method: 'GET', url: `/graphql?query=${encodeURIComponent(WHO)}` },
    { method: 'POST', url: '/graphql', payload: [{ query: WHO }] },
    { method: 'POST', url: '/graphql', payload: { query: 'nothing' } },
    { method: 'POST', url: '/graphql', payload: { query: '{ __schema { types { name } } }' } },
  ] as const) {
    expect((await service.server.inject(request)).statusCode).toBe(401)
  }
})

test('when a key was last used is known to the minute, and written once a minute', async () => {
  const { key, secret } = await keyOf()
  const lastUse = async () => {
    const [row] = await service.database.sql<{ at: Date | null }>(
      'SELECT last_used_at AS at FROM api_key WHERE id = $1',
      [key.id],
    )
    return row?.at ?? null
  }
  expect(await lastUse()).toBeNull()
  await asked(secret)
  await until(async () => (await lastUse()) !== null)
  const first = await lastUse()
  await Promise.all([asked(secret), asked(secret)])
  expect(await lastUse()).toEqual(first)
  await service.database.transaction((sql) =>
    sql(`UPDATE api_key SET last_used_at = now() - interval '61 seconds' WHERE id = $1`, [key.id]),
  )
  const before = await lastUse()
  await asked(secret)
  await until(async () => (await lastUse())?.getTime() !== before?.getTime())
  expect((await lastUse())?.getTime()).toBeGreaterThan(Date.now() - 30_000)
})

test('of a secret nothing but its hash is kept, and nothing of it is logged', async () => {
  const { secret } = await keyOf()
  const response = await service.server.inject({ method: 'POST', url: '/login', payload: { key: secret } })
  const [session = ''] = /(?<=steelthread_session=)[^;]+/.exec(String(response.headers['set-cookie'])) ?? []
  await asked(secret)
  await service.askAs(`${secret}x`, WHO)
  const tables = await service.database.sql<{ text: string }>(
    'SELECT row_to_json(k)::text AS text FROM api_key k UNION ALL SELECT row_to_json(s)::text FROM login_session s',
  )
  const kept = tables.map(({ text }) => text).join('\n')
  expect(kept).toContain(hashOf(secret))
  expect(kept).toContain(hashOf(session))
  for (const text of [kept, JSON.stringify(service.logged)]) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(session)
  }
})

describe('a browser that logged in', () => {
  const logIn = async (key: string, headers: Record<string, string> = {}) =>
    service.server.inject({ method: 'POST', url: '/login', payload: { key }, headers })
  const cookieOf = (response: { headers: Record<string, unknown> }) =>
    String(response.headers['set-cookie']).split(';')[0]
  const askedBy = async (cookie = '', headers: Record<string, string> = {}) => {
    const request = {
      method: 'POST',
      url: '/graphql',
      payload: { query: WHO },
      headers: { cookie, ...headers },
    } as const
    const response = await service.server.inject(request)
    const { data, errors } = response.json()
    return { status: response.statusCode, name: data?.caller?.name, code: errors?.[0]?.extensions.code }
  }

  test('asks by its cookie until it logs out', async () => {
    const { secret } = await keyOf({ name: 'Ben' })
    const response = await logIn(` ${secret}\n`)
    expect([response.statusCode, response.headers['set-cookie']]).toEqual([
      204,
      expect.stringMatching(/^steelthread_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    const cookie = cookieOf(response)
    expect(await askedBy(cookie)).toEqual({ status: 200, name: 'Ben' })
    const out = await service.server.inject({ method: 'POST', url: '/logout', headers: { cookie } })
    expect([out.statusCode, out.headers['set-cookie']]).toEqual([
      204,
      'steelthread_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
    ])
    expect(await askedBy(cookie)).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
  })

  test('isn’t known any more once its key is revoked, or half a day is over', async () => {
    const { key, secret } = await keyOf()
    const [first, second] = [cookieOf(await logIn(secret)), cookieOf(await logIn(secret))]
    const token = first?.split('=')[1] ?? ''
    await service.database.transaction((sql) =>
      sql('UPDATE login_session SET expires_at = now() WHERE token_hash = $1', [hashOf(token)]),
    )
    expect((await askedBy(first)).status).toBe(401)
    expect((await askedBy(second)).status).toBe(200)
    await revoke(service.database, key.id)
    expect((await askedBy(second)).status).toBe(401)
  })

  test('is logged out where many others log in with its key, and nobody else is', async () => {
    const [{ secret }, other] = [await keyOf(), await keyOf()]
    const [first, theirs] = [cookieOf(await logIn(secret)), cookieOf(await logIn(other.secret))]
    for (let i = 0; i < MOST_SESSIONS; i++) expect((await logIn(secret)).statusCode).toBe(204)
    expect((await askedBy(first)).status).toBe(401)
    expect((await askedBy(theirs)).status).toBe(200)
    const [{ count } = { count: 0 }] = await service.database.sql<{ count: number }>(
      'SELECT count(*) AS count FROM login_session JOIN api_key ON api_key.id = key_id WHERE secret_hash = $1',
      [hashOf(secret)],
    )
    expect(count).toBe(MOST_SESSIONS)
  })

  test('asks nothing for another’s page, nor does that log it in or out', async () => {
    const { secret } = await keyOf()
    const cookie = cookieOf(await logIn(secret)) ?? ''
    const evil = { origin: 'https://evil.example' }
    expect(await askedBy(cookie, evil)).toEqual({ status: 403, code: 'FORBIDDEN' })
    expect((await logIn(secret, evil)).statusCode).toBe(403)
    const out = await service.server.inject({ method: 'POST', url: '/logout', headers: { cookie, ...evil } })
    expect(out.statusCode).toBe(403)
    expect((await askedBy(cookie, { origin: 'http://localhost:4000', host: 'localhost:4000' })).status).toBe(200)
  })

  test('may ask by GET nothing that changes something', async () => {
    const { secret } = await keyOf({ role: Role.ADMIN })
    const cookie = cookieOf(await logIn(secret)) ?? ''
    const query = encodeURIComponent('mutation { deleteTeams(ids: []) }')
    const response = await service.server.inject({ method: 'GET', url: `/graphql?query=${query}`, headers: { cookie } })
    expect(response.json().errors).toBeDefined()
    expect(response.json().data).toBeUndefined()
  })

  test('is asked by a header that it sends beside the cookie, also where that is wrong', async () => {
    const { secret } = await keyOf()
    const cookie = cookieOf(await logIn(secret)) ?? ''
    expect((await askedBy(cookie, { authorization: 'Bearer st_wrong' })).status).toBe(401)
  })

  test.each(['', '{}', '{"key": 7}', '{"key": ""}', 'key', '[]', 'null'])(
    'sends its key as JSON, not %j',
    async (payload) => {
      const response = await service.server.inject({
        ...{ method: 'POST', url: '/login', payload, headers: { 'content-type': 'application/json' } },
      })
      expect(response.statusCode).toBe(400)
    },
  )

  test('sends nothing that is larger than a key', async () => {
    expect((await logIn('x'.repeat(20_000))).statusCode).toBe(413)
  })

  test('is refused with a wrong key, and gets no cookie', async () => {
    const response = await logIn('st_wrong')
    expect([response.statusCode, response.headers['set-cookie']]).toEqual([401, undefined])
  })
})

test.each<[string, Parameters<typeof keyOf>[0], string]>([
  ['nobody’s', { name: ' ' }, 'name must say whose the key is and what for, in 1 to 200 characters.'],
  ['forged', { name: 'Ann\n{"level":30}' }, 'name must be one line, without characters that can’t be seen.'],
  ['turned around', { name: 'Ann\u202e' }, 'name must be one line, without characters that can’t be seen.'],
  ['of the past', { expiresAt: new Date(0) }, 'expiresAt must be a time that lies ahead.'],
  ['of no time', { expiresAt: new Date(Number.NaN) }, 'expiresAt must be a time that lies ahead.'],
  ['of no role', { role: 'boss' as Role }, 'role must be one of viewer, ingester, operator, admin.'],
  [
    'of an admin that is limited',
    { role: Role.ADMIN, teamIds: ['01938d5e-0000-7000-8000-00000000000a'] },
    'Only a viewer can be limited to teams or users, not a key of role admin.',
  ],
  ['of no team', { teamIds: [] }, 'teamIds must name at least one; leave it out for no limit.'],
  [
    'of a team that is not there',
    { teamIds: ['01938d5e-0000-7000-8000-00000000000a'] },
    'teamIds names 01938d5e-0000-7000-8000-00000000000a, which is not there.',
  ],
  [
    'of a viewer of sources',
    { sources: ['erp'] },
    'Only an ingester can be limited to sources, not a key of role viewer.',
  ],
  ['of an unknown source', { role: Role.INGESTER, sources: ['x'] }, 'sources names "x"; there is erp.'],
])('a key that would be %s is not made', async (_, request, fault) => {
  await expect(keyOf(request)).rejects.toThrow(fault)
})
