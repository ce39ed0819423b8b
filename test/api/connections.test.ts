/** Whatever is a connection has pages in both directions, and they are of one list. */
import { type GraphQLField, getNamedType, isObjectType } from 'graphql'
import { apiSchema } from '../../src/api/schema.ts'
import { addDays } from '../../src/model/calendar.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, row } from '../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'
const PEOPLE = ['Ann', 'Ben', 'Bea', 'Ännchen', '100 % Bob', '100_', 'back\\slash', 'Dan', 'Dan']

let service: TestService
let batchId: string

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
  await service.get(
    `mutation ($users: [UserInput!]!, $stereotypes: [StereotypeInput!]!, $projects: [ProjectInput!]!, $sprints: [SprintInput!]!, $teams: [TeamInput!]!) {
      upsertUsers(input: $users) { id } upsertStereotypes(input: $stereotypes) { id } upsertProjects(input: $projects) { id }
      upsertSprints(input: $sprints) { id } upsertTeams(input: $teams) { id }
    }`,
    {
      users: PEOPLE.slice(2).map((name, i) => ({ source: 'timesheets', externalId: `more-${i}`, name })),
      stereotypes: [1, 2, 3].map((i) => ({
        source: 'timesheets',
        externalId: `k${i}`,
        code: 'same',
        name: `Kind ${i}`,
      })),
      projects: [1, 2, 3, 4].map((i) => ({
        source: 'timesheets',
        externalId: `p${i}`,
        name: i < 3 ? 'Bridge' : `P${i}`,
      })),
      sprints: ['One', 'Twin', 'Two'].map((name, i) => {
        const startDate = i < 2 ? '2026-03-02' : '2026-03-09'
        return { name, startDate, endDate: addDays(startDate, 6) }
      }),
      teams: ['Red', 'Green', 'Blue'].map((name) => ({ name })),
    },
  )
  await ingest(service, [
    ...[1, 2, 3].map((i) => row(`meeting ${i}`, { duration_seconds: 60 * i })),
    row('coding', { stereotype_id: CODING, value_type: 'VA' }),
    row('later', { activity_date: '2026-03-11' }),
    { ...row('of a project', { user_id: BEN, activity_date: '2026-03-05' }), project_id: 'p1' },
    { ...row('of another', { user_id: BEN, activity_date: '2026-03-18' }), project_id: 'p2' },
    row('emptied', { user_id: BEN, activity_date: '2026-03-06' }),
  ])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["emptied"]) }')
  const bad = ['w', 'x', 'y', 'z'].map((id) => row(id, { activity_date: 'soon', user_id: ANN }))
  batchId = (await ingest(service, [...bad.slice(0, 2), row('good', { activity_date: '2026-03-12' }), ...bad.slice(2)]))
    .id
})

afterAll(() => service.stop())

interface Page {
  nodes: unknown[]
  edges: { cursor: string }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  totalCount: number
}

interface Connected {
  field: string
  args?: string
  node: string
  /** The fields that lead to it, if it isn't one of the root. */
  of?: () => string[]
  count: number
}

function queryOf({ of = () => [] }: Connected, asked: string): string {
  return of().reduceRight((inside, field) => `${field} { ${inside} }`, asked)
}

async function pageOf(connected: Connected, page: string): Promise<Page> {
  const { field, args = '', node } = connected
  const all = [args, page].filter(Boolean).join(', ')
  const asked = `page: ${field}${all ? `(${all})` : ''} {
    nodes { ${node} } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }`
  return pageIn(await service.get(`{ ${queryOf(connected, asked)} }`)) as Page
}

/** What is called so in an answer, wherever it is. */
function pageIn(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if ('page' in value) return value.page
  return Object.values(value)
    .map(pageIn)
    .find((page) => page !== undefined)
}

async function pagesOf(connected: Connected, size: number, backward: boolean): Promise<Page[]> {
  const pages: Page[] = []
  for (let cursor: string | null = null; ; ) {
    const place: string = cursor === null ? '' : `, ${backward ? 'before' : 'after'}: "${cursor}"`
    const page: Page = await pageOf(connected, `${backward ? 'last' : 'first'}: ${size}${place}`)
    pages.push(page)
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo
    if (!(backward ? hasPreviousPage : hasNextPage)) return backward ? pages.reverse() : pages
    cursor = backward ? startCursor : endCursor
  }
}

