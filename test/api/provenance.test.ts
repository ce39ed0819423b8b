import { int, pick, randomOf } from '../support/random.ts'
import { type Answer, type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../support/timesheet-rows.ts'

const WEEK = 'from: "2026-03-02", to: "2026-03-08"'
const CONTRIBUTION = `nodes {
  activity { externalId source } contribution { nvaSeconds vaSeconds totalSeconds } batch { id } rowIndex
} totalCount`
const provenance = (page = 'first: 100') =>
  `provenance { stage version logic isExact reads { stage version from to } activities(${page}) { ${CONTRIBUTION} } }`

let service: TestService

beforeEach(async () => {
  service = await testService({ limits: { MAX_QUERY_ROWS: 10_000_000, MAX_QUERY_VALUES: 100_000_000 } })
  await addPeople(service)
})

afterEach(() => service.stop())

test('an annotation names its stage, what that reads, and the rows that it is made of', async () => {
  const { id } = await ingest(service, [
    row(9, { activity_date: '2026-03-03' }),
    row(1),
    row(2, { stereotype_id: PTO }),
  ])
  const [first] = (await service.get(`{ nvaSummaries(${WEEK}) { nodes { date ${provenance()} } } }`)).nvaSummaries.nodes
  expect(first).toEqual({
    date: '2026-03-02',
    provenance: {
      stage: 'nva_summary',
      version: 2,
      logic: service.freshness.graph.get('nva_summary')?.logic,
      isExact: true,
      reads: [
        { stage: 'time_split', version: 1, from: '2026-03-02', to: '2026-03-02' },
        { stage: 'activities', version: null, from: '2026-03-02', to: '2026-03-02' },
      ],
      activities: {
        nodes: [
          {
            activity: { externalId: '1', source: 'timesheets' },
            contribution: { nvaSeconds: 3600, vaSeconds: 0, totalSeconds: 3600 },
            batch: { id },
            rowIndex: 1,
          },
        ],
        totalCount: 1,
      },
    },
  })
})

test('an activity is of the batch that changed it last, not of one that brought it as it was', async () => {
  await ingest(service, [row(2), row(1)])
  const changed = await ingest(service, [row(2), row(3), row(1, { duration_seconds: 60 })])
  await ingest(service, [row(1, { duration_seconds: 60 })])
  const { activities } = await service.get(
    `{ activities(filter: { externalIds: ["1"] }) { nodes { timeSplit { ${provenance()} } } } }`,
  )
  const { nodes } = activities.nodes[0].timeSplit.provenance.activities
  expect(nodes).toMatchObject([{ activity: { externalId: '1' }, batch: { id: changed.id }, rowIndex: 2 }])
})

test('a trend is made of its week, and says how far it looks back', async () => {
  await ingest(service, [row(1), row(2, { activity_date: '2026-02-23' })])
  const trend = (await service.get(`{ wasteTrends(${WEEK}) { ${provenance()} } }`)).wasteTrends[0].provenance
  expect(trend.reads).toEqual([{ stage: 'nva_summary', version: 2, from: '2026-01-05', to: '2026-03-08' }])
  expect(trend.activities.nodes.map((node: { activity: object }) => node.activity)).toEqual([
    { externalId: '1', source: 'timesheets' },
  ])
})

test('pages follow each other, each of several numbers in its own list', async () => {
  await ingest(
    service,
    Array.from({ length: 6 }, (_, i) => row(i, { user_id: i % 2 === 0 ? ANN : BEN })),
  )
  const ask = (page: string) =>
    service.get(
      `{ nvaSummary(${WEEK}) { provenance { activities(${page}) { nodes { activity { id timeSplit { totalSeconds } } } pageInfo { endCursor hasNextPage } totalCount } } } }`,
    )
  const [first] = (await ask('first: 2')).nvaSummary
  const { pageInfo, nodes, totalCount } = first.provenance.activities
  expect([nodes.length, totalCount, pageInfo.hasNextPage]).toEqual([2, 3, true])
  expect(nodes[0].activity.timeSplit).toEqual({ totalSeconds: 3600 })
  const [rest, others] = (await ask(`first: 2, after: "${pageInfo.endCursor}"`)).nvaSummary
  expect([rest.provenance.activities.nodes.length, rest.provenance.activities.pageInfo.hasNextPage]).toEqual([1, false])
  expect(others.provenance.activities.totalCount).toBe(3)
})

test('many activities of many numbers are found, though no page of activities has so many', async () => {
  const rows = Array.from({ length: 1_200 }, (_, i) => row(i, { user_id: i % 2 === 0 ? ANN : BEN }))
  await ingest(service, rows)
  const { nvaSummary } = await service.get(
    `{ nvaSummary(${WEEK}) { provenance { activities(first: 600) { nodes { activity { id } contribution { totalSeconds } } } } } }`,
  )
  for (const { provenance } of nvaSummary) expect(provenance.activities.nodes).toHaveLength(600)
})

test('what is not up to date says that these are the activities of now', async () => {
  await ingest(service, [row(1)])
  await service.get(`{ nvaSummary(${WEEK}) { totalSum } }`)
  await ingest(service, [row(1, { duration_seconds: 60 })])
  const { nvaSummary, nvaSummaries } = await service.get(`{
    nvaSummary(${WEEK}, freshness: CACHED) { totalSum provenance { isExact } }
    nvaSummaries(${WEEK}, freshness: CACHED) { nodes { totalSum provenance { isExact } } }
  }`)
  const stale = { totalSum: 3600, provenance: { isExact: false } }
  expect([nvaSummary[0], nvaSummaries.nodes[0]]).toEqual([stale, stale])
})

test('a cursor of another list, and a page that is too long, are refused', async () => {
  await ingest(service, [row(1)])
  for (const page of ['after: "bm9uZQ"', 'first: 1001', 'first: -1']) {
    const { errors } = await service.ask(
      `{ nvaSummary(${WEEK}) { provenance { activities(${page}) { totalCount } } } }`,
    )
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: page.split(':')[0] } }])
  }
})

