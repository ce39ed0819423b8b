import { addDays, monthStart, weekStart } from '../../src/model/calendar.ts'
import { int, pick, randomOf } from '../support/random.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../support/timesheet-rows.ts'

const SUMS = 'nvaSeconds vaSeconds totalSeconds wasteRatio activityCount'
const KEYS = 'user { name } team { name } project { name } stereotypeCode source day week month quarter sprint { name }'
const ALL = 'from: "2026-01-01", to: "2026-12-31"'
const CODES = { [MEETING]: 'meeting', [CODING]: 'coding', [PTO]: 'PTO', 's-meeting-2': 'Meeting' }

let service: TestService
let ids: Record<string, string>

beforeEach(async () => {
  service = await testService()
  const people = await addPeople(service)
  const [ann, ben] = [people[ANN] ?? '', people[BEN] ?? '']
  const { upsertTeams, upsertProjects } = await service.get(
    `mutation ($teams: [TeamInput!]!) {
      upsertStereotypes(input: [{ source: "timesheets", externalId: "s-meeting-2", code: "Meeting", name: "Meeting of Q" }]) { id }
      upsertTeams(input: $teams) { id name }
      upsertProjects(input: [
        { source: "timesheets", externalId: "p", name: "P" }, { source: "timesheets", externalId: "q", name: "Q" }
      ]) { id name }
      upsertSprints(input: [
        { name: "S1", startDate: "2026-02-28", endDate: "2026-03-08" }, { name: "S2", startDate: "2026-03-08", endDate: "2026-03-31" }
      ]) { id }
    }`,
    {
      teams: [
        {
          name: 'early',
          members: [
            { userId: ann, from: '2026-01-01', to: '2026-03-01' },
            { userId: ben, from: '2026-03-02' },
          ],
        },
        { name: 'all', members: [ann, ben].map((userId) => ({ userId, from: '2020-01-01' })) },
      ],
    },
  )
  ids = Object.fromEntries(
    [...upsertTeams, ...upsertProjects].map(({ id, name }: { id: string; name: string }) => [name, id]),
  )
  Object.assign(ids, { Ann: ann, Ben: ben })
})

afterEach(() => service.stop())

type Row = ReturnType<typeof randomRows>[number]

function randomRows(seed: number) {
  const random = randomOf(seed)
  const days = ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02', '2026-03-08', '2026-03-31', '2026-04-01']
  return Array.from({ length: 80 }, (_, i) => ({
    id: i,
    activity_date: pick(random, days),
    duration_seconds: int(random, 20_000),
    stereotype_id: pick(random, Object.keys(CODES)) as keyof typeof CODES,
    value_type: pick(random, ['VA', 'NVA']),
    user_id: pick(random, [ANN, BEN]),
    project_id: pick(random, ['p', 'q', null]),
  }))
}

const teamsOf = ({ user_id, activity_date }: Row) => {
  const isEarly = user_id === ANN ? activity_date <= '2026-03-01' : activity_date >= '2026-03-02'
  return isEarly ? ['early', 'all'] : ['all']
}
const sprintsOf = ({ activity_date: date }: Row) => [
  ...(date >= '2026-02-28' && date <= '2026-03-08' ? ['S1'] : []),
  ...(date >= '2026-03-08' && date <= '2026-03-31' ? ['S2'] : []),
]

/** What a row has of each dimension: several where it counts in several groups. */
const VALUES: Record<string, (row: Row) => (string | null)[]> = {
  USER: ({ user_id }) => [user_id === ANN ? 'Ann' : 'Ben'],
  TEAM: teamsOf,
  PROJECT: ({ project_id }) => [project_id?.toUpperCase() ?? null],
  STEREOTYPE: ({ stereotype_id }) => [CODES[stereotype_id].toLowerCase()],
  SOURCE: () => ['timesheets'],
  DAY: ({ activity_date }) => [activity_date],
  WEEK: ({ activity_date }) => [weekStart(activity_date)],
  MONTH: ({ activity_date }) => [monthStart(activity_date)],
  QUARTER: ({ activity_date }) => [activity_date < '2026-04-01' ? '2026-01-01' : '2026-04-01'],
  SPRINT: sprintsOf,
}

interface Sums {
  nvaSeconds: number
  vaSeconds: number
  totalSeconds: number
  activityCount: number
}

