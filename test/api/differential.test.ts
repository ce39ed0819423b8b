import { type Asked, executor, titled } from '../support/executed.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, PTO, row } from '../support/timesheet-rows.ts'

const VARIABLES = '$yes: Boolean! = true, $no: Boolean = false, $stage: String = "nva_summary", $stages: [String!]'
const DIRECTIVES = [
  '',
  '@include(if: true)',
  '@skip(if: true)',
  '@include(if: $yes)',
  '@skip(if: $no)',
  '@skip(if: $yes)',
]
const SPAN = 'from: "2026-03-02", to: "2026-03-15"'
const NOBODY = '01938d5e-0000-7000-8000-000000000000'

/** What can be selected of an activity; `@d` stands for a directive. */
const OF_ACTIVITY = [
  'id @d externalId date duration durationSeconds type',
  '__typename user @d { __typename name again: name } user { externalId }',
  'timeSplit @d { nvaSeconds vaSeconds } split: timeSplit { totalSeconds } ... on Activity @d { type }',
  'annotations { __typename stage ... on TimeSplit @d { totalSeconds } ... on WasteTrend { weekStart } }',
  'annotations(stages: [$stage]) { ... on Annotation { stage version ... on NvaSummary @d { date totalSum } } }',
  'a: annotations(stages: "time_split") { stage } b: annotations(stages: []) { stage } c: annotations(stages: null) @d { stage }',
  'annotations(stages: $stages) @d { stage ...OfUser }',
  'nvaSummary { nvaSeconds @d vaSeconds all: totalSeconds totalSum ...Sums @d } annotations(stages: "nva_summary") { ...Sums }',
  '...Deep @d ... @d { ...Deep } stereotype { code @d name }',
  'nvaSummary { ... @d { totalSum } user { name wasteTrends(' +
    SPAN +
    ') { flagged zScore } } } wasteTrend @d { flagged }',
]
const FRAGMENTS = `
  fragment OfUser on Annotation { ... on NvaSummary { user { name } } ... on WasteTrend { user { id } } }
  fragment Sums on NvaSummary { totalSeconds nvaSecondsSum again: nvaSeconds }
  fragment Deep on Activity { ...Deeper user { ...Named } } fragment Deeper on Activity { externalId nvaSummary { totalSum } }
  fragment Named on User { name externalId __typename }`
const USED =
  'stages { name @include(if: $yes) @skip(if: $no) } unused: activity(id: "' +
  NOBODY +
  '") { a: annotations(stages: [$stage]) { ...OfUser } b: annotations(stages: $stages) { stage } ...Deep nvaSummary { ...Sums } }'

const WRAPPINGS = [
  'activities { totalCount nodes { @s } }',
  'activities(first: 2, orderBy: DURATION_ASC) { edges { node { @s } cursor } pageInfo { hasNextPage } }',
  'first: activities(first: 1) { ... on ActivityConnection { nodes { @s } } } rest: activities(last: 3) { nodes { @s } }',
  'activities(filter: { userIds: null, type: VALUE_ADD }) { nodes { @s } edges { node { id @s } } nodes { id } }',
]

const generated: Asked[] = OF_ACTIVITY.flatMap((selection, i) =>
  WRAPPINGS.flatMap((wrapping, j) =>
    [0, 3].map((k) => {
      const directive = DIRECTIVES[(i + j + k) % DIRECTIVES.length] ?? ''
      const body = wrapping.replaceAll('@s', selection).replaceAll('@d', directive)
      const variables = [{}, { yes: false, stages: ['time_split'] }, { no: true, stage: 'time_split', stages: null }][
        (i + k) % 3
      ]
      return { query: `query Q(${VARIABLES}) { ${body} ${USED} } ${FRAGMENTS}`, variables }
    }),
  ),
)

const SEVERAL =
  'query A { users { totalCount } } query B($n: Int = 1) { users(first: $n) { nodes { name } } } mutation C { deleteActivities(source: "timesheets", externalIds: ["nobody"]) }'

