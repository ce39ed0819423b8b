import type { Page } from 'playwright-core'
import {
  axeFindings,
  describeWithBrowser,
  type OpenPage,
  settled,
  type TestBrowser,
  testBrowser,
} from '../support/browser.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

const DEEP = JSON.parse(`${'['.repeat(120)}${']'.repeat(120)}`)
const LONG = 'long '.repeat(200)

describeWithBrowser('the quarantine, in a browser', () => {
  let browser: TestBrowser
  let service: TestService
  let address: string
  let open: OpenPage

  beforeAll(async () => {
    browser = await testBrowser()
  })

  afterAll(() => browser.close())

  beforeEach(async () => {
    service = await testService({ quarantineLimit: 100 })
    await addPeople(service)
    address = await service.server.listen({ host: '127.0.0.1', port: 0 })
  })

  afterEach(async () => {
    await open.close()
    await service.stop()
  })

  const visit = async (path: string, options?: Parameters<TestBrowser['open']>[1]) => {
    open = await browser.open(`${address}${path}`, options)
    await settled(open.page)
    return open.page
  }
  /** Thirty of too little time, two of nobody known, one with much that is wrong, and one that is wrong as a whole. */
  const refuse = () =>
    ingest(service, [
      ...Array.from({ length: 30 }, (_, index) => row(`short-${index + 1}`, { duration_seconds: -1 })),
      row('nobody-1', { user_id: 'late' }),
      row('nobody-2', { user_id: 'later' }),
      {
        ...row('much', { activity_date: '<b>soon</b>', duration_seconds: -2 }),
        user_id: undefined,
        note: LONG,
        more: { a: [1] },
      },
      { ...row('deep'), more: DEEP },
    ])
  /** As a database does whose durations were wrong: what was refused is good now. */
  const mend = (keys: string[]) =>
    service.database.sql(
      `UPDATE quarantined_row SET row = replace(row, '"duration_seconds":-1', '"duration_seconds":5400') WHERE external_id = ANY ($1::text[])`,
      [keys],
    )
  const button = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' })
  const choose = (page: Page, key: string) => page.getByRole('checkbox', { name: `Choose ${key}`, exact: true }).check()
  const said = (page: Page, text: string | RegExp) => page.locator('.outcome').getByText(text).waitFor()
  const keysOn = (page: Page) => page.locator('.case-head strong').allInnerTexts()
  const shortest = '/quarantine?source=timesheets&code=DURATION_OUT_OF_RANGE&field=duration_seconds'

  test.each(['light', 'dark'] as const)('axe finds nothing, and nothing goes wrong, in %s', async (colorScheme) => {
    await refuse()
    const page = await visit('/quarantine?whole=1', { colorScheme })
    expect(await axeFindings(page)).toEqual([])
    await choose(page, 'short-1')
    await button(page, 'Rehearse a replay').click()
    await said(page, /nothing was changed/)
    expect(await axeFindings(page)).toEqual([])
    await button(page, 'Discard 1…').click()
    expect(await axeFindings(page)).toEqual([])
    expect(open.faults).toEqual([])
  })

  test('where nothing was refused it says so', async () => {
    const page = await visit('/quarantine')
    await page.getByRole('heading', { name: 'Nothing waits in quarantine' }).waitFor()
    await page.getByText('No row was ever refused. There is nothing to do here.').waitFor()
  })

  test('a row is shown as it came, with what is wrong beside it', async () => {
    await refuse()
    const page = await visit('/quarantine?field=activity_date')
    const much = page.locator('.case')
    expect(await keysOn(page)).toEqual(['much'])
    expect(await much.locator('tbody tr').count()).toBe(3)
    expect(await much.locator('tr', { hasText: 'activity_date' }).innerText()).toMatch(
      /"<b>soon<\/b>"[\s\S]*No such day: activity_date must be an ISO date/,
    )
    expect(await much.locator('tr', { hasText: 'user_id' }).innerText()).toMatch(/\bmissing\b[\s\S]*user_id is missing/)
    await much.getByRole('button', { name: /^The whole row/ }).click()
    expect(await much.locator('tr', { hasText: 'more' }).locator('code').last().innerText()).toBe(
      '{\n  "a": [\n    1\n  ]\n}',
    )
    expect(await much.innerText()).not.toContain(LONG.trim())
    await much.getByRole('button', { name: 'All of note' }).click()
    expect(await much.innerText()).toContain(LONG.trim())
    await page.goto(`${address}/quarantine?code=TOO_DEEP`)
    await settled(page)
    await page.locator('.case').getByText('the row is nested more than 100 levels deep').waitFor()
  })

  test('groups lead to their rows, which have pages, forward and back', async () => {
    await refuse()
    const page = await visit('/quarantine')
    await page.getByRole('link', { name: /^Duration out of range/ }).click()
    await page.waitForURL(`**${shortest}`)
    await settled(page)
    expect(await keysOn(page)).toHaveLength(25)
    await page.getByRole('link', { name: 'Next →' }).click()
    await page.waitForURL(/after=/)
    await settled(page)
    expect(await keysOn(page)).toEqual([...[26, 27, 28, 29, 30].map((index) => `short-${index}`), 'much'])
    await page.getByRole('link', { name: '← Before' }).click()
    await page.waitForURL(/before=/)
    await settled(page)
    expect((await keysOn(page))[0]).toBe('short-1')
  })

  test('a replay of chosen rows is rehearsed, done and told', async () => {
    await refuse()
    await mend(['short-1'])
    const page = await visit(shortest)
    await choose(page, 'short-1')
    await choose(page, 'short-2')
    await button(page, 'Rehearse a replay').click()
    await said(page, 'Of 2 rows 1 would be released (1 new activity), and 1 would stay.')
    await said(page, 'Duration out of range: 1.')
    await said(page, '+1 activities, ±0.0 hours with value, +1.5 hours without.')
    await button(page, 'Replay 2').click()
    await said(page, 'Of 2 rows 1 was released (1 new activity), and 1 stays.')
    await page.getByText('30 rows, none chosen').waitFor()
    expect(await page.locator('.outcome').evaluate((element) => element.ownerDocument.activeElement === element)).toBe(
      true,
    )
    await page.getByRole('link', { name: 'Look at those that stay' }).click()
    await page.waitForURL(/batch=/)
    await settled(page)
    expect(await keysOn(page)).toEqual(['short-2'])
  })

  test('all that is alike is replayed at once', async () => {
    await refuse()
    await mend(Array.from({ length: 30 }, (_, index) => `short-${index + 1}`))
    const page = await visit(shortest)
    await button(page, 'Choose all 31').click()
    await button(page, 'Replay 31').click()
    await said(page, 'Of 31 rows 30 were released (30 new activities), and 1 stays.')
    await page.getByRole('heading', { name: '4 rows wait in quarantine' }).waitFor()
  })

  test('a discard says how many, wants a reason, and can be taken back at once and later', async () => {
    await refuse()
    const page = await visit(shortest)
    await button(page, 'Choose all 31').click()
    await button(page, 'Discard 31…').click()
    const dialog = page.getByRole('dialog', { name: 'Discard 31 rows?' })
    expect(await dialog.getByRole('button', { name: 'Discard 31' }).isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(
      await button(page, 'Discard 31…').evaluate((element) => element.ownerDocument.activeElement === element),
    ).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByLabel('Why they are not wanted').fill('<i>a test</i>')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await said(page, '31 rows are discarded.')
    await page.getByText('No row like that waits.').waitFor()
    await button(page, 'Undo').click()
    await said(page, '31 rows wait again.')
    await choose(page, 'short-3')
    await button(page, 'Discard 1…').click()
    await page.getByLabel('Why they are not wanted').fill('<i>a test</i>')
    await button(page, 'Discard 1').click()
    await said(page, '1 row is discarded.')
    await page.goto(`${address}${shortest}&status=DISCARDED`)
    await settled(page)
    await page.getByText('Discarded: <i>a test</i>').waitFor()
    await choose(page, 'short-3')
    await button(page, 'Have 1 wait again').click()
    await said(page, '1 row waits again.')
    expect(open.faults).toEqual([])
  })

  test('what went meanwhile is told, and refusals say what to do', async () => {
    await refuse()
    const page = await visit('/quarantine?source=timesheets&code=UNKNOWN_USER')
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('mutation DiscardQuarantine')
        ? route.continue({
            postData: route
              .request()
              .postData()
              ?.replace(/"ids":\["[^"]+"/, '"ids":["00000000-0000-7000-8000-000000000000"'),
          })
        : route.continue(),
    )
    await choose(page, 'nobody-1')
    await button(page, 'Discard 1…').click()
    await page.getByLabel('Why they are not wanted').fill('gone')
    await button(page, 'Discard 1').click()
    await page.getByRole('alert').getByText('There is no quarantined row').waitFor()
    await page.getByRole('alert').getByText('Nothing was changed.').waitFor()
    await page.keyboard.press('Escape')
    await service.get(
      'mutation { upsertUsers(input: [{ source: "timesheets", externalId: "late", name: "A" }, { source: "timesheets", externalId: "later", name: "B" }]) { id } }',
    )
    await page.getByText('No row like that waits. There are others: 2 released').waitFor()
  })

  test.each([
    [
      '/quarantine?code=NONSENSE&batch=nonsense&status=x',
      'There is no problem “NONSENSE”, no batch “nonsense” and no status “x”',
    ],
    ['/quarantine?source=nowhere', 'Unknown source "nowhere"'],
    ['/quarantine?after=nonsense', 'To the first page'],
    ['/quarantine?batch=01a22199-f5a0-7070-ba79-49f3bab65600', 'No row like that waits.'],
    ['/quarantine?field=__proto__&days=7&whole=x&after=', 'No row like that waits.'],
  ])('%s breaks nothing', async (path, text) => {
    await refuse()
    const page = await visit(path)
    await page.getByText(text).waitFor()
    await page.getByRole('heading', { name: '34 rows wait in quarantine' }).waitFor()
  })

  test.each([360, 768, 1280, 2560])('nothing is wider than a window of %i', async (width) => {
    await refuse()
    const page = await visit('/quarantine?whole=1', { viewport: { width, height: 800 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  })
})
