import { createSecretKey } from 'node:crypto'
import { jest } from '@jest/globals'
import { exportSPKI, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { IssuedTokens, type IssuerSettings } from '../../src/auth/issued-tokens.ts'
import {
  type OpenIdProvider,
  openIdProvider,
  type SigningKey,
  seconds,
  signingKey,
} from '../support/openid-provider.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'

const AUDIENCE = 'steelthread-api'
const WHO = '{ caller { name role isLimited teams { name } users { name } } }'
const VIEWER = { aud: AUDIENCE, steelthread_role: 'viewer', name: 'Ann' }

let provider: OpenIdProvider
let service: TestService

function settings(issuer: string): IssuerSettings {
  return {
    ...{ issuer, audience: AUDIENCE, algorithm: 'RS256', skewSeconds: 30 },
    ...{ roleClaim: 'steelthread_role', teamsClaim: 'steelthread_teams', userClaim: 'steelthread_user' },
  }
}

beforeAll(async () => {
  provider = await openIdProvider()
  const filling = await testService({ sources: [{ name: 'timesheets', adapter: 'timesheets' }] })
  const people = await addPeople(filling)
  await filling.get(
    'mutation ($id: ID!) { upsertTeams(input: [{ name: "Red", members: [{ userId: $id, from: "2026-01-01" }] }]) { id } }',
    { id: people[ANN] },
  )
  await ingest(filling, [row('ann'), row('ben', { user_id: BEN })])
  await filling.stop()
  service = await testService({
    ...{ url: filling.url, auth: { issuer: settings(provider.issuer) }, today: () => '2026-04-15' },
    sources: [{ name: 'timesheets', adapter: 'timesheets' }],
  })
})

afterAll(async () => {
  await service?.stop()
  await provider?.stop()
})

async function asked(token: string, query = WHO, of = service) {
  const { status, data, errors } = await of.askAs(token, query)
  return errors ? { status, said: errors[0]?.message } : { status, data }
}

const tokenOf = (claims: JWTPayload & Record<string, unknown> = {}, key?: SigningKey) =>
  provider.token({ ...VIEWER, ...claims }, key)

test('a token of the issuer says who asks, and what that allows', async () => {
  expect(await asked(await tokenOf())).toEqual({
    status: 200,
    data: { caller: { name: 'Ann', role: 'VIEWER', isLimited: false, teams: [], users: [] } },
  })
})

test('of several roles the one that allows most counts', async () => {
  const token = await tokenOf({
    steelthread_role: ['viewer', 'admin', 'staff'],
    name: undefined,
    email: 'ann@x.example',
  })
  expect((await asked(token)).data.caller).toMatchObject({ name: 'ann@x.example', role: 'ADMIN' })
})

test.each<[string, Record<string, unknown>, string[]]>([
  ['a team', { steelthread_teams: ['Red'] }, ['ann']],
  ['a team as a text', { steelthread_teams: 'Red' }, ['ann']],
  ['themselves', { steelthread_user: `timesheets:${BEN}` }, ['ben']],
  ['a team that there isn’t', { steelthread_teams: ['Blue'] }, []],
  ['no team', { steelthread_teams: [] }, []],
  ['no team, without a value', { steelthread_teams: null }, []],
])('claims limit a viewer to %s', async (_, claims, seen) => {
  const { data } = await asked(
    await tokenOf(claims),
    '{ caller { isLimited } activities(first: 9) { nodes { externalId } } }',
  )
  expect(data.caller.isLimited).toBe(true)
  expect(data.activities.nodes.map(({ externalId }: { externalId: string }) => externalId)).toEqual(seen)
})

test('claims of teams don’t limit whoever is more than a viewer', async () => {
  const token = await tokenOf({ steelthread_role: 'operator', steelthread_teams: ['Red'] })
  expect((await asked(token)).data.caller).toMatchObject({ role: 'OPERATOR', isLimited: false })
})

test.each<[string, Record<string, unknown>, string]>([
  ['for another service', { aud: 'another' }, 'its claim "aud" is not as it must be'],
  ['for none', { aud: undefined }, 'its claim "aud" is not as it must be'],
  ['of another issuer', { iss: 'https://another.example' }, 'its claim "iss" is not as it must be'],
  ['of no issuer', { iss: undefined }, 'its claim "iss" is not as it must be'],
  ['of nobody', { sub: undefined }, 'its claim "sub" is not as it must be'],
  ['that never expires', { exp: undefined }, 'its claim "exp" is not as it must be'],
  ['that has expired', { exp: seconds() - 90 }, 'it has expired'],
  ['of a time to come', { nbf: seconds() + 90 }, 'its claim "nbf" is not as it must be'],
])('a token %s is refused', async (_, claims, why) => {
  expect(await asked(await tokenOf(claims))).toEqual({ status: 401, said: `The token is not accepted: ${why}.` })
})

test.each<[string, Record<string, unknown>]>([
  ['expired', { exp: seconds() - 10 }],
  ['began', { nbf: seconds() + 10 }],
])('a token that %s by less than clocks may differ is taken', async (_, claims) => {
  expect((await asked(await tokenOf(claims))).status).toBe(200)
})

test.each([undefined, 'boss', [], 7, { viewer: true }, 'VIEWER'])('a token of the role %j is refused', async (role) => {
  expect(await asked(await tokenOf({ steelthread_role: role }))).toEqual({
    status: 401,
    said: 'The token must say in "steelthread_role" one of viewer, ingester, operator, admin.',
  })
})

test.each([{ a: 1 }, ['ann'], 7, '', 'ann\n', 'x'.repeat(256)])('a token of the subject %j is refused', async (sub) => {
  expect(await asked(await tokenOf({ sub: sub as string }))).toEqual({
    status: 401,
    said: 'The token\'s claim "sub" must be a text of 1 to 255 characters that can be seen.',
  })
})

test.each([7, { red: true }, ['Red', 7], ['Red\0']])('a claim of teams that is %j is refused', async (teams) => {
  expect(await asked(await tokenOf({ steelthread_teams: teams }))).toEqual({
    status: 401,
    said: 'The token\'s claim "steelthread_teams" must be a text or a list of texts.',
  })
})

describe('a token that is signed', () => {
  const refused = (why: string) => ({ status: 401, said: `The token is not accepted: ${why}.` })
  const claims = () => ({ ...VIEWER, iss: provider.issuer, sub: 'ann', exp: seconds() + 60 })
  const own = () => provider.signing.jwk.kid ?? ''

  test('not at all', async () => {
    expect(await asked(new UnsecuredJWT(claims()).encode())).toEqual(refused('it is signed by another algorithm'))
  })

  test('by the issuer’s public key, as if that were a secret', async () => {
    const key = await importJWK(provider.signing.jwk, 'RS256', { extractable: true })
    if (key instanceof Uint8Array) throw new Error('An RSA key is no bytes.')
    for (const secret of [await exportSPKI(key), JSON.stringify(provider.signing.jwk)]) {
      const token = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'HS256', kid: own() })
        .sign(createSecretKey(Buffer.from(secret)))
      expect(await asked(token)).toEqual(refused('it is signed by another algorithm'))
    }
  })

  test('by another algorithm with a key of the issuer', async () => {
    const other = await signingKey('ES256')
    provider.keys.push(other)
    expect(await asked(await tokenOf({}, other))).toEqual(refused('it is signed by another algorithm'))
    provider.keys.pop()
  })

  test('by a stranger, under the name of a key of the issuer', async () => {
    expect(await asked(await tokenOf({}, await signingKey('RS256', own())))).toEqual(refused('its signature is wrong'))
  })

  test('by a stranger, with the stranger’s key beside it', async () => {
    const { privateKey, jwk } = await signingKey()
    const token = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'RS256', jwk, kid: jwk.kid ?? '' })
      .sign(privateKey)
    expect(await asked(token)).toEqual(refused('no key of the issuer has signed it'))
  })

  test('and then changed', async () => {
    const [head, , signature] = (await tokenOf()).split('.')
    const body = Buffer.from(JSON.stringify({ ...claims(), steelthread_role: 'admin' })).toString('base64url')
    expect(await asked([head, body, signature].join('.'))).toEqual(refused('its signature is wrong'))
  })
})

