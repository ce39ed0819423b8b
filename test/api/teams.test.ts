import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

let service: TestService
let people: Record<string, string>

beforeEach(async () => {
  service = await testService()
  people = await addPeople(service)
})

afterEach(() => service.stop())

interface Member {
  userId?: string
  from: string
  to?: string
}

const ann = (from: string, to?: string): Member => ({ userId: people[ANN], from, to })
const ben = (from: string, to?: string): Member => ({ userId: people[BEN], from, to })

function upsert(...input: { name: string; members?: Member[] }[]) {
  return service.ask('mutation ($input: [TeamInput!]!) { upsertTeams(input: $input) { id name } }', { input })
}

async function teams(on?: string) {
  const day = on ? `(on: "${on}")` : ''
  return (await service.get(`{ teams { name members${day} { user { name } from to } } }`)).teams
}

test('a team has members, each for some days', async () => {
  expect(
    (await upsert({ name: 'Red', members: [ben('2026-01-01'), ann('2026-01-01', '2026-02-28'), ann('2026-04-01')] }))
      .errors,
  ).toBeUndefined()
  expect(await teams()).toEqual([
    {
      name: 'Red',
      members: [
        { user: { name: 'Ann' }, from: '2026-01-01', to: '2026-02-28' },
        { user: { name: 'Ann' }, from: '2026-04-01', to: null },
        { user: { name: 'Ben' }, from: '2026-01-01', to: null },
      ],
    },
  ])
  expect((await teams('2026-03-02'))[0].members).toEqual([{ user: { name: 'Ben' }, from: '2026-01-01', to: null }])
  expect((await teams('2026-02-28'))[0].members).toHaveLength(2)
})

test('members that are given take the place of those that were; unless given, they stay', async () => {
  await upsert({ name: 'Red', members: [ann('2026-01-01')] }, { name: 'Blue' })
  await upsert({ name: 'Red' }, { name: 'Blue', members: [ben('2026-01-01')] })
  expect((await teams()).map(({ members }: { members: object[] }) => members.length)).toEqual([1, 1])
  await upsert({ name: 'Red', members: [] })
  expect((await teams())[1]).toEqual({ name: 'Red', members: [] })
})