const single: Asked[] = [
  { query: '{ __typename }' },
  { query: 'mutation { __typename a: deleteActivities(source: "timesheets", externalIds: "nobody") b: __typename }' },
  { query: SEVERAL, operationName: 'A' },
  { query: SEVERAL, operationName: 'B' },
  { query: SEVERAL, operationName: 'B', variables: { n: 2 } },
  { query: SEVERAL, operationName: 'B', variables: { n: 'two' } },
  { query: SEVERAL, operationName: 'C' },
  { query: SEVERAL, operationName: 'D' },
  { query: SEVERAL },
  { query: '{ users { nodes { name ' },
  { query: '{ nothing users { nodes { none } } }' },
  { query: '{ users(first: "one") { totalCount } }' },
  { query: 'query ($n: Int!) { users(first: $n) { totalCount } }' },
  { query: 'query ($n: Int!) { users(first: $n) { totalCount } }', variables: { n: null } },
  { query: 'query ($n: Int!) { users(first: $n) { totalCount } }', variables: { n: 1.5 } },
  { query: 'query ($n: Int) { users(first: $n) { totalCount nodes { name } } }', variables: { n: null } },
  { query: 'query ($n: Int) { users(first: $n) { totalCount } }', variables: { n: -1 } },
  { query: `{ good: users { totalCount } bad: user(id: "me") { id } none: user(id: "${NOBODY}") { id } }` },
  { query: '{ users { nodes { name a: nvaSummaries(from: "2026-03-02", to: "2026-03-01") { totalSum } } } }' },
  { query: '{ activities { nodes { annotations(stages: ["guess"]) { stage } } } }' },
  { query: `query ($by: [SummaryGroup!]) { nvaSummary(${SPAN}, groupBy: $by) { period totalSum user { name } } }` },
  { query: `query ($by: [SummaryGroup!]) { nvaSummary(${SPAN}, groupBy: $by) { period } }`, variables: { by: 'DAY' } },
  {
    query: `query ($by: [SummaryGroup!]) { nvaSummary(${SPAN}, groupBy: $by) { period } }`,
    variables: { by: ['DAY', 'USER'] },
  },
  { query: `query ($by: [SummaryGroup!]) { nvaSummary(${SPAN}, groupBy: $by) { period } }`, variables: { by: null } },
  { query: `query ($by: [SummaryGroup!]) { nvaSummary(${SPAN}, groupBy: $by) { period } }`, variables: { by: [null] } },
  {
    query: `query ($by: SummaryGroup!) { nvaSummary(${SPAN}, groupBy: [$by, MONTH]) { period } }`,
    variables: { by: 'WEEK' },
  },
  { query: `{ nvaSummary(${SPAN}, groupBy: WEEK) { period nvaSecondsSum wasteRatio user { name } } }` },
  { query: `{ nvaSummary(${SPAN}, groupBy: null) { period } }` },
  {
    query: `{ nvaSummaryTotals(${SPAN}, groupBy: [WEEK, USER]) { period nvaSeconds vaSeconds totalSeconds totalSum } }`,
  },
  {
    query: `{ timeSplits(${SPAN}) { nodes { totalSeconds } } nvaSummaries(${SPAN}, last: 2) { nodes { nvaSeconds } } }`,
  },
  {
    query: `{ wasteTrendsConnection(${SPAN}, last: 1) { nodes { weekStart } pageInfo { hasPreviousPage } totalCount } }`,
  },
  { query: `{ wasteByStereotype(${SPAN}) { stereotype { code } nvaSeconds vaSeconds totalSeconds totalSum } }` },
  {
    query:
      '{ users(last: 1, name: "N") { nodes { name } totalCount } stereotypesConnection(first: 2) { nodes { code } } }',
  },
  { query: `{ none: node(id: "${NOBODY}") { id } bad: node(id: "me") { ... on User { name } } }` },
  { query: `{ nvaSummary(${SPAN}, groupBy: [CENTURY]) { period } }` },
  {
    query: `{ wasteByStereotype(${SPAN}) { stereotype { code ...S } totalSum } } fragment S on Stereotype { code name }`,
  },
  {
    query: `query ($f: Boolean) { wasteTrends(${SPAN}, flagged: $f) { stage user { name } ... on Annotation { version } } }`,
    variables: { f: false },
  },
  {
    query: 'query ($f: ActivityFilter) { activities(filter: $f) { totalCount } }',
    variables: { f: { externalIds: 'a' } },
  },
  {
    query: 'query ($f: ActivityFilter) { activities(filter: $f) { totalCount } }',
    variables: { f: { externalIds: [null] } },
  },
  {
    query: 'query ($f: ActivityFilter) { activities(filter: $f) { totalCount } }',
    variables: { f: { from: 'soon', colour: 'red' } },
  },
  { query: 'query ($d: Date = "2026-03-03") { activities(filter: { from: $d, to: $d }) { nodes { externalId } } }' },
  {
    query: 'query ($d: Date = "2026-03-03") { activities(filter: { from: $d }) { totalCount } }',
    variables: { d: null },
  },
  { query: 'query ($i: Boolean = true) { users @include(if: $i) { totalCount } }', variables: { i: null } },
  { query: 'query ($i: Boolean = true) { users { totalCount @include(if: $i) } __typename }', variables: { i: null } },
  { query: 'query ($i: Boolean!) { users @include(if: $i) @skip(if: $i) { totalCount } }', variables: { i: true } },
  {
    query: 'query ($i: Boolean!) { users @include(if: $i) { totalCount } users { nodes { name } } }',
    variables: { i: false },
  },
  {
    query:
      '{ stages { name reads counts { fresh stale missing } } sprints { name summaries { totalSum sprint { name } } } }',
  },
  { query: '{ __schema { queryType { name } types { name kind } directives { name args { name defaultValue } } } }' },
  {
    query:
      '{ __type(name: "Activity") { fields(includeDeprecated: true) { name args { name type { kind ofType { name } } } } interfaces { name } } }',
  },
  {
    query:
      '{ a: __type(name: "Annotation") { possibleTypes { name } } b: __type(name: "SummaryGroup") { enumValues { name } } c: __type(name: "Nothing") { name } }',
  },
]

