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
import { withCandidates, withPto } from '../support/candidates.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { type TestService, testService } from '../support/service.ts'
import { until } from '../support/until.ts'

const TODAY = new Date().toISOString().slice(0, 10)
const NEXT = 'nva_summary@3'

describeWithBrowser('the pipeline, in a browser', () => {
  let browser: TestBrowser
  let service: TestService
  let address: string
  let batch: string
  let open: OpenPage | undefined

  beforeAll(async () => {
    const url = await freshDatabase('nothing')
    await onDatabase(url, (client) => fillDemoSource(client, { today: TODAY }))
    const sources = [{ name: 'demo', adapter: 'timesheets', url }]
    service = await testService({ sources, stages: withCandidates(withPto) })
    const { syncSource } = await service.get('mutation { syncSource(name: "demo") { id } }')
    batch = syncSource.id
    address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    browser = await testBrowser()
  })

  afterAll(async () => {
    await browser.close()
    await service.stop()
  })

  afterEach(() => open?.close())

  async function visit(path: string, options?: Parameters<TestBrowser['open']>[1]): Promise<OpenPage> {
    open = await browser.open(`${address}/pipeline${path}`, options)
    await settled(open.page)
    return open
  }

  const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
  const count = (number: number) => number.toLocaleString('en-US')

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    test.each(['', `?compare=${NEXT}`, `?promote=${NEXT}`, '?batch'])(
      'axe finds nothing wrong with %j, and nothing goes wrong in it',
      async (path) => {
        const { page, faults } = await visit(path === '?batch' ? `?batch=${batch}` : path, { colorScheme })
        for (const details of await page.locator('details').all())
          await details.evaluate((element) => element.setAttribute('open', ''))
        expect(await axeFindings(page)).toEqual([])
        expect(faults).toEqual([])
      },
    )
  })

  test.each([360, 1280, 2560])('at %d px nothing but tables scrolls sideways', async (width) => {
    const { page } = await visit('', { viewport: { width, height: 800 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    const graph = await page.locator('.lineage-graph').boundingBox()
    expect((graph?.x ?? 0) + (graph?.width ?? 0)).toBeLessThanOrEqual(width)
  })

  test('every stage has a box and a line in the table, with the counts that the API gives', async () => {
    const { stages } = await service.get('{ stages { name version counts { fresh stale missing } } }')
    const { page } = await visit('')
    await page.getByText('As a table').click()
    for (const { name, version, counts } of stages) {
      await page.locator('.lineage-graph .name', { hasText: name }).waitFor()
      const row = page.getByRole('table', { name: /What the pipeline does/ }).getByRole('row', { name })
      const cells = await row.first().locator('td').allInnerTexts()
      expect(cells[3]).toBe(String(version))
      expect(cells.slice(5, 8)).toEqual([counts.fresh, counts.stale, counts.missing].map(count))
    }
  })

  test('a candidate is compared with what answers, and all differences can be paged through', async () => {
    const { page } = await visit('')
    await section(page, 'Versions').getByRole('link', { name: 'Compare' }).first().click()
    const panel = page.getByRole('dialog')
    await panel.getByLabel('Period').selectOption('4 weeks')
    await page.waitForURL(/from=/)
    await panel.getByRole('heading', { name: 'All differences' }).waitFor()
    await settled(page)
    const { searchParams } = new URL(page.url())
    const { compareVersions: compared } = await service.get(
      `query ($from: Date!, $to: Date!) { compareVersions(stage: "nva_summary", candidate: 3, from: $from, to: $to) {
        equal different differences(first: 0) { totalCount } } }`,
      { from: searchParams.get('from'), to: searchParams.get('to') },
    )
    expect(compared.different).toBeGreaterThan(0)
    await panel.getByText(`${count(compared.equal)} the same`).waitFor()
    await panel.getByText(`${count(compared.different)} different`).waitFor()

    const table = panel.getByRole('table', { name: 'All annotations that are not the same' })
    const first = await table.innerText()
    let seen = await table.locator('tbody tr').count()
    const next = panel.getByRole('link', { name: 'Next →' })
    while ((await next.count()) > 0) {
      await next.click()
      await settled(page)
      seen += await table.locator('tbody tr').count()
    }
    expect(seen).toBe(compared.differences.totalCount)
    await panel.getByRole('link', { name: 'From the start' }).click()
    await until(async () => (await table.innerText()) === first)

    await panel.getByLabel('Looked at in').selectOption({ index: 1 })
    await page.waitForURL(/at=/)
    await settled(page)
    await panel.getByText(/annotations of waste_trend/).waitFor()
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })
    expect(page.url()).not.toMatch(/compare|at=/)
  })

  test('a version is promoted by whoever says who and why, once more asked; and the way back is the same', async () => {
    const { page, faults } = await visit('')
    const promote = async (by: string, version: number) => {
      const panel = page.getByRole('dialog')
      const ask = panel.getByRole('button', { name: `Promote version ${version}…` })
      await ask.click()
      expect(await panel.getByRole('button', { name: /^Yes/ }).count()).toBe(0)
      await panel.getByLabel('Your name').fill(by)
      await panel.getByLabel('Why', { exact: true }).fill('To see')
      await panel.getByLabel(/What you looked at/).fill('this\n\nthat')
      await ask.click()
      await panel.getByRole('button', { name: 'Not yet' }).click()
      await ask.click()
      expect(await answering()).not.toBe(version)
      await panel.getByRole('button', { name: /^Yes/ }).click()
      await panel.getByText(`Version ${version} of nva_summary answers since`).waitFor()
      expect(await answering()).toBe(version)
    }
    await section(page, 'Versions').getByRole('link', { name: 'Promote…' }).first().click()
    await promote('Ann', 3)
    await page.getByRole('dialog').getByRole('link', { name: 'Go back to version 2…' }).click()
    await promote('Ben', 2)
    const { stages } = await service.get('{ stages { name promotions { version promotedBy reason checklist } } }')
    const { promotions } = stages.find(({ name }: { name: string }) => name === 'nva_summary')
    expect(promotions).toEqual([
      { version: 2, promotedBy: 'Ben', reason: 'To see', checklist: ['this', 'that'] },
      { version: 3, promotedBy: 'Ann', reason: 'To see', checklist: ['this', 'that'] },
    ])
    expect(faults).toEqual([])
  })

  test('where a promotion is refused, it is said why, and nothing is lost of what was written', async () => {
    const { page } = await visit(`?promote=${NEXT}`)
    const message = 'Others are at it.'
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('mutation PromoteStage')
        ? route.fulfill({ json: { data: null, errors: [{ message, extensions: { code: 'BUSY' } }] } })
        : route.continue(),
    )
    const panel = page.getByRole('dialog')
    await panel.getByLabel('Your name').fill('Ann')
    await panel.getByLabel('Why', { exact: true }).fill('To see')
    await panel.getByRole('button', { name: 'Promote version 3…' }).click()
    await panel.getByRole('button', { name: /^Yes/ }).click()
    expect(await panel.getByRole('alert').innerText()).toMatch(/Others are at it\..*BUSY/s)
    expect(await panel.getByLabel('Your name').inputValue()).toBe('Ann')
    expect(await answering()).toBe(2)
  })

  test('a source is pulled, and read again as a whole once that is meant', async () => {
    const { page, faults } = await visit('')
    const sources = section(page, 'Sources')
    await sources.getByRole('button', { name: 'Pull now' }).click()
    await sources.getByText(/^Pulled:/).waitFor()
    const before = await received()
    await sources.getByRole('button', { name: 'Read everything again…' }).click()
    await sources.getByRole('button', { name: 'Leave it' }).click()
    await sources.getByRole('button', { name: 'Read everything again…' }).click()
    expect(await received()).toBe(before)
    await sources.getByRole('button', { name: 'Read everything of demo' }).click()
    await until(async () => (await received()) > 10_000)
    await sources.getByText(`${count(await received())} rows`, { exact: true }).waitFor()
    expect(faults).toEqual([])
  })

  test('where a pull fails, it is said why', async () => {
    const { page } = await visit('')
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('mutation SyncSource')
        ? route.fulfill({
            json: { data: null, errors: [{ message: 'It is gone.', extensions: { code: 'SOURCE_PULL_FAILED' } }] },
          })
        : route.continue(),
    )
    await section(page, 'Sources').getByRole('button', { name: 'Pull now' }).click()
    await page.getByRole('alert').filter({ hasText: 'It is gone.' }).waitFor()
  })

  test('a batch opens to what became of its rows, and leads to those that were refused', async () => {
    const { ingestBatch } = await service.get(
      'query ($id: ID!) { ingestBatch(id: $id) { received quarantined rejections(first: 1) { totalCount } } }',
      { id: batch },
    )
    const { page } = await visit(`?batch=${batch}`)
    const panel = page.getByRole('dialog')
    await panel.getByText(`${count(ingestBatch.received)} rows of demo`).waitFor()
    const rows = panel.getByRole('table', { name: 'What is wrong with refused rows' })
    expect(await rows.locator('tbody tr').count()).toBeGreaterThan(3)
    await panel.getByText('Row 0').click()
    expect(JSON.parse(await panel.locator('details[open] pre').innerText())).toHaveProperty('duration_seconds')
    const link = panel.getByRole('link', { name: `${count(ingestBatch.rejections.totalCount)} rows in quarantine` })
    expect(await link.getAttribute('href')).toBe(`/quarantine?batch=${batch}`)
  })

  test('batches are paged forth and back, and the page is in the URL', async () => {
    for (let i = 0; i < 16; i++) await service.get('mutation { syncSource(name: "demo") { id } }')
    const { page } = await visit('')
    const batches = section(page, 'What came in')
    const table = batches.getByRole('table')
    const first = await table.innerText()
    await batches.getByRole('link', { name: 'Older →' }).click()
    await page.waitForURL(/batches=after/)
    await settled(page)
    const second = await table.innerText()
    expect(second).not.toBe(first)
    await page.reload()
    await settled(page)
    expect(await table.innerText()).toBe(second)
    await batches.getByRole('link', { name: '← Newer' }).click()
    await until(async () => (await table.innerText()) === first)
  })

  test('what is brought up to date while the page is open is shown with its receipt', async () => {
    const { page } = await visit('')
    await page.getByText('Live', { exact: true }).waitFor()
    await service.get('mutation { discardAnnotations(stage: "month_summary") }')
    const days = { from: `${TODAY.slice(0, 8)}01`, to: TODAY }
    const { recomputed } =
      (await service.receipt(
        'query ($from: Date!, $to: Date!) { monthSummaries(from: $from, to: $to, first: 1) { totalCount } }',
        days,
      )) ?? {}
    expect(recomputed).toBeGreaterThan(0)
    // What is computed in several batches is told in as many.
    const rows = section(page, 'Last refreshes').getByRole('row').filter({ hasText: 'month_summary' })
    await until(async () => {
      const told = await rows.locator('td:nth-of-type(4)').allInnerTexts()
      return told.reduce((sum, each) => sum + Number(each), 0) === recomputed
    })
  })

  test('what could not be delivered is tried again, or dropped with a reason', async () => {
    let fails = true
    let told = 0
    service.dispatcher.subscribe('pull.began', 'picky', () => {
      told += 1
      if (fails) throw new Error('not today')
    })
    for (const source of ['one', 'two']) await service.publish('pull.began', { source, batchId: batch })
    const dead = async () => (await service.get('{ deadLetters(first: 0) { totalCount } }')).deadLetters.totalCount
    await until(async () => {
      await service.dispatcher.idle()
      await service.database.transaction((sql) =>
        sql('UPDATE undelivered_event SET due_at = now() WHERE due_at IS NOT NULL'),
      )
      return (await dead()) === 2
    })
    fails = false
    const { page } = await visit('')
    expect(await page.locator('h1').innerText()).toBe('2 events could not be delivered.')
    const letters = section(page, 'What could not be delivered')
    const drop = letters.getByRole('button', { name: /^Drop/ })
    await letters.getByRole('checkbox').first().check()
    expect(await drop.isDisabled()).toBe(true)
    const before = told
    await letters.getByRole('button', { name: 'Try 1 event again' }).click()
    await until(async () => (await dead()) === 1 && told > before)
    // The page is told a moment later; what is ticked until then may be the one that is gone.
    await until(async () => (await letters.getByRole('checkbox').count()) === 1)
    await letters.getByRole('checkbox').check()
    await letters.getByLabel(/Why nobody/).fill('Known by now')
    expect(await axeFindings(page)).toEqual([])
    await drop.click()
    await letters.waitFor({ state: 'hidden' })
    expect(await dead()).toBe(0)
  })

  test.each([
    ['?batch=nonsense', 'id must be a UUID'],
    ['?batch=01a22188-9f31-7235-b277-f969475121c1', 'There is no such batch'],
    ['?compare=foo@9', 'There is no stage "foo"'],
    ['?compare=nva_summary@9', 'This build has no version 9'],
    ['?compare=nva_summary@2', 'is the one that answers'],
    ['?compare=nonsense', 'doesn’t say which version'],
    ['?promote=foo@9', 'There is no stage "foo"'],
    ['?promote=nva_summary@2', 'answers already'],
    ['?batches=after.nonsense', 'From the start of the list'],
  ])('%s says what is the matter', async (path, text) => {
    open = await browser.open(`${address}/pipeline${path}`)
    await open.page.getByText(text).first().waitFor()
  })

  async function answering(): Promise<number> {
    const { stages } = await service.get('{ stages { name version } }')
    return stages.find(({ name }: { name: string }) => name === 'nva_summary').version
  }

  async function received(): Promise<number> {
    const { ingestBatches } = await service.get('{ ingestBatches(first: 1) { nodes { received error } } }')
    const [newest] = ingestBatches.nodes
    return newest.error ? 0 : newest.received
  }
})

