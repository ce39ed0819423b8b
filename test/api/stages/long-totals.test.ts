import { inTheGap } from '../../support/gap.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../../support/timesheet-rows.ts'

/** So many days that totals are read by months. */
const LONG = 'from: "1990-01-10", to: "2026-04-02"'
const GROUPS = ['[]', '[USER]', '[MONTH]', '[USER, MONTH]', '[WEEK]', '[USER, DAY]']

let service: TestService

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
  await ingest(service, [
    row('first', { activity_date: '1990-01-09', duration_seconds: 1 }),
    row('in the first month', { activity_date: '1990-01-10', duration_seconds: 10 }),
    row('in a whole month', { activity_date: '1990-02-01', duration_seconds: 100 }),
    row(1, { activity_date: '2026-03-02', duration_seconds: 6_000 }),
    row(2, { activity_date: '2026-04-01', duration_seconds: 1_200, user_id: BEN }),
    row('of the last day', { activity_date: '2026-04-02', duration_seconds: 1_000 }),
    row('after it', { activity_date: '2026-04-03', duration_seconds: 10_000 }),
  ])
})

afterAll(() => service.stop())

async function totals(groupBy: string) {
  const { nvaSummary } = await service.get(
    `{ nvaSummary(${LONG}, groupBy: ${groupBy}) { user { name } period nvaSecondsSum totalSum wasteRatio } }`,
  )
  return nvaSummary
}

test('whole months and the days at both ends add up to the days', async () => {
  expect(await totals('[]')).toMatchObject([{ nvaSecondsSum: 8310, totalSum: 8310, wasteRatio: 1 }])
  expect(await totals('[USER, MONTH]')).toMatchObject([
    { user: { name: 'Ann' }, period: '1990-01-01', totalSum: 10 },
    { user: { name: 'Ann' }, period: '1990-02-01', totalSum: 100 },
    { user: { name: 'Ann' }, period: '2026-03-01', totalSum: 6000 },
    { user: { name: 'Ann' }, period: '2026-04-01', totalSum: 1000 },
    { user: { name: 'Ben' }, period: '2026-04-01', totalSum: 1200 },
  ])
})

test.each(GROUPS)('a change shows at once, grouped by %s', async (groupBy) => {
  const before = await totals(groupBy)
  await ingest(service, [row('in a whole month', { activity_date: '1990-02-01', duration_seconds: 200 })])
  const sum = (groups: { totalSum: number }[]) => groups.reduce((all, { totalSum }) => all + totalSum, 0)
  expect(sum(await totals(groupBy)) - sum(before)).toBe(100)
  await ingest(service, [row('in a whole month', { activity_date: '1990-02-01', duration_seconds: 100 })])
  expect(await totals(groupBy)).toEqual(before)
})

test('months are read where days are not asked for', async () => {
  await totals('[USER]')
  await service.get('mutation { discardAnnotations(stage: "month_summary") }')
  const query = (groupBy: string) => `{ nvaSummary(${LONG}, groupBy: ${groupBy}) { totalSum } }`
  expect(await service.receipt(query('[USER, WEEK]'))).toMatchObject({ recomputed: 0 })
  expect(await service.receipt(query('[USER, MONTH]'))).toMatchObject({ recomputed: 2 })
  expect(await service.receipt(query('[USER, MONTH]'))).toMatchObject({ recomputed: 0 })
})

describe('over all the days that there are', () => {
  const ALL = 'from: "1990-01-09", to: "2026-04-03"'
  let asked = 0
  /** Never asked in the same words, so that it is read each time. */
  const all = async () =>
    (await service.get(`{ nvaSummary(${ALL}, groupBy: []) { totalSum } } # ${asked++}`)).nvaSummary[0].totalSum
  const SUM = 18_311

  test('months are read alone, as nothing lies in what the range cuts off', async () => {
    expect(await all()).toBe(SUM)
    // Of Ann four months, of Ben one.
    expect(await service.receipt(`{ nvaSummary(${ALL}, groupBy: [USER]) { totalSum } }`)).toMatchObject({ checked: 5 })
    expect(await service.receipt(`{ nvaSummary(${LONG}, groupBy: [USER]) { totalSum } }`)).toMatchObject({ checked: 5 })
  })

  test.each([
    ['before', '1990-01-08'],
    ['after', '2026-04-04'],
  ])('what comes to lie %s it is not counted, also not while the totals are read', async (_, activity_date) => {
    await all()
    const beyond = row('beyond', { activity_date, duration_seconds: 50_000 })
    const inserted = await inTheGap(all, async () => (await ingest(service, [beyond])).inserted)
    expect(inserted).toEqual({ read: SUM, done: 1 })
    expect(await all()).toBe(SUM)
    await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["beyond"]) }')
    expect(await all()).toBe(SUM)
  })
})

describe('waste by stereotype over so many days', () => {
  const waste = async (range = LONG) =>
    (
      await service.get(
        `{ wasteByStereotype(${range}) { stereotype { code } nvaSecondsSum vaSecondsSum totalSum activityCount } }`,
      )
    ).wasteByStereotype

  beforeAll(() =>
    ingest(service, [
      row('coded in a whole month', { activity_date: '1990-02-03', stereotype_id: CODING, value_type: 'VA' }),
      row('coded on the last day', { activity_date: '2026-04-02', stereotype_id: CODING, duration_seconds: 5 }),
      row('off in a whole month', { activity_date: '1990-02-03', stereotype_id: PTO }),
    ]),
  )

  const MEETINGS = {
    stereotype: { code: 'meeting' },
    nvaSecondsSum: 8310,
    vaSecondsSum: 0,
    totalSum: 8310,
    activityCount: 5,
  }

  test('whole months and the days at both ends add up', async () => {
    expect(await waste()).toEqual([
      MEETINGS,
      { stereotype: { code: 'coding' }, nvaSecondsSum: 5, vaSecondsSum: 3600, totalSum: 3605, activityCount: 2 },
    ])
    expect(await service.receipt(`{ wasteByStereotype(${LONG}) { totalSum } }`)).toMatchObject({ recomputed: 0 })
  })

  test('an activity of another kind is counted there at once', async () => {
    const recoded = (stereotype_id: string) =>
      ingest(service, [row('in a whole month', { activity_date: '1990-02-01', duration_seconds: 100, stereotype_id })])
    await recoded(CODING)
    expect(await waste()).toMatchObject([
      { nvaSecondsSum: 8210, activityCount: 4 },
      { nvaSecondsSum: 105, activityCount: 3 },
    ])
    await recoded(MEETING)
    expect(await waste()).toMatchObject([MEETINGS, { nvaSecondsSum: 5 }])
  })

  test('an activity shows the month of its own kind', async () => {
    const { activities } = await service.get(
      `{ activities(filter: { from: "1990-02-01", to: "1990-02-28" }, orderBy: DURATION_ASC) {
        nodes { stereotype { id } stereotypeSummary { stereotypeId totalSum monthStart user { name } } }
      } }`,
    )
    expect(activities.nodes).toHaveLength(3)
    for (const { stereotype, stereotypeSummary } of activities.nodes) {
      expect(stereotypeSummary.stereotypeId).toBe(stereotype.id)
      expect(stereotypeSummary).toMatchObject({ monthStart: '1990-02-01', user: { name: 'Ann' } })
    }
    expect(
      activities.nodes.map((node: { stereotypeSummary: { totalSum: number } }) => node.stereotypeSummary.totalSum),
    ).toEqual([100, 3600, 3600])
  })
})
