import { inTheGap } from '../support/gap.ts'
import { type Answer, type TestService, testService } from '../support/service.ts'
import { addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'

const WEEK = 'from: "2026-03-02", to: "2026-03-08"'
/** The same sum in as many ways as there are, and how many activities it is of. */
const EVERYTHING = `{
  activities { totalCount nodes { durationSeconds timeSplit { totalSeconds } nvaSummary { totalSum } } }
  nvaSummary(${WEEK}, groupBy: []) { totalSum provenance { activities { totalCount nodes { contribution { totalSeconds } } } } }
  nvaSummaries(${WEEK}) { nodes { totalSum } totalCount }
  wasteByStereotype(${WEEK}) { totalSum activityCount }
  waste(${WEEK}, groupBy: [USER]) { nodes { totalSeconds activityCount } }
  users { nodes { nvaSummaries(${WEEK}) { totalSum freshness { status } } } }
  ingestBatches { totalCount }
  explainChange(metric: NVA_SECONDS, before: { from: "2026-02-23", to: "2026-03-01" }, after: { ${WEEK} }) { change }
}`
/** Pages of which nothing is asked for but what is stored. */
const PAGES = `{
  first: activities(first: 1) { totalCount nodes { durationSeconds } }
  all: activities { nodes { durationSeconds timeSplit { totalSeconds } } }
}`

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
  await ingest(service, [row(1, { duration_seconds: 100 })])
})

afterEach(() => service.stop())

const more = () => ingest(service, [row(2, { duration_seconds: 1 }), row(3, { duration_seconds: 10, user_id: BEN })])

/** All that the answer says the sum is, and all that it says the count of activities is. */
function saidOf({
  activities,
  nvaSummary,
  nvaSummaries,
  wasteByStereotype,
  waste,
  users,
  explainChange,
}: Answer['data']) {
  // biome-ignore lint/suspicious/noExplicitAny: the data of an answer is what the query says.
  const sum = (list: any[], valueOf: (each: any) => number) => list.reduce((all, each) => all + valueOf(each), 0)
  const listed = nvaSummary[0].provenance.activities
  return {
    sums: [
      sum(activities.nodes, (node) => node.durationSeconds),
      sum(activities.nodes, (node) => node.timeSplit.totalSeconds),
      nvaSummary[0].totalSum,
      sum(listed.nodes, (node) => node.contribution.totalSeconds),
      sum(nvaSummaries.nodes, (node) => node.totalSum),
      sum(wasteByStereotype, (line) => line.totalSum),
      sum(waste.nodes, (group) => group.totalSeconds),
      sum(users.nodes, (user) => sum(user.nvaSummaries, (day) => day.totalSum)),
      explainChange.change,
    ],
    counts: [
      activities.totalCount,
      activities.nodes.length,
      listed.totalCount,
      sum(wasteByStereotype, (line) => line.activityCount),
      sum(waste.nodes, (group) => group.activityCount),
    ],
  }
}

const asBefore = { sums: Array(9).fill(100), counts: Array(5).fill(1) }
const asAfter = { sums: Array(9).fill(111), counts: Array(5).fill(3) }

test('what is ingested while a query reads is in none of its answer', async () => {
  await service.get(EVERYTHING)
  const { read, done } = await inTheGap(() => service.ask(`${EVERYTHING} # again`), more)
  expect(done.inserted).toBe(2)
  expect(saidOf(read.data)).toEqual(asBefore)
  expect(read.data.ingestBatches.totalCount).toBe(1)
  expect(read.extensions?.receipt).toMatchObject({ recomputed: 0, verified: 0 })
  const after = await service.get(`${EVERYTHING} # at last`)
  expect(saidOf(after)).toEqual(asAfter)
  expect(after.ingestBatches.totalCount).toBe(2)
})

test('what is ingested before it reads at last, after the refresh of what was stale, is in all of it', async () => {
  const { read } = await inTheGap(() => service.ask(EVERYTHING), more)
  expect(saidOf(read.data)).toEqual(asAfter)
  expect(read.data.users.nodes.flatMap((user: Answer['data']) => user.nvaSummaries)).toEqual(
    Array(2).fill({ totalSum: expect.any(Number), freshness: { status: 'FRESH' } }),
  )
})

test('what is ingested in the very moment of the refresh and again after it is in all of it, or in none', async () => {
  const { read } = await inTheGap(() => service.ask(EVERYTHING), more, { nth: 2 })
  const said = saidOf(read.data)
  expect([asBefore, asAfter]).toContainEqual(said)
})

test('what others write in each of many rounds is in all of the answer, or in none', async () => {
  let written = 1
  const one = () => ingest(service, [row(++written, { duration_seconds: 10 ** (written % 5) })])
  const { read } = await inTheGap(() => service.ask(EVERYTHING), one, { last: 6, isBefore: true })
  expect(written).toBeGreaterThan(3)
  const { activities, users, ingestBatches } = read.data
  const seconds = activities.nodes.reduce((all: number, node: Answer['data']) => all + node.durationSeconds, 0)
  expect([activities.nodes.length, ingestBatches.totalCount]).toEqual([activities.totalCount, activities.totalCount])
  // Numbers that are behind the activities beside them say so.
  for (const { totalSum, freshness } of users.nodes.flatMap((user: Answer['data']) => user.nvaSummaries)) {
    expect(freshness.status).toBe(totalSum === seconds ? 'FRESH' : 'STALE')
  }
})

test('pages that are passed through as they are stored are of one moment, too', async () => {
  await service.get(PAGES)
  const { read } = await inTheGap(() => service.get(`${PAGES} `), more)
  expect(read).toEqual({
    first: { totalCount: 1, nodes: [{ durationSeconds: 100 }] },
    all: { nodes: [{ durationSeconds: 100, timeSplit: { totalSeconds: 100 } }] },
  })
})

test('an error of one field is told beside the others, and ends none of them', async () => {
  const { data, errors } = await service.ask(`{
    none: user(id: "nobody") { id } users(first: 1) { nodes { name } }
    nul: activity(id: "01938d5e-0000-7000-8000-000000000000") { id } completeness(${WEEK}) { quarantinedRows }
  }`)
  expect(data).toEqual({
    none: null,
    users: { nodes: [{ name: 'Ann' }] },
    nul: null,
    completeness: { quarantinedRows: 0 },
  })
  expect(errors).toMatchObject([{ path: ['none'], extensions: { code: 'BAD_USER_INPUT', argument: 'id' } }])
})

test('what a stage fails for is told in each round once, and the rest is answered', async () => {
  await service.database.transaction((sql) => sql('ALTER TABLE nva_summary ADD CONSTRAINT fails CHECK (total_sum < 0)'))
  const { data, errors } = await service.ask(
    '{ activities { nodes { externalId } } a: activity(id: "01938d5e-0000-7000-8000-000000000000") { id } }',
  )
  expect([data.activities.nodes, data.a, errors]).toEqual([[{ externalId: '1' }], null, undefined])
  const failed = await service.ask(`{ users { totalCount } nvaSummary(${WEEK}) { totalSum } }`)
  expect(failed.errors).toMatchObject([{ path: ['nvaSummary'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
})
