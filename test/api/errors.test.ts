import { refusal, statusOf } from '../../src/api/errors.ts'
import { BadRequestError, BusyError, CancelledError, UnavailableError } from '../../src/model/errors.ts'
import { LimitError } from '../../src/model/limits.ts'
import { stageOf } from '../../src/stages/stage-graph.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

const UNKNOWN = '01938d5e-0000-7000-8000-000000000000'

let service: TestService

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
  await ingest(service, [row(1)])
})

afterAll(() => service.stop())

test.each([
  ['first', '{ activities(first: 1001) { totalCount } }', /first must not be greater than 1000/],
  ['first', '{ users(first: -1) { totalCount } }', /first must not be less than 0/],
  ['last', '{ activities(first: 1, last: 1) { totalCount } }', /not both/],
  ['after', '{ activities(after: "nonsense") { nodes { id } } }', /"nonsense"/],
  ['before', '{ activities(last: 1, before: "WyJ1c2VycyIsIkFubiJd") { nodes { id } } }', /cursor out of this list/],
  ['from', '{ nvaSummary(from: "2026-13-01", to: "2026-12-31") { totalSum } }', /"2026-13-01".*"2026-03-02"/],
  ['to', '{ wasteTrends(from: "2026-01-01", to: 7) { flagged } }', /ISO 8601/],
  ['from', '{ activities(filter: { from: "soon" }) { totalCount } }', /"soon"/],
  ['from', '{ nvaSummary(from: "2026-03-02", to: "2026-03-01") { totalSum } }', /2026-03-02.*2026-03-01/],
  ['from', '{ activities(filter: { from: "2026-03-02", to: "2026-03-01" }) { totalCount } }', /must not come after/],
  ['userIds', '{ nvaSummary(from: "2026-03-02", to: "2026-03-02", userIds: ["ann"]) { totalSum } }', /"ann"/],
  [
    'userIds',
    `{ wasteTrends(from: "2026-03-02", to: "2026-03-02", userIds: ["${UNKNOWN}"]) { flagged } }`,
    new RegExp(UNKNOWN),
  ],
  ['userIds', `{ activities(filter: { userIds: ["${UNKNOWN}"] }) { totalCount } }`, new RegExp(UNKNOWN)],
  ['id', '{ activity(id: "1") { id } }', /UUID; "1"/],
  ['source', '{ activities(filter: { source: "jira" }) { totalCount } }', /"jira".*"timesheets"/],
  ['source', '{ quarantine(filter: { source: "jira" }) { totalCount } }', /"jira"/],
  ['source', 'mutation { deleteActivities(source: "jira", externalIds: ["1"]) }', /"jira"/],
  ['name', 'mutation { syncSource(name: "jira") { id } }', /"jira"/],
  ['name', 'mutation { syncSource(name: "timesheets") { id } }', /SOURCE_TIMESHEETS_URL/],
  ['stages', '{ activities { nodes { annotations(stages: ["guess"]) { stage } } } }', /"guess".*time_split/],
  ['stage', 'mutation { discardAnnotations(stage: "guess") }', /"guess".*time_split/],
  ['ids', `mutation { replayQuarantine(ids: ["${UNKNOWN}"]) { id } }`, new RegExp(UNKNOWN)],
  ['ids', 'mutation { replayQuarantine(ids: []) { id } }', /at least one/],
  ['reason', `mutation { discardQuarantine(ids: ["${UNKNOWN}"], reason: " ") { id } }`, /reason/],
  [
    'name',
    'mutation { upsertUsers(input: [{ source: "timesheets", externalId: "u", name: "" }]) { id } }',
    /name must not be blank/,
  ],
  ['source', 'mutation { upsertUsers(input: [{ source: "jira", externalId: "u", name: "U" }]) { id } }', /"jira"/],
  [
    'endDate',
    'mutation { upsertSprints(input: [{ name: "S", startDate: "2026-03-02", endDate: "2026-03-01" }]) { id } }',
    /"S"/,
  ],
  [
    'endDate',
    'mutation { upsertSprints(input: [{ name: "S", startDate: "2026-03-02", endDate: "2027-03-03" }]) { id } }',
    /at most 366 days/,
  ],
  [
    'endDate',
    'mutation { upsertSprints(input: [{ name: "S", startDate: "1800-03-02", endDate: "1800-03-03" }]) { id } }',
    /1900-01-01/,
  ],
  [
    'input',
    'mutation { upsertSprints(input: [{ name: "S", startDate: "2026-03-02", endDate: "2026-03-02" }, { name: "S", startDate: "2026-03-02", endDate: "2026-03-02" }]) { id } }',
    /"S" is there twice/,
  ],
])('a wrong %s is named: %s', async (argument, query, message) => {
  const { errors } = await service.ask(query)
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument } }])
  expect(errors?.[0]?.message).toMatch(message)
  expect(JSON.stringify(errors)).not.toMatch(/stacktrace|node_modules|\.ts:/)
})

