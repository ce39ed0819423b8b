import { jest } from '@jest/globals'
import pg from 'pg'
import { addDays } from '../../../src/model/calendar.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addPeople, BEN, CODING, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const MONDAY = '2026-03-02'
const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

let service: TestService
let users: Record<string, string>

/** Ann has three days, one of them of two activities and one of PTO alone; Ben has one day, and one that was emptied. */
beforeAll(async () => {
  service = await testService()
  users = await addPeople(service)
  await ingest(service, [
    row(1),
    row(2, { stereotype_id: CODING, value_type: 'VA' }),
    row(3, { activity_date: addDays(MONDAY, 1), duration_seconds: 60 }),
    row(4, { activity_date: addDays(MONDAY, 8), stereotype_id: PTO }),
    row(5, { user_id: BEN, activity_date: addDays(MONDAY, 3), duration_seconds: 120 }),
    row(6, { user_id: BEN, activity_date: addDays(MONDAY, 4) }),
  ])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["6"]) }')
  await service.get(`mutation { upsertSprints(input: [
    { name: "One", startDate: "2026-03-02", endDate: "2026-03-08" }
    { name: "Twin", startDate: "2026-03-02", endDate: "2026-03-08" }
    { name: "Two", startDate: "2026-03-09", endDate: "2026-03-15" }
  ]) { id } }`)
})

afterAll(() => service.stop())

interface Page {
  nodes: Record<string, unknown>[]
  edges: { cursor: string }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null }
  totalCount: number
}

/** The pages of a query one after the other. */
async function pagesOf(query: string, args: string, fields: string, first: number): Promise<Page[]> {
  const pages: Page[] = []
  for (let after: string | null = null; ; ) {
    const place: string = after === null ? '' : `, after: "${after}"`
    const answer = await service.get(`{ page: ${query}(${args}, first: ${first}${place}) {
      nodes { ${fields} } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount
    } }`)
    pages.push(answer.page)
    if (!answer.page.pageInfo.hasNextPage) return pages
    after = answer.page.pageInfo.endCursor
  }
}

test.each([1, 2, 3, 50])('days come by user and date, in pages of %d, with none lost or twice', async (first) => {
  const pages = await pagesOf('nvaSummaries', MARCH, 'user { name } date totalSum stage', first)
  expect(pages.flatMap(({ nodes }) => nodes)).toEqual([
    { user: { name: 'Ann' }, date: '2026-03-02', totalSum: 7200, stage: 'nva_summary' },
    { user: { name: 'Ann' }, date: '2026-03-03', totalSum: 60, stage: 'nva_summary' },
    { user: { name: 'Ann' }, date: '2026-03-10', totalSum: 0, stage: 'nva_summary' },
    { user: { name: 'Ben' }, date: '2026-03-05', totalSum: 120, stage: 'nva_summary' },
  ])
  expect(pages.map(({ totalCount }) => totalCount)).toEqual(pages.map(() => 4))
  expect(pages[0]?.pageInfo.hasPreviousPage).toBe(false)
  expect(pages.every(({ nodes }) => nodes.length <= first)).toBe(true)
})

test.each([1, 2, 3])('a day of several annotations goes on on the next page of %d', async (first) => {
  const pages = await pagesOf('timeSplit', MARCH, 'user { name } date totalSeconds', first)
  const found = pages.flatMap(({ nodes }) => nodes.map(({ date, totalSeconds }) => `${date} ${totalSeconds}`))
  expect(found.sort()).toEqual([
    '2026-03-02 3600',
    '2026-03-02 3600',
    '2026-03-03 60',
    '2026-03-05 120',
    '2026-03-10 3600',
  ])
  expect(pages.at(-1)?.totalCount).toBe(5)
})

test('weeks have their user, and say where they reach beyond the range', async () => {
  const { wasteTrend } = await service.get(
    '{ wasteTrend(from: "2026-03-03", to: "2026-03-10") { nodes { user { name } weekStart wasteRatio partial unfinished } } }',
  )
  expect(wasteTrend.nodes).toEqual([
    { user: { name: 'Ann' }, weekStart: '2026-03-02', wasteRatio: 3660 / 7260, partial: true, unfinished: false },
    { user: { name: 'Ann' }, weekStart: '2026-03-09', wasteRatio: null, partial: true, unfinished: false },
    { user: { name: 'Ben' }, weekStart: '2026-03-02', wasteRatio: 1, partial: true, unfinished: false },
  ])
})

test('sprints are those that have days in the range; where several have the same dates, one stands for them', async () => {
  const { sprintSummary } = await service.get(
    '{ sprintSummary(from: "2026-03-08", to: "2026-03-09") { nodes { user { name } sprint { name } totalSum } totalCount } }',
  )
  expect(sprintSummary).toEqual({
    nodes: [
      { user: { name: 'Ann' }, sprint: { name: 'One' }, totalSum: 7260 },
      { user: { name: 'Ann' }, sprint: { name: 'Two' }, totalSum: 0 },
      { user: { name: 'Ben' }, sprint: { name: 'One' }, totalSum: 120 },
    ],
    totalCount: 3,
  })
})

