/** What a limited viewer is answered is what anybody is answered by a cache that holds nothing but those people. */
import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { rulesOfRoots } from '../../../src/api/access/access-check.ts'
import { isForLimitedViewers } from '../../../src/api/access/types.ts'
import { apiSchema } from '../../../src/api/schema.ts'
import { createKey } from '../../../src/auth/new-key.ts'
import { Role } from '../../../src/model/caller.ts'
import { timesheets } from '../../../src/source/adapters/timesheets.ts'
import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const TODAY = '2026-04-15'
const SPAN = 'from: "2026-03-01", to: "2026-03-31"'
const SOURCES = [{ name: 'timesheets', adapter: timesheets.name }]

interface People {
  ids: Record<string, string>
  teams: Record<string, string>
}

/** Ann of Red, and Ben of Blue, who was in Red until February; or Ann alone, and what only she has. */
async function fill(service: TestService, who: readonly string[]): Promise<People> {
  const all = await addPeople(service)
  const others = Object.entries(all).filter(([key]) => !who.includes(key))
  if (others.length > 0)
    await service.get('mutation ($ids: [ID!]!) { deleteUsers(ids: $ids) }', { ids: others.map(([, id]) => id) })
  const isOf = (key: string) => who.includes(key)
  const projects = [
    ...(isOf(ANN) ? [{ source: 'timesheets', externalId: 'p-bridge', name: 'Bridge' }] : []),
    ...(isOf(BEN) ? [{ source: 'timesheets', externalId: 'p-secret', name: 'Secret tunnel' }] : []),
  ]
  const teams = [
    {
      name: 'Red',
      members: [
        ...(isOf(ANN) ? [{ userId: all[ANN], from: '2026-01-01' }] : []),
        ...(isOf(BEN) ? [{ userId: all[BEN], from: '2026-01-01', to: '2026-02-28' }] : []),
      ],
    },
    ...(isOf(BEN) ? [{ name: 'Blue', members: [{ userId: all[BEN], from: '2026-03-01' }] }] : []),
  ]
  const made = await service.get(
    `mutation ($projects: [ProjectInput!]!, $teams: [TeamInput!]!) {
      upsertProjects(input: $projects) { id }
      upsertTeams(input: $teams) { id name }
      upsertSprints(input: [{ name: "One", startDate: "2026-03-02", endDate: "2026-03-15" }]) { id }
    }`,
    { projects, teams },
  )
  const days = Array.from({ length: 24 }, (_, day) => `2026-03-${String(day + 1).padStart(2, '0')}`)
  const rows = days.flatMap((date, i) => [
    ...(isOf(ANN)
      ? [
          {
            ...row(`ann ${date}`, {
              activity_date: date,
              duration_seconds: 3600 + i,
              stereotype_id: i % 3 ? CODING : PTO,
            }),
            project_id: 'p-bridge',
          },
        ]
      : []),
    ...(isOf(BEN)
      ? [
          {
            ...row(`ben ${date}`, { activity_date: date, duration_seconds: 7777, user_id: BEN }),
            project_id: i % 2 ? 'p-secret' : 'p-bridge',
          },
        ]
      : []),
  ])
  const bad = [
    ...(isOf(ANN) ? [row('ann bad', { duration_seconds: -1 })] : []),
    ...(isOf(BEN)
      ? [
          row('ben bad', { duration_seconds: -1, user_id: BEN }),
          row('ben worse', { activity_date: 'soon', user_id: BEN }),
        ]
      : []),
  ]
  await ingest(service, [...rows, ...bad])
  return {
    ids: all,
    teams: Object.fromEntries(made.upsertTeams.map(({ id, name }: { id: string; name: string }) => [name, id])),
  }
}

let everybody: TestService
let annAlone: TestService
let people: People
/** After all was filled. */
const moments = new Map<TestService, string>()
/** Of the first: limited to the team, and to herself. */
let keys: { red: string; ann: string; ben: string }

