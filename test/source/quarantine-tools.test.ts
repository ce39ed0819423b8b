import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, CODING, ingest, row } from '../support/timesheet-rows.ts'

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
})

afterEach(() => service.stop())

const SUMMARY = `query ($source: String, $days: Int! = 30) {
  quarantineSummary(source: $source, days: $days) { source code field open released discarded message days { count } }
}`
const summary = async (variables: object = {}) => (await service.get(SUMMARY, variables)).quarantineSummary

const PREVIEW = `mutation ($filter: QuarantineSelectionInput!) {
  previewReplay(filter: $filter) {
    received inserted updated unchanged quarantined superseded stay { code count } activities vaSeconds nvaSeconds
  }
}`
const REPLAY = `mutation ($filter: QuarantineSelectionInput!) {
  replayQuarantineWhere(filter: $filter) { received inserted updated unchanged quarantined superseded }
}`
const DISCARD = `mutation ($filter: QuarantineSelectionInput!, $reason: String!) { discardQuarantineWhere(filter: $filter, reason: $reason) }`
const REOPEN = 'mutation ($ids: [ID!]!) { reopenQuarantine(ids: $ids) { externalId status reason } }'

/** Everything that a preview must leave alone. */
async function everything(): Promise<unknown> {
  const tables = ['activity', 'slice', 'ingest_batch', 'quarantined_row', 'rejection', 'source_cursor']
  return Promise.all(tables.map((table) => service.database.sql(`SELECT * FROM ${table} t ORDER BY t::text`)))
}

/** As a database does whose durations were in minutes: what was refused is good now. */
async function mend(externalId: string, seconds: number): Promise<void> {
  await service.database.sql(
    `UPDATE quarantined_row SET row = replace(row, '"duration_seconds":-1', $2) WHERE external_id = $1`,
    [externalId, `"duration_seconds":${seconds}`],
  )
}

test('the summary says what is wrong, with how many, and since when', async () => {
  await ingest(service, [
    row(1, { duration_seconds: -1 }),
    row(2, { duration_seconds: -2, activity_date: 'soon' }),
    row(3, { user_id: 'nobody' }),
  ])
  await service.database.sql(
    `UPDATE quarantined_row SET first_seen_at = now() - interval '40 days' WHERE external_id = '1'`,
  )
  await service.get(DISCARD, { filter: { source: 'timesheets', code: 'UNKNOWN_USER' }, reason: 'an intern' })
  expect(await summary()).toEqual([
    {
      source: 'timesheets',
      code: 'DURATION_OUT_OF_RANGE',
      field: 'duration_seconds',
      open: 2,
      released: 0,
      discarded: 0,
      message: expect.stringContaining('duration_seconds must be a whole number of seconds'),
      days: [{ count: 1 }],
    },
    expect.objectContaining({ code: 'INVALID_DATE', field: 'activity_date', open: 1, days: [{ count: 1 }] }),
    expect.objectContaining({ code: 'UNKNOWN_USER', field: 'user_id', open: 0, discarded: 1 }),
  ])
  expect((await summary({ days: 60 }))[0].days).toEqual([{ count: 1 }, { count: 1 }])
  expect(await summary({ source: 'redmine' })).toEqual([])
})

test('a preview says what a replay would do to the numbers, and changes nothing', async () => {
  await ingest(service, [row('old', { duration_seconds: 100, value_type: 'VA' })])
  await ingest(service, [
    row('old', { duration_seconds: -1, value_type: 'NVA' }),
    row('new', { duration_seconds: -1, stereotype_id: CODING, value_type: 'VA' }),
    row('bad', { duration_seconds: -1, user_id: 'nobody' }),
    row('other', { user_id: 'nobody' }),
  ])
  await mend('old', 40)
  await mend('new', 50)
  const before = await everything()
  const filter = { source: 'timesheets', code: 'DURATION_OUT_OF_RANGE', field: 'duration_seconds' }
  expect((await service.get(PREVIEW, { filter })).previewReplay).toEqual({
    received: 3,
    inserted: 1,
    updated: 1,
    unchanged: 0,
    quarantined: 1,
    superseded: 0,
    stay: [
      { code: 'DURATION_OUT_OF_RANGE', count: 1 },
      { code: 'UNKNOWN_USER', count: 1 },
    ],
    activities: 1,
    vaSeconds: -50,
    nvaSeconds: 40,
  })
  expect(await everything()).toEqual(before)
  expect((await service.get(REPLAY, { filter })).replayQuarantineWhere).toMatchObject({
    received: 3,
    inserted: 1,
    updated: 1,
    quarantined: 1,
  })
  const { nvaSummary } = await service.get(
    '{ nvaSummary(from: "2026-03-01", to: "2026-03-31") { vaSecondsSum nvaSecondsSum } }',
  )
  expect(nvaSummary).toEqual([{ vaSecondsSum: 50, nvaSecondsSum: 40 }])
})