/** The groups in plain loops, by their keys in the order of the dimensions. */
function truthOf(rows: readonly Row[], by: readonly string[]): Map<string, Sums> {
  const groups = new Map<string, Sums>()
  for (const each of rows.filter(({ stereotype_id }) => stereotype_id !== PTO)) {
    const keys = by.reduce<(string | null)[][]>(
      (found, dimension) => found.flatMap((key) => (VALUES[dimension]?.(each) ?? []).map((value) => [...key, value])),
      [[]],
    )
    for (const key of keys) {
      const sums = groups.get(key.join('|')) ?? { nvaSeconds: 0, vaSeconds: 0, totalSeconds: 0, activityCount: 0 }
      groups.set(key.join('|'), sums)
      sums[each.value_type === 'NVA' ? 'nvaSeconds' : 'vaSeconds'] += each.duration_seconds
      sums.totalSeconds += each.duration_seconds
      sums.activityCount++
    }
  }
  return groups
}

// biome-ignore lint/suspicious/noExplicitAny: the data of an answer is what the query says.
type Group = any

const SHOWN: Record<string, (group: Group) => string | null> = {
  USER: ({ user }) => user.name,
  TEAM: ({ team }) => team.name,
  PROJECT: ({ project }) => project?.name ?? null,
  STEREOTYPE: ({ stereotypeCode }) => stereotypeCode,
  SOURCE: ({ source }) => source,
  SPRINT: ({ sprint }) => sprint.name,
  DAY: ({ day }) => day,
  WEEK: ({ week }) => week,
  MONTH: ({ month }) => month,
  QUARTER: ({ quarter }) => quarter,
}

function shownOf(groups: readonly Group[], by: readonly string[]): Map<string, Sums> {
  return new Map(
    groups.map((group) => {
      const { nvaSeconds, vaSeconds, totalSeconds, activityCount } = group
      expect(group.wasteRatio).toBe(totalSeconds > 0 ? nvaSeconds / totalSeconds : null)
      return [by.map((each) => SHOWN[each]?.(group)).join('|'), { nvaSeconds, vaSeconds, totalSeconds, activityCount }]
    }),
  )
}

const COMBINATIONS = [
  ...Object.keys(VALUES).map((each) => [each]),
  [],
  ['USER', 'MONTH'],
  ['STEREOTYPE', 'QUARTER'],
  ['USER', 'STEREOTYPE', 'MONTH'],
  ['TEAM', 'SPRINT'],
  ['PROJECT', 'USER', 'WEEK'],
  ['WEEK', 'MONTH'],
  ['SOURCE', 'TEAM', 'PROJECT', 'STEREOTYPE', 'DAY'],
  ['USER', 'TEAM', 'PROJECT', 'STEREOTYPE', 'SOURCE', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'SPRINT'],
]

test.each([1, 2])('every combination comes to what plain loops do, counted or not (seed %d)', async (seed) => {
  const rows = randomRows(seed)
  await ingest(service, rows)
  for (const by of COMBINATIONS) {
    const truth = truthOf(rows, by)
    const ask = (fields: string, range = ALL) =>
      service.get(`{ waste(${range}, groupBy: [${by}], first: 1000) { totalCount nodes { ${KEYS} ${fields} } } }`)
    const { waste } = await ask(SUMS)
    expect({ by, groups: shownOf(waste.nodes, by) }).toEqual({ by, groups: truth })
    expect(waste.totalCount).toBe(truth.size)
    // What isn't counted may be read of days and months.
    const long = await ask('nvaSeconds vaSeconds totalSeconds wasteRatio', 'from: "1990-01-01", to: "2199-12-31"')
    const sums = new Map([...truth].map(([key, { activityCount: _, ...own }]) => [key, own]))
    expect({ by, groups: shownOf(long.waste.nodes, by) }).toEqual({ by, groups: sums })
  }
})

