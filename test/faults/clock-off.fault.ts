import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { scratchFolder } from '../embedded/scratch.ts'
import { entries, inSource, sourceDatabase } from '../source/source-database.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { addSprints } from '../support/random-writes.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { addPeople, ingest } from '../support/timesheet-rows.ts'
import { expectCleanRun, inProcess, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR
const OFF: readonly [name: string, ms: number][] = [
  ['an hour behind', -HOUR],
  ['an hour ahead', HOUR],
  ['a year behind', -YEAR],
  ['a year ahead', YEAR],
]

/** A module that puts a process's clock off by so much. */
function clockOff(ms: number): string {
  const file = join(scratchFolder(), 'clock.mjs')
  writeFileSync(
    file,
    `const Real = Date
     globalThis.Date = class Date extends Real {
       constructor(...args) { args.length === 0 ? super(Real.now() + ${ms}) : super(...args) }
       static now() { return Real.now() + ${ms} }
     }`,
  )
  return `--import ${pathToFileURL(file).href}`
}

test.each(OFF)('a process whose clock is %s writes, pulls and reads what others do', async (name, ms) => {
  const random = seeded(`clock-off ${name}`)
  const sourceUrl = await sourceDatabase(entries(500, 'a', '2026-03-02 10:00Z', { date: '2026-03-05' }))
  const url = await freshDatabase()
  const settings = { SOURCE_PULLED_URL: sourceUrl, SOURCE_PULLED_ADAPTER: 'timesheets', SOURCE_PULLED_EVERY: 'off' }
  const [off, right] = [
    await started(url, { env: { ...settings, NODE_OPTIONS: clockOff(ms) } }),
    await started(url, { env: settings }),
  ]
  const clean = await inProcess({ sources: [{ name: 'pulled', adapter: 'timesheets', url: sourceUrl }] })
  for (const api of [off, clean]) {
    await addPeople(api)
    await addSprints(api)
  }
  const sync = 'mutation { syncSource(name: "pulled") { inserted updated } }'
  for (let i = 0; i < 6; i++) {
    const rows = randomRows(random, 20, 150)
    const by: ServiceProcess = i % 2 ? off : right
    await ingest(by, rows)
    await ingest(clean, rows)
    await inSource(sourceUrl, entries(20, `b${i}`, 'now', { date: '2026-03-06' }))
    await by.get(sync)
    await clean.get(sync)
  }
  // What is known of the past goes by Postgres' clock, so a moment means the same to both.
  const { rows: moments } = await onDatabase(url, (client) => client.query('SELECT clock_timestamp() AS now'))
  const at = moments[0].now
  const past = `query ($at: DateTime) { waste(from: "2026-01-01", to: "2026-06-30", groupBy: [USER], asOf: $at) { nodes { user { name } totalSeconds } } }`
  const before = await right.get(past, { at })
  const extra = randomRows(random, 20, 150)
  await ingest(off, extra)
  await ingest(clean, extra)
  expect(await right.get(past, { at })).toEqual(before)
  const asOf = await off.ask(past, { at })
  if (asOf.data) expect(asOf.data).toEqual(before)
  else expect(asOf.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  const rows = await expectCleanRun(url, off, { url: clean.url, api: clean })
  seen(
    `${name}: 12 batches and pulls, ${rows} annotations equal a clean run's, its pasts ${asOf.data ? 'are those of others' : `refused: ${asOf.errors?.[0]?.message}`}`,
  )
})