test.each(['junk', 'a.b.c', '..', 'eyJhbGciOiJSUzI1NiJ9.e30.'])('%j is no token', async (token) => {
  expect(await asked(token)).toMatchObject({ status: 401 })
})

test('a key of the issuer that is new is asked for, where it wasn’t asked a moment ago', async () => {
  const own = await openIdProvider()
  const tokens = new IssuedTokens(settings(own.issuer), { teamsNamed: async () => [], usersNamed: async () => [] })
  await tokens.callerOf(await own.token(VIEWER))
  const next = await signingKey()
  own.keys = [next]
  own.signing = next
  const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000)
  expect((await tokens.callerOf(await own.token({ ...VIEWER, exp: seconds() + 60 }))).name).toBe('Ann')
  now.mockRestore()
  expect(own.asked.keys).toBe(2)
  await own.stop()
})

test('tokens of unknown keys don’t have the issuer asked again and again', async () => {
  await asked(await tokenOf())
  const { keys } = provider.asked
  for (let i = 0; i < 5; i++) await asked(await tokenOf({}, await signingKey()))
  expect(provider.asked.keys).toBeLessThanOrEqual(keys + 1)
})

describe('an issuer that can’t be asked', () => {
  let own: OpenIdProvider
  let other: TestService

  beforeEach(async () => {
    own = await openIdProvider()
    other = await testService({ auth: { issuer: settings(own.issuer) } })
  })

  afterEach(async () => {
    await other.stop()
    await own.stop()
  })

  const AWAY = () => ({ status: 503, said: `The issuer of tokens, ${own.issuer}, can't be asked for its keys.` })

  test('is no fault of who asks, nor does that last', async () => {
    const token = await own.token(VIEWER)
    own.isBroken = true
    expect(await asked(token, WHO, other)).toEqual(AWAY())
    own.isBroken = false
    expect((await asked(token, WHO, other)).status).toBe(200)
  })

  test('is asked once for all who come meanwhile', async () => {
    const fetched = jest.spyOn(globalThis, 'fetch')
    const tokens = new IssuedTokens(settings(own.issuer), { teamsNamed: async () => [], usersNamed: async () => [] })
    own.isBroken = true
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => tokens.callerOf('junk')))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill('rejected'))
    expect(fetched).toHaveBeenCalledTimes(1)
    fetched.mockRestore()
    own.isBroken = false
    expect((await tokens.callerOf(await own.token(VIEWER))).name).toBe('Ann')
  })

  test('for its keys alone, is neither', async () => {
    const token = await own.token(VIEWER)
    for (const broken of ['error', 'nonsense'] as const) {
      own.brokenKeys = broken
      expect(await asked(token, WHO, other)).toEqual(AWAY())
    }
    own.brokenKeys = undefined
    expect((await asked(token, WHO, other)).status).toBe(200)
  })

  test('doesn’t matter to whom it needn’t be asked for: keys go on', async () => {
    own.isBroken = true
    expect((await asked('st_none', WHO, other)).status).toBe(401)
  })
})
