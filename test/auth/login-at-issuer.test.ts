import type { AuthSettings } from '../../src/auth/authenticator.ts'
import type { LoginAttempt } from '../../src/auth/login-at-issuer.ts'
import { CLIENT, type OpenIdProvider, openIdProvider, seconds, signingKey } from '../support/openid-provider.ts'
import { type TestService, testService } from '../support/service.ts'
import { unusedPort } from '../support/unused-port.ts'

let provider: OpenIdProvider
let service: TestService
let url: string

const CLAIMS = { roleClaim: 'steelthread_role', teamsClaim: 'steelthread_teams', userClaim: 'steelthread_user' }

function settings(issuer: string, publicUrl: string, clientSecret: string | undefined = CLIENT.secret): AuthSettings {
  return {
    issuer: { issuer, audience: 'steelthread-api', algorithm: 'RS256', skewSeconds: 30, ...CLAIMS },
    login: { clientId: CLIENT.id, clientSecret, scopes: 'openid profile', publicUrl },
  }
}

/** A service that listens where people find it. */
async function listening(issuer: string, secret: string | undefined = CLIENT.secret, publicUrl?: string) {
  const port = await unusedPort()
  const own = `http://127.0.0.1:${port}`
  const service = await testService({ auth: settings(issuer, publicUrl ?? own, secret), publicUrl: publicUrl ?? own })
  await service.server.listen({ host: '127.0.0.1', port })
  return { service, url: own }
}

beforeAll(async () => {
  provider = await openIdProvider()
  const made = await listening(provider.issuer)
  service = made.service
  url = made.url
})

afterAll(async () => {
  await service?.stop()
  await provider?.stop()
})

beforeEach(() => {
  provider.claims = {}
  provider.refuses = undefined
  provider.isBroken = false
  provider.signing = provider.keys[0] ?? provider.signing
})

/** What a browser does: it keeps cookies, and goes where it is sent, one step at a time. */
class Browser {
  readonly cookies = new Map<string, string>()

  async go(address: string, headers: Record<string, string> = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(address, { redirect: 'manual', headers: { ...(cookie && { cookie }), ...headers } })
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      if (/Max-Age=0/i.test(text)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  /** To the issuer and back, up to the address that it leads back to. */
  async atIssuer(from = `${url}/login/issuer`): Promise<string> {
    const sent = await this.go(from)
    expect(sent.status).toBe(302)
    return placeOf(await fetch(placeOf(sent), { redirect: 'manual' }))
  }

  get attempt(): LoginAttempt {
    return JSON.parse(Buffer.from(this.cookies.get('steelthread_login') ?? '', 'base64url').toString())
  }

  set attempt(attempt: LoginAttempt) {
    this.cookies.set('steelthread_login', Buffer.from(JSON.stringify(attempt)).toString('base64url'))
  }

  async asked(query: string): Promise<{ data: unknown; errors?: { extensions: { code: string } }[] }> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return (await response.json()) as { data: unknown }
  }
}

function placeOf(response: Response): string {
  return response.headers.get('location') ?? ''
}

/** A login that must not come to anything: what the service says of it. */
async function refusalOf(browser: Browser, address: string): Promise<{ status: number; said: string }> {
  const response = await browser.go(address)
  const { errors } = (await response.json()) as { errors: { message: string }[] }
  expect(browser.cookies.has('steelthread_session')).toBe(false)
  return { status: response.status, said: errors[0]?.message ?? '' }
}

const DOESNT_HOLD = { status: 401, said: 'What the issuer says of you doesn’t hold; begin the login anew.' }
const BEGIN_ANEW = {
  status: 401,
  said: 'No login was begun in this browser, or it is over already; begin it anew.',
}

test('the issuer is asked for a code with state, nonce and a challenge, of which the address holds no secret', async () => {
  const sent = await new Browser().go(`${url}/login/issuer`)
  const { origin, pathname, searchParams } = new URL(placeOf(sent))
  expect([origin, pathname]).toEqual([provider.issuer, '/authorize'])
  expect(Object.fromEntries(searchParams)).toEqual({
    ...{ client_id: CLIENT.id, response_type: 'code', scope: 'openid profile', code_challenge_method: 'S256' },
    redirect_uri: `${url}/login/callback`,
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
  })
  expect(sent.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^steelthread_login=[\w-]+; Max-Age=600; Path=\/login; HttpOnly; SameSite=Lax$/),
  ])
  expect(sent.headers.get('cache-control')).toBe('no-store')
})