test('sums of what a group is made of are its own', async () => {
  const rows = randomRows(3)
  await ingest(service, rows)
  const LIST = 'provenance { activities(first: 100) { totalCount nodes { contribution { nvaSeconds totalSeconds } } } }'
  const filters = [
    '{}',
    `{ teamIds: ["${ids.early}"], stereotypeCodes: ["MEETING"] }`,
    `{ projectIds: ["${ids.P}"], userIds: ["${ids.Ann}"] }`,
  ]
  for (const by of COMBINATIONS) {
    for (const filter of filters) {
      const { waste } = await service.get(
        `{ waste(from: "2026-02-28", to: "2026-03-31", groupBy: [${by}], filter: ${filter}, first: 100) { nodes { ${SUMS} ${LIST} } } }`,
      )
      for (const { nvaSeconds, totalSeconds, activityCount, provenance } of waste.nodes) {
        const { nodes, totalCount } = provenance.activities
        const sum = (name: string) =>
          nodes.reduce((all: number, { contribution }: Group) => all + contribution[name], 0)
        expect({ by, filter, nva: sum('nvaSeconds'), total: sum('totalSeconds'), count: totalCount }).toEqual({
          by,
          filter,
          nva: nvaSeconds,
          total: totalSeconds,
          count: activityCount,
        })
      }
    }
  }
})

test('stereotypes of one code are one line, unless told otherwise', async () => {
  await ingest(service, [row(1), row(2, { stereotype_id: 's-meeting-2' })])
  const ask = (more: string) =>
    service.get(
      `{ waste(${ALL}, groupBy: [STEREOTYPE]${more}) { nodes { stereotypeCode totalSeconds stereotypes { externalId } } } }`,
    )
  expect((await ask('')).waste.nodes).toEqual([
    {
      stereotypeCode: 'meeting',
      totalSeconds: 7200,
      stereotypes: [{ externalId: 's-meeting-2' }, { externalId: MEETING }],
    },
  ])
  expect((await ask(', mergeCodes: false')).waste.nodes).toEqual([
    { stereotypeCode: 'Meeting', totalSeconds: 3600, stereotypes: [{ externalId: 's-meeting-2' }] },
    { stereotypeCode: 'meeting', totalSeconds: 3600, stereotypes: [{ externalId: MEETING }] },
  ])
})

test('the filter narrows it down, and the order and pages are as asked for', async () => {
  await ingest(service, [
    { ...row(1, { duration_seconds: 100 }), project_id: 'p' },
    row(2, { duration_seconds: 300, value_type: 'VA', user_id: BEN, activity_date: '2026-03-03' }),
    row(3, { duration_seconds: 200, stereotype_id: CODING, activity_date: '2026-03-04' }),
  ])
  const of = async (args: string) =>
    (await service.get(`{ waste(${ALL}${args}) { nodes { totalSeconds } } }`)).waste.nodes.map(
      (group: Group) => group.totalSeconds,
    )
  expect(await of(`, filter: { userIds: ["${ids.Ann}"] }`)).toEqual([300])
  expect(await of(`, filter: { teamIds: ["${ids.early}"] }`)).toEqual([300])
  expect(await of(`, filter: { projectIds: ["${ids.P}"] }`)).toEqual([100])
  expect(await of(', filter: { stereotypeCodes: ["Coding"] }')).toEqual([200])
  expect(await of(', filter: { sources: ["timesheets"] }')).toEqual([600])
  expect(await of(', groupBy: [DAY]')).toEqual([200, 100, 300])
  expect(await of(', groupBy: [DAY], orderBy: TOTAL_DESC')).toEqual([300, 200, 100])
  expect(await of(', groupBy: [DAY], orderBy: VA_DESC')).toEqual([300, 100, 200])
  expect(await of(', groupBy: [DAY], orderBy: PERIOD_ASC')).toEqual([100, 300, 200])
  expect(await of(', groupBy: [USER], orderBy: RATIO_DESC')).toEqual([300, 300])
  expect(await of(', groupBy: [USER], orderBy: NAME_ASC')).toEqual([300, 300])
  const page = async (args: string) =>
    (
      await service.get(
        `{ waste(${ALL}, groupBy: [DAY], orderBy: PERIOD_ASC, ${args}) { nodes { day } totalCount pageInfo { endCursor hasNextPage } } }`,
      )
    ).waste
  const first = await page('first: 2')
  expect(first).toMatchObject({
    totalCount: 3,
    pageInfo: { hasNextPage: true },
    nodes: [{ day: '2026-03-02' }, { day: '2026-03-03' }],
  })
  expect(await page(`first: 2, after: "${first.pageInfo.endCursor}"`)).toMatchObject({
    pageInfo: { hasNextPage: false },
    nodes: [{ day: '2026-03-04' }],
  })
})

