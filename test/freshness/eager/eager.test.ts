import type { Events } from '../../../src/model/messages.ts'
import { stages } from '../../../src/stages/index.ts'
import { onDatabase } from '../../support/databases.ts'
import { randomOf } from '../../support/random.ts'
import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, BEN, ingest, row } from '../../support/timesheet-rows.ts'

let service: TestService

afterEach(() => service.stop())

async function start(...eager: string[]): Promise<void> {
  service = await testService({ eager })
  await addPeople(service)
}

/** Resolves once nothing is told or brought up to date any more. */
async function settled(): Promise<void> {
  await service.dispatcher.idle()
  await service.eager?.idle()
}

const TRENDS = '{ wasteTrends(from: "2026-01-05", to: "2026-06-28") { wasteRatio baselineMean } }'
const WEEKS = Array.from({ length: 7 }, (_, i) => `2026-03-${String(2 + i).padStart(2, '0')}`)

test('what was ingested is up to date before anybody asks, and so is what reaches back to it', async () => {
  await start('waste_trend')
  await ingest(service, [row(1), row(2, { user_id: BEN, activity_date: '2026-04-01' })])
  await settled()
  const { recomputed, verified } = (await service.receipt(TRENDS)) ?? {}
  expect({ recomputed, verified }).toEqual({ recomputed: 0, verified: 0 })

  // It is in the baseline of the eight weeks after it.
  await ingest(service, [row(1, { duration_seconds: 60 })])
  await settled()
  expect(await service.receipt(TRENDS)).toMatchObject({ recomputed: 0, verified: 0 })
})

test('stages that nobody wants so wait to be asked for', async () => {
  await start('nva_summary')
  await ingest(service, [row(1)])
  await settled()
  const { rows } = await onDatabase(service.url, (client) =>
    client.query('SELECT DISTINCT stage FROM slice JOIN logic USING (logic) ORDER BY stage'),
  )
  expect(rows).toEqual([{ stage: 'nva_summary' }, { stage: 'time_split' }])
})

test('all stages, of whatever subject and period, are up to date after a page of changes', async () => {
  await start(...stages.map(({ name }) => name))
  await service.get(`mutation {
    upsertProjects(input: [{ source: "timesheets", externalId: "p", name: "Bridge" }]) { id }
    upsertSprints(input: [{ name: "S", startDate: "2026-03-02", endDate: "2026-03-15" }]) { id } }`)
  const rows = WEEKS.flatMap((activity_date) =>
    [ANN, BEN].map((user_id) => ({
      ...row(`${user_id}${activity_date}`, { user_id, activity_date }),
      project_id: 'p',
    })),
  )
  await ingest(service, rows)
  await settled()
  const all = `{ nvaSummaries(from: "2026-03-02", to: "2026-03-31") { totalCount }
    monthSummaries(from: "2026-03-01", to: "2026-03-31") { totalCount }
    projectSummaries(from: "2026-03-02", to: "2026-03-31") { totalCount }
    stereotypeSummaries(from: "2026-03-01", to: "2026-03-31") { totalCount }
    sprints { summaries { totalSum } } wasteTrends(from: "2026-03-02", to: "2026-03-29") { flagged } }`
  const receipt = await service.receipt(all)
  expect(receipt).toMatchObject({ recomputed: 0, verified: 0 })
  expect(receipt?.checked).toBeGreaterThan(20)
})

test('what was not done by one that stopped is done by whoever reads it', async () => {
  await start('nva_summary')
  const other = await testService({ url: service.url })
  const stopped = service.stop()
  await ingest(other, [row(1)])
  await stopped
  expect(await other.receipt('{ nvaSummary(from: "2026-03-01", to: "2026-03-31") { totalSum } }')).toMatchObject({
    recomputed: 2,
  })
  await other.stop()
  service = await testService()
})

test('where nobody knows which days were touched, all are looked at', async () => {
  await start('nva_summary')
  await ingest(service, [row(1), row(2, { user_id: BEN, activity_date: '2020-01-01' })])
  await settled()
  await service.get('mutation { discardAnnotations(stage: "nva_summary") }')
  const event = { source: 's', batchId: null, inserted: 1, updated: 0, deleted: 0 }
  await service.publish('activities.ingested', { ...event, windows: [], windowCount: 1_000, isComplete: false })
  await settled()
  expect(await service.receipt('{ nvaSummary(from: "2020-01-01", to: "2026-12-31") { totalSum } }')).toMatchObject({
    recomputed: 0,
  })
})

test('events that come twice and in any order lead to the same tables', async () => {
  await start('waste_trend', 'month_summary')
  for (const [i, date] of [...WEEKS, '2025-11-03', '2026-05-04'].entries()) {
    await ingest(service, [row(i % 4, { activity_date: date, duration_seconds: 60 * (i + 1) })])
  }
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["2"]) }')
  await settled()
  const tables = () =>
    onDatabase(service.url, async (client) => {
      const read = async (table: string) => (await client.query(`SELECT * FROM ${table} ORDER BY 1, 2, 3`)).rows
      return { trends: await read('waste_trend'), months: await read('month_summary') }
    })
  const before = await tables()
  const told = await service.database.sql<{ payload: Events['activities.ingested'] }>(
    `SELECT payload FROM outbox WHERE type = 'activities.ingested' ORDER BY id`,
  )
  const random = randomOf(7)
  const again = [...told, ...told, ...told].map(({ payload }) => ({ payload, place: random() }))
  for (const { payload } of again.sort((a, b) => a.place - b.place)) {
    await service.publish('activities.ingested', payload)
  }
  await service.publish('users.deleted', { count: 1 })
  await settled()
  expect(before.trends.length).toBeGreaterThan(2)
  expect(await tables()).toEqual(before)
})

test('a stage that this build lacks is refused, naming those that there are', async () => {
  await start()
  await expect(testService({ url: service.url, eager: ['waste'] })).rejects.toThrow(
    /^EAGER_STAGES: there is no stage "waste"; there is time_split, /,
  )
})