test('whoever comes back is logged in as the claims say, and goes on to where they were', async () => {
  provider.claims = { steelthread_role: ['staff', 'operator', 'viewer'] }
  const browser = new Browser()
  const back = await browser.atIssuer(`${url}/login/issuer?to=${encodeURIComponent('/people/7?until=2026-03-01&a=b')}`)
  const response = await browser.go(back)
  expect([response.status, placeOf(response)]).toEqual([302, '/people/7?until=2026-03-01&a=b'])
  expect(response.headers.getSetCookie()).toEqual([
    'steelthread_login=; Max-Age=0; Path=/login; HttpOnly; SameSite=Lax',
    expect.stringMatching(/^steelthread_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/),
  ])
  expect(await browser.asked('{ caller { name role isLimited } }')).toEqual({
    data: { caller: { name: 'Ann', role: 'OPERATOR', isLimited: false } },
  })
})

test('claims of teams limit a viewer', async () => {
  await service.database.transaction((sql) =>
    sql(`INSERT INTO team (id, name) VALUES ('01938d5e-0000-7000-8000-00000000000a', 'Red')`),
  )
  provider.claims = { steelthread_teams: ['Red', 'Unknown'] }
  const browser = new Browser()
  await browser.go(await browser.atIssuer())
  expect(await browser.asked('{ caller { isLimited teams { name } } }')).toEqual({
    data: { caller: { isLimited: true, teams: [{ name: 'Red' }] } },
  })
})

test.each([
  '//evil.example/',
  'https://evil.example/',
  '/\\evil.example',
  '/\t/evil.example',
  '/..//evil.example',
  'people',
  `/${'x'.repeat(2_000)}`,
])('nobody is led on to %j', async (to) => {
  const browser = new Browser()
  const back = await browser.atIssuer(`${url}/login/issuer?to=${encodeURIComponent(to)}`)
  expect(placeOf(await browser.go(back))).toBe('/')
  // Nor where the browser's own cookie says so.
  const again = await browser.atIssuer()
  browser.attempt = { ...browser.attempt, to }
  expect(placeOf(await browser.go(again))).toBe('/')
})

test('another’s answer of the issuer logs nobody in: the state is not of this browser', async () => {
  const [stranger, browser] = [new Browser(), new Browser()]
  const strangers = await stranger.atIssuer()
  expect(await refusalOf(browser, strangers)).toEqual(BEGIN_ANEW)
  await browser.atIssuer()
  expect(await refusalOf(browser, strangers)).toEqual(DOESNT_HOLD)
})

test('an answer without state, or with two, logs nobody in', async () => {
  for (const change of [(a: URL) => a.searchParams.delete('state'), (a: URL) => a.searchParams.append('state', 'x')]) {
    const browser = new Browser()
    const back = new URL(await browser.atIssuer())
    change(back)
    expect(await refusalOf(browser, back.href)).toEqual(DOESNT_HOLD)
  }
})

test('an answer is taken once: then the browser has no login under way, and the issuer doesn’t take the code', async () => {
  const browser = new Browser()
  const back = await browser.atIssuer()
  const { attempt } = browser
  expect((await browser.go(back)).status).toBe(302)
  browser.cookies.clear()
  expect(await refusalOf(browser, back)).toEqual(BEGIN_ANEW)
  browser.attempt = attempt
  expect(await refusalOf(browser, back)).toEqual({
    status: 401,
    said: 'The issuer takes this login for finished or outdated; begin it anew.',
  })
})

