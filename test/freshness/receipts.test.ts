import { type TestService, testService } from '../support/service.ts'
import { addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../support/timesheet-rows.ts'

const SUMMARIES = '{ nvaSummary(from: "2026-03-01", to: "2026-03-31") { user { name } nvaSecondsSum totalSum } }'
const TRENDS = '{ wasteTrends(from: "2026-03-02", to: "2026-03-29") { weekStart wasteRatio } }'

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
})

afterEach(() => service.stop())

test('ingest computes nothing', async () => {
  await ingest(service, [row(1), row(2, { user_id: BEN })])
  const { stages } = await service.get('{ stages { name counts { fresh stale missing } } }')
  expect(stages.slice(0, 3)).toEqual([
    { name: 'time_split', counts: { fresh: 0, stale: 0, missing: 2 } },
    { name: 'nva_summary', counts: { fresh: 0, stale: 0, missing: 2 } },
    { name: 'waste_trend', counts: { fresh: 0, stale: 0, missing: 2 } },
  ])
})

test('the first read computes what it needs, the second nothing', async () => {
  await ingest(service, [row(1), row(2, { user_id: BEN })])
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 4, recomputed: 4, unchanged: 0, verified: 0 })
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 2, recomputed: 0, unchanged: 0, verified: 0 })
})

test('an edit recomputes the one user-day that it touched', async () => {
  await ingest(service, [row(1), row(2, { user_id: BEN }), row(3, { activity_date: '2026-03-03' })])
  await service.get(SUMMARIES)
  await ingest(service, [row(1, { duration_seconds: 1800 })])
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 4, recomputed: 2, unchanged: 0, verified: 0 })
  expect((await service.get(SUMMARIES)).nvaSummary).toEqual([
    { user: { name: 'Ann' }, nvaSecondsSum: 5400, totalSum: 5400 },
    { user: { name: 'Ben' }, nvaSecondsSum: 3600, totalSum: 3600 },
  ])
})

test('a move between days recomputes both days', async () => {
  await ingest(service, [row(1), row(2), row(3, { activity_date: '2026-03-05' })])
  await service.get(SUMMARIES)
  await ingest(service, [row(2, { activity_date: '2026-03-05' })])
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 4, recomputed: 4, unchanged: 0, verified: 0 })
})

test('a move between users recomputes both user-days', async () => {
  await ingest(service, [row(1), row(2), row(3, { user_id: BEN })])
  await service.get(SUMMARIES)
  await ingest(service, [row(2, { user_id: BEN })])
  expect((await service.receipt(SUMMARIES))?.recomputed).toBe(4)
  expect((await service.get(SUMMARIES)).nvaSummary).toEqual([
    { user: { name: 'Ann' }, nvaSecondsSum: 3600, totalSum: 3600 },
    { user: { name: 'Ben' }, nvaSecondsSum: 7200, totalSum: 7200 },
  ])
})

test('a delete recomputes the user-day, to nothing when it was the last', async () => {
  await ingest(service, [row(1), row(2, { user_id: BEN })])
  await service.get(SUMMARIES)
  expect(await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["2", "77"]) }')).toEqual({
    deleteActivities: 1,
  })
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 3, recomputed: 2, unchanged: 0, verified: 0 })
  expect((await service.get(SUMMARIES)).nvaSummary).toEqual([
    { user: { name: 'Ann' }, nvaSecondsSum: 3600, totalSum: 3600 },
  ])
})

test('rows that come again unchanged make nothing stale', async () => {
  await ingest(service, [row(1), row(2)])
  await service.get(SUMMARIES)
  expect(await ingest(service, [row(1), row(2)])).toMatchObject({ unchanged: 2, updated: 0, inserted: 0 })
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 1, recomputed: 0, unchanged: 0, verified: 0 })
})

