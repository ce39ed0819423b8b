import { createKey } from '../../src/auth/new-key.ts'
import { Role } from '../../src/model/caller.ts'
import { timesheets } from '../../src/source/adapters/timesheets.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const LOG =
  '{ auditLog(first: 50) { totalCount nodes { callerName callerId role requestId action details outcome result } } }'

let service: TestService
let admin: { id: string; secret: string }
let people: Record<string, string>

beforeEach(async () => {
  service = await testService({ auth: {}, sources: [{ name: 'timesheets', adapter: timesheets.name }] })
  const request = { name: 'Ada', role: Role.ADMIN }
  const { key, secret } = await createKey(service.database, request, { by: 'the test', sourceNames: [] })
  admin = { id: key.id, secret }
  people = await addPeople({ get: async (query, variables) => (await service.askAs(secret, query, variables)).data })
  await service.database.transaction((sql) => sql('DELETE FROM audit_entry'))
})

afterEach(() => service.stop())

const change = (query: string, variables?: object) => service.askAs(admin.secret, query, variables)

async function entries() {
  return (await change(LOG)).data.auditLog.nodes
}

test('what is sent in is written down with who sent it and what came of it, and not what it holds', async () => {
  const asAdmin = { get: async (query: string, variables?: object) => (await change(query, variables)).data }
  const report = await ingest(asAdmin, [row(1), row(2, { user_id: 'u-secret' })], 'key-1')
  const [entry] = await entries()
  expect(entry).toEqual({
    callerName: 'Ada',
    callerId: admin.id,
    role: 'admin',
    requestId: expect.stringMatching(/.+/),
    action: 'ingestActivities',
    details: { source: 'timesheets', idempotencyKey: 'key-1', rows: 2 },
    outcome: 'DONE',
    result: expect.objectContaining({ id: report.id, received: 2, inserted: 1, quarantined: 1 }),
  })
  expect(JSON.stringify(entry)).not.toContain('secret')
})

test('who was erased is not in it, by id or by name', async () => {
  const id = people[ANN]
  const { data } = await change('mutation ($id: ID!) { eraseUser(id: $id, reason: "asked for") { id pseudonym } }', {
    id,
  })
  const [entry] = await entries()
  expect(entry).toMatchObject({
    action: 'eraseUser',
    details: { reason: 'asked for' },
    outcome: 'DONE',
    result: { id: data.eraseUser.id, pseudonym: data.eraseUser.pseudonym },
  })
  expect(JSON.stringify(entry)).not.toMatch(new RegExp(`${id}|Ann`))
})

test('what an argument holds that can’t be kept is no reason to refuse it in another way', async () => {
  const { errors } = await change(
    'mutation ($r: String!) { dropDeadLetters(ids: ["01938d5e-0000-7000-8000-0000000000ff"], reason: $r) }',
    { r: 'why\0' },
  )
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'reason' } }])
  expect((await entries())[0]).toMatchObject({ details: { reason: 'why\uFFFD' }, outcome: 'BAD_USER_INPUT' })
})

test('what failed is there with the code of its error, and what was refused beforehand is not', async () => {
  await change('mutation { discardQuarantine(ids: ["01938d5e-0000-7000-8000-0000000000ff"], reason: "none") { id } }')
  await change('mutation { promoteStage(stage: "nothing", version: 9) { stage } }')
  await change('mutation { nothing }')
  expect(
    (await entries()).map(({ action, outcome }: { action: string; outcome: string }) => [action, outcome]),
  ).toEqual([
    ['promoteStage', 'BAD_USER_INPUT'],
    ['discardQuarantine', 'BAD_USER_INPUT'],
  ])
})

test('a key that is made is there by its id, without its secret', async () => {
  const { data } = await change('mutation { createApiKey(name: "a script", role: INGESTER) { secret key { id } } }')
  const { secret, key } = data.createApiKey
  const [entry] = await entries()
  expect(entry).toMatchObject({
    action: 'createApiKey',
    details: { name: 'a script', role: 'ingester' },
    result: { id: key.id },
  })
  expect(JSON.stringify(entry)).not.toContain(secret)
})