test('a failed login is over, too', async () => {
  const browser = new Browser()
  const back = await browser.atIssuer()
  browser.attempt = { ...browser.attempt, verifier: 'x'.repeat(43) }
  expect(await refusalOf(browser, back)).toEqual({
    status: 401,
    said: 'The issuer takes this login for finished or outdated; begin it anew.',
  })
  expect(browser.cookies.size).toBe(0)
})

test('another nonce, and a login that took too long, are refused', async () => {
  const browser = new Browser()
  const back = await browser.atIssuer()
  browser.attempt = { ...browser.attempt, nonce: 'x'.repeat(43) }
  expect(await refusalOf(browser, back)).toEqual(DOESNT_HOLD)
  const late = await browser.atIssuer()
  const asked = provider.asked.tokens
  browser.attempt = { ...browser.attempt, until: Date.now() - 1 }
  expect(await refusalOf(browser, late)).toEqual({ status: 401, said: 'The login took too long; begin it anew.' })
  expect(provider.asked.tokens).toBe(asked)
})

test.each(['', 'junk', Buffer.from('null').toString('base64url'), Buffer.from('{"state":1}').toString('base64url')])(
  'the cookie %j is no login under way',
  async (cookie) => {
    const browser = new Browser()
    const back = await browser.atIssuer()
    browser.cookies.set('steelthread_login', cookie)
    expect(await refusalOf(browser, back)).toEqual(BEGIN_ANEW)
  },
)

test.each<[string, Record<string, unknown>]>([
  ['for another client', { aud: 'another' }],
  ['for this API, but not for its page', { aud: 'steelthread-api' }],
  ['for several, the other one of them being authorized', { aud: [CLIENT.id, 'another'], azp: 'another' }],
  ['expired', { exp: seconds() - 60 }],
  ['of another issuer', { iss: 'http://another.example' }],
  ['without a nonce', { nonce: undefined }],
  ['without a subject', { sub: undefined }],
])('an id token %s is refused', async (_, claims) => {
  provider.claims = claims
  const browser = new Browser()
  expect(await refusalOf(browser, await browser.atIssuer())).toEqual(DOESNT_HOLD)
})

test('an id token that has expired by less than clocks may differ is taken', async () => {
  provider.claims = { exp: seconds() - 5 }
  const browser = new Browser()
  expect((await browser.go(await browser.atIssuer())).status).toBe(302)
})

test('an id token signed by a key that the issuer doesn’t publish, or by another algorithm, is refused', async () => {
  const [own] = provider.keys
  for (const signing of [
    await signingKey('RS256', own?.jwk.kid),
    await signingKey('RS256'),
    await signingKey('ES256'),
  ]) {
    if (signing.alg === 'ES256') provider.keys.push(signing)
    provider.signing = signing
    const browser = new Browser()
    expect(await refusalOf(browser, await browser.atIssuer())).toEqual(DOESNT_HOLD)
  }
  provider.keys.splice(1)
})

test('whom the issuer gives no role is told so in a sentence', async () => {
  provider.claims = { steelthread_role: 'boss' }
  const browser = new Browser()
  expect(await refusalOf(browser, await browser.atIssuer())).toEqual({
    status: 403,
    said:
      'The issuer knows you, but gives you no role here (viewer, ingester, operator, admin): ask whoever runs the service for one. ' +
      'The token must say in "steelthread_role" one of viewer, ingester, operator, admin.',
  })
})

test('where the issuer refuses, its code is said, and nothing else of what the address holds', async () => {
  provider.refuses = 'access_denied'
  const browser = new Browser()
  const back = `${await browser.atIssuer()}&error_description=%3Cscript%3E`
  expect(await refusalOf(browser, back)).toEqual({
    status: 401,
    said: 'The issuer didn’t log you in (access_denied).',
  })
  provider.refuses = '<script>alert(1)</script>'
  expect((await refusalOf(browser, await browser.atIssuer())).said).toBe('The issuer didn’t log you in.')
})