interface Shown {
  provenance: {
    isExact: boolean
    activities: { nodes: { contribution: Record<string, number> }[]; totalCount: number }
  }
  [sum: string]: unknown
}

/** The sums of what is listed beside those that are shown. */
function compare(numbers: readonly Shown[], what: string): void {
  for (const { provenance, ...shown } of numbers) {
    const { nodes, totalCount } = provenance.activities
    const sum = (name: string) => nodes.reduce((all, { contribution }) => all + (contribution[name] ?? 0), 0)
    const listed = { nva: sum('nvaSeconds'), va: sum('vaSeconds'), total: sum('totalSeconds'), count: nodes.length }
    expect({ what, ...listed, isExact: provenance.isExact }).toEqual({
      what,
      nva: shown.nvaSecondsSum ?? shown.nvaSeconds,
      va: shown.vaSecondsSum ?? shown.vaSeconds,
      total: shown.totalSum ?? shown.totalSeconds,
      count: totalCount,
      isExact: true,
    })
  }
}

test.each([1, 2, 3])('what is listed adds up to every number, totals too (seed %d)', async (seed) => {
  const random = randomOf(seed)
  await addProjectsAndTeams()
  const days = ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02', '2026-03-08', '2026-03-31', '2026-04-01']
  const rows = Array.from({ length: 60 }, (_, i) => ({
    ...row(i, {
      activity_date: pick(random, days),
      duration_seconds: int(random, 20_000),
      stereotype_id: pick(random, [MEETING, CODING, PTO]),
      value_type: pick(random, ['VA', 'NVA']),
      user_id: pick(random, [ANN, BEN]),
    }),
    project_id: pick(random, ['p', 'q', null]),
  }))
  await ingest(service, rows)
  await ingest(
    service,
    rows.slice(0, 10).map((each) => ({ ...each, duration_seconds: int(random, 20_000) })),
  )
  const ALL = 'from: "2026-02-01", to: "2026-04-15"'
  const SUMS = `nvaSecondsSum vaSecondsSum totalSum ${provenance()}`
  const SPLIT = `nvaSeconds vaSeconds totalSeconds ${provenance()}`
  const annotations: Answer['data'] = await service.get(`{
    timeSplit(${ALL}) { nodes { ${SPLIT} } } nvaSummaries(${ALL}) { nodes { ${SUMS} } }
    monthSummary(${ALL}) { nodes { ${SUMS} } } projectSummary(${ALL}) { nodes { ${SUMS} } }
    stereotypeSummary(${ALL}) { nodes { ${SUMS} } } sprintSummary(${ALL}) { nodes { ${SUMS} } }
  }`)
  for (const [name, { nodes }] of Object.entries<{ nodes: Shown[] }>(annotations)) {
    expect(nodes.length).toBeGreaterThan(0)
    compare(nodes, name)
  }
  for (const by of ['[]', '[USER]', '[TEAM]', '[TEAM, WEEK]', '[USER, MONTH]', '[DAY]']) {
    for (const range of [ALL, 'from: "2026-02-28", to: "2026-03-05"']) {
      const totals: Answer['data'] = await service.get(`{
        nvaSummary(${range}, groupBy: ${by}) { ${SUMS} } timeSplitTotals(${range}, groupBy: ${by}) { ${SPLIT} }
        wasteByStereotype(${range}) { ${SUMS} }
      }`)
      for (const [name, groups] of Object.entries<Shown[]>(totals)) compare(groups, `${name} by ${by}`)
    }
  }
  for (const by of ['[]', '[PROJECT]', '[PROJECT, WEEK]']) {
    compare(
      (await service.get(`{ projectSummaryTotals(${ALL}, groupBy: ${by}) { ${SUMS} } }`)).projectSummaryTotals,
      by,
    )
  }
  for (const by of ['[]', '[USER]', '[MONTH]', '[TEAM]']) {
    compare((await service.get(`{ monthSummaryTotals(${ALL}, groupBy: ${by}) { ${SUMS} } }`)).monthSummaryTotals, by)
  }
})

async function addProjectsAndTeams(): Promise<void> {
  const { users } = await service.get('{ users { nodes { id } } }')
  const [ann, ben] = users.nodes.map(({ id }: { id: string }) => id)
  await service.get(
    `mutation ($teams: [TeamInput!]!) {
      upsertTeams(input: $teams) { id }
      upsertProjects(input: [
        { source: "timesheets", externalId: "p", name: "P" }, { source: "timesheets", externalId: "q", name: "Q" }
      ]) { id }
      upsertSprints(input: [{ name: "S", startDate: "2026-02-28", endDate: "2026-03-08" }]) { id }
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
}
