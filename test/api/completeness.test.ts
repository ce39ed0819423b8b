import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, PTO, row } from '../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

let service: TestService
let users: Record<string, string>

/** Good rows on Monday the 2nd (Ann, Ben) and the 9th (Ann); bad ones, of which three belong to Ann and one to Ben. */
beforeEach(async () => {
  service = await testService()
  users = await addPeople(service)
  await service.get(`mutation {
    upsertProjects(input: [{ source: "timesheets", externalId: "p-1", name: "Bridge" }]) { id }
    upsertSprints(input: [
      { name: "One", startDate: "2026-03-02", endDate: "2026-03-08" }
      { name: "Also one", startDate: "2026-03-02", endDate: "2026-03-08" }
      { name: "Both", startDate: "2026-03-02", endDate: "2026-03-15" }
    ]) { id }
  }`)
  await ingest(service, [
    { ...row(1), project_id: 'p-1' },
    row(2, { activity_date: '2026-03-09' }),
    row(3, { user_id: BEN, stereotype_id: CODING }),
    { ...row('same day', { duration_seconds: -1 }), project_id: 'p-1' },
    row('same week', { duration_seconds: 'an hour', activity_date: '2026-03-05' }),
    row('next week', { stereotype_id: 's-new', activity_date: '2026-03-10' }),
    row("ben's", { duration_seconds: -1, user_id: BEN, stereotype_id: CODING }),
    row('no day', { activity_date: '2026-02-31' }),
    row('nobody', { user_id: 'u-new' }),
    row('neither', { user_id: null, activity_date: null }),
  ])
})

afterEach(() => service.stop())

/** Groups as lines: what `name` and `keys` say of them, and how many rows wait. */
async function groups(query: string): Promise<string[]> {
  const data = await service.get(`{ ${query} }`)
  // biome-ignore lint/suspicious/noExplicitAny: groups of any stage.
  return Object.values(data).flatMap((found: any) =>
    // biome-ignore lint/suspicious/noExplicitAny: likewise.
    (found.nodes ?? found).map(({ quarantinedRows, ...keys }: any) => {
      const shown = Object.values(keys).map((key) => (key && typeof key === 'object' ? Object.values(key).join() : key))
      return [...shown, quarantinedRows].join(' ')
    }),
  )
}

const completeness = async (args: string) =>
  (await service.get(`{ completeness(${args}) { quarantinedRows unattributedRows } }`)).completeness

describe('annotations say how many rows of their user and period wait in quarantine', () => {
  test.each([
    ['days', 'nvaSummaries', 'user { name } date', ['Ann 2026-03-02 1', 'Ann 2026-03-09 0', 'Ben 2026-03-02 1']],
    ['weeks', 'wasteTrend', 'user { name } weekStart', ['Ann 2026-03-02 2', 'Ann 2026-03-09 1', 'Ben 2026-03-02 1']],
    ['months', 'monthSummary', 'user { name } monthStart', ['Ann 2026-03-01 3', 'Ben 2026-03-01 1']],
    ['projects', 'projectSummary', 'project { name } weekStart', ['Bridge 2026-03-02 1']],
  ])('of %s', async (_, query, keys, expected) => {
    expect((await groups(`${query}(${MARCH}) { nodes { ${keys} quarantinedRows } }`)).sort()).toEqual(expected)
  })

  test('of sprints, also where several have the same dates', async () => {
    const { users } = await service.get(
      `{ users { nodes { name sprintSummaries(${MARCH}) { sprint { name } quarantinedRows } } } }`,
    )
    const lines = users.nodes.flatMap(
      ({
        name,
        sprintSummaries,
      }: {
        name: string
        sprintSummaries: { sprint: { name: string }; quarantinedRows: number }[]
      }) => sprintSummaries.map(({ sprint, quarantinedRows }) => `${name} ${sprint.name} ${quarantinedRows}`),
    )
    expect(lines.sort()).toEqual([
      ...['Ann Also one 2', 'Ann Both 3', 'Ann One 2'],
      ...['Ben Also one 1', 'Ben Both 1', 'Ben One 1'],
    ])
  })

  test('wherever they are shown', async () => {
    const { activities } = await service.get(`{ activities(orderBy: DATE_ASC) { nodes {
      externalId nvaSummary { quarantinedRows } annotations(stages: ["waste_trend"]) { quarantinedRows } } } }`)
    const shown = activities.nodes.map(
      // biome-ignore lint/suspicious/noExplicitAny: as it is asked for above.
      ({ externalId, nvaSummary, annotations }: any) =>
        `${externalId} ${nvaSummary.quarantinedRows} ${annotations[0].quarantinedRows}`,
    )
    expect(shown.sort()).toEqual(['1 1 2', '2 0 1', '3 1 1'])
  })
})

