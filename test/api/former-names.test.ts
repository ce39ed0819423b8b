/** What was called otherwise before goes on working, and says by what to replace it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GraphQLField, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql'
import { apiSchema } from '../../src/api/schema.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, BEN, CODING, ingest, row } from '../support/timesheet-rows.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/naming.md'), 'utf8')
const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

interface Deprecated {
  type: string
  field: GraphQLField<unknown, unknown>
  siblings: Readonly<Record<string, GraphQLField<unknown, unknown>>>
}

let schema: GraphQLSchema
let service: TestService

beforeAll(async () => {
  schema = await apiSchema()
  service = await testService()
  await addPeople(service)
  await service.get(`mutation {
    upsertProjects(input: [{ source: "timesheets", externalId: "p", name: "Bridge" }]) { id }
    upsertTeams(input: [{ name: "Red" }]) { id }
    upsertSprints(input: [{ name: "One", startDate: "2026-03-02", endDate: "2026-03-08" }]) { id }
  }`)
  await ingest(service, [
    { ...row(1), project_id: 'p' },
    row(2, { stereotype_id: CODING, value_type: 'VA', duration_seconds: 60 }),
    { ...row(3, { user_id: BEN, activity_date: '2026-03-12', duration_seconds: 7 }), project_id: 'p' },
  ])
})

afterAll(() => service.stop())

function deprecatedFields(): Deprecated[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) && !isInterfaceType(type)) return []
    const siblings = type.getFields()
    const deprecated = Object.values(siblings).filter(({ deprecationReason }) => deprecationReason)
    return deprecated.map((field) => ({ type: type.name, field, siblings }))
  })
}

function replacementIn({ deprecationReason }: GraphQLField<unknown, unknown>): string {
  return /^Use (\w+)[.;]/.exec(deprecationReason ?? '')?.[1] ?? ''
}

test('every deprecated field names one beside it that is there, and is not deprecated', () => {
  const deprecated = deprecatedFields()
  expect(deprecated.length).toBeGreaterThan(30)
  for (const { type, field, siblings } of deprecated) {
    const replacement = siblings[replacementIn(field)]
    const found = { name: replacement?.name, deprecationReason: replacement?.deprecationReason }
    expect({ type, field: field.name, found }).toEqual({
      type,
      field: field.name,
      found: { name: expect.any(String), deprecationReason: undefined },
    })
  }
})

test('a replacement takes the same arguments, and gives the same unless a list becomes pages', () => {
  for (const { field, siblings } of deprecatedFields()) {
    const replacement = siblings[replacementIn(field)]
    if (field.name !== 'wasteTrend' && `${replacement?.name}`.endsWith('Connection')) continue
    const shape = (of: typeof replacement) => [String(of?.type), of?.args.map(({ name, type }) => `${name}: ${type}`)]
    expect([field.name, ...shape(replacement)]).toEqual([field.name, ...shape(field)])
  }
})

test('the document has every old name with its new one, and no other', () => {
  const [, table = ''] = DOCUMENT.split('## What was called otherwise')
  const rows = [...table.matchAll(/^\| [^|]* \| `(\w+)` \| `(\w+)`/gm)].map(([, old, now]) => `${old} ${now}`)
  const renamed = deprecatedFields().map(({ field }) => `${field.name} ${replacementIn(field)}`)
  expect(rows.sort()).toEqual([...new Set(renamed)].sort())
})

const OLD = 'nvaSecondsSum vaSecondsSum totalSum'
const NEW = 'nvaSeconds vaSeconds totalSeconds'

test.each([
  ['nvaSummaryTotals', 'groupBy: [USER, DAY]', ''],
  ['monthSummaryTotals', '', ''],
  ['projectSummaryTotals', '', ''],
  ['stereotypeSummaryTotals', '', ''],
  ['wasteByStereotype', '', ''],
  ['nvaSummaries', '', 'nodes'],
  ['monthSummaries', '', 'nodes'],
  ['sprintSummaries', '', 'nodes'],
  ['projectSummaries', '', 'nodes'],
  ['stereotypeSummaries', '', 'nodes'],
])('%s shows each sum of seconds under both names', async (query, args, list) => {
  const fields = list ? `${list} { ${OLD} ${NEW} }` : `${OLD} ${NEW}`
  const answer = await service.get(`{ ${query}(${[MARCH, args].filter(Boolean).join(', ')}) { ${fields} } }`)
  const found = list ? answer[query][list] : answer[query]
  expect(found.length).toBeGreaterThan(0)
  for (const { nvaSecondsSum, vaSecondsSum, totalSum, ...now } of found) {
    expect(now).toEqual({ nvaSeconds: nvaSecondsSum, vaSeconds: vaSecondsSum, totalSeconds: totalSum })
    expect(now.totalSeconds).toBeGreaterThan(0)
  }
})

test.each([
  ['timeSplit', 'timeSplits', 'nodes { totalSeconds user { name } } totalCount'],
  ['wasteTrend', 'wasteTrendsConnection', 'nodes { weekStart user { name } } totalCount'],
  ['sprintSummary', 'sprintSummaries', 'nodes { totalSeconds } totalCount'],
  ['monthSummary', 'monthSummaries', 'nodes { totalSeconds } totalCount'],
  ['projectSummary', 'projectSummaries', 'nodes { totalSeconds } totalCount'],
  ['stereotypeSummary', 'stereotypeSummaries', 'nodes { totalSeconds } totalCount'],
  ['nvaSummary', 'nvaSummaryTotals', 'totalSeconds user { name } freshness { status } quarantinedRows'],
])('%s and %s are one query', async (old, now, fields) => {
  const answer = await service.get(`{ ${old}(${MARCH}) { ${fields} } ${now}(${MARCH}) { ${fields} } }`)
  expect(answer[old]).toEqual(answer[now])
  expect(answer[now].nodes ?? answer[now]).not.toHaveLength(0)
})

test('a cursor is good under both names of its list', async () => {
  const page = 'pageInfo { endCursor } nodes { totalSeconds }'
  const { timeSplit } = await service.get(`{ timeSplit(${MARCH}, first: 1) { ${page} } }`)
  const after = timeSplit.pageInfo.endCursor
  const rest = await service.get(`{ timeSplits(${MARCH}, after: "${after}") { nodes { totalSeconds } } }`)
  expect(rest.timeSplits.nodes).toHaveLength(2)
})
