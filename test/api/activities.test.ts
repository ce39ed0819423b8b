import { jest } from '@jest/globals'
import pg from 'pg'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../support/timesheet-rows.ts'

const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: ActivityOrder, $filter: ActivityFilter) {
  activities(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, filter: $filter) {
    totalCount nodes { externalId } edges { cursor node { externalId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

let service: TestService
let users: Record<string, string>

beforeAll(async () => {
  service = await testService()
  users = await addPeople(service)
  await ingest(service, [
    row('a', { activity_date: '2026-03-02', duration_seconds: 5400 }),
    row('b', {
      activity_date: '2026-03-03',
      duration_seconds: 60,
      user_id: BEN,
      value_type: 'VA',
      stereotype_id: CODING,
    }),
    row('c', { activity_date: '2026-03-03', duration_seconds: 0, stereotype_id: PTO }),
    row('d', { activity_date: '2026-03-04', duration_seconds: 86_400 }),
    row('e', { activity_date: '2026-03-11', duration_seconds: 1, value_type: 'VA', stereotype_id: CODING }),
  ])
})

afterAll(() => service.stop())

test('the newest date comes first unless told otherwise', async () => {
  expect(await idsOf({})).toEqual(['e', 'd', 'c', 'b', 'a'])
  expect(await idsOf({ orderBy: 'DATE_ASC' })).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(await idsOf({ orderBy: 'DURATION_DESC' })).toEqual(['d', 'a', 'b', 'e', 'c'])
  expect(await idsOf({ orderBy: 'DURATION_ASC' })).toEqual(['c', 'e', 'b', 'a', 'd'])
})

test.each([
  [{ from: '2026-03-03', to: '2026-03-04' }, ['d', 'c', 'b']],
  [{ stereotypeCodes: ['coding', 'PTO'] }, ['e', 'c', 'b']],
  [{ type: 'VALUE_ADD' }, ['e', 'b']],
  [{ externalIds: ['a', 'e', 'nobody'] }, ['e', 'a']],
  [{ source: 'timesheets', from: '2026-03-11' }, ['e']],
  [{ externalIds: [] }, []],
])('the filter %j keeps %j', async (filter, expected) => {
  expect(await idsOf({ filter })).toEqual(expected)
})

test('a filter by users keeps theirs', async () => {
  expect(await idsOf({ filter: { userIds: [users[BEN]] } })).toEqual(['b'])
})

test('pages go forward and backward through the same list', async () => {
  const first = await pageOf({ first: 2 })
  expect(first.nodes).toEqual([{ externalId: 'e' }, { externalId: 'd' }])
  expect(first.totalCount).toBe(5)
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })

  const second = await pageOf({ first: 2, after: first.pageInfo.endCursor })
  expect(second.nodes).toEqual([{ externalId: 'c' }, { externalId: 'b' }])
  expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })

  const last = await pageOf({ last: 2 })
  expect(last.nodes).toEqual([{ externalId: 'b' }, { externalId: 'a' }])
  expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })

  const back = await pageOf({ last: 9, before: last.pageInfo.startCursor })
  expect(back.nodes).toEqual([{ externalId: 'e' }, { externalId: 'd' }, { externalId: 'c' }])
  expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  expect((await pageOf({ first: 0 })).nodes).toEqual([])
})

test('each annotation is of the activity, its day, its week or its sprint', async () => {
  await service.get(
    `mutation { upsertSprints(input: [
      { name: "One", startDate: "2026-03-02", endDate: "2026-03-08" }, { name: "Twin", startDate: "2026-03-02", endDate: "2026-03-08" }
    ]) { id } }`,
  )
  const { activities } = await service.get(`{ activities(filter: { externalIds: ["b", "c", "e"] }) { nodes {
    externalId duration durationSeconds type user { name } stereotype { code }
    timeSplit { stage version nvaSeconds vaSeconds totalSeconds }
    nvaSummary { date user { name } nvaSecondsSum vaSecondsSum totalSum }
    wasteTrend { weekStart wasteRatio baselineMean zScore flagged }
    annotations(stages: ["sprint_summary", "waste_trend", "nva_summary", "time_split"]) {
      __typename stage ... on SprintSummary { sprint { name } nvaSecondsSum vaSecondsSum totalSum wasteRatio }
    }
    all: annotations { stage }
  } } }`)
  const [e, c, b] = activities.nodes
  expect(b).toMatchObject({
    duration: 'PT1M',
    durationSeconds: 60,
    type: 'VALUE_ADD',
    user: { name: 'Ben' },
    stereotype: { code: 'coding' },
    timeSplit: { stage: 'time_split', version: 1, nvaSeconds: 0, vaSeconds: 60, totalSeconds: 60 },
    nvaSummary: { date: '2026-03-03', user: { name: 'Ben' }, nvaSecondsSum: 0, vaSecondsSum: 60, totalSum: 60 },
    wasteTrend: { weekStart: '2026-03-02', wasteRatio: 0, baselineMean: null, zScore: null, flagged: false },
  })
  const sprint = { nvaSecondsSum: 91_800, vaSecondsSum: 0, totalSum: 91_800, wasteRatio: 1 }
  expect(c.annotations).toEqual([
    { __typename: 'TimeSplit', stage: 'time_split' },
    { __typename: 'NvaSummary', stage: 'nva_summary' },
    { __typename: 'WasteTrend', stage: 'waste_trend' },
    { __typename: 'SprintSummary', stage: 'sprint_summary', sprint: { name: 'One' }, ...sprint },
    { __typename: 'SprintSummary', stage: 'sprint_summary', sprint: { name: 'Twin' }, ...sprint },
  ])
  expect(c.all).toEqual(expect.arrayContaining(c.annotations.map(({ stage }: { stage: string }) => ({ stage }))))
  expect(c.nvaSummary).toMatchObject({ totalSum: 0 })
  expect(e.annotations).toHaveLength(3)
})

