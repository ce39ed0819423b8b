import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const RANGE = 'from: "2026-02-01", to: "2026-04-30"'

let service: TestService
let users: Record<string, string>

beforeAll(async () => {
  service = await testService()
  users = await addPeople(service)
  await ingest(service, [
    row(1, { activity_date: '2026-03-02', duration_seconds: 3600 }),
    row(2, { activity_date: '2026-03-08', duration_seconds: 1800, value_type: 'VA', stereotype_id: CODING }),
    row(3, { activity_date: '2026-03-09', duration_seconds: 600, stereotype_id: CODING }),
    row(4, { activity_date: '2026-04-01', duration_seconds: 28_800, stereotype_id: PTO }),
    row(5, { activity_date: '2026-04-01', duration_seconds: 1200, user_id: BEN }),
  ])
})

afterAll(() => service.stop())

test('nvaSummary sums by user, PTO left out', async () => {
  const { nvaSummary } = await service.get(
    `{ nvaSummary(${RANGE}) { user { name } period nvaSecondsSum vaSecondsSum totalSum wasteRatio } }`,
  )
  expect(nvaSummary).toEqual([
    { user: { name: 'Ann' }, period: null, nvaSecondsSum: 4200, vaSecondsSum: 1800, totalSum: 6000, wasteRatio: 0.7 },
    { user: { name: 'Ben' }, period: null, nvaSecondsSum: 1200, vaSecondsSum: 0, totalSum: 1200, wasteRatio: 1 },
  ])
})

test.each([
  ['[DAY]', ['2026-03-02 - 3600', '2026-03-08 - 1800', '2026-03-09 - 600', '2026-04-01 - 1200']],
  ['[WEEK]', ['2026-03-02 - 5400', '2026-03-09 - 600', '2026-03-30 - 1200']],
  ['[MONTH]', ['2026-03-01 - 6000', '2026-04-01 - 1200']],
  ['[MONTH, WEEK]', ['2026-03-02 - 5400', '2026-03-09 - 600', '2026-03-30 - 1200']],
  ['[USER, MONTH]', ['2026-03-01 Ann 6000', '2026-04-01 Ann 0', '2026-04-01 Ben 1200']],
  ['[]', [' - 7200']],
])('nvaSummary grouped by %s', async (groupBy, expected) => {
  const { nvaSummary } = await service.get(
    `{ nvaSummary(${RANGE}, groupBy: ${groupBy}) { user { name } period totalSum } }`,
  )
  const lines = nvaSummary.map((group: { user: { name: string } | null; period: string; totalSum: number }) =>
    [group.period, group.user?.name ?? '-', group.totalSum].join(' '),
  )
  expect(lines).toEqual(expected)
})

test('both ends of a range belong to it, and users can be chosen', async () => {
  const query = 'query ($ids: [ID!]) { nvaSummary(from: "2026-03-02", to: "2026-03-08", userIds: $ids) { totalSum } }'
  expect(await service.get(query)).toEqual({ nvaSummary: [{ totalSum: 5400 }] })
  expect(await service.get(query, { ids: [users[BEN]] })).toEqual({ nvaSummary: [] })
  expect(await service.get(query, { ids: [users[ANN], users[ANN]] })).toEqual({ nvaSummary: [{ totalSum: 5400 }] })
})

test('wasteByStereotype has the largest NVA first and leaves PTO out', async () => {
  const { wasteByStereotype } = await service.get(
    `{ wasteByStereotype(${RANGE}) { stereotype { code } nvaSecondsSum vaSecondsSum totalSum activityCount } }`,
  )
  expect(wasteByStereotype).toEqual([
    { stereotype: { code: 'meeting' }, nvaSecondsSum: 4800, vaSecondsSum: 0, totalSum: 4800, activityCount: 2 },
    { stereotype: { code: 'coding' }, nvaSecondsSum: 600, vaSecondsSum: 1800, totalSum: 2400, activityCount: 2 },
  ])
})

