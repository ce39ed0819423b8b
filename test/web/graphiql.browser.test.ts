/** GraphiQL in a browser: it loads and asks under the policy that the service sends, and says why where it can't. */
import { ROLES, Role } from '../../src/model/caller.ts'
import { describeWithBrowser, settled, type TestBrowser, testBrowser } from '../support/browser.ts'
import { type TestService, testService } from '../support/service.ts'

const QUERY = '{ users { totalCount } }'

describeWithBrowser('GraphiQL', () => {
  let browser: TestBrowser
  let open: TestService[] = []

  beforeAll(async () => {
    browser = await testBrowser()
  })

  afterEach(async () => {
    for (const service of open) await service.stop()
    open = []
  })

  afterAll(() => browser.close())

  async function graphiqlOf(options: Parameters<typeof testService>[0] = {}) {
    const service = await testService(options)
    open.push(service)
    const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    const opened = await browser.open(`${address}/graphql`)
    return opened
  }

  /** What stands in the pane of answers. */
  const ANSWER = '.result-window'

  test('loads, knows the schema and runs a query, and nothing breaks the policy', async () => {
    const { page, faults, close } = await graphiqlOf()
    await page.getByRole('button', { name: /documentation explorer/i }).click()
    await page.locator('.graphiql-doc-explorer', { hasText: 'Root Types' }).waitFor()
    // The first example asks for activities.
    await page.getByRole('button', { name: /execute/i }).click()
    await page.locator(ANSWER, { hasText: '"totalCount": 0' }).waitFor()
    expect(faults).toEqual([])
    await close()
  })

  test('says why where the schema isn’t told', async () => {
    const { page, close } = await graphiqlOf({ restrictions: { hidesSchema: true } })
    await page.locator(ANSWER, { hasText: 'ALLOW_INTROSPECTION=yes' }).waitFor()
    await close()
  })

  test('says why where only trusted documents are run', async () => {
    const trusted = { documents: new Map([['a', QUERY]]), held: ROLES }
    const { page, close } = await graphiqlOf({ restrictions: { trusted } })
    await page.locator(ANSWER, { hasText: 'TRUSTED_DOCUMENTS' }).waitFor()
    await close()
  })

  test('the page goes on where only trusted documents are run', async () => {
    const trusted = { documents: new Map([['a', QUERY]]), held: [Role.ADMIN] }
    const service = await testService({ restrictions: { trusted } })
    open.push(service)
    const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    const { page, faults, close } = await browser.open(`${address}/pipeline`)
    await settled(page)
    expect(await page.locator('.failure').allTextContents()).toEqual([])
    expect(faults).toEqual([])
    await close()
  })
})