const CONNECTIONS: Connected[] = [
  { field: 'activities', node: 'externalId', count: 8 },
  { field: 'users', node: 'externalId', count: 9 },
  { field: 'users', args: 'name: "an"', node: 'name externalId', count: 3 },
  { field: 'stereotypesConnection', node: 'externalId', count: 6 },
  { field: 'projectsConnection', node: 'externalId', count: 4 },
  { field: 'sprintsConnection', node: 'name', count: 3 },
  { field: 'teamsConnection', node: 'name', count: 3 },
  { field: 'ingestBatches', node: 'id', count: 2 },
  { field: 'quarantine', node: 'externalId', count: 4 },
  { field: 'rejections', node: 'rowIndex', of: () => [`ingestBatch(id: "${batchId}")`], count: 4 },
  { field: 'waste', args: `${MARCH}, groupBy: [USER, DAY]`, node: 'day user { name } totalSeconds', count: 5 },
  {
    field: 'activities',
    node: 'activity { externalId } rowIndex',
    of: () => ['activities(first: 1, filter: { externalIds: ["coding"] })', 'nodes', 'monthSummary', 'provenance'],
    count: 6,
  },
  { field: 'nvaSummaries', args: MARCH, node: 'date user { name }', count: 5 },
  { field: 'timeSplit', args: MARCH, node: 'date user { name } totalSeconds changedAt', count: 8 },
  { field: 'wasteTrend', args: MARCH, node: 'weekStart user { name }', count: 4 },
  { field: 'sprintSummary', args: MARCH, node: 'sprint { startDate } user { name }', count: 3 },
  { field: 'monthSummary', args: MARCH, node: 'monthStart user { name }', count: 2 },
  { field: 'projectSummary', args: MARCH, node: 'weekStart project { externalId }', count: 2 },
  { field: 'stereotypeSummary', args: MARCH, node: 'stereotypeId user { name }', count: 3 },
]

test.each(
  CONNECTIONS.flatMap((each) =>
    [1, 2, 3, 50].map((size) => [`${each.field}(${each.args ?? ''})`, size, each] as const),
  ),
)('%s is the same list forward and backward, in pages of %i', async (_, size, connected) => {
  const all = await pageOf(connected, 'first: 100')
  expect(all.nodes).toHaveLength(connected.count)
  for (const backward of [false, true]) {
    const pages = await pagesOf(connected, size, backward)
    expect(pages.flatMap(({ nodes }) => nodes)).toEqual(all.nodes)
    expect(pages.flatMap(({ edges }) => edges)).toEqual(all.edges)
    expect(new Set(pages.map(({ totalCount }) => totalCount))).toEqual(new Set([connected.count]))
    expect(pages.every(({ nodes }) => nodes.length <= size)).toBe(true)
    expect(pages[0]?.pageInfo.hasPreviousPage).toBe(false)
    expect(pages.at(-1)?.pageInfo.hasNextPage).toBe(false)
  }
})

test('what one batch refused is a list of its own in both directions', async () => {
  const connected = { field: 'quarantine', args: `filter: { batchId: "${batchId}" }`, node: 'rowIndex', count: 4 }
  for (const backward of [false, true]) {
    const pages = await pagesOf(connected, 3, backward)
    expect(pages.flatMap(({ nodes }) => nodes)).toEqual([0, 1, 3, 4].map((rowIndex) => ({ rowIndex })))
  }
})

test('different pages of rejections can be asked for at once', async () => {
  const { ingestBatches } = await service.get(`{ ingestBatches(first: 1) { nodes {
    head: rejections(first: 1) { nodes { rowIndex } } tail: rejections(last: 1) { nodes { rowIndex } }
  } } }`)
  expect(ingestBatches.nodes).toEqual([{ head: { nodes: [{ rowIndex: 0 }] }, tail: { nodes: [{ rowIndex: 4 }] } }])
})

test.each(['stereotypes', 'projects', 'sprints', 'teams'])(
  'the list %s has the order of its connection',
  async (list) => {
    const answer = await service.get(`{ ${list} { id } ${list}Connection { nodes { id } } }`)
    expect(answer[list]).toEqual(answer[`${list}Connection`].nodes)
  },
)

test.each([
  ['an', ['Ann', 'Dan', 'Dan']],
  ['ÄNN', ['Ännchen']],
  ['%', ['100 % Bob']],
  ['_', ['100_']],
  ['\\', ['back\\slash']],
  ['', [...PEOPLE].sort()],
  ['nobody', []],
])('users whose names have %j in them are %j', async (name, expected) => {
  const { users } = await service.get('query ($name: String) { users(name: $name) { totalCount nodes { name } } }', {
    name,
  })
  expect(users.nodes.map((user: { name: string }) => user.name)).toEqual(expected)
  expect(users.totalCount).toBe(expected.length)
})

test.each(CONNECTIONS.map((each) => [each.field, each] as const))(
  '%s goes one way at a time, and refuses a cursor that is none of its own by its name',
  async (_, connected) => {
    const ask = async (page: string) => {
      const { field, args = '' } = connected
      const asked = `${field}(${[args, page].filter(Boolean).join(', ')}) { totalCount nodes { __typename } }`
      return (await service.ask(`{ ${queryOf(connected, asked)} }`)).errors
    }
    expect(await ask('first: 1, last: 1')).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'last' } }])
    expect(await ask('last: 1001')).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'last' } }])
    expect(await ask('last: 1, before: "x"')).toMatchObject([{ extensions: { argument: 'before' } }])
    expect(await ask('after: "x"')).toMatchObject([{ extensions: { argument: 'after' } }])
  },
)

test('every field that is a connection can be asked for in both directions', async () => {
  const types = Object.values((await apiSchema()).getTypeMap())
  const fields = types.flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []))
  const connections = fields.filter(({ type }) => getNamedType(type).name.endsWith('Connection'))
  const argsOf = ({ args }: GraphQLField<unknown, unknown>) => args.map(({ name }) => name)
  expect(connections.length).toBeGreaterThan(15)
  for (const field of connections) {
    expect([field.name, argsOf(field)]).toEqual([
      field.name,
      expect.arrayContaining(['first', 'after', 'last', 'before']),
    ])
  }
})