test('wasteTrends are the person-weeks whose week has days in the range; those that reach beyond it are partial', async () => {
  const weeks = async (range: string) => {
    const { wasteTrends } = await service.get(
      `{ wasteTrends(${range}) { user { name } weekStart wasteRatio flagged partial } }`,
    )
    return wasteTrends.map(
      (trend: { user: { name: string }; weekStart: string; partial: boolean }) =>
        `${trend.user.name} ${trend.weekStart}${trend.partial ? ' partial' : ''}`,
    )
  }
  expect((await weeks(RANGE)).sort()).toEqual(['Ann 2026-03-02', 'Ann 2026-03-09', 'Ann 2026-03-30', 'Ben 2026-03-30'])
  expect(await weeks('from: "2026-03-02", to: "2026-03-15"')).toEqual(['Ann 2026-03-02', 'Ann 2026-03-09'])
  expect(await weeks('from: "2026-03-03", to: "2026-03-15"')).toEqual(['Ann 2026-03-02 partial', 'Ann 2026-03-09'])
  expect(await weeks('from: "2026-03-08", to: "2026-03-14"')).toEqual([
    'Ann 2026-03-02 partial',
    'Ann 2026-03-09 partial',
  ])
  expect(await weeks('from: "2026-03-11", to: "2026-03-11"')).toEqual(['Ann 2026-03-09 partial'])
  expect(await weeks('from: "2026-03-16", to: "2026-03-29"')).toEqual([])
  expect(await weeks('from: "0001-01-01", to: "9999-12-31"')).toHaveLength(4)
  expect(await weeks(`${RANGE}, flagged: true`)).toEqual([])
  expect(await weeks(`${RANGE}, flagged: false`)).toHaveLength(4)
})

test('a user has summaries and trends of their own', async () => {
  const { users: found } = await service.get(
    `{ users { totalCount nodes { name nvaSummaries(${RANGE}) { date totalSum } wasteTrends(${RANGE}) { weekStart wasteRatio } } } }`,
  )
  expect(found).toEqual({
    totalCount: 2,
    nodes: [
      {
        name: 'Ann',
        nvaSummaries: [
          { date: '2026-03-02', totalSum: 3600 },
          { date: '2026-03-08', totalSum: 1800 },
          { date: '2026-03-09', totalSum: 600 },
          { date: '2026-04-01', totalSum: 0 },
        ],
        wasteTrends: [
          { weekStart: '2026-03-02', wasteRatio: 3600 / 5400 },
          { weekStart: '2026-03-09', wasteRatio: 1 },
          { weekStart: '2026-03-30', wasteRatio: null },
        ],
      },
      {
        name: 'Ben',
        nvaSummaries: [{ date: '2026-04-01', totalSum: 1200 }],
        wasteTrends: [{ weekStart: '2026-03-30', wasteRatio: 1 }],
      },
    ],
  })
})

test('a sprint that moves is another period', async () => {
  const move = (
    endDate: string,
  ) => `mutation { upsertSprints(input: [{ name: "S", startDate: "2026-03-02", endDate: "${endDate}" }]) {
    summaries { user { name } totalSum wasteRatio } } }`
  expect((await service.get(move('2026-03-08'))).upsertSprints).toEqual([
    { summaries: [{ user: { name: 'Ann' }, totalSum: 5400, wasteRatio: 3600 / 5400 }] },
  ])
  expect((await service.get(move('2026-03-09'))).upsertSprints).toEqual([
    { summaries: [{ user: { name: 'Ann' }, totalSum: 6000, wasteRatio: 0.7 }] },
  ])
})

test('a sprint’s summaries can be asked for some users', async () => {
  const sprint = '{ name: "Both", startDate: "2026-03-02", endDate: "2026-04-01" }'
  const ask = (ids: readonly unknown[]) =>
    service.ask(
      `mutation ($ids: [ID!]) { upsertSprints(input: [${sprint}]) { summaries(userIds: $ids) { user { name } totalSum } } }`,
      { ids },
    )
  expect((await ask([users[BEN]])).data.upsertSprints).toEqual([
    { summaries: [{ user: { name: 'Ben' }, totalSum: 1200 }] },
  ])
  expect((await ask([])).data.upsertSprints).toEqual([{ summaries: [] }])
  expect((await ask(['Ben'])).errors).toMatchObject([
    { message: 'userIds must be a UUID; "Ben" is none.', extensions: { code: 'BAD_USER_INPUT' } },
  ])
})