test('an issuer that is away is no fault of who logs in', async () => {
  const browser = new Browser()
  const back = await browser.atIssuer()
  provider.isBroken = true
  expect(await refusalOf(browser, back)).toEqual({
    status: 503,
    said: 'The issuer can’t be asked just now who you are.',
  })
})

test('an issuer that was away when it was asked first is asked again', async () => {
  const other = await openIdProvider()
  other.isBroken = true
  const { service, url } = await listening(other.issuer)
  const browser = new Browser()
  expect(await refusalOf(browser, `${url}/login/issuer`)).toEqual({
    status: 503,
    said: 'The issuer can’t be asked just now, so nobody logs in by it.',
  })
  other.isBroken = false
  expect((await browser.go(await browser.atIssuer(`${url}/login/issuer`))).status).toBe(302)
  await service.stop()
  await other.stop()
})

test('a service whose secret is wrong says so as its own fault, without the secret', async () => {
  const { service, url } = await listening(provider.issuer, 'wr0ng secret')
  const browser = new Browser()
  const { status, said } = await refusalOf(browser, await browser.atIssuer(`${url}/login/issuer`))
  expect([status, said]).toEqual([503, 'The issuer doesn’t tell this service who you are (invalid_client).'])
  expect(JSON.stringify(service.logged)).toContain('nobody was logged in by the issuer')
  expect(JSON.stringify(service.logged)).not.toMatch(/wr0ng|code=|s3cret/)
  await service.stop()
})

test('a public client needs no secret', async () => {
  const other = await openIdProvider({ isPublic: true })
  const port = await unusedPort()
  const own = `http://127.0.0.1:${port}`
  const { issuer, login } = settings(other.issuer, own)
  const service = await testService({ auth: { issuer, login: login && { ...login, clientSecret: undefined } } })
  await service.server.listen({ host: '127.0.0.1', port })
  const browser = new Browser()
  expect((await browser.go(await browser.atIssuer(`${own}/login/issuer`))).status).toBe(302)
  await service.stop()
  await other.stop()
})

test('who looks at it in a browser sees the page, which says what is wrong, and nothing that it could be made to say', async () => {
  const browser = new Browser()
  const response = await browser.go(`${url}/login/callback?code=x&state=%22%3E%3Cscript%3E`, { accept: 'text/html' })
  const page = await response.text()
  expect([response.status, response.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8'])
  expect(page).toContain(`<meta name="login-fault" content="${BEGIN_ANEW.said}">`)
  expect(page).not.toContain('<script>')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
})

test('behind a proxy that ends TLS, cookies are for TLS alone, and pages of the public address may log in', async () => {
  const { service, url } = await listening(provider.issuer, CLIENT.secret, 'https://steelthread.example')
  const sent = await fetch(`${url}/login/issuer`, { redirect: 'manual' })
  expect(sent.headers.getSetCookie()).toEqual([expect.stringMatching(/; HttpOnly; Secure; SameSite=Lax$/)])
  expect(new URL(placeOf(sent)).searchParams.get('redirect_uri')).toBe('https://steelthread.example/login/callback')
  const logIn = async (origin: string, host: string) => {
    const headers = { origin, host }
    const payload = { key: 'st_none' }
    return (await service.server.inject({ method: 'POST', url: '/login', headers, payload })).statusCode
  }
  for (const host of ['127.0.0.1:4000', 'steelthread.example']) {
    expect(await logIn('https://steelthread.example', host)).toBe(401)
    expect(await logIn('http://steelthread.example', host)).toBe(403)
  }
  await service.stop()
})

test('how one logs in is said to everybody', async () => {
  expect(await (await fetch(`${url}/login`)).json()).toEqual({ isNeeded: true, byKey: true, byIssuer: true })
})