test.each<[what: string, argument: string, team: () => { name: string; members?: Member[] }, message: RegExp]>([
  ['a blank name', 'name', () => ({ name: ' ' }), /name must not be blank/],
  [
    'an unknown user',
    'userId',
    () => ({ name: 'R', members: [{ userId: '01938d5e-0000-7000-8000-00000000000a', from: '2026-01-01' }] }),
    /There is no user 01938d5e/,
  ],
  [
    'what is no id',
    'userId',
    () => ({ name: 'R', members: [{ userId: 'ann', from: '2026-01-01' }] }),
    /must be a UUID; "ann"/,
  ],
  [
    'an end before the start',
    'to',
    () => ({ name: 'R', members: [ann('2026-01-02', '2026-01-01')] }),
    /can't leave team "R" \(2026-01-01\) before joining it \(2026-01-02\)/,
  ],
  [
    'days that overlap',
    'from',
    () => ({ name: 'R', members: [ann('2026-01-01'), ann('2026-02-01', '2026-02-02')] }),
    /already on 2026-02-01/,
  ],
  ['days out of the calendar', 'from', () => ({ name: 'R', members: [ann('1800-01-01')] }), /must lie from 1900-01-01/],
])('%s is refused, and nothing is stored', async (_, argument, team, message) => {
  const { errors } = await upsert({ name: 'Good' }, team())
  expect(errors).toMatchObject([
    { message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT', argument } },
  ])
  expect(await teams()).toEqual([])
})

test('a name twice is refused', async () => {
  expect((await upsert({ name: 'Red' }, { name: 'Red ' })).errors).toMatchObject([
    { extensions: { argument: 'input' } },
  ])
})

describe('with a move from one team to the other', () => {
  let ids: string[]

  beforeEach(async () => {
    const { data } = await upsert(
      { name: 'Blue', members: [ann('2026-03-10'), ben('2026-01-01')] },
      { name: 'Red', members: [ann('2026-01-01', '2026-03-09')] },
    )
    ids = data.upsertTeams.map(({ id }: { id: string }) => id)
    await ingest(service, [
      row(1, { activity_date: '2026-03-09', duration_seconds: 10 }),
      row(2, { activity_date: '2026-03-10', duration_seconds: 100 }),
      row(3, { activity_date: '2026-03-09', duration_seconds: 1000, user_id: BEN }),
    ])
  })

  test('activities are found by who was in the team on their day', async () => {
    const found = async (team?: string) => {
      const { activities } = await service.get(
        `{ activities(filter: { teamIds: ["${team}"] }) { nodes { externalId } } }`,
      )
      return activities.nodes.map(({ externalId }: { externalId: string }) => externalId).sort()
    }
    expect(await found(ids[0])).toEqual(['2', '3'])
    expect(await found(ids[1])).toEqual(['1'])
    const { errors } = await service.ask(`{ activities(filter: { teamIds: ["${people[ANN]}"] }) { totalCount } }`)
    expect(errors).toMatchObject([{ message: `There is no team ${people[ANN]}.`, extensions: { argument: 'teamIds' } }])
  })

  test('sums are by who was in the team on the day, beside anything else', async () => {
    const totals = async (groupBy: string) =>
      (
        await service.get(
          `{ nvaSummary(${MARCH}, groupBy: ${groupBy}) { team { name } user { name } period totalSum } }`,
        )
      ).nvaSummary
    expect(await totals('[TEAM]')).toEqual([
      { team: { name: 'Blue' }, user: null, period: null, totalSum: 1100 },
      { team: { name: 'Red' }, user: null, period: null, totalSum: 10 },
    ])
    expect(await totals('[TEAM, USER, MONTH]')).toEqual([
      { team: { name: 'Blue' }, user: { name: 'Ann' }, period: '2026-03-01', totalSum: 100 },
      { team: { name: 'Blue' }, user: { name: 'Ben' }, period: '2026-03-01', totalSum: 1000 },
      { team: { name: 'Red' }, user: { name: 'Ann' }, period: '2026-03-01', totalSum: 10 },
    ])
    const { errors } = await service.ask(`{ projectSummaryTotals(${MARCH}, groupBy: [TEAM]) { totalSum } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'groupBy' } }])
  })

  test('over very many days they are, too', async () => {
    await ingest(service, [row(4, { activity_date: '1990-01-01', duration_seconds: 1 })])
    const { nvaSummary } = await service.get(
      '{ nvaSummary(from: "1990-01-01", to: "2026-03-31", groupBy: [TEAM]) { team { name } totalSum } }',
    )
    expect(nvaSummary).toEqual([
      { team: { name: 'Blue' }, totalSum: 1100 },
      { team: { name: 'Red' }, totalSum: 10 },
    ])
  })

  test('a team that goes, or a user, leaves no membership behind', async () => {
    expect(await service.get(`mutation { deleteTeams(ids: ["${ids[0]}"]) }`)).toEqual({ deleteTeams: 1 })
    expect(await service.database.sql('SELECT FROM team_member')).toHaveLength(1)
    await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1", "2", "3"]) }')
    await service.get(`mutation { deleteUsers(ids: ["${people[ANN]}"]) }`)
    expect(await service.database.sql('SELECT FROM team_member')).toEqual([])
    const { errors } = await service.ask(`mutation { deleteTeams(ids: ["${ids[0]}"]) }`)
    expect(errors).toMatchObject([{ message: `There is no team ${ids[0]}.`, extensions: { argument: 'ids' } }])
  })
})

test('the members of a team are counted before they are read', async () => {
  const days = Array.from({ length: 30 }, (_, i) => `2026-01-${String(i + 1).padStart(2, '0')}`)
  await upsert(
    { name: 'Red', members: days.map((day) => ann(day, day)) },
    { name: 'Blue', members: [ben('2026-01-01')] },
  )
  const tight = await testService({ url: service.url, limits: { MAX_QUERY_ROWS: 100 } })
  try {
    const all = await tight.ask('{ teams { members { from user { name } } } }')
    expect(all.errors).toMatchObject([{ extensions: { limit: 'MAX_QUERY_ROWS', asked: 2 + 2 * 30 * 2 } }])
    expect((await tight.ask('{ teams { members(on: "2026-01-01") { user { name } } } }')).errors).toBeUndefined()
    const members = days.map((day) => ({ userId: people[ANN], from: day, to: day }))
    const input = [1, 2, 3].map((number) => ({ name: `T${number}`, members }))
    const made = await tight.ask(
      'mutation ($input: [TeamInput!]!) { upsertTeams(input: $input) { members { user { name } } } }',
      { input },
    )
    expect(made.errors).toMatchObject([{ extensions: { limit: 'MAX_QUERY_ROWS' } }])
    expect(await teams()).toHaveLength(2)
  } finally {
    await tight.stop()
  }
})