test('codes are told apart as Postgres does, whatever their letters', async () => {
  await service.get(
    'mutation { upsertStereotypes(input: [{ source: "timesheets", externalId: "izin", code: "İZİN", name: "İzin" }]) { id } }',
  )
  await ingest(service, [row(1, { stereotype_id: 'izin' })])
  const ask = async (filter: string) =>
    (
      await service.get(`{ waste(${ALL}, groupBy: [STEREOTYPE]${filter}) { nodes {
        stereotypes { code } totalSeconds provenance { activities { totalCount } } } } }`)
    ).waste.nodes
  const line = { stereotypes: [{ code: 'İZİN' }], totalSeconds: 3600, provenance: { activities: { totalCount: 1 } } }
  expect([await ask(''), await ask(', filter: { stereotypeCodes: ["İZİN"] }')]).toEqual([[line], [line]])
})

test('a day counts once in what is lacking, however many kinds of activities it has', async () => {
  await ingest(service, [row(1), row(2, { stereotype_id: CODING }), row(3, { stereotype_id: 's-meeting-2' })])
  const { waste } = await service.get(
    `{ waste(${ALL}, freshness: CACHED) { nodes { activityCount freshness { causes { stage userDays } } } } }`,
  )
  expect(waste.nodes[0].freshness.causes).toEqual([{ stage: 'time_split', userDays: 1 }])
})

test('under CACHED what is not stored is lacking, and says so; rows in quarantine are counted', async () => {
  await ingest(service, [
    row(1),
    row(2, { user_id: BEN, stereotype_id: CODING, activity_date: '2026-03-03' }),
    row(3, { duration_seconds: -1 }),
  ])
  await service.get('{ waste(from: "2026-03-02", to: "2026-03-02", groupBy: [STEREOTYPE]) { totalCount } }')
  const ask = async (by: string) =>
    (
      await service.get(`{ waste(${ALL}, groupBy: ${by}, freshness: CACHED) { nodes {
      user { name } stereotypeCode totalSeconds quarantinedRows freshness { status causes { kind stage userDays } } } } }`)
    ).waste.nodes
  const missing = { status: 'STALE', causes: [{ kind: 'MISSING', stage: 'time_split', userDays: 1 }] }
  const fresh = { status: 'FRESH', causes: [] }
  expect(await ask('[STEREOTYPE]')).toEqual([
    { user: null, stereotypeCode: 'meeting', totalSeconds: 3600, quarantinedRows: 1, freshness: fresh },
    { user: null, stereotypeCode: 'coding', totalSeconds: null, quarantinedRows: 0, freshness: missing },
  ])
  const byUser = await ask('[USER]')
  expect(byUser.map(({ user, totalSeconds }: Group) => [user.name, totalSeconds])).toEqual([
    ['Ann', null],
    ['Ben', null],
  ])
})

test('what is wrong with the arguments is named', async () => {
  const wrong: [string, string][] = [
    ['from: "2026-03-02", to: "2026-03-01"', 'from'],
    [`${ALL}, filter: { userIds: ["x"] }`, 'userIds'],
    [`${ALL}, filter: { teamIds: ["01938d5e-0000-7000-8000-000000000000"] }`, 'teamIds'],
    [`${ALL}, after: "x"`, 'after'],
    [`${ALL}, after: "${Buffer.from('["waste by  true NVA_DESC",-1]').toString('base64url')}"`, 'after'],
    [`${ALL}, filter: { sources: ["elsewhere"] }`, 'sources'],
    [`${ALL}, groupBy: [PLANET]`, 'groupBy'],
  ]
  for (const [args, argument] of wrong) {
    const { errors } = await service.ask(`{ waste(${args}) { totalCount } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument } }])
  }
})

test('an activity shows the sprints that its date lies in', async () => {
  await ingest(service, [row(1, { activity_date: '2026-03-08' }), row(2, { activity_date: addDays('2026-03-31', 1) })])
  const { activities } = await service.get('{ activities(orderBy: DATE_ASC) { nodes { sprints { name } } } }')
  expect(activities.nodes).toEqual([{ sprints: [{ name: 'S1' }, { name: 'S2' }] }, { sprints: [] }])
})
