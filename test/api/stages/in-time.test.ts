import { addDays } from '../../../src/model/calendar.ts'
import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, ingest, row } from '../../support/timesheet-rows.ts'

const MONDAY = '2026-03-02'
const SUNDAY = addDays(MONDAY, 6)
const SPAN = 'from: "2026-01-01", to: "2026-03-31"'
const TREND = 'weekStart wasteRatio zScore flagged unfinished partial'

let service: TestService
let today: string
let users: Record<string, string>

/** Eight weeks of about a tenth of waste, and then one of nothing else. */
beforeAll(async () => {
  service = await testService({ today: () => today })
  users = await addPeople(service)
  const past = Array.from({ length: 8 }, (_, i) => addDays(MONDAY, -7 * (i + 1)))
  await ingest(service, [
    ...past.flatMap((date, i) => [
      row(`nva ${date}`, { activity_date: date, duration_seconds: 3_600 + i }),
      row(`va ${date}`, { activity_date: date, duration_seconds: 32_400, value_type: 'VA' }),
    ]),
    row('jump', { activity_date: MONDAY, duration_seconds: 7_200 }),
  ])
})

afterAll(() => service.stop())

/** What each way to the jump's trend shows of it. */
async function shown() {
  const answer = await service.get(`{
    wasteTrends(${SPAN}) { ${TREND} }
    user(id: "${users[ANN]}") { wasteTrends(${SPAN}) { ${TREND} } }
    activities(filter: { from: "${MONDAY}" }) { nodes {
      wasteTrend { ${TREND} } annotations(stages: ["waste_trend"]) { ... on WasteTrend { ${TREND} } }
    } }
  }`)
  const [node] = answer.activities.nodes
  return [answer.wasteTrends.at(-1), answer.user.wasteTrends.at(-1), node.wasteTrend, node.annotations[0]]
}

async function weeksFlagged(flagged: boolean): Promise<string[]> {
  const { wasteTrends } = await service.get(`{ wasteTrends(${SPAN}, flagged: ${flagged}) { weekStart } }`)
  return wasteTrends.map(({ weekStart }: { weekStart: string }) => weekStart)
}

test.each([MONDAY, addDays(MONDAY, 3), SUNDAY])(
  'on %s the week isn’t over: it is shown, and not flagged',
  async (date) => {
    today = date
    for (const trend of await shown()) {
      expect(trend).toMatchObject({
        weekStart: MONDAY,
        wasteRatio: 1,
        flagged: false,
        unfinished: true,
        partial: false,
      })
      expect(trend.zScore).toBeGreaterThan(2)
    }
    expect(await weeksFlagged(true)).toEqual([])
    expect(await weeksFlagged(false)).toContain(MONDAY)
  },
)

test('on the Monday after it, it is flagged', async () => {
  today = addDays(SUNDAY, 1)
  for (const trend of await shown()) {
    expect(trend).toMatchObject({ weekStart: MONDAY, flagged: true, unfinished: false, partial: false })
  }
  expect(await weeksFlagged(true)).toEqual([MONDAY])
  expect(await weeksFlagged(false)).not.toContain(MONDAY)
})

test('a week that hasn’t begun isn’t over either', async () => {
  today = addDays(MONDAY, -3)
  for (const trend of await shown()) expect(trend).toMatchObject({ flagged: false, unfinished: true })
})

test.each([
  [MONDAY, SUNDAY, false],
  [addDays(MONDAY, 1), SUNDAY, true],
  [MONDAY, addDays(SUNDAY, -1), true],
  [addDays(MONDAY, 2), addDays(MONDAY, 2), true],
])('a user’s week from %s to %s: partial is %s, and the numbers are of the whole week', async (from, to, partial) => {
  today = SUNDAY
  const { user } = await service.get(
    `{ user(id: "${users[ANN]}") { wasteTrends(from: "${from}", to: "${to}") { weekStart wasteRatio partial } } }`,
  )
  expect(user.wasteTrends).toEqual([{ weekStart: MONDAY, wasteRatio: 1, partial }])
})

test('the last week in which there can be activities is found by any of its days', async () => {
  await ingest(service, [row('last', { activity_date: '2200-12-31' }), row('first', { activity_date: '1900-01-01' })])
  const weeks = async (range: string) => {
    const { wasteTrends, user } = await service.get(
      `{ wasteTrends(${range}) { weekStart } user(id: "${users[ANN]}") { wasteTrends(${range}) { weekStart } } }`,
    )
    expect(user.wasteTrends).toEqual(wasteTrends)
    return wasteTrends.map(({ weekStart }: { weekStart: string }) => weekStart)
  }
  expect(await weeks('from: "2200-12-31", to: "2200-12-31"')).toEqual(['2200-12-29'])
  expect(await weeks('from: "2201-01-04", to: "9999-12-31"')).toEqual(['2200-12-29'])
  expect(await weeks('from: "2201-01-05", to: "9999-12-31"')).toEqual([])
  expect(await weeks('from: "0001-01-01", to: "1900-01-01"')).toEqual(['1900-01-01'])
  expect(await weeks('from: "0001-01-01", to: "1899-12-31"')).toEqual([])
})
