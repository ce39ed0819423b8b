import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** `describe` where there is a Chromium; elsewhere it says that its tests are skipped, and why. */
export const describeWithBrowser: jest.Describe = CHROMIUM ? describe : describe.skip
if (!CHROMIUM) process.stdout.write('There is no Chromium here: tests of the page in a browser are skipped.\n')

/** A page in a browser, and what went wrong in it. */
export interface OpenPage {
  page: Page
  /** What the console said of errors, exceptions, and requests to other machines. */
  faults: string[]
  close(): Promise<void>
}

export interface TestBrowser {
  open(url: string, options?: BrowserContextOptions): Promise<OpenPage>
  close(): Promise<void>
}

export async function testBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  })
  return {
    async open(url, options = {}) {
      const context = await browser.newContext({ locale: 'en-US', timezoneId: 'UTC', ...options })
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', ({ message }) => faults.push(message))
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
      page.on('request', (request) => {
        const asked = new URL(request.url())
        if (asked.protocol.startsWith('http') && asked.host !== new URL(url).host) faults.push(`asked ${asked.href}`)
      })
      await page.goto(url)
      return { page, faults, close: () => context.close() }
    },
    close: () => browser.close(),
  }
}

/** Resolves once nothing of the page is being read any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const { document } = globalThis as unknown as { document: { querySelector(text: string): unknown } }
    return (
      document.querySelector('.skeleton, .content.old, .dot.busy') === null &&
      document.querySelector('main h1, main h2, main .failure') !== null
    )
  })
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong with a page: the rule, and where. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Scripts that are not the service's own may not be run in it, but by whoever holds the browser.
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }
    const { violations } = await axe.run()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
    )
  })
}

interface Violation {
  id: string
  nodes: { target: string[]; failureSummary: string }[]
}