describe('groups of sums say it likewise', () => {
  test.each([
    ['[USER]', 'user { name }', ['Ann 3', 'Ben 1']],
    ['[DAY]', 'period', ['2026-03-02 2', '2026-03-09 0']],
    ['[WEEK]', 'period', ['2026-03-02 3', '2026-03-09 1']],
    ['[USER, MONTH]', 'user { name } period', ['Ann 2026-03-01 3', 'Ben 2026-03-01 1']],
    ['[]', '', ['4']],
  ])('grouped by %s', async (groupBy, keys, expected) => {
    expect(await groups(`nvaSummary(${MARCH}, groupBy: ${groupBy}) { ${keys} quarantinedRows }`)).toEqual(expected)
  })

  test('teams are those of the day', async () => {
    await service.get('mutation ($input: [TeamInput!]!) { upsertTeams(input: $input) { id } }', {
      input: [
        { name: 'Blue', members: [{ userId: users[ANN], from: '2026-03-01', to: '2026-03-04' }] },
        {
          name: 'Red',
          members: [
            { userId: users[ANN], from: '2026-03-05' },
            { userId: users[BEN], from: '2026-03-01' },
          ],
        },
      ],
    })
    const query = `nvaSummary(${MARCH}, groupBy: [TEAM]) { team { name } quarantinedRows }`
    expect(await groups(query)).toEqual(['Blue 1', 'Red 3'])
  })

  test('projects and stereotypes, too', async () => {
    expect(await groups(`projectSummaryTotals(${MARCH}) { project { name } quarantinedRows }`)).toEqual(['Bridge 1'])
    expect(await groups(`wasteByStereotype(${MARCH}) { stereotype { code } quarantinedRows }`)).toEqual([
      'meeting 2',
      'coding 1',
    ])
  })

  test('within the days and for the users that are asked for', async () => {
    const days = 'from: "2026-03-02", to: "2026-03-04"'
    expect(await groups(`nvaSummary(${days}) { user { name } quarantinedRows }`)).toEqual(['Ann 1', 'Ben 1'])
    const twice = `userIds: ["${users[ANN]}", "${users[ANN]}"]`
    expect(await groups(`nvaSummary(${days}, ${twice}) { user { name } quarantinedRows }`)).toEqual(['Ann 1'])
  })
})

test('those that belong to nobody, or to no day, are counted apart', async () => {
  expect(await completeness(MARCH)).toEqual({ quarantinedRows: 4, unattributedRows: 3 })
  // A day without a user is a day all the same, and a user without a day a user.
  expect(await completeness('from: "2026-03-03", to: "2026-03-31"')).toEqual({
    quarantinedRows: 2,
    unattributedRows: 2,
  })
  const ben = `${MARCH}, userIds: ["${users[BEN]}"]`
  expect(await completeness(ben)).toEqual({ quarantinedRows: 1, unattributedRows: 2 })
})

test('what is released or discarded is no longer counted, and what is mended is in the numbers', async () => {
  const sums = () => groups(`nvaSummary(${MARCH}) { user { name } totalSum quarantinedRows }`)
  expect(await sums()).toEqual(['Ann 7200 3', 'Ben 3600 1'])
  await ingest(service, [row('same day', { duration_seconds: 60, stereotype_id: PTO })])
  await service.get(
    `mutation { discardQuarantineWhere(filter: { source: "timesheets", field: "stereotype_id" }, reason: "a test") }`,
  )
  expect(await sums()).toEqual(['Ann 7200 1', 'Ben 3600 1'])
  await ingest(service, [row("ben's", { duration_seconds: 60, user_id: BEN })])
  expect(await sums()).toEqual(['Ann 7200 1', 'Ben 3660 0'])
  await service.get(
    `mutation { upsertUsers(input: [{ source: "timesheets", externalId: "u-new", name: "New" }]) { id } }`,
  )
  expect(await completeness(MARCH)).toEqual({ quarantinedRows: 1, unattributedRows: 2 })
})

test('a row of another day is counted there when it is refused again', async () => {
  await ingest(service, [row('same day', { duration_seconds: -1, activity_date: '2026-03-09' })])
  expect(await groups(`nvaSummaries(${MARCH}, userIds: ["${users[ANN]}"]) { nodes { date quarantinedRows } }`)).toEqual(
    ['2026-03-02 1', '2026-03-09 1'],
  )
})

test('a range backward and an unknown user are refused', async () => {
  const [backward, unknown] = await Promise.all([
    service.ask('{ completeness(from: "2026-03-02", to: "2026-03-01") { quarantinedRows } }'),
    service.ask(`{ completeness(${MARCH}, userIds: ["nobody"]) { quarantinedRows } }`),
  ])
  expect(backward.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'from' })
  expect(unknown.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'userIds' })
})
