import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, ingest, row } from '../support/timesheet-rows.ts'

let service: TestService
let people: Record<string, string>

beforeEach(async () => {
  service = await testService()
  people = await addPeople(service)
})

afterEach(() => service.stop())

async function addProjects(...projects: [key: string, name: string, client?: string][]): Promise<string[]> {
  const input = projects.map(([externalId, name, client]) => ({ source: 'timesheets', externalId, name, client }))
  const { upsertProjects } = await service.get(
    'mutation ($input: [ProjectInput!]!) { upsertProjects(input: $input) { id } }',
    { input },
  )
  return upsertProjects.map(({ id }: { id: string }) => id)
}

async function projectsOfActivities(filter = '{}'): Promise<string[]> {
  const { activities } = await service.get(
    `{ activities(filter: ${filter}) { nodes { externalId project { name client } } } }`,
  )
  interface Node {
    externalId: string
    project: { name: string; client: string | null } | null
  }
  return activities.nodes
    .map(({ externalId, project }: Node) => `${externalId} ${project?.name} ${project?.client}`)
    .sort()
}

test('an activity has the project that its row names, or none', async () => {
  await addProjects(['p-1', 'Bridge', 'City'], ['p-2', 'Tunnel'])
  await ingest(service, [
    row(1, { project_id: 'p-1' } as object),
    row(2, { project_id: null } as object),
    row(3),
    row(4, { project_id: 'p-2' } as object),
  ])
  expect(await projectsOfActivities()).toEqual([
    '1 Bridge City',
    '2 undefined undefined',
    '3 undefined undefined',
    '4 Tunnel null',
  ])
})

test('projects are listed by name, and renamed by their keys', async () => {
  await addProjects(['p-1', 'Tunnel'], ['p-2', 'Bridge'])
  await addProjects(['p-1', 'Tower', 'City'])
  const { projects } = await service.get('{ projects { source externalId name client } }')
  expect(projects).toEqual([
    { source: 'timesheets', externalId: 'p-2', name: 'Bridge', client: null },
    { source: 'timesheets', externalId: 'p-1', name: 'Tower', client: 'City' },
  ])
})

test('a row of an unknown project is quarantined, and let in when that arrives', async () => {
  const report = await ingest(service, [row(1, { project_id: 'p-1' } as object)])
  expect(report).toMatchObject({ inserted: 0, quarantined: 1 })
  const { quarantine } = await service.get(
    '{ quarantine(filter: { code: UNKNOWN_PROJECT }) { nodes { status problems { field message } } } }',
  )
  expect(quarantine.nodes).toEqual([
    {
      status: 'OPEN',
      problems: [{ field: 'project_id', message: 'project_id "p-1" is no known project of source "timesheets"' }],
    },
  ])
  await addProjects(['p-1', 'Bridge'])
  expect(await projectsOfActivities()).toEqual(['1 Bridge null'])
})

test('another project is a change of the activity, and the same again is none', async () => {
  await addProjects(['p-1', 'Bridge'], ['p-2', 'Tunnel'])
  const of = (project_id: string | null) => [row(1, { project_id } as object)]
  expect(await ingest(service, of('p-1'))).toMatchObject({ inserted: 1 })
  expect(await ingest(service, of('p-1'))).toMatchObject({ unchanged: 1 })
  expect(await ingest(service, of('p-2'))).toMatchObject({ updated: 1 })
  expect(await projectsOfActivities()).toEqual(['1 Tunnel null'])
  expect(await ingest(service, of(null))).toMatchObject({ updated: 1 })
  expect(await projectsOfActivities()).toEqual(['1 undefined undefined'])
})

test('days of projects are raised where anything of theirs changes, old place and new', async () => {
  const [bridge, tunnel] = await addProjects(['p-1', 'Bridge'], ['p-2', 'Tunnel'])
  const names = new Map([
    [bridge, 'bridge'],
    [tunnel, 'tunnel'],
  ])
  const revisions = async () => {
    const rows = await service.database.sql<{ subject_id: string; day: string; revision: number }>(
      `SELECT subject_id, start_date::text AS day, revision FROM slice WHERE logic = 'activities_of_project'
       ORDER BY start_date, subject_id`,
    )
    return rows.map(({ subject_id, day, revision }) => `${names.get(subject_id)} ${day} ${revision}`).sort()
  }
  await ingest(service, [row(1, { project_id: 'p-1' } as object), row(2)])
  expect(await revisions()).toEqual(['bridge 2026-03-02 1'])
  await ingest(service, [row(1, { project_id: 'p-2', activity_date: '2026-03-03' } as object)])
  expect(await revisions()).toEqual(['bridge 2026-03-02 2', 'tunnel 2026-03-03 1'])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1"]) }')
  expect(await revisions()).toEqual(['bridge 2026-03-02 2', 'tunnel 2026-03-03 2'])
})

test('activities are found by their projects, and an unknown one is named', async () => {
  const [bridge, tunnel] = await addProjects(['p-1', 'Bridge'], ['p-2', 'Tunnel'])
  await ingest(service, [row(1, { project_id: 'p-1' } as object), row(2, { project_id: 'p-2' } as object), row(3)])
  expect(await projectsOfActivities(`{ projectIds: ["${tunnel}"] }`)).toEqual(['2 Tunnel null'])
  expect(await projectsOfActivities(`{ projectIds: ["${bridge}", "${tunnel}"] }`)).toHaveLength(2)
  const unknown = people[ANN]
  const { errors } = await service.ask(`{ activities(filter: { projectIds: ["${unknown}"] }) { totalCount } }`)
  expect(errors).toMatchObject([
    { message: `There is no project ${unknown}.`, extensions: { code: 'BAD_USER_INPUT', argument: 'projectIds' } },
  ])
})

test('a project goes once no activity is of it', async () => {
  const [bridge] = await addProjects(['p-1', 'Bridge'])
  await ingest(service, [row(1, { project_id: 'p-1' } as object)])
  const remove = `mutation { deleteProjects(ids: ["${bridge}"]) }`
  expect((await service.ask(remove)).errors).toMatchObject([{ extensions: { code: 'IN_USE' } }])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1"]) }')
  expect(await service.get(remove)).toEqual({ deleteProjects: 1 })
  expect(await service.database.sql(`SELECT FROM slice WHERE subject_id = '${bridge}'`)).toEqual([])
})

test.each([
  ['name: " "', 'name must not be blank'],
  ['name: "x", client: ""', 'client must not be blank'],
])('a project of %s is refused', async (fields, message) => {
  const { errors } = await service.ask(
    `mutation { upsertProjects(input: [{ source: "timesheets", externalId: "p", ${fields} }]) { id } }`,
  )
  expect(JSON.stringify(errors)).toContain(message)
})
