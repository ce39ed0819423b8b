import { freshDatabase, onDatabase } from '../support/databases.ts'
import { addSprints } from '../support/random-writes.ts'
import { addPeople, ingest } from '../support/timesheet-rows.ts'
import { expectCleanRun, inProcess, readAll, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

const SUMS =
  '{ nvaSummary(from: "2026-01-01", to: "2026-04-30", groupBy: [USER, DAY]) { user { name } period totalSum } wasteTrends(from: "2026-01-01", to: "2026-04-30") { wasteRatio zScore } }'

test('a cache that is put back as it was says the same, computes nothing anew, and catches up by what is sent again', async () => {
  const random = seeded('restored-backup')
  const url = await freshDatabase()
  const clean = await inProcess()
  const service = await started(url)
  for (const api of [service, clean]) {
    await addPeople(api)
    await addSprints(api)
  }
  const batches = Array.from({ length: 12 }, (_, i) => ({ rows: randomRows(random, 30, 250), key: `batch ${i}` }))
  for (const { rows, key } of batches.slice(0, 8)) await ingest(service, rows, key)
  await readAll(service)
  const sums = await service.get(SUMS)
  await service.stop()
  const backup = await copyOf(url)
  // What came after the backup is lost with the cache.
  const later = await started(url)
  for (const { rows, key } of batches.slice(8, 10)) await ingest(later, rows, key)
  await later.stop()

  const restored = await started(backup)
  const answer = await restored.ask(SUMS)
  expect(answer.data).toEqual(sums)
  expect(answer.extensions?.receipt).toMatchObject({ recomputed: 0, unchanged: 0 })
  // Its senders send again what they aren't sure of; what was there by then counts once.
  for (const { rows, key } of batches) {
    await ingest(restored, rows, key)
    await ingest(clean, rows, key)
  }
  const rows = await expectCleanRun(backup, restored, { url: clean.url, api: clean })
  seen(
    `restored with ${answer.extensions?.receipt?.checked} person-periods checked and 0 recomputed, the same sums; ${batches.length} batches sent again, ${rows} annotations equal a clean run's`,
  )
})

/** A copy of a database, as a restored dump is one. */
async function copyOf(url: string): Promise<string> {
  const name = new URL(url).pathname.slice(1)
  const copy = `${name}_copy`
  await onDatabase(process.env.TEST_POSTGRES_URL ?? '', async (client) => {
    await client.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${name}'`)
    await client.query(`CREATE DATABASE ${copy} TEMPLATE ${name}`)
  })
  return Object.assign(new URL(url), { pathname: `/${copy}` }).href
}