test('of long texts the beginning is kept, so that nobody fills the log up', async () => {
  const long = 'x'.repeat(100_000)
  await change(
    'mutation ($s: String!) { ingestActivities(input: { source: $s, idempotencyKey: $s, rows: [] }) { id } }',
    { s: long },
  )
  await change('mutation ($ids: [ID!]!) { deleteUsers(ids: $ids) }', { ids: Array(60).fill(long) })
  const kept = (await entries()).map(({ details }: { details: object }) => JSON.stringify(details).length)
  expect(kept).toHaveLength(2)
  expect(Math.max(...kept)).toBeLessThan(150_000)
})

test.each(['a half \ud800', `${'x'.repeat(1_999)}\u{1f600}`])(
  'a text that could not be kept as it is is no failure',
  async (source) => {
    const query = 'mutation ($s: String!) { ingestActivities(input: { source: $s, rows: [] }) { id } }'
    const { errors } = await change(query, { s: source })
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    expect(await outcomes()).toEqual(['BAD_USER_INPUT'])
  },
)

test('what is begun is there before it is done, so that a process that ends hides nothing', async () => {
  let asked: Promise<unknown> = Promise.resolve()
  await service.database.transaction(async (sql) => {
    // Nobody writes users meanwhile.
    await sql('LOCK TABLE app_user IN ACCESS EXCLUSIVE MODE')
    asked = change('mutation { upsertUsers(input: [{ source: "timesheets", externalId: "x", name: "X" }]) { id } }')
    await until(async () => (await outcomes()).length > 0)
    expect(await outcomes()).toEqual([null])
  })
  await asked
  expect(await outcomes()).toEqual(['DONE'])
})

async function outcomes(): Promise<(string | null)[]> {
  const rows = await service.database.sql<{ outcome: string | null }>('SELECT outcome FROM audit_entry')
  return rows.map(({ outcome }) => outcome)
}

test('where it can’t be written down nothing is done', async () => {
  await service.database.transaction((sql) => sql('ALTER TABLE audit_entry RENAME TO gone'))
  const answer = await change(
    'mutation { upsertUsers(input: [{ source: "timesheets", externalId: "x", name: "X" }]) { id } }',
  )
  await service.database.transaction((sql) => sql('ALTER TABLE gone RENAME TO audit_entry'))
  expect(answer.errors).toHaveLength(1)
  expect(await service.database.sql(`SELECT name FROM app_user WHERE external_id = 'x'`)).toEqual([])
})

test('it is asked for by what was done, by whom and since when, page by page', async () => {
  for (const name of ['One', 'Two'])
    await change('mutation ($n: String!) { upsertTeams(input: [{ name: $n }]) { id } }', { n: name })
  await change('mutation { upsertUsers(input: [{ source: "timesheets", externalId: "x", name: "X" }]) { id } }')
  const page = async (args: string) => {
    const { data } = await change(
      `{ auditLog(${args}) { totalCount nodes { action } pageInfo { endCursor hasNextPage } } }`,
    )
    return data.auditLog
  }
  expect(await page('first: 5, action: "upsertTeams"')).toMatchObject({ totalCount: 2, nodes: [{}, {}] })
  expect(await page(`first: 5, callerId: "${admin.id}"`)).toMatchObject({ totalCount: 3 })
  expect(await page('first: 5, callerId: "somebody else"')).toMatchObject({ totalCount: 0 })
  expect(await page('first: 5, since: "2999-01-01T00:00:00Z"')).toMatchObject({ totalCount: 0 })
  const { nodes, pageInfo } = await page('first: 2')
  expect(nodes).toEqual([{ action: 'upsertUsers' }, { action: 'upsertTeams' }])
  expect(await page(`first: 2, after: "${pageInfo.endCursor}"`)).toMatchObject({ nodes: [{ action: 'upsertTeams' }] })
})