beforeAll(async () => {
  everybody = await testService({ auth: {}, sources: SOURCES, today: () => TODAY })
  annAlone = await testService({ sources: SOURCES, today: () => TODAY })
  const admin = await keyOf({ role: Role.ADMIN })
  const asAdmin = {
    ...everybody,
    get: async (query: string, variables?: object) => (await everybody.askAs(admin, query, variables)).data,
  }
  people = await fill(asAdmin, [ANN, BEN])
  await fill(annAlone, [ANN])
  for (const service of [everybody, annAlone]) {
    const [now] = await service.database.sql<{ at: Date }>('SELECT clock_timestamp() AS at')
    moments.set(service, now?.at.toISOString() ?? '')
  }
  const userOf = (key: string) => [people.ids[key] ?? '']
  keys = {
    red: await keyOf({ role: Role.VIEWER, teamIds: [people.teams.Red ?? ''] }),
    ann: await keyOf({ role: Role.VIEWER, userIds: userOf(ANN) }),
    ben: await keyOf({ role: Role.VIEWER, userIds: userOf(BEN) }),
  }
})

afterAll(() => Promise.all([everybody.stop(), annAlone.stop()]))

async function keyOf(request: { role: Role; teamIds?: string[]; userIds?: string[] }): Promise<string> {
  const made = await createKey(
    everybody.database,
    { name: request.role, ...request },
    { by: 'the test', sourceNames: [] },
  )
  return made.secret
}

const SUMS = 'nvaSecondsSum vaSecondsSum totalSum'

/** Queries without what differs from cache to cache: ids, and when something was computed. */
const QUERIES: Readonly<Record<string, string>> = {
  'activities and their count':
    '{ activities(first: 100) { totalCount nodes { externalId date durationSeconds user { name } project { name } nvaSummary { totalSum quarantinedRows } wasteTrend { wasteRatio } } pageInfo { hasNextPage } } }',
  'activities, passed through':
    '{ activities(first: 5, filter: { from: "2026-03-02" }) { totalCount nodes { externalId durationSeconds } } }',
  'activities, backward': '{ activities(last: 3) { nodes { externalId } pageInfo { hasPreviousPage } } }',
  'activities of a past':
    '{ activities(first: 100, asOf: "MOMENT") { totalCount nodes { externalId nvaSummary { totalSum } } } }',
  'waste of a past': `{ waste(${SPAN}, asOf: "MOMENT", groupBy: [USER, PROJECT]) { totalCount nodes { user { name } project { name } totalSeconds } } }`,
  completeness: `{ completeness(${SPAN}) { quarantinedRows } }`,
  'waste by user': `{ waste(${SPAN}, groupBy: [USER]) { totalCount nodes { user { name } nvaSeconds vaSeconds totalSeconds wasteRatio quarantinedRows } } }`,
  'waste by team': `{ waste(${SPAN}, groupBy: [TEAM]) { nodes { team { name } totalSeconds } } }`,
  'waste by project and kind': `{ waste(${SPAN}, groupBy: [PROJECT, STEREOTYPE]) { nodes { project { name } stereotypeCode totalSeconds } } }`,
  'waste by source, week and sprint': `{ waste(${SPAN}, groupBy: [SOURCE, WEEK, SPRINT]) { nodes { source week sprint { name } totalSeconds } } }`,
  'waste by nothing': `{ waste(${SPAN}, groupBy: []) { nodes { totalSeconds freshness { status } } } }`,
  'waste by kind': `{ wasteByStereotype(${SPAN}) { stereotype { code } nvaSeconds totalSeconds } }`,
  trends: `{ wasteTrends(${SPAN}) { user { name } weekStart wasteRatio } }`,
  days: `{ nvaSummaries(${SPAN}, first: 100) { totalCount nodes { user { name } date ${SUMS} } } }`,
  'days by group': `{ nvaSummaryTotals(${SPAN}, groupBy: [TEAM, MONTH]) { team { name } period ${SUMS} } }`,
  'all days in one': `{ nvaSummaryTotals(${SPAN}, groupBy: []) { ${SUMS} } }`,
  months: `{ monthSummaries(${SPAN}, first: 10) { totalCount nodes { user { name } totalSum } } monthSummaryTotals(${SPAN}, groupBy: []) { totalSum } }`,
  kinds: `{ stereotypeSummaries(${SPAN}, first: 100) { totalCount } }`,
  splits: `{ timeSplits(${SPAN}, first: 100) { totalCount } timeSplitTotals(${SPAN}, groupBy: []) { nvaSeconds vaSeconds } }`,
  sprints: `{ sprintSummaries(${SPAN}, first: 100) { totalCount nodes { user { name } totalSum } } }`,
  'why a number moved': `{ explainChange(before: { from: "2026-03-02", to: "2026-03-08" }, after: { from: "2026-03-09", to: "2026-03-15" }, by: [USER, PROJECT]) { before after change parts { kind label contribution user { name } before { totalSeconds } } } }`,
  'two times compared': `{ compareTimes(${SPAN}, before: "MOMENT") { after { totalSeconds } change { totalSeconds } edits(first: 100) { totalCount } } }`,
  users:
    '{ users(first: 10) { totalCount nodes { name externalId nvaSummaries(from: "2026-03-02", to: "2026-03-02") { totalSum provenance { reads { stage } activities(first: 5) { totalCount nodes { activity { externalId } contribution { totalSeconds } } } } } } } }',
  teams: '{ teamsConnection(first: 10) { totalCount nodes { name members { user { name } from } } } teams { name } }',
  projects: '{ projectsConnection(first: 10) { totalCount nodes { name } } projects { name } }',
  'other lists':
    '{ sprintsConnection(first: 10) { totalCount } stereotypesConnection(first: 10) { totalCount } stages { name } }',
}

