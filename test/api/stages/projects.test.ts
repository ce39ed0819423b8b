import { type TestService, testService } from '../../support/service.ts'
import { addPeople, BEN, CODING, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'
const SUMMARY = 'project { name } weekStart hours wasteRatio people totalSum'

let service: TestService
let projects: Record<string, string>

/** Two people on the bridge in one week, one of them on the tunnel in the next; and an hour of no project. */
beforeEach(async () => {
  service = await testService()
  await addPeople(service)
  const { upsertProjects } = await service.get(`mutation { upsertProjects(input: [
    { source: "timesheets", externalId: "p-1", name: "Bridge" }
    { source: "timesheets", externalId: "p-2", name: "Tunnel" }
  ]) { id name } }`)
  projects = Object.fromEntries(upsertProjects.map(({ id, name }: Record<string, string>) => [name, id]))
  await ingest(service, [
    work(1, 'p-1', {}),
    work(2, 'p-1', { user_id: BEN, value_type: 'VA', stereotype_id: CODING, activity_date: '2026-03-04' }),
    work(3, 'p-2', { activity_date: '2026-03-09', duration_seconds: 1800 }),
    work(4, 'p-2', { user_id: BEN, activity_date: '2026-03-09', stereotype_id: PTO }),
    row(5),
  ])
})

afterEach(() => service.stop())

function work(id: number, project_id: string | null, other: object) {
  return { ...row(id, other), project_id }
}

const BRIDGE = {
  project: { name: 'Bridge' },
  weekStart: '2026-03-02',
  hours: 2,
  wasteRatio: 0.5,
  people: 2,
  totalSum: 7200,
}
const TUNNEL = {
  project: { name: 'Tunnel' },
  weekStart: '2026-03-09',
  hours: 0.5,
  wasteRatio: 1,
  people: 1,
  totalSum: 1800,
}

async function summaries(args = MARCH) {
  const { projectSummary } = await service.get(`{ projectSummary(${args}) { nodes { ${SUMMARY} } totalCount } }`)
  return projectSummary
}

test('a project has its weeks, whoever worked on it', async () => {
  expect(await summaries()).toEqual({ nodes: [BRIDGE, TUNNEL], totalCount: 2 })
  expect(await summaries(`${MARCH}, projectIds: ["${projects.Tunnel}"]`)).toEqual({ nodes: [TUNNEL], totalCount: 1 })
  const { projects: listed } = await service.get(
    `{ projects { name projectSummaries(${MARCH}) { weekStart people } } }`,
  )
  expect(listed).toEqual([
    { name: 'Bridge', projectSummaries: [{ weekStart: '2026-03-02', people: 2 }] },
    { name: 'Tunnel', projectSummaries: [{ weekStart: '2026-03-09', people: 1 }] },
  ])
})

test('an activity shows the week of its project, or none', async () => {
  const { activities } = await service.get(
    `{ activities { nodes { externalId projectSummary { ${SUMMARY} } annotations(stages: ["project_summary"]) { stage } } } }`,
  )
  const shown = Object.fromEntries(
    activities.nodes.map(({ externalId, ...rest }: { externalId: string }) => [externalId, rest]),
  )
  expect(shown['2']).toEqual({ projectSummary: BRIDGE, annotations: [{ stage: 'project_summary' }] })
  expect(shown['3']).toEqual({ projectSummary: TUNNEL, annotations: [{ stage: 'project_summary' }] })
  expect(shown['5']).toEqual({ projectSummary: null, annotations: [] })
})

test('what anybody does on a project shows at once, and nothing else runs its stage', async () => {
  await summaries()
  const query = `{ projectSummary(${MARCH}) { nodes { ${SUMMARY} } } }`
  await ingest(service, [row(5, { duration_seconds: 60 })])
  expect(await service.receipt(query)).toMatchObject({ checked: 2, recomputed: 0, verified: 0 })
  await ingest(service, [work(2, 'p-1', { user_id: BEN, stereotype_id: CODING, activity_date: '2026-03-04' })])
  expect(await service.receipt(query)).toMatchObject({ checked: 2, recomputed: 1, unchanged: 0 })
  expect((await summaries()).nodes).toEqual([{ ...BRIDGE, wasteRatio: 1 }, TUNNEL])
})

test('an activity that moves to another project leaves the one and joins the other', async () => {
  await summaries()
  await ingest(service, [work(1, 'p-2', {})])
  expect((await summaries()).nodes).toMatchObject([
    { project: { name: 'Bridge' }, hours: 1, people: 1 },
    { project: { name: 'Tunnel' }, weekStart: '2026-03-02', hours: 1, people: 1 },
    TUNNEL,
  ])
})

test('a stereotype that becomes PTO changes the weeks of projects', async () => {
  await summaries()
  await service.get(
    `mutation { upsertStereotypes(input: [{ source: "timesheets", externalId: "${CODING}", code: "pto", name: "Off" }]) { id } }`,
  )
  expect((await summaries()).nodes[0]).toMatchObject({ hours: 1, people: 1, wasteRatio: 1 })
})

test('sums are by project and week, and by nothing that a week does not lie in', async () => {
  const totals = async (groupBy: string) => {
    const fields = 'project { name } period totalSum wasteRatio'
    return service.ask(`{ projectSummaryTotals(${MARCH}, groupBy: ${groupBy}) { ${fields} } }`)
  }
  expect((await totals('[PROJECT]')).data.projectSummaryTotals).toEqual([
    { project: { name: 'Bridge' }, period: null, totalSum: 7200, wasteRatio: 0.5 },
    { project: { name: 'Tunnel' }, period: null, totalSum: 1800, wasteRatio: 1 },
  ])
  expect((await totals('[WEEK]')).data.projectSummaryTotals).toEqual([
    { project: null, period: '2026-03-02', totalSum: 7200, wasteRatio: 0.5 },
    { project: null, period: '2026-03-09', totalSum: 1800, wasteRatio: 1 },
  ])
  for (const group of ['DAY', 'MONTH', 'USER']) {
    expect((await totals(`[${group}]`)).errors).toMatchObject([
      {
        message: `project_summary is of weeks of projects, so groupBy may be PROJECT, WEEK, not ${group}.`,
        extensions: { code: 'BAD_USER_INPUT', argument: 'groupBy' },
      },
    ])
  }
  const users = await service.ask(`{ nvaSummary(${MARCH}, groupBy: [PROJECT]) { totalSum } }`)
  expect(users.errors).toMatchObject([{ extensions: { argument: 'groupBy' } }])
})

test('a project that goes takes its annotations along', async () => {
  await summaries()
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["3", "4"]) }')
  await service.get(`mutation { deleteProjects(ids: ["${projects.Tunnel}"]) }`)
  await service.dispatcher.idle()
  expect(await service.database.sql('SELECT FROM project_summary')).toHaveLength(1)
  expect((await summaries()).nodes).toEqual([BRIDGE])
})

test('the stage is counted by its projects', async () => {
  await summaries()
  const { stages } = await service.get('{ stages { name counts { fresh stale missing } } }')
  expect(stages.find(({ name }: { name: string }) => name === 'project_summary').counts).toEqual({
    fresh: 2,
    stale: 0,
    missing: 0,
  })
})