describeWithBrowser('the pipeline of an empty cache', () => {
  test('says that nothing came in, and how it can', async () => {
    const [service, browser] = [await testService({ sources: [] }), await testBrowser()]
    const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    const { page, faults } = await browser.open(`${address}/pipeline`)
    try {
      await page.getByRole('heading', { name: 'Nothing has come in yet.' }).waitFor()
      await page.getByText('No source has a database to pull').waitFor()
      await settled(page)
      expect(await axeFindings(page)).toEqual([])
      expect(faults).toEqual([])
    } finally {
      await browser.close()
      await service.stop()
    }
  })

  test('of a process that lacks the version that answers, says so, and shows all else', async () => {
    const ahead = await testService({ stages: withCandidates(withPto) })
    await ahead.get('mutation { promoteStage(stage: "nva_summary", version: 3) { version } }')
    await ahead.stop()
    const [service, browser] = [await testService({ url: ahead.url }), await testBrowser()]
    const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    const { page } = await browser.open(`${address}/pipeline`)
    try {
      await page.getByRole('heading', { name: 'nva_summary can’t be answered here.' }).waitFor()
      await page.locator('.lineage-graph').getByText('not in this build').waitFor()
      await page.getByRole('heading', { name: 'What came in' }).waitFor()
    } finally {
      await browser.close()
      await service.stop()
    }
  })
})