let service: TestService
let executed: Awaited<ReturnType<typeof executor>>

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
  await ingest(service, [
    row('a', { duration_seconds: 5400 }),
    row('b', { activity_date: '2026-03-03', user_id: BEN, value_type: 'VA', stereotype_id: CODING }),
    row('c', { activity_date: '2026-03-03', stereotype_id: PTO }),
    row('d', { activity_date: '2026-03-10', user_id: ANN, duration_seconds: 60 }),
  ])
  const sprint = '{ name: "One", startDate: "2026-03-02", endDate: "2026-03-15" }'
  await service.get(`mutation { upsertSprints(input: [${sprint}]) { id } }`)
  executed = await executor(service)
})

afterAll(() => service.stop())

test.each(generated.map(titled))('the service answers as graphql-js does, with data alone: $title', async (asked) => {
  expect(await comparedAnswer(asked)).not.toHaveProperty('errors')
})

test.each(single.map(titled))('the service answers as graphql-js does: $title', comparedAnswer)

/** The service's answer, once it is found to be that of graphql-js. */
async function comparedAnswer(asked: Asked): Promise<object> {
  const answer = await service.server.inject({ method: 'POST', url: '/graphql', payload: asked })
  const { data, errors } = answer.json()
  const expected = await executed(asked)
  expect({
    data: JSON.stringify(data ?? null),
    errors: errors?.map(({ message, path }: { message: string; path?: unknown }) => ({ message, path })),
  }).toEqual({ data: JSON.stringify(expected.data ?? null), errors: expected.errors })
  return answer.json()
}
