import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

const NOBODY = '01938d5e-0000-7000-8000-000000000000'
const KINDS = [
  'User',
  'Project',
  'Team',
  'Sprint',
  'Stereotype',
  'Activity',
  'IngestReport',
  'QuarantinedRow',
  'Erasure',
  'DeadLetter',
]

let service: TestService
/** The id of one of each kind. */
let ids: Record<string, string>

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
  const { upsertProjects, upsertTeams, upsertSprints, upsertUsers } = await service.get(`mutation {
    upsertProjects(input: [{ source: "timesheets", externalId: "p", name: "Bridge" }]) { id }
    upsertTeams(input: [{ name: "Red" }]) { id }
    upsertUsers(input: [{ source: "timesheets", externalId: "e", name: "Eve" }]) { id }
    upsertSprints(input: [{ name: "One", startDate: "2026-03-02", endDate: "2026-03-08" }]) { id }
  }`)
  await ingest(service, [{ ...row('a'), project_id: 'p' }, row('b', { activity_date: 'soon' })])
  const { users, stereotypes, activities, ingestBatches, quarantine } = await service.get(`{
    users { nodes { id } } stereotypes { id } activities { nodes { id } } ingestBatches { nodes { id } } quarantine { nodes { id } }
  }`)
  const { eraseUser } = await service.get('mutation ($id: ID!) { eraseUser(id: $id, reason: "asked") { id } }', {
    id: upsertUsers[0].id,
  })
  const letters = await service.database.transaction((sql) =>
    sql<{ id: string }>(`INSERT INTO undelivered_event (id, event_id, type, subscription, payload, error, attempts)
      VALUES ('01938d5e-0000-7000-8000-000000000001', gen_random_uuid(), 'pull.began', 's', '{"a":1}', 'e', 5) RETURNING id`),
  )
  const lists = [users.nodes, upsertProjects, upsertTeams, upsertSprints, stereotypes, activities.nodes]
  const found = [...lists, ingestBatches.nodes, quarantine.nodes, [eraseUser], letters].map(([first]) => first.id)
  ids = Object.fromEntries(KINDS.map((kind, i) => [kind, found[i]]))
})

afterAll(() => service.stop())

const FIELDS = `
  ... on User { name } ... on Project { projectName: name client } ... on Team { teamName: name members { from } }
  ... on Sprint { sprintName: name startDate } ... on Stereotype { code } ... on Activity { externalId user { name } }
  ... on IngestReport { received startedAt rejections { nodes { externalId } } }
  ... on QuarantinedRow { rowIndex row problems { code } } ... on Erasure { reason counts { activities } }
  ... on DeadLetter { subscription payload }`

test.each([
  ['User', { name: expect.any(String) }],
  ['Project', { projectName: 'Bridge', client: null }],
  ['Team', { teamName: 'Red', members: [] }],
  ['Sprint', { sprintName: 'One', startDate: '2026-03-02' }],
  ['Stereotype', { code: expect.any(String) }],
  ['Activity', { externalId: 'a', user: { name: expect.any(String) } }],
  [
    'IngestReport',
    { received: 2, startedAt: expect.stringMatching(/^\d{4}-.*Z$/), rejections: { nodes: [{ externalId: 'b' }] } },
  ],
  [
    'QuarantinedRow',
    { rowIndex: 1, row: expect.objectContaining({ activity_date: 'soon' }), problems: [{ code: 'INVALID_DATE' }] },
  ],
  ['Erasure', { reason: 'asked', counts: { activities: 0 } }],
  ['DeadLetter', { subscription: 's', payload: { a: 1 } }],
])('a %s is found by its id alone', async (kind, fields) => {
  const { node } = await service.get(`query ($id: ID!) { node(id: $id) { __typename id ${FIELDS} } }`, {
    id: ids[kind],
  })
  expect(node).toEqual({ __typename: kind, id: ids[kind], ...fields })
  const upper = await service.get('query ($id: ID!) { node(id: $id) { id } }', { id: ids[kind]?.toUpperCase() })
  expect(upper).toEqual({ node: { id: ids[kind] } })
})

test('whatever has an id is a node', async () => {
  const { __type, __schema } = await service.get(`{
    __type(name: "Node") { possibleTypes { name } } __schema { types { name fields { name } } }
  }`)
  const withIds = __schema.types.filter(
    ({ name, fields }: { name: string; fields: { name: string }[] | null }) =>
      name !== 'Node' && fields?.some((field) => field.name === 'id'),
  )
  const names = (types: { name: string }[]) => types.map(({ name }) => name).sort()
  expect(names(__type.possibleTypes)).toEqual([...KINDS].sort())
  // Of who may ask, and who changed what, there are lists for admins alone.
  expect(names(withIds)).toEqual([...KINDS, 'ApiKey', 'AuditEntry'].sort())
})

test('there is nothing of an id that nothing has', async () => {
  expect(await service.get(`{ node(id: "${NOBODY}") { id ${FIELDS} } }`)).toEqual({ node: null })
})

test('what is no UUID is refused', async () => {
  const { errors } = await service.ask('{ node(id: "1") { id } }')
  expect(errors).toMatchObject([
    { message: 'id must be a UUID; "1" is none.', extensions: { code: 'BAD_USER_INPUT', argument: 'id' } },
  ])
})

test('an activity has the annotations that are selected of it, and no stage is looked at besides', async () => {
  const id = ids.Activity
  const selection = `id timeSplit { nvaSeconds } again: nvaSummary { user { name } } ...Rest`
  const fragment = 'fragment Rest on Activity { annotations(stages: $stages) { __typename stage } }'
  const variables = { id, stages: ['time_split', 'waste_trend'] }
  const { node, activity } = await service.get(
    `query ($id: ID!, $stages: [String!]) {
      node(id: $id) { ... on User { name } ... on Activity { ${selection} } }
      activity(id: $id) { ${selection} }
    } ${fragment}`,
    variables,
  )
  expect(node).toEqual(activity)
  expect(node.annotations).toHaveLength(2)
  await service.get('mutation { discardAnnotations(stage: "time_split") }')
  const receipt = await service.receipt(`{ node(id: "${id}") { ... on Activity { timeSplit { nvaSeconds } } } }`)
  expect(receipt).toMatchObject({ checked: 1, recomputed: 1 })
  expect(await service.receipt(`{ node(id: "${id}") { id ... on User { name } } }`)).toBeUndefined()
})

test('what is behind an id is counted as if it were the dearest that it can be', async () => {
  const narrow = await testService({ url: service.url, limits: { MAX_QUERY_PERSON_PERIODS: 1 } })
  const ofActivity = 'node(id: $id) { ... on Activity { timeSplit { nvaSeconds } } }'
  expect(await narrow.get(`query ($id: ID!) { ${ofActivity} }`, { id: ids.Activity })).toMatchObject({ node: {} })
  for (const dear of ['... on Activity { annotations { stage } }', '... on Sprint { summaries { stage } }']) {
    const { errors } = await narrow.ask(`query ($id: ID!) { node(id: $id) { id ${dear} } }`, { id: ids.User })
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_QUERY_PERSON_PERIODS' } }])
  }
  await narrow.stop()
})