test('named stages alone are computed and shown, whatever the alias and the fragment', async () => {
  const query = `{ activities(first: 1) { edges { node { ...Some } } } }
    fragment Some on Activity { day: annotations(stages: ["nva_summary"]) { stage } split: annotations(stages: ["time_split"]) { stage } none: annotations(stages: []) { stage } }`
  expect((await service.get(query)).activities.edges[0].node).toEqual({
    day: [{ stage: 'nva_summary' }],
    split: [{ stage: 'time_split' }],
    none: [],
  })
})

test('a query that asks for no annotations carries no receipt', async () => {
  expect(await service.receipt('{ activities { nodes { id user { name } } } }')).toBeUndefined()
})

test('activity finds one by id, and null where there is none', async () => {
  const { activities } = await service.get('{ activities(filter: { externalIds: ["d"] }) { nodes { id } } }')
  const query = 'query ($id: ID!) { activity(id: $id) { externalId duration timeSplit { nvaSeconds } } }'
  expect(await service.get(query, { id: activities.nodes[0].id })).toEqual({
    activity: { externalId: 'd', duration: 'PT24H', timeSplit: { nvaSeconds: 86_400 } },
  })
  expect(await service.get(query, { id: '01938d5e-0000-7000-8000-000000000000' })).toEqual({ activity: null })
})

test('the number of SQL statements of a page does not depend on its length', async () => {
  const other = await testService()
  await addPeople(other)
  const dates = ['2026-03-02', '2026-03-03', '2026-03-10', '2026-04-01']
  const rows = Array.from({ length: 200 }, (_, i) =>
    row(i, { user_id: i % 2 ? ANN : BEN, activity_date: dates[i % 4], stereotype_id: MEETING }),
  )
  await ingest(other, rows)
  await other.get(
    'mutation { upsertSprints(input: [{ name: "S", startDate: "2026-03-02", endDate: "2026-04-12" }]) { id } }',
  )
  const query = `query ($first: Int) { activities(first: $first) { totalCount nodes {
    user { name wasteTrends(from: "2026-03-02", to: "2026-03-15") { flagged } } stereotype { code } timeSplit { nvaSeconds } nvaSummary { totalSum user { name } }
    wasteTrend { zScore user { name } } annotations { stage ... on SprintSummary { user { name } sprint { name } } }
  } } }`
  await other.get(query, { first: 201 })
  await other.dispatcher.idle()
  // Beside it, it is looked for events that wait.
  const isOfRead = ([given]: unknown[]) => !/outbox/.test((given as { text?: string }).text ?? String(given))
  const statements = jest.spyOn(pg.Client.prototype, 'query')
  const countFor = async (first: number) => {
    statements.mockClear()
    await other.get(query, { first })
    return statements.mock.calls.filter(isOfRead).length
  }
  const counts = [await countFor(4), await countFor(50), await countFor(200)]
  statements.mockRestore()
  await other.stop()
  expect(new Set(counts).size).toBe(1)
  expect(counts[0]).toBeLessThanOrEqual(9)
})

test('a cursor stays where it is when rows are inserted before it', async () => {
  const first = await pageOf({ first: 3 })
  await ingest(service, [row('z', { activity_date: '2026-05-05' })])
  const next = await pageOf({ first: 3, after: first.pageInfo.endCursor })
  expect(next.nodes.map((node: { externalId: string }) => node.externalId)).toEqual(['b', 'a'])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["z"]) }')
})

async function pageOf(variables: object) {
  return (await service.get(PAGE, variables)).activities
}

async function idsOf(variables: object): Promise<string[]> {
  const { nodes, edges } = await pageOf(variables)
  const ids = nodes.map((node: { externalId: string }) => node.externalId)
  expect(edges.map((edge: { node: { externalId: string } }) => edge.node.externalId)).toEqual(ids)
  return ids
}