test('rows are selected by all that is given', async () => {
  const first = await ingest(service, [row(1, { duration_seconds: -1 }), row(2, { activity_date: 'x' })])
  await ingest(service, [row(3, { duration_seconds: -1 })])
  const { ingestBatches } = await service.get('{ ingestBatches { nodes { id } } }')
  const oldest = ingestBatches.nodes.at(-1).id
  const discard = async (filter: object) =>
    (await service.get(DISCARD, { filter: { source: 'timesheets', ...filter }, reason: 'x' })).discardQuarantineWhere
  expect(first).toBeDefined()
  expect(await discard({ seenBefore: '2020-01-01T00:00:00Z' })).toBe(0)
  expect(await discard({ code: 'INVALID_DATE', field: 'duration_seconds' })).toBe(0)
  expect(await discard({ batchId: oldest, field: 'duration_seconds' })).toBe(1)
  expect(await discard({ seenFrom: '2020-01-01T00:00:00Z' })).toBe(2)
})

test('a preview of some rows is of no others, and only of those that are like that', async () => {
  await ingest(service, [1, 2, 3].map((id) => row(id, { duration_seconds: -1 })).concat(row(4, { activity_date: 'x' })))
  const { quarantine } = await service.get('{ quarantine { nodes { id } } }')
  const [, second, third, fourth] = quarantine.nodes.map(({ id }: { id: string }) => id)
  const ids = [second, third.toUpperCase(), fourth]
  const preview = async (filter: object) =>
    (await service.get(PREVIEW, { filter: { source: 'timesheets', ...filter } })).previewReplay.received
  expect(await preview({ ids })).toBe(3)
  expect(await preview({ ids, code: 'DURATION_OUT_OF_RANGE' })).toBe(2)
})

test('rows are listed by what is wrong with a column: kind and column are of one problem', async () => {
  await ingest(service, [
    row(1, { duration_seconds: -1 }),
    row(2, { duration_seconds: -1, activity_date: 'x' }),
    row(3, { activity_date: 'x' }),
  ])
  const { ingestBatches } = await service.get('{ ingestBatches { nodes { id } } }')
  const keys = async (filter: object) => {
    const list = 'query ($filter: QuarantineFilter) { quarantine(filter: $filter) { totalCount nodes { externalId } } }'
    const { quarantine } = await service.get(list, { filter })
    expect(quarantine.totalCount).toBe(quarantine.nodes.length)
    return quarantine.nodes.map(({ externalId }: { externalId: string }) => externalId)
  }
  expect(await keys({ field: 'activity_date' })).toEqual(['2', '3'])
  expect(await keys({ field: 'activity_date', code: 'INVALID_DATE' })).toEqual(['2', '3'])
  expect(await keys({ field: 'activity_date', code: 'DURATION_OUT_OF_RANGE' })).toEqual([])
  expect(await keys({ field: '\ud800' })).toEqual([])
  expect(await keys({ field: 'duration_seconds', batchId: ingestBatches.nodes[0].id })).toEqual(['1', '2'])
})

test('a discard is undone: the rows wait again, and can be replayed', async () => {
  await ingest(service, [row(1, { user_id: 'late' })])
  const filter = { source: 'timesheets', code: 'UNKNOWN_USER' }
  await service.get(DISCARD, { filter, reason: 'a mistake' })
  await service.get(
    'mutation { upsertUsers(input: [{ source: "timesheets", externalId: "late", name: "Late" }]) { id } }',
  )
  const { quarantine } = await service.get('{ quarantine { nodes { id } } }')
  const ids = quarantine.nodes.map(({ id }: { id: string }) => id)
  expect((await service.get(REOPEN, { ids })).reopenQuarantine).toEqual([
    { externalId: '1', status: 'OPEN', reason: null },
  ])
  expect((await service.get(REPLAY, { filter })).replayQuarantineWhere).toMatchObject({ inserted: 1, quarantined: 0 })
})

test.each([
  ['a source that there is not', PREVIEW, { filter: { source: 'nowhere' } }, /^Unknown source "nowhere"/],
  [
    'a selection of nothing',
    REPLAY,
    { filter: { source: 'timesheets' } },
    /^No OPEN quarantined row of source "timesheets" is like that/,
  ],
  ['a reason of blanks', DISCARD, { filter: { source: 'timesheets' }, reason: ' ' }, /^reason must not be blank/],
  [
    'a batch that is no id',
    PREVIEW,
    { filter: { source: 'timesheets', batchId: "'; DROP TABLE activity" } },
    /batchId/,
  ],
  ['a row that is no id', PREVIEW, { filter: { source: 'timesheets', ids: ['nonsense'] } }, /^ids must be a UUID/],
  ['days of none', SUMMARY, { days: 0 }, /^days must be from 1 to 366/],
  ['ids of none', REOPEN, { ids: [] }, /^ids must name at least one/],
])('%s is refused', async (_, query, variables, message) => {
  const { errors } = await service.ask(query, variables)
  expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }])
})

test('only what was discarded is reopened', async () => {
  await ingest(service, [row(1, { user_id: ANN, duration_seconds: -1 })])
  const { quarantine } = await service.get('{ quarantine { nodes { id } } }')
  const { errors } = await service.ask(REOPEN, { ids: [quarantine.nodes[0].id] })
  expect(errors?.[0]?.message).toMatch(/ is OPEN; only a DISCARDED one can be reopened\.$/)
})

test('a column that no source can have is refused, not looked for', async () => {
  const { errors } = await service.ask(
    'query ($field: String) { quarantine(filter: { field: $field }) { totalCount } }',
    {
      field: 'a\0',
    },
  )
  expect(errors).toMatchObject([
    { message: 'A text must not hold the character NUL.', extensions: { code: 'BAD_USER_INPUT' } },
  ])
})