test.each(Object.entries(QUERIES))('%s: of the team, and of oneself, as if there was nobody else', async (_, query) => {
  const at = (service: TestService) => query.replaceAll('MOMENT', moments.get(service) ?? '')
  const expected = await annAlone.ask(at(annAlone))
  expect(expected.errors).toBeUndefined()
  for (const key of [keys.red, keys.ann]) {
    // Stale first, and then as it is stored.
    for (const answer of [await everybody.askAs(key, at(everybody)), await everybody.askAs(key, at(everybody))]) {
      expect({ data: answer.data, errors: answer.errors }).toEqual({ data: expected.data, errors: undefined })
    }
  }
})

test('others at the same time are answered by what they may see', async () => {
  const query = `{ waste(${SPAN}, groupBy: [USER]) { nodes { user { name } } } }`
  const names = async (key: string) =>
    (await everybody.askAs(key, query)).data.waste.nodes.map(({ user }: { user: { name: string } }) => user.name)
  for (let i = 0; i < 3; i++) {
    expect(await Promise.all([keys.ann, keys.ben, keys.red, keys.ben].map(names))).toEqual([
      ['Ann'],
      ['Ben'],
      ['Ann'],
      ['Ben'],
    ])
  }
})

test('of others there is nothing by their ids, and no message says that there is', async () => {
  const ben = people.ids[BEN] ?? ''
  const nobody = '01938d5e-0000-7000-8000-0000000000ff'
  const asked = [
    (id: string) => `{ user(id: "${id}") { name } node(id: "${id}") { id } }`,
    (id: string) => `{ nvaSummaries(${SPAN}, userIds: ["${id}"]) { totalCount } }`,
    (id: string) => `{ waste(${SPAN}, groupBy: [USER], filter: { userIds: ["${id}"] }) { totalCount } }`,
    (id: string) => `{ completeness(${SPAN}, userIds: ["${id}"]) { quarantinedRows } }`,
    (id: string) => `{ activities(filter: { userIds: ["${id}"] }) { totalCount } }`,
  ]
  for (const query of asked) {
    const said = async (id: string) => {
      const { data, errors } = await everybody.askAs(keys.red, query(id))
      return JSON.stringify({ data, errors }).replaceAll(id, 'ID')
    }
    expect(await said(ben)).toBe(await said(nobody))
  }
  const [activity] = await everybody.database.sql<{ id: string }>(
    `SELECT id FROM activity WHERE external_id = 'ben 2026-03-02'`,
  )
  expect(
    (
      await everybody.askAs(
        keys.red,
        `{ activity(id: "${activity?.id}") { id } node(id: "${activity?.id}") { id } activityHistory(source: "timesheets", externalId: "ben 2026-03-02") { since } }`,
      )
    ).data,
  ).toEqual({ activity: null, node: null, activityHistory: [] })
})

