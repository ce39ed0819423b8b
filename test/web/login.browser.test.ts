import type { Page } from 'playwright-core'
import { createKey, revoke } from '../../src/auth/new-key.ts'
import { fillDemoSource } from '../../src/demo-source/fill-demo-source.ts'
import { Role } from '../../src/model/caller.ts'
import {
  axeFindings,
  describeWithBrowser,
  type OpenPage,
  settled,
  type TestBrowser,
  testBrowser,
} from '../support/browser.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { CLIENT, type OpenIdProvider, openIdProvider } from '../support/openid-provider.ts'
import { type TestService, testService } from '../support/service.ts'
import { unusedPort } from '../support/unused-port.ts'

const TODAY = new Date().toISOString().slice(0, 10)
const CLAIMS = { roleClaim: 'steelthread_role', teamsClaim: 'steelthread_teams', userClaim: 'steelthread_user' }

/** Browsers say of each refused request that it was refused. */
const IS_ABOUT_401 = /status of 401|ws:.*4401/

describeWithBrowser('a service that asks who it is, in a browser', () => {
  let browser: TestBrowser
  let provider: OpenIdProvider
  let service: TestService
  let address: string
  let open: OpenPage | undefined
  let luca: string
  let other: string
  let team: string

  beforeAll(async () => {
    const url = await freshDatabase('nothing')
    await onDatabase(url, (client) => fillDemoSource(client, { today: TODAY }))
    const sources = [{ name: 'demo', adapter: 'timesheets', url }]
    const filling = await testService({ sources })
    await filling.get('mutation { syncSource(name: "demo") { id } }')
    const { users } = await filling.get('{ users(first: 100) { nodes { id name } } }')
    luca = users.nodes.find(({ name }: { name: string }) => name.startsWith('Luca')).id
    other = users.nodes.find(({ name }: { name: string }) => !name.startsWith('Luca')).id
    const { upsertTeams } = await filling.get(
      'mutation ($members: [TeamMemberInput!]) { upsertTeams(input: [{ name: "Web", members: $members }]) { id } }',
      { members: [{ userId: luca, from: '2000-01-01' }] },
    )
    team = upsertTeams[0].id
    await filling.stop()
    provider = await openIdProvider()
    const port = await unusedPort()
    address = `http://127.0.0.1:${port}`
    service = await testService({
      url: filling.url,
      sources,
      auth: {
        issuer: { issuer: provider.issuer, audience: 'api', algorithm: 'RS256', skewSeconds: 30, ...CLAIMS },
        login: { clientId: CLIENT.id, clientSecret: CLIENT.secret, scopes: 'openid', publicUrl: address },
      },
    })
    await service.server.listen({ host: '127.0.0.1', port })
    browser = await testBrowser()
  })

  afterAll(async () => {
    await browser.close()
    await service.stop()
    await provider.stop()
  })

  afterEach(async () => {
    expect(open?.faults.filter((fault) => !IS_ABOUT_401.test(fault))).toEqual([])
    await open?.close()
    open = undefined
  })

  const keyOf = (role: Role, limits: { teamIds?: string[]; sources?: string[] } = {}) =>
    createKey(service.database, { name: `a ${role}`, role, ...limits }, { by: 'the test', sourceNames: ['demo'] })

  async function visit(path: string, options?: Parameters<TestBrowser['open']>[1]): Promise<Page> {
    open = await browser.open(`${address}${path}`, options)
    await settled(open.page)
    return open.page
  }

  async function logIn(page: Page, secret: string): Promise<void> {
    await page.getByLabel(/key/i).fill(secret)
    await page.getByRole('button', { name: 'Log in with the key' }).click()
  }

  async function visitAs(role: Role, path: string, limits?: { teamIds?: string[]; sources?: string[] }): Promise<Page> {
    const page = await visit(path)
    await logIn(page, (await keyOf(role, limits)).secret)
    await page.getByRole('button', { name: 'Log out' }).waitFor()
    await settled(page)
    return page
  }

  const heading = (page: Page) => page.locator('h1').innerText()
  const failures = (page: Page) => page.locator('.failure').allInnerTexts()

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)(
    'axe finds nothing wrong with the login in %s at %i px, nor with what it says of a wrong key',
    async (colorScheme, width) => {
      const page = await visit('/', { colorScheme, viewport: { width, height: 800 } })
      expect(await heading(page)).toBe('Log in')
      expect(await axeFindings(page)).toEqual([])
      await logIn(page, 'st_wrong')
      await page.getByRole('alert').waitFor()
      expect(await failures(page)).toEqual([
        'The API key is none, has expired, or was revoked; ask an admin for another.',
      ])
      expect(await axeFindings(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(
        true,
      )
    },
  )

  test('the field is one that a password manager fills, and no script can read what the browser keeps', async () => {
    const page = await visit('/')
    const field = page.getByLabel(/key/i)
    expect([await field.getAttribute('type'), await field.getAttribute('autocomplete')]).toEqual([
      'password',
      'current-password',
    ])
    await logIn(page, (await keyOf(Role.ADMIN)).secret)
    await page.getByRole('button', { name: 'Log out' }).waitFor()
    expect(await page.evaluate('document.cookie')).toBe('')
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ name: 'steelthread_session', httpOnly: true, sameSite: 'Strict' })
  })

  test('whose browser keeps no cookie is told so', async () => {
    const page = await visit('/login')
    expect(page.url()).toBe(`${address}/`)
    await page.route('**/login', (route) => route.fulfill({ status: 204 }))
    await logIn(page, (await keyOf(Role.ADMIN)).secret)
    await page.getByRole('alert').waitFor()
    expect((await failures(page))[0]).toMatch(/^The key is right, but the browser kept no cookie/)
  })

  test('whoever logs in goes on at the address that was asked for, and logs out there', async () => {
    const path = `/people/${luca}?period=last-week`
    const page = await visitAs(Role.ADMIN, path)
    expect(page.url()).toBe(`${address}${path}`)
    await page.getByText('Luca').first().waitFor()
    expect(await page.locator('.account').innerText()).toContain('a admin, admin')
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    expect(page.url()).toBe(`${address}${path}`)
    await page.reload()
    await settled(page)
    expect(await heading(page)).toBe('Log in')
  })

  test('a login that is over while the page is open leads back to the login, at the same address', async () => {
    const { key, secret } = await keyOf(Role.VIEWER)
    const page = await visit('/?period=last-week')
    await logIn(page, secret)
    await page.getByText('Live', { exact: true }).waitFor()
    await settled(page)
    await revoke(service.database, key.id)
    // Nothing is pressed: the socket is closed by then.
    await page.getByText('Your login is over.').waitFor({ timeout: 30_000 })
    expect(page.url()).toBe(`${address}/?period=last-week`)
    await logIn(page, (await keyOf(Role.VIEWER)).secret)
    await page.getByText('Live', { exact: true }).waitFor()
    expect(page.url()).toBe(`${address}/?period=last-week`)
  })

  test('what is asked for after that leads there, too', async () => {
    const { key, secret } = await keyOf(Role.VIEWER)
    const page = await visit('/')
    await logIn(page, secret)
    await page.getByText('Live', { exact: true }).waitFor()
    await settled(page)
    await revoke(service.database, key.id)
    await page
      .locator('header nav')
      .getByRole('link', { name: /^Quarantine/ })
      .click()
    await page.getByText('Your login is over.').waitFor({ timeout: 5_000 })
    expect(page.url()).toBe(`${address}/quarantine`)
  })

  test('one logs in at the issuer, and goes on at the address that was asked for', async () => {
    const page = await visit(`/people/${luca}?period=last-week`)
    await page.getByRole('link', { name: 'Log in with your company’s account' }).click()
    await page.getByRole('button', { name: 'Log out' }).waitFor()
    expect(page.url()).toBe(`${address}/people/${luca}?period=last-week`)
    expect(await page.locator('.account').innerText()).toContain('Ann, viewer')
    if (open) open.faults = open.faults.filter((fault) => !fault.startsWith(`asked ${provider.issuer}`))
  })

  test('whom the issuer gives no role is told so, beside the other way in', async () => {
    provider.claims = { steelthread_role: 'nothing' }
    const page = await visit('/')
    await page.getByRole('link', { name: 'Log in with your company’s account' }).click()
    await page.getByRole('alert').waitFor()
    expect((await failures(page))[0]).toMatch(/^The issuer knows you, but gives you no role here/)
    expect(page.url()).toBe(`${address}/`)
    await logIn(page, (await keyOf(Role.VIEWER)).secret)
    await page.getByRole('button', { name: 'Log out' }).waitFor()
    provider.claims = {}
    if (open) open.faults = open.faults.filter((fault) => !/^asked |status of 403/.test(fault))
  })

  test('a limited viewer is offered what tells of the team, and all of that works', async () => {
    const page = await visitAs(Role.VIEWER, '/?period=last-quarter', { teamIds: [team] })
    expect(await page.locator('.account').innerText()).toContain('sees Web')
    expect(await page.locator('header nav').innerText()).toBe('Overview')
    await page.getByText('Live', { exact: true }).waitFor()
    expect(await failures(page)).toEqual([])
    expect(await page.locator('a[href^="/quarantine"], a[href^="/pipeline"]').count()).toBe(0)
    // Down to the row that an activity came as.
    await page.locator('h1 a.explained').first().click()
    await page.getByRole('heading', { name: 'Activities behind it' }).waitFor()
    await settled(page)
    await page.locator('table button.small-button').first().click()
    await page.getByText('which are not yours to see').waitFor()
    expect(await failures(page)).toEqual([])
    expect(await axeFindings(page)).toEqual([])
    for (const known of ['reported', 'day', 'week']) {
      await page.goto(`${address}/?period=last-quarter&known=${known}`)
      await settled(page)
      await page.getByRole('heading', { name: 'Why it changed' }).waitFor()
      // Of the time before the first pull nothing is known, whoever asks.
      expect((await failures(page)).filter((failure) => !/nothing is known of the time before/.test(failure))).toEqual(
        [],
      )
    }
    for (const path of [`/people/${luca}`, `/teams/${team}`, '/kinds?kind=meeting']) {
      await page.goto(`${address}${path}`)
      await settled(page)
      expect(await failures(page)).toEqual([])
    }
  })

  test('addresses of what is not theirs say so to a limited viewer', async () => {
    const page = await visitAs(Role.VIEWER, '/pipeline', { teamIds: [team] })
    expect(await heading(page)).toBe('The pipeline is not yours to see')
    await page.goto(`${address}/quarantine`)
    await settled(page)
    expect(await heading(page)).toBe('The quarantine is not yours to see')
    await page.goto(`${address}/people/${other}`)
    await page.getByText('There is no such person.').waitFor()
  })

  test('a viewer sees the pipeline and the quarantine, and is offered nothing to be done there', async () => {
    const page = await visitAs(Role.VIEWER, '/pipeline')
    await page.getByRole('heading', { name: 'Sources' }).waitFor()
    expect(await page.getByRole('button', { name: /Pull now|Read everything|Promote|Try .* again/ }).count()).toBe(0)
    await page.goto(`${address}/quarantine`)
    await page.locator('.case').first().waitFor()
    await settled(page)
    expect(await page.getByRole('checkbox', { name: /Choose|All on this page/ }).count()).toBe(0)
    expect(await page.getByRole('button', { name: /^(Replay|Discard) \d|^Rehearse/ }).count()).toBe(0)
    expect(await failures(page)).toEqual([])
  })

  test('an operator is offered them', async () => {
    const page = await visitAs(Role.OPERATOR, '/pipeline')
    await page.getByRole('button', { name: 'Pull now' }).waitFor()
    await page.goto(`${address}/quarantine`)
    await page.getByRole('checkbox', { name: 'All on this page' }).waitFor()
  })

  test('an ingester is told what its key is for', async () => {
    const page = await visitAs(Role.INGESTER, '/quarantine', { sources: ['demo'] })
    expect(await heading(page)).toBe('This key sends rows in')
    await page.getByText('“a ingester” may send rows of demo and pull sources').waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('GraphiQL asks whoever isn’t logged in to do that first, and then asks by the cookie', async () => {
    open = await browser.open(`${address}/graphql`)
    const { page } = open
    await page.getByText('The service asks who you are').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('link', { name: 'log in at the page' }).click()
    await settled(page)
    await logIn(page, (await keyOf(Role.ADMIN)).secret)
    await page.getByRole('button', { name: 'Log out' }).waitFor()
    await page.goto(`${address}/graphql`)
    await page.locator('.graphiql-execute-button').click()
    await page.locator('.result-window', { hasText: '"data"' }).waitFor()
  })
})

describeWithBrowser('a service that asks nobody who it is', () => {
  test('shows nothing of logins', async () => {
    const browser = await testBrowser()
    const service = await testService()
    const { page, faults, close } = await browser.open(await service.server.listen({ host: '127.0.0.1', port: 0 }))
    await settled(page)
    expect(await page.getByText(/log (in|out)/i).count()).toBe(0)
    expect(await page.locator('.account').count()).toBe(0)
    expect(faults).toEqual([])
    await close()
    await browser.close()
    await service.stop()
  })
})
