import { configOf } from '../../src/config/config.ts'

const ISSUER = { AUTH_ISSUER: 'https://login.example/realm', AUTH_AUDIENCE: 'steelthread' }
const LOGIN = { ...ISSUER, AUTH_CLIENT_ID: 'page', PUBLIC_URL: 'https://steelthread.example' }

function faultOf(env: Record<string, string>): string {
  try {
    configOf(env)
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  throw new Error('This configuration was taken.')
}

test('whether anybody is asked who that is: nothing said, said that not, or how', () => {
  expect(configOf({}).auth).toBeUndefined()
  expect(configOf({ AUTH: 'none' }).auth).toBe('none')
  expect(configOf({ AUTH: 'keys' }).auth).toEqual({ issuer: undefined, login: undefined })
  expect(configOf(ISSUER).auth).toEqual({
    issuer: {
      ...{ issuer: 'https://login.example/realm', audience: 'steelthread', algorithm: 'RS256', skewSeconds: 30 },
      ...{ roleClaim: 'steelthread_role', teamsClaim: 'steelthread_teams', userClaim: 'steelthread_user' },
    },
    login: undefined,
  })
})

test('people log in at the issuer where it knows the service', () => {
  expect(configOf({ ...LOGIN, AUTH_CLIENT_SECRET: 'x', AUTH_SCOPES: 'openid groups' })).toMatchObject({
    publicUrl: 'https://steelthread.example',
    auth: { login: { clientId: 'page', clientSecret: 'x', scopes: 'openid groups', publicUrl: LOGIN.PUBLIC_URL } },
  })
  expect(configOf(LOGIN).auth).toMatchObject({ login: { clientSecret: undefined, scopes: 'openid profile email' } })
})

test.each<[Record<string, string>, string]>([
  [{ AUTH: 'password' }, 'AUTH must be keys or none'],
  [{ ...ISSUER, AUTH: 'none' }, 'AUTH must not be none where AUTH_ISSUER is set: leave one of them out'],
  [
    { AUTH_ISSUER: ISSUER.AUTH_ISSUER },
    'AUTH_AUDIENCE must be set where AUTH_ISSUER is: tokens that are for another service would do here',
  ],
  [{ AUTH_AUDIENCE: 'x' }, 'AUTH_AUDIENCE does nothing without AUTH_ISSUER'],
  [
    { AUTH_CLIENT_ID: 'x', PUBLIC_URL: 'https://steelthread.example' },
    'AUTH_CLIENT_ID does nothing without AUTH_ISSUER',
  ],
  [{ ...ISSUER, AUTH_CLIENT_SECRET: 's3cret' }, 'AUTH_CLIENT_SECRET does nothing without AUTH_CLIENT_ID'],
  [
    { ...ISSUER, AUTH_CLIENT_ID: 'x' },
    'PUBLIC_URL must be set where AUTH_CLIENT_ID is: the issuer sends people back there',
  ],
  [{ ...LOGIN, AUTH_SCOPES: 'profile email' }, 'AUTH_SCOPES must be names with blanks between them, openid among them'],
  [{ ...ISSUER, AUTH_CLOCK_SKEW: '11m' }, 'AUTH_CLOCK_SKEW must be a time such as 30s, at most 10m'],
])('%j is refused', (env, fault) => {
  expect(faultOf(env)).toBe(fault)
})

test.each(['HS256', 'none', 'rs256'])(
  'AUTH_ALGORITHM %s is refused: whoever checks must not be able to sign',
  (name) => {
    expect(faultOf({ ...ISSUER, AUTH_ALGORITHM: name })).toMatch(/^AUTH_ALGORITHM must be one of RS256, /)
  },
)

test.each(['http://login.example', 'login.example', 'http://127.0.0.1.evil.example', 'http://localhost@evil.example'])(
  'AUTH_ISSUER %s is refused',
  (issuer) => {
    expect(faultOf({ ...ISSUER, AUTH_ISSUER: issuer })).toBe(
      'AUTH_ISSUER must be the URL of an OpenID Connect issuer, with https; with http on this machine alone',
    )
  },
)

test.each(['http://localhost:8080/realms/x', 'http://127.0.0.1', 'http://[::1]:1'])(
  'AUTH_ISSUER %s is taken',
  (issuer) => {
    expect(configOf({ ...ISSUER, AUTH_ISSUER: issuer }).auth).toMatchObject({ issuer: { issuer } })
  },
)

test.each([
  'steelthread.example',
  'https://steelthread.example/path',
  'https://me:pw@steelthread.example',
  'https://x?y',
])('PUBLIC_URL %s is refused', (url) => {
  expect(faultOf({ PUBLIC_URL: url })).toBe(
    'PUBLIC_URL must be where people find the service, such as https://steelthread.example',
  )
})