/** All that a limited viewer may select of a type, to some depth. */
function everythingOf(type: GraphQLObjectType, depth: number): string {
  const parts = Object.values(type.getFields()).flatMap((field) => {
    const own = getNamedType(field.type)
    const path = `${type.name}.${field.name}`
    if (!isForLimitedViewers(isCompositeType(own) ? `${path}:${own.name}` : path)) return []
    if (!isCompositeType(own)) return [`${field.name}${argsOf(field)}`]
    if (depth === 0) return []
    if (isObjectType(own)) return [`${field.name}${argsOf(field)} { __typename ${everythingOf(own, depth - 1)} }`]
    const types = schema.getPossibleTypes(own).filter(({ name }) => isForLimitedViewers(name))
    const fragments = types.map(
      (each) => `... on ${each.name} { x_${each.name}: __typename ${renamed(each, depth - 1)} }`,
    )
    return [`${field.name}${argsOf(field)} { __typename ${fragments.join(' ')} }`]
  })
  return parts.join(' ')
}

/** Fields of one name may differ in type from one type to another. */
function renamed(type: GraphQLObjectType, depth: number): string {
  return everythingOf(type, Math.min(depth, 0))
    .split(' ')
    .filter(Boolean)
    .map((field) => (/^\w+$/.test(field) ? `${type.name}_${field}: ${field}` : field))
    .join(' ')
}

function argsOf({ args, name }: GraphQLField<unknown, unknown>): string {
  const given = args.flatMap((arg) => {
    if (arg.name in ARGUMENTS) return [`${arg.name}: ${ARGUMENTS[arg.name]}`]
    return isNonNullType(arg.type) && arg.defaultValue === undefined
      ? [`${arg.name}: ${REQUIRED[`${name}.${arg.name}`]}`]
      : []
  })
  return given.length > 0 ? `(${given.join(', ')})` : ''
}

const ARGUMENTS: Readonly<Record<string, string>> = { from: '"2026-03-02"', to: '"2026-03-08"', first: '20' }
const REQUIRED: Readonly<Record<string, string>> = {
  'waste.groupBy': '[USER, TEAM, PROJECT]',
  'explainChange.before': '{ from: "2026-03-02", to: "2026-03-08" }',
  'explainChange.after': '{ from: "2026-03-09", to: "2026-03-15" }',
  'explainChange.by': '[USER, TEAM, PROJECT]',
  'activityHistory.source': '"timesheets"',
  'activityHistory.externalId': '"ann 2026-03-02"',
  'compareTimes.before': '"MOMENT"',
}

const schema = await apiSchema()
const readable = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(
  ({ name }) => rulesOfRoots().get(`Query.${name}`)?.includes('read') && !['node', 'activity', 'user'].includes(name),
)

test.each(readable.map((field) => [field.name, field] as const))(
  'nothing of others is anywhere below %s',
  async (name, field) => {
    const type = getNamedType(field.type)
    if (!isObjectType(type)) throw new Error(`${name} gives no object.`)
    const query = `{ ${name}${argsOf(field)} { ${everythingOf(type, 3)} } }`.replaceAll(
      'MOMENT',
      moments.get(everybody) ?? '',
    )
    const wide = await testService({ url: everybody.url, auth: {}, sources: SOURCES, today: () => TODAY, limits: WIDE })
    try {
      for (const key of [keys.red, keys.ann]) {
        const { data, errors } = await wide.askAs(key, query)
        expect(errors).toBeUndefined()
        const text = JSON.stringify(data)
        expect(text.length).toBeGreaterThan(10)
        for (const word of [
          '"Ben"',
          'u-ben',
          'ben ',
          'p-secret',
          'Secret',
          '"Blue"',
          people.ids[BEN] ?? '',
          people.teams.Blue ?? '',
          '7777',
        ]) {
          expect({ word, isThere: text.includes(word) }).toEqual({ word, isThere: false })
        }
      }
    } finally {
      await wide.stop()
    }
  },
)