test('a PTO edit leaves the sums as they are, so waste_trend is verified without running', async () => {
  await ingest(service, [row(1), row(2, { stereotype_id: PTO })])
  await service.get(TRENDS)
  await ingest(service, [row(2, { stereotype_id: PTO, duration_seconds: 7200 })])
  expect(await service.receipt(TRENDS)).toEqual({ checked: 3, recomputed: 2, unchanged: 1, verified: 1 })
  expect(await service.receipt(TRENDS)).toEqual({ checked: 1, recomputed: 0, unchanged: 0, verified: 0 })
})

test('a trend looks back: an edit of an earlier week recomputes the weeks after it', async () => {
  await ingest(service, [row(1), row(2, { activity_date: '2026-03-09' }), row(3, { activity_date: '2026-03-16' })])
  await service.get(TRENDS)
  await ingest(service, [row(1, { duration_seconds: 60 })])
  // time_split and nva_summary of the day; the trends of its week and of the two after it, whose ratios stay 1.
  expect(await service.receipt(TRENDS)).toEqual({ checked: 7, recomputed: 5, unchanged: 3, verified: 0 })
})

test('a stereotype that becomes PTO changes the days that have it, and nothing else', async () => {
  await ingest(service, [
    row(1),
    row(2, { stereotype_id: CODING, value_type: 'VA' }),
    row(3, { user_id: BEN, stereotype_id: CODING }),
  ])
  await service.get(SUMMARIES)
  await service.get(
    `mutation { upsertStereotypes(input: [
      { source: "timesheets", externalId: "${MEETING}", code: "Pto", name: "Meeting" },
      { source: "timesheets", externalId: "${CODING}", code: "coding", name: "Another name, the same code" }
    ]) { id } }`,
  )
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 3, recomputed: 2, unchanged: 1, verified: 0 })
  expect((await service.get(SUMMARIES)).nvaSummary).toEqual([
    { user: { name: 'Ann' }, nvaSecondsSum: 0, totalSum: 3600 },
    { user: { name: 'Ben' }, nvaSecondsSum: 3600, totalSum: 3600 },
  ])
})

test('discarded annotations are computed again by the next read that needs them', async () => {
  await ingest(service, [row(1), row(2, { user_id: BEN })])
  await service.get(SUMMARIES)
  const discard = 'mutation { discardAnnotations(stage: "nva_summary", from: "2026-03-02", to: "2026-03-02") }'
  expect(await service.get(discard)).toEqual({ discardAnnotations: 2 })
  expect(await service.get(discard)).toEqual({ discardAnnotations: 0 })
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 4, recomputed: 2, unchanged: 0, verified: 0 })
})

test('discarding what a stage reads leaves the stage fresh', async () => {
  await ingest(service, [row(1)])
  await service.get(SUMMARIES)
  await service.get('mutation { discardAnnotations(stage: "time_split") }')
  expect(await service.receipt(SUMMARIES)).toEqual({ checked: 1, recomputed: 0, unchanged: 0, verified: 0 })
})

test('a value that was discarded and comes out empty is a change to those who read it before', async () => {
  await ingest(service, [row(1), row(2, { activity_date: '2026-03-03' })])
  await service.get(TRENDS)
  await service.get('mutation { discardAnnotations(stage: "nva_summary", to: "2026-03-02") }')
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1"]) }')
  await service.get(SUMMARIES)
  expect((await service.receipt(TRENDS))?.recomputed).toBe(1)
})

test('computedAt moves when the stage runs, changedAt only when its values differ', async () => {
  const query = `{ activities { nodes { nvaSummary { computedAt changedAt } } } }`
  await ingest(service, [row(1, { stereotype_id: PTO })])
  const [before] = (await service.get(query)).activities.nodes
  await ingest(service, [row(1, { stereotype_id: PTO, duration_seconds: 60 })])
  const [after] = (await service.get(query)).activities.nodes
  expect(after.nvaSummary.changedAt).toBe(before.nvaSummary.changedAt)
  expect(Date.parse(after.nvaSummary.computedAt)).toBeGreaterThan(Date.parse(before.nvaSummary.computedAt))
  expect(before.nvaSummary.computedAt).toBe(before.nvaSummary.changedAt)
})