test('counts of a stage can be asked for a range, by the periods that lie in it', async () => {
  await service.get(
    'mutation { upsertSprints(input: [{ name: "Counted", startDate: "2026-04-01", endDate: "2026-04-02" }]) { id } }',
  )
  const counts = async (range: string) =>
    (await service.get(`{ stages { name counts(${range}) { fresh stale missing } } }`)).stages.map(
      ({ name, counts: { fresh, stale, missing } }: { name: string; counts: Record<string, number> }) =>
        `${name} ${Number(fresh) + Number(stale) + Number(missing)}`,
    )
  expect(await counts('from: "2026-03-31", to: "2026-04-04"')).toEqual(
    expect.arrayContaining([
      'time_split 2',
      'nva_summary 2',
      'waste_trend 0',
      'sprint_summary 2',
      'month_summary 0',
      'project_summary 0',
    ]),
  )
  expect(await counts('to: "2026-03-09"')).toEqual(
    expect.arrayContaining([
      'time_split 3',
      'nva_summary 3',
      'waste_trend 1',
      'sprint_summary 1',
      'month_summary 0',
      'project_summary 0',
    ]),
  )
  expect(
    (await service.ask('{ stages { counts(from: "2026-04-02", to: "2026-04-01") { fresh } } }')).errors,
  ).toMatchObject([{ message: 'from (2026-04-02) must not come after to (2026-04-01).' }])
})

test('sums may be more than 32 bits hold, of a day as of a sprint, and stay numbers', async () => {
  const day = '2026-01-05'
  const [count, seconds] = [25_500, 86_400]
  const rows = Array.from({ length: count }, (_, i) =>
    row(`long ${i}`, { activity_date: day, duration_seconds: seconds, stereotype_id: CODING }),
  )
  for (let i = 0; i < count; i += 8_500) await ingest(service, rows.slice(i, i + 8_500))
  await service.get(
    `mutation { upsertSprints(input: [{ name: "Long", startDate: "${day}", endDate: "${day}" }]) { id } }`,
  )
  const sum = count * seconds
  const sums = { nvaSecondsSum: sum, vaSecondsSum: 0, totalSum: sum }
  const SUMS = 'nvaSecondsSum vaSecondsSum totalSum'
  const answer = await service.get(`{
    nvaSummary(from: "${day}", to: "${day}") { ${SUMS} wasteRatio }
    wasteByStereotype(from: "${day}", to: "${day}") { ${SUMS} }
    wasteTrends(from: "${day}", to: "2026-01-11") { wasteRatio }
    sprints { summaries { ${SUMS} } }
    activities(first: 1, filter: { to: "${day}" }) { nodes { nvaSummary { ${SUMS} } } }
  }`)
  expect(answer).toEqual({
    nvaSummary: [{ ...sums, wasteRatio: 1 }],
    wasteByStereotype: [sums],
    wasteTrends: [{ wasteRatio: 1 }],
    sprints: expect.arrayContaining([{ summaries: [sums] }]),
    activities: { nodes: [{ nvaSummary: sums }] },
  })
})

test('every stage with sums has totals', async () => {
  const { timeSplitTotals } = await service.get(
    `{ timeSplitTotals(${RANGE}, groupBy: [MONTH]) { user { name } period nvaSeconds vaSeconds totalSeconds } }`,
  )
  expect(timeSplitTotals).toEqual([
    { user: null, period: '2026-03-01', nvaSeconds: 4200, vaSeconds: 1800, totalSeconds: 6000 },
    { user: null, period: '2026-04-01', nvaSeconds: 30_000, vaSeconds: 0, totalSeconds: 30_000 },
  ])
})
