import { jest } from '@jest/globals'
import { Database } from '../../src/cache/database.ts'
import type { Receipt } from '../../src/model/receipt.ts'
import { onDatabase, waitingForLocks } from '../support/databases.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const SUMMARY = '{ nvaSummary(from: "2026-03-02", to: "2026-03-02") { nvaSecondsSum } }'

let services: [TestService, TestService]

beforeEach(async () => {
  const first = await testService()
  services = [first, await testService({ url: first.url })]
  await addPeople(first)
})

afterEach(async () => {
  for (const service of services) await service.stop()
})

test('50 reads of one stale slice, through two services at once, run each stage once', async () => {
  const [first] = services
  await ingest(first, [row(1), row(2)])
  const receipts = await readAtOnce(50)
  expect(totalOf(receipts, 'recomputed')).toBe(2)
  expect(receipts.every((receipt) => receipt.checked >= 1)).toBe(true)

  await ingest(first, [row(2, { duration_seconds: 60 })])
  expect(totalOf(await readAtOnce(50), 'recomputed')).toBe(2)
})

test('a reader that waits for the lock of another finds the work done', async () => {
  const [first, second] = services
  await ingest(first, [row(1)])
  await onDatabase(first.url, async (client) => {
    await first.get(SUMMARY)
    await ingest(first, [row(1, { duration_seconds: 60 })])
    await client.query('BEGIN')
    await client.query(`SELECT FROM slice WHERE logic <> 'activities' ORDER BY logic FOR UPDATE`)
    const waiting = [first.ask(SUMMARY), second.ask(SUMMARY)]
    await until(async () => (await waitingForLocks(client)) >= 2)
    await client.query('COMMIT')
    const answers = await Promise.all(waiting)
    expect(answers.map((answer) => answer.data)).toEqual([
      { nvaSummary: [{ nvaSecondsSum: 60 }] },
      { nvaSummary: [{ nvaSecondsSum: 60 }] },
    ])
    expect(
      totalOf(
        answers.flatMap((answer) => answer.extensions?.receipt ?? []),
        'recomputed',
      ),
    ).toBe(2)
  })
})

test('a refresh that dies midway leaves what it had not committed stale, and the next read computes it', async () => {
  const [first, second] = services
  await ingest(first, [row(1)])
  await onDatabase(first.url, async (client) => {
    await client.query('ALTER TABLE nva_summary ADD CONSTRAINT fails CHECK (total_sum < 0)')
    expect((await first.ask(SUMMARY)).errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    await client.query('ALTER TABLE nva_summary DROP CONSTRAINT fails')
  })
  expect(await second.receipt(SUMMARY)).toEqual({ checked: 2, recomputed: 2, unchanged: 0, verified: 0 })
})

test('equal queries at once are one, and others are not taken for them', async () => {
  const [first] = services
  await ingest(first, [row(1)])
  await first.get(SUMMARY)
  const byUser = SUMMARY.replace('nvaSecondsSum', 'user { name } period')
  const byDay = byUser.replace('03-02")', '03-02", groupBy: [DAY])')
  for (const query of [byUser, byDay]) await first.get(query)
  const opened = jest.spyOn(Database.prototype, 'openSnapshot')
  await onDatabase(first.url, async (client) => {
    await client.query('BEGIN; LOCK TABLE nva_summary IN ACCESS EXCLUSIVE MODE')
    const asked = [first.get(byUser)]
    await until(async () => (await waitingForLocks(client)) === 1)
    asked.push(...Array.from({ length: 29 }, () => first.get(byUser)), first.get(byDay))
    await until(async () => (await waitingForLocks(client)) === 2)
    await client.query('COMMIT')
    const ofAnn = { nvaSummary: [{ user: { name: 'Ann' }, period: null }] }
    const ofDay = { nvaSummary: [{ user: null, period: '2026-03-02' }] }
    expect(await Promise.all(asked)).toEqual([...Array(30).fill(ofAnn), ofDay])
  })
  // The first; that of days; and few for the others, most of whom came while the first was under way.
  expect(opened.mock.calls.length).toBeLessThan(10)
  opened.mockRestore()
})

test('reads of long ranges by many leave connections for others', async () => {
  const [first] = services
  await ingest(first, [row(1)])
  await first.get(SUMMARY)
  await onDatabase(first.url, async (client) => {
    await client.query('BEGIN; LOCK TABLE nva_summary IN ACCESS EXCLUSIVE MODE')
    const wide = Array.from({ length: 20 }, (_, i) =>
      first.get(`{ nvaSummary(from: "19${10 + i}-01-01", to: "2200-01-01") { nvaSecondsSum } }`),
    )
    await until(async () => (await waitingForLocks(client)) === 4)
    expect(await first.get('{ users(first: 1) { nodes { name } } }')).toEqual({ users: { nodes: [{ name: 'Ann' }] } })
    await client.query('COMMIT')
    for (const answer of await Promise.all(wide)) expect(answer).toEqual({ nvaSummary: [{ nvaSecondsSum: 3600 }] })
  })
})

async function readAtOnce(count: number): Promise<Receipt[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, async (_, i) => services[i % 2 === 0 ? 0 : 1].receipt(SUMMARY)),
  )
  return answers.flatMap((receipt) => receipt ?? [])
}

function totalOf(receipts: readonly Receipt[], count: keyof Receipt): number {
  return receipts.reduce((sum, receipt) => sum + receipt[count], 0)
}