const WIDE = {
  MAX_QUERY_VALUES: 1e9,
  MAX_QUERY_ROWS: 1e9,
  MAX_QUERY_PERSON_PERIODS: 1e9,
  MAX_QUERY_DEPTH: 50,
  MAX_QUERY_ALIASES: 1e4,
  MAX_QUERY_TOKENS: 1e6,
  MAX_QUERY_BYTES: 1e7,
}

test('a cursor of somebody who sees more leads to nothing that isn’t seen', async () => {
  const page = '{ activities(first: 10) { edges { cursor } nodes { externalId } } }'
  const admin = await keyOf({ role: Role.ADMIN })
  const { edges } = (await everybody.askAs(admin, page)).data.activities
  for (const { cursor } of edges) {
    const after = await everybody.askAs(
      keys.red,
      `{ activities(first: 100, after: "${cursor}") { nodes { externalId } } }`,
    )
    const keysOf = after.data.activities.nodes.map(({ externalId }: { externalId: string }) => externalId)
    expect(keysOf.filter((key: string) => !key.startsWith('ann'))).toEqual([])
  }
})

test('of a batch, which has rows of others, there is nothing by its id', async () => {
  const [batch] = await everybody.database.sql<{ id: string }>('SELECT id FROM ingest_batch LIMIT 1')
  const { data } = await everybody.askAs(keys.red, `{ node(id: "${batch?.id}") { id __typename } }`)
  expect({ batch: batch?.id === undefined, data }).toEqual({ batch: false, data: { node: null } })
})

test('who joins the team is seen from then on, and who leaves it isn’t', async () => {
  const team = people.teams.Blue ?? ''
  const key = await keyOf({ role: Role.VIEWER, teamIds: [team] })
  const names = async () =>
    (await everybody.askAs(key, '{ users(first: 10) { nodes { name } } }')).data.users.nodes.map(
      ({ name }: { name: string }) => name,
    )
  expect(await names()).toEqual(['Ben'])
  const move = (start: string, end: string | null) =>
    everybody.database.transaction((sql) =>
      sql('INSERT INTO team_member (team_id, user_id, start_date, end_date) VALUES ($1, $2, $3, $4)', [
        team,
        people.ids[ANN],
        start,
        end,
      ]),
    )
  await move('2026-01-01', '2026-04-14')
  expect(await names()).toEqual(['Ben'])
  await move(TODAY, null)
  expect(await names()).toEqual(['Ann', 'Ben'])
})

test('views that are missing let nothing be seen', async () => {
  const broken = await testService({ auth: {}, sources: SOURCES })
  const { secret } = await createKey(
    broken.database,
    { name: 'v', role: Role.VIEWER, userIds: [await addedUser(broken)] },
    { by: 'the test', sourceNames: [] },
  )
  await broken.database.transaction((sql) => sql('DROP SCHEMA scoped CASCADE'))
  const { data, errors } = await broken.askAs(secret, '{ users(first: 5) { nodes { name } } }')
  expect({ data, code: errors?.[0]?.extensions.code }).toEqual({ data: null, code: 'INTERNAL_SERVER_ERROR' })
  await broken.stop()
})

async function addedUser({ database }: TestService): Promise<string> {
  const id = '01938d5e-0000-7000-8000-00000000000b'
  await database.transaction((sql) =>
    sql(`INSERT INTO app_user (id, source, external_id, name) VALUES ($1, 'timesheets', 'x', 'X')`, [id]),
  )
  return id
}
