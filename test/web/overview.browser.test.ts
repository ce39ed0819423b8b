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

const TODAY = new Date().toISOString().slice(0, 10)

describeWithBrowser('the page, in a browser', () => {
  let browser: TestBrowser
  let service: TestService
  let address: string
  let open: OpenPage

  beforeAll(async () => {
    const url = await freshDatabase('nothing')
    await onDatabase(url, (client) => fillDemoSource(client, { today: TODAY }))
    service = await testService({ sources: [{ name: 'demo', adapter: 'timesheets', url }] })
    await service.get('mutation { syncSource(name: "demo") { id } }')
    address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    browser = await testBrowser()
  })

  afterAll(async () => {
    await browser.close()
    await service.stop()
  })

  afterEach(() => open.close())

  const visit = async (path: string, options?: Parameters<TestBrowser['open']>[1]) => {
    open = await browser.open(`${address}${path}`, options)
    await settled(open.page)
    return open
  }

  test.each(['light', 'dark'] as const)('axe finds nothing, and nothing goes wrong, in %s', async (colorScheme) => {
    const { page, faults } = await visit('/', { colorScheme })
    expect(await axeFindings(page)).toEqual([])
    expect(faults).toEqual([])
  })
})
