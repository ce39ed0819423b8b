/** Takes the pictures of the README: starts a service on the demo source, and looks at each view in a browser. */
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { configOf } from '../dist/src/config/config.js'
import { serviceLog } from '../dist/src/log.js'
import { startService } from '../dist/src/start-service.js'

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Each view with the height of its picture; an address may ask for something of the demo first. */
const VIEWS = [
  { file: 'page.png', path: () => '/?period=last-week', height: 2250 },
  { file: 'person.png', path: ({ person }) => `/people/${person}?period=last-week`, height: 1500 },
  { file: 'explain.png', path: ({ person, week }) => `/?period=last-week&explain=${week};person=${person}`, height: 900 },
  { file: 'pipeline.png', path: () => '/pipeline', height: 1500 },
  { file: 'quarantine.png', path: () => '/quarantine', height: 1300 },
]

async function takePictures() {
  const home = await mkdtemp(join(tmpdir(), 'steelthread-pictures-'))
  // Postgres may have to run as another user, who must get in.
  await chmod(home, 0o755)
  const service = await startService(configOf({ STEELTHREAD_HOME: home, PORT: '0' }), serviceLog('silent'))
  const browser = await chromium.launch({
    executablePath: BROWSERS.find(existsSync),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  })
  try {
    const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
    const known = await demo(address)
    for (const { file, path, height } of VIEWS) {
      const page = await browser.newPage({ viewport: { width: 1280, height }, locale: 'en-US' })
      await page.goto(`${address}${path(known)}`)
      await page.waitForFunction(
        () => !document.querySelector('.skeleton, .content.old, .dot.busy') && document.querySelector('main h1, main h2'),
      )
      await page.screenshot({ path: new URL(file, import.meta.url).pathname })
      await page.close()
      console.log(`docs/${file}`)
    }
  } finally {
    await browser.close()
    await service.stop()
    await rm(home, { recursive: true, force: true })
  }
}

/** The demo, pulled, and whose week of it stands out most. */
async function demo(address) {
  await ask(address, 'mutation { syncSource(name: "demo") { id } }')
  const { wasteTrends } = await ask(
    address,
    '{ wasteTrends(from: "2000-01-01", to: "2099-12-31", flagged: true) { weekStart zScore user { id } } }',
  )
  const newest = wasteTrends.sort((a, b) => b.weekStart.localeCompare(a.weekStart) || b.zScore - a.zScore)[0]
  const sunday = new Date(Date.parse(newest.weekStart) + 6 * 86_400_000).toISOString().slice(0, 10)
  return { person: newest.user.id, week: `${newest.weekStart}..${sunday}` }
}

async function ask(address, query) {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(errors[0].message)
  return data
}

await takePictures()