test('a user has lists of every stage, of sprints one for each', async () => {
  const { user } = await service.get(`{ user(id: "${users[BEN]}") {
    timeSplits(${MARCH}) { totalSeconds } nvaSummaries(${MARCH}) { totalSum } wasteTrends(${MARCH}) { weekStart }
    sprintSummaries(${MARCH}) { sprint { name } totalSum }
  } }`)
  expect(user).toEqual({
    timeSplits: [{ totalSeconds: 120 }],
    nvaSummaries: [{ totalSum: 120 }],
    wasteTrends: [{ weekStart: '2026-03-02' }],
    sprintSummaries: [
      { sprint: { name: 'One' }, totalSum: 120 },
      { sprint: { name: 'Twin' }, totalSum: 120 },
    ],
  })
})

test('an activity has the annotations of each of its sprints', async () => {
  const { activities } = await service.get(`{ activities(filter: { externalIds: ["5"] }) { nodes {
    timeSplit { user { name } date totalSeconds } sprintSummaries { sprint { name } totalSum }
  } } }`)
  expect(activities.nodes).toEqual([
    {
      timeSplit: { user: { name: 'Ben' }, date: '2026-03-05', totalSeconds: 120 },
      sprintSummaries: [
        { sprint: { name: 'One' }, totalSum: 120 },
        { sprint: { name: 'Twin' }, totalSum: 120 },
      ],
    },
  ])
})

test('only those users who are asked for are looked at', async () => {
  await service.get('mutation { discardAnnotations(stage: "nva_summary") }')
  const query = `{ nvaSummaries(${MARCH}, userIds: ["${users[BEN]}"]) { nodes { totalSum } } }`
  expect(await service.receipt(query)).toMatchObject({ recomputed: 2 })
})

test('a page is computed, and no more', async () => {
  await service.get('mutation { discardAnnotations(stage: "nva_summary") }')
  expect(await service.receipt(`{ nvaSummaries(${MARCH}, first: 1) { nodes { totalSum } } }`)).toMatchObject({
    recomputed: 2,
  })
  expect(await service.receipt(`{ nvaSummaries(${MARCH}, first: 1) { totalCount } }`)).toMatchObject({ recomputed: 3 })
})

test.each([
  ['from: "2026-03-31", to: "2026-03-01"', 'from', 'from (2026-03-31) must not come after to (2026-03-01).'],
  [`${MARCH}, userIds: ["x"]`, 'userIds', 'userIds must be a UUID; "x" is none.'],
  [`${MARCH}, after: "x"`, 'after', 'after must be a cursor out of this list, in the same order; "x" is none.'],
])('nvaSummaries(%s) is refused with %s', async (args, argument, message) => {
  const { errors } = await service.ask(`{ nvaSummaries(${args}) { totalCount } }`)
  expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT', argument } }])
})

test('a cursor of another stage is refused', async () => {
  const [page] = await pagesOf('timeSplit', MARCH, 'date', 1)
  const { errors } = await service.ask(`{ nvaSummaries(${MARCH}, after: "${page?.edges[0]?.cursor}") { totalCount } }`)
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'after' } }])
})

test('a page goes past many days that were emptied, in few steps', async () => {
  const days = Array.from({ length: 600 }, (_, i) => addDays('2020-01-01', i))
  await ingest(
    service,
    days.map((date) => row(date, { activity_date: date })),
  )
  await service.get('mutation ($ids: [String!]!) { deleteActivities(source: "timesheets", externalIds: $ids) }', {
    ids: days,
  })
  const statements = jest.spyOn(pg.Client.prototype, 'query')
  const { nvaSummaries } = await service.get(
    '{ nvaSummaries(from: "2020-01-01", to: "2026-12-31", first: 1) { nodes { date } } }',
  )
  const asked = statements.mock.calls.map(([query]) => (query as unknown as { text?: string }).text ?? '')
  statements.mockRestore()
  expect(nvaSummaries.nodes).toEqual([{ date: '2026-03-02' }])
  const pages = asked.filter((text) => text.includes('LIMIT $7'))
  expect(pages.length).toBeGreaterThan(1)
  expect(pages.length).toBeLessThan(15)
})

test.each([
  ['nvaSummaries', '["nva_summary","00000000-0000-0000-0000-000000000000","0000-01-01"]'],
  ['wasteTrend', '["waste_trend","00000000-0000-0000-0000-000000000000","9999-12-31"]'],
])('a forged cursor of %s is none', async (query, cursor) => {
  const after = Buffer.from(cursor).toString('base64url')
  const { errors } = await service.ask(`{ ${query}(${MARCH}, after: "${after}") { totalCount } }`)
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'after' } }])
})
