import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { fillDemoSource } from '../../src/demo-source/fill-demo-source.ts'
import {
  axeFindings,
  describeWithBrowser,
  type OpenPage,
  settled,
  type TestBrowser,
  testBrowser,
} from '../support/browser.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { type TestService, testService } from '../support/service.ts'
import { until } from '../support/until.ts'

const TODAY = new Date().toISOString().slice(0, 10)
const KILOBYTE = 1_000

describeWithBrowser('the page, in a browser', () => {
  let browser: TestBrowser
  let service: TestService
  let address: string
  let open: OpenPage | undefined

  beforeAll(async () => {
    const url = await freshDatabase('nothing')
    await onDatabase(url, (client) => fillDemoSource(client, { today: TODAY }))
    service = await testService({ sources: [{ name: 'demo', adapter: 'timesheets', url }] })
    await service.get('mutation { syncSource(name: "demo") { id } }')
    const members = [{ userId: await person('Luca'), from: '2000-01-01' }]
    await service.get(
      'mutation ($members: [TeamMemberInput!]) { upsertTeams(input: [{ name: "Web", members: $members }]) { id } }',
      { members },
    )
    address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    browser = await testBrowser()
  })

  afterAll(async () => {
    await browser.close()
    await service.stop()
  })

  afterEach(() => open?.close())

  async function visit(path: string, options?: Parameters<TestBrowser['open']>[1]): Promise<OpenPage> {
    open = await browser.open(`${address}${path}`, options)
    await settled(open.page)
    return open
  }

  const heading = (page: Page) => page.locator('h1').innerText()
  const hoursIn = (text: string) => Number(text.replaceAll(',', ''))

  async function person(name: string): Promise<string> {
    const { users } = await service.get('query ($name: String) { users(name: $name, first: 1) { nodes { id } } }', {
      name,
    })
    return users.nodes[0].id
  }

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    test.each(['/', '/?explain', '/people', '/kinds?kind=meeting'])(
      'axe finds nothing wrong with %s, and nothing goes wrong in it',
      async (path) => {
        const id = await person('Luca')
        const paths: Record<string, string> = {
          '/?explain': `/?explain=${TODAY}..${TODAY};person=${id}`,
          '/people': `/people/${id}`,
        }
        const { page, faults } = await visit(paths[path] ?? path, { colorScheme })
        for (const details of await page.locator('details').all())
          await details.evaluate((element) => element.setAttribute('open', ''))
        expect(await axeFindings(page)).toEqual([])
        expect(faults).toEqual([])
      },
    )
  })

  test('what is chosen is in the URL: reloaded it is the same, and back is back', async () => {
    const { page } = await visit('/?period=4-weeks')
    const all = await heading(page)
    await page.locator('.filters').getByLabel('Kind of activity').selectOption('Rework')
    await until(async () => (await heading(page)) !== all)
    const rework = await heading(page)
    expect(page.url()).toContain('period=4-weeks')
    await page.reload()
    await settled(page)
    expect(await heading(page)).toBe(rework)
    expect(await page.locator('.filters').getByLabel('Kind of activity').inputValue()).toBe('rework')
    await page.goBack()
    await until(async () => (await heading(page)) === all)
  })

  test('while other days are read, what is shown stays, and is called what it is', async () => {
    const { page } = await visit('/?period=4-weeks')
    const before = await heading(page)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route('**/graphql', async (route) => {
      await held
      await route.continue()
    })
    await page.locator('.filters').getByLabel('Period').selectOption('Last week')
    await page.locator('.content.old').first().waitFor()
    expect(await heading(page)).toBe(before)
    expect(before).toContain('in the 4 weeks to today')
    release()
    await until(async () => (await heading(page)).includes('lost last week'))
  })

  test('a number opens to where it comes from, and all that is shown there adds up to it', async () => {
    const { page } = await visit('/?period=last-week')
    const shown = hoursIn(await page.locator('h1 a').first().innerText())
    await page.locator('h1 a').first().click()
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('heading', { name: 'Activities behind it' }).waitFor()
    expect(hoursIn(await drawer.locator('.lead strong').innerText())).toBe(shown)
    const kinds = drawer.getByRole('table', { name: 'By kind of activity' })
    const lost = await kinds.locator('tbody tr td:nth-child(2)').allInnerTexts()
    const [sum = Number.NaN, ...others] = lost.map(hoursIn).reverse()
    expect(sum).toBe(shown)
    // Each line is rounded by itself.
    expect(Math.abs(others.reduce((all, each) => all + each, 0) - sum)).toBeLessThan(0.05 * others.length + 0.01)

    const range = new URL(page.url()).searchParams.get('explain')?.split('..') ?? []
    const { waste } = await service.get(
      `query ($from: Date!, $to: Date!) { waste(from: $from, to: $to) { nodes { nvaSeconds provenance { activities(first: 1000) { totalCount nodes { contribution { nvaSeconds } } } } } } }`,
      { from: range[0], to: range[1] },
    )
    const [{ nvaSeconds, provenance }] = waste.nodes
    const rows = drawer.getByRole('table', { name: 'Activities behind the number' }).locator('tbody tr')
    for (let listed = await rows.count(); listed < provenance.activities.totalCount; listed = await rows.count()) {
      await drawer.getByRole('button', { name: 'More' }).click()
      await until(async () => (await rows.count()) > listed)
    }
    expect(await rows.count()).toBe(provenance.activities.totalCount)
    expect(shown).toBe(Number((nvaSeconds / 3600).toFixed(1)))
    await drawer.getByText(`add up to ${shown} of ${shown} hours lost`).waitFor()
    await drawer.locator('tbody button').first().click()
    await drawer.locator('pre').waitFor()
    expect(JSON.parse(await drawer.locator('pre').innerText())).toHaveProperty('duration_seconds')
  })

  test('parts of a change lead to their rows', async () => {
    const { page } = await visit('/?period=last-week&by=USER&metric=hours')
    const section = page.getByRole('region', { name: 'Why it changed', exact: true })
    await section.getByText('As a table').click()
    const cells = await section
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent ?? '')),
      )
    const values = cells.map(([, , value = '']) => Number(value.replace('−', '-').replace(/[^\d.-]/g, '')))
    const [before = 0, ...rest] = values
    const after = rest.pop()
    expect(Math.abs(before + rest.reduce((sum, value) => sum + value, 0) - (after ?? 0))).toBeLessThan(
      0.05 * values.length + 0.01,
    )
    await section.locator('tbody tr:nth-child(4) a').click()
    await page.getByRole('dialog').getByRole('heading', { level: 2 }).waitFor()
    expect(page.url()).toContain('person%3D')
  })

  test('what comes in is there by itself, and the page says what changed', async () => {
    const { page, faults } = await visit('/?period=this-week')
    await page.getByText('Live', { exact: true }).waitFor()
    const before = await heading(page)
    const row = {
      id: 'LIVE-1',
      activity_date: TODAY,
      duration_seconds: 7_200,
      value_type: 'NVA',
      stereotype_id: 3,
      user_id: 1,
    }
    await ingest([row])
    await until(async () => (await heading(page)) !== before)
    await page.getByText('1 activity change from demo').waitFor()
    expect(faults).toEqual([])
  })

  test('where there is no socket, it looks by itself', async () => {
    open = await browser.open('about:blank')
    const { page } = open
    await page.routeWebSocket(/graphql/, (socket) => socket.close())
    await page.clock.install()
    await page.goto(`${address}/?period=this-week`)
    await page.getByText('Not live').waitFor()
    await settled(page)
    const before = await heading(page)
    await page.clock.runFor(11_000)
    const row = {
      id: 'POLL-1',
      activity_date: TODAY,
      duration_seconds: 3_600,
      value_type: 'NVA',
      stereotype_id: 3,
      user_id: 1,
    }
    await ingest([row])
    await until(async () => {
      await page.clock.runFor(10_000)
      return (await heading(page)) !== before
    })
  })

  test('a name is text, whatever it says, and a long one hides nothing', async () => {
    const name = `<img src=x onerror="document.title='run'"> ${'Wolfeschlegelsteinhausenbergerdorff '.repeat(3)}`.trim()
    await service.get(
      'mutation ($name: String!) { upsertUsers(input: [{ source: "demo", externalId: "9999", name: $name }]) { id } }',
      { name },
    )
    await ingest([
      {
        id: 'XSS-1',
        activity_date: TODAY,
        duration_seconds: 36_000,
        value_type: 'NVA',
        stereotype_id: 3,
        user_id: 9999,
      },
    ])
    const { page, faults } = await visit('/?order=RATIO_DESC')
    await page.getByRole('row').filter({ hasText: '<img src=x' }).first().waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.title()).toBe('Steelthread')
    const table = page.getByRole('table', { name: /per person and week/ })
    const [head, last] = [table.locator('tbody tr:first-child th'), table.locator('tbody tr:first-child td:last-child')]
    expect((await head.boundingBox())?.width).toBeLessThan(300)
    expect((await last.boundingBox())?.x).toBeLessThan(1280)
    expect(faults).toEqual([])
  })

  test.each(['R&D/ü?#100%', '..', 'a%2Fb'])(
    'a kind whose code is %s has a page and a drawer of its own',
    async (code) => {
      const variables = { kind: { source: 'demo', externalId: `odd ${code}`, code, name: `Kind ${code}` } }
      await service.get('mutation ($kind: StereotypeInput!) { upsertStereotypes(input: [$kind]) { id } }', variables)
      const row = { activity_date: TODAY, duration_seconds: 4_500, value_type: 'NVA', user_id: 2 }
      await ingest([{ ...row, id: `odd ${code}`, stereotype_id: `odd ${code}` }])
      const { page, faults } = await visit(`/?period=this-week&kind=${encodeURIComponent(code)}`)
      const kinds = page.getByRole('table', { name: 'Hours without value by kind of activity' })
      await kinds.getByRole('link', { name: `Kind ${code}` }).click()
      await page.getByRole('navigation').first().waitFor()
      await until(async () => new URL(page.url()).pathname === '/kinds')
      await settled(page)
      expect(await heading(page)).toMatch(/^1\.[23] of 1\.[23] hours lost/)
      await page.locator('h1 a').first().click()
      await page.getByRole('dialog').getByText(`Kind ${code}`).first().waitFor()
      expect(faults).toEqual([])
    },
  )

  test('two clicks at once are one', async () => {
    const { page } = await visit('/pipeline')
    let pulls = 0
    page.on('request', (request) => {
      if (request.postData()?.includes('syncSource')) pulls++
    })
    const done = page.waitForResponse((response) => response.request().postData()?.includes('syncSource') ?? false)
    await page.getByRole('button', { name: 'Pull now' }).evaluate((button: { click(): void }) => {
      button.click()
      button.click()
    })
    await done
    expect(pulls).toBe(1)
  })

  test.each([360, 1280, 2560])('at %d px nothing but tables and charts scrolls sideways', async (width) => {
    const { page } = await visit('/', { viewport: { width, height: 800 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  })

  test('it is walked by keys alone', async () => {
    const { page } = await visit('/')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the numbers')
    await page.locator('.heat tbody tr:first-child td a').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    const label = await page.evaluate('document.activeElement.getAttribute("aria-label")')
    expect(label).toBe(await page.locator('.heat tbody tr:nth-child(2) td a').nth(1).getAttribute('aria-label'))
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('heading', { level: 2 }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(page.url()).not.toContain('explain')
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(label)
  })

  test('numbers and dates are those of the reader’s language', async () => {
    const { page } = await visit('/?from=2026-01-05&to=2026-01-11', { locale: 'de-DE' })
    expect(await heading(page)).toMatch(/No time|\d,\d/)
    expect(await page.locator('body').innerText()).toMatch(/11\. Jan\.? 2026|11\. Januar 2026/)
  })

  test('what is shown can be taken along', async () => {
    const { page } = await visit('/?period=last-week')
    const section = page.getByRole('region', { name: 'By team', exact: true })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      section.getByRole('button', { name: 'CSV' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('by-team.csv')
    const lines = (await readFile(await download.path(), 'utf8')).split('\r\n')
    expect(lines[0]).toBe('Team,Hours lost,Booked,Share,Refused rows')
    expect(lines.length).toBe((await section.locator('tbody tr').count()) + 2)
  })

  test('its scripts are 150 KB at most, packed, and it paints within a second', async () => {
    const { page } = await visit('/')
    const { paint, bytes } = (await page.evaluate(`({
      paint: performance.getEntriesByName('first-paint')[0].startTime,
      bytes: performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).map(({ encodedBodySize }) => encodedBodySize),
    })`)) as { paint: number; bytes: number[] }
    expect(bytes.length).toBeGreaterThan(0)
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(150 * KILOBYTE)
    expect(paint).toBeLessThanOrEqual(1_000)
  })

  describe('says what is the matter, and what to do', () => {
    test('where the service can’t be reached, and goes on when it can', async () => {
      open = await browser.open(`${address}/healthz`)
      const { page } = open
      await page.route('**/graphql', (route) => route.abort())
      await page.goto(address)
      const failure = page.getByRole('alert').first()
      await failure.waitFor({ timeout: 15_000 })
      expect(await failure.innerText()).toMatch(/can’t be reached.*UNREACHABLE/s)
      await page.unroute('**/graphql')
      await failure.getByRole('button', { name: 'Try again' }).click()
      await page.locator('h1').waitFor()
    })

    test('where the reader may not', async () => {
      open = await browser.open(`${address}/healthz`)
      await open.page.route('**/graphql', (route) => route.fulfill({ status: 403, json: { error: 'Not for you.' } }))
      await open.page.goto(address)
      await open.page.getByText('You may not see this').first().waitFor()
    })

    test.each([
      ['/people/nobody', 'There is no such person'],
      ['/teams/01a22188-9f31-7235-b277-f969475121c1', 'There is no such team'],
      ['/?explain=x', 'doesn’t say which number'],
      ['/?team=x', 'clear what is chosen'],
      ['/?explain=2026-03-02..2026-03-08;since=2026', 'doesn’t say which number'],
      ['/?from=2001-01-01&to=2001-01-07', 'Look at that week'],
      ['/nowhere', 'There is nothing at'],
    ])('at %s', async (path, text) => {
      open = await browser.open(`${address}${path}`)
      await open.page.getByText(text).first().waitFor()
    })
  })

  async function ingest(rows: object[]): Promise<void> {
    const { ingestActivities } = await service.get(
      'mutation ($rows: [JSONObject!]!) { ingestActivities(input: { source: "demo", rows: $rows }) { inserted } }',
      { rows },
    )
    expect(ingestActivities.inserted).toBe(rows.length)
  }
})

describeWithBrowser('the page of an empty cache', () => {
  test('says how to bring something, and shows it once it is there', async () => {
    const [service, browser] = [await testService({ sources: [] }), await testBrowser()]
    const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    const { page, faults } = await browser.open(address)
    try {
      await page.getByText('The cache is empty').waitFor()
      expect(await axeFindings(page)).toEqual([])
      await page.getByText('Live', { exact: true }).waitFor()
      await service.get(`mutation {
        upsertUsers(input: [{ source: "timesheets", externalId: "1", name: "Ada" }]) { id }
        upsertStereotypes(input: [{ source: "timesheets", externalId: "1", code: "coding", name: "Coding" }]) { id }
        ingestActivities(input: { source: "timesheets", rows: [
          { id: "1", activity_date: "${TODAY}", duration_seconds: 3600, value_type: "NVA", stereotype_id: 1, user_id: 1 }
        ] }) { inserted }
      }`)
      await page.getByRole('heading', { name: '1.0 of 1.0 hours lost' }).waitFor()
      expect(faults).toEqual([])
    } finally {
      await browser.close()
      await service.stop()
    }
  })
})