test.each([
  ['activities', '["DATE_DESC"]'],
  ['activities', '["DATE_DESC","soon","01938d5e-0000-7000-8000-000000000000"]'],
  ['activities', '["DATE_DESC","2026-03-02","me"]'],
  ['activities', '["DATE_DESC",7,"01938d5e-0000-7000-8000-000000000000"]'],
  ['users', '["users","Ann","me"]'],
  ['ingestBatches', '["batches","me"]'],
  ['quarantine', '["quarantine",1]'],
])('a cursor of %s that was made up is named: %s', async (list, place) => {
  const after = Buffer.from(place).toString('base64url')
  const { errors } = await service.ask(`query ($after: String) { ${list}(after: $after) { totalCount } }`, { after })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'after' } }])
})

test('a wrong variable is named', async () => {
  const { errors } = await service.ask('query ($day: Date!) { nvaSummary(from: $day, to: $day) { totalSum } }', {
    day: 'x',
  })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'day' } }])
})

test.each([
  [new BadRequestError('no'), 400],
  [new LimitError('MAX_BODY_BYTES', { message: 'no', allowed: 1, status: 413 }), 413],
  [new LimitError('MAX_QUERY_SECONDS', { message: 'no', allowed: 1, status: 503 }), 503],
  [new CancelledError('no'), 503],
  [new BusyError('no'), 503],
  [new UnavailableError('no'), 503],
])(
  '%s before a query has begun has the status that it has within one, and is no failure of the service',
  (error, status) => {
    const failures: unknown[] = []
    const { errors } = refusal(error, (failure) => failures.push(failure))
    expect(statusOf(error)).toBe(status)
    expect(errors).toMatchObject([{ message: error.message, extensions: { code: error.code } }])
    expect(failures).toEqual([])
  },
)

test('a failure of the service says nothing but that, and is logged', async () => {
  await service.database.sql('ALTER TABLE nva_summary RENAME TO lost')
  const { errors } = await service.ask('{ nvaSummary(from: "2026-03-02", to: "2026-03-02") { totalSum } }')
  await service.database.sql('ALTER TABLE lost RENAME TO nva_summary')
  expect(errors).toEqual([
    expect.objectContaining({
      message: 'The service failed to answer this; its log says why.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.stringMatching(/^[\w.-]{36}$/) },
    }),
  ])
  const requestId = errors?.[0]?.extensions.requestId
  expect(service.logged).toContainEqual(
    expect.objectContaining({
      msg: 'a query failed',
      requestId,
      err: expect.objectContaining({ message: expect.stringContaining('nva_summary') }),
    }),
  )
})

test.each([
  ['user', `user(id: "${UNKNOWN}") { name }`, 'app_user'],
  ['activity', `activity(id: "${UNKNOWN}") { date }`, 'activity'],
  ['ingestBatch', `ingestBatch(id: "${UNKNOWN}") { source }`, 'ingest_batch'],
  ['users', 'users { nodes { name } }', 'app_user'],
  ['stereotypes', 'stereotypes { code }', 'stereotype'],
  ['sprints', 'sprints { name }', 'sprint'],
  ['quarantine', 'quarantine { totalCount }', 'quarantined_row'],
  ['ingestBatches', 'ingestBatches { nodes { rejections { totalCount } } }', 'rejection'],
  ['stages', 'stages { counts { fresh } }', 'slice'],
])('where the database fails, %s is an error and not an answer', async (field, query, table) => {
  await service.database.sql(`ALTER TABLE ${table} RENAME TO lost`)
  const { errors } = await service.ask(`{ ${query} }`)
  await service.database.sql(`ALTER TABLE lost RENAME TO ${table}`)
  expect(errors?.[0]).toMatchObject({
    path: expect.arrayContaining([field]),
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  })
})

test.each(['user', 'activity', 'ingestBatch'])('%s is null where there is none', async (field) => {
  expect(await service.get(`{ ${field}(id: "${UNKNOWN}") { id } }`)).toEqual({ [field]: null })
})

test('a stage that fails is named, with the user and the period, and is logged', async () => {
  const stage = stageOf(service.freshness.graph, 'time_split')
  const { annotate } = stage.definition
  stage.definition = {
    ...stage.definition,
    annotate: (tables) => annotate(tables).derive({ nva_seconds: () => 3e9 }),
  }
  await ingest(service, [row(1, { duration_seconds: 60 })])
  const { errors } = await service.ask('{ nvaSummary(from: "2026-03-02", to: "2026-03-02") { totalSum } }')
  const message = expect.stringMatching(
    /^The output of stage "time_split", version 1, has 3000000000 in "nva_seconds" \(integer\) of .* 2026-03-02 \(row 0\)\.$/,
  )
  expect(errors).toEqual([expect.objectContaining({ message, extensions: { code: 'STAGE_INVALID' } })])
  expect(service.logged).toContainEqual(
    expect.objectContaining({ msg: 'a query failed', err: expect.objectContaining({ message }) }),
  )
})
