import { randomBytes } from 'node:crypto'
import type { Events } from '../../src/model/messages.ts'
import { onDatabase, waitingForLocks } from '../support/databases.ts'
import { type Answer, type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const INGEST = `mutation ($input: IngestActivitiesInput!) {
  ingestActivities(input: $input) {
    id source received inserted updated unchanged quarantined superseded
    rejections { totalCount nodes { id batchId rowIndex externalId row status attempts problems { code field message } } }
  }
}`
const QUARANTINE = `query ($filter: QuarantineFilter) {
  quarantine(filter: $filter) {
    nodes { id batchId rowIndex externalId row status reason attempts problems { code field message } }
  }
}`
const REPLAY = `mutation ($ids: [ID!]!) {
  replayQuarantine(ids: $ids) { id source received inserted updated unchanged quarantined superseded }
}`
const DISCARD = `mutation ($ids: [ID!]!, $reason: String!) {
  discardQuarantine(ids: $ids, reason: $reason) { id status reason attempts row }
}`
const CACHE = 'activity, slice, ingest_batch, quarantined_row, rejection, source_cursor, app_user, stereotype'

let service: TestService

beforeAll(async () => {
  // A second source beside `timesheets`. Nobody pulls it.
  service = await testService({
    quarantineLimit: 100,
    sources: [{ name: 'plant_2', adapter: 'timesheets', url: 'postgres://127.0.0.1:1/x' }],
  })
})

beforeEach(async () => {
  await service.dispatcher.idle()
  await service.database.sql(`TRUNCATE ${CACHE}, time_split, nva_summary, waste_trend, sprint_summary`)
  await addPeople(service)
  service.logged.length = 0
})

afterAll(() => service.stop())

function send(rows: readonly unknown[], source = 'timesheets', idempotencyKey?: string): Promise<Answer> {
  return service.ask(INGEST, { input: { source, rows, idempotencyKey } })
}

async function report(rows: readonly unknown[], idempotencyKey?: string): Promise<Answer['data']> {
  return (await service.get(INGEST, { input: { source: 'timesheets', rows, idempotencyKey } })).ingestActivities
}

async function quarantine(filter: object = {}): Promise<Answer['data'][]> {
  return (await service.get(QUARANTINE, { filter })).quarantine.nodes
}

async function addUser(externalId: string, source = 'timesheets'): Promise<void> {
  await service.get('mutation ($user: UserInput!) { upsertUsers(input: [$user]) { id } }', {
    user: { source, externalId, name: externalId },
  })
}

/** A user whom the service didn't see arrive: what waits for them is left as it is. */
async function addUserUnseen(externalId: string): Promise<void> {
  await service.database.sql(
    `INSERT INTO app_user (id, source, external_id, name) VALUES (gen_random_uuid(), 'timesheets', $1, $1)`,
    [externalId],
  )
}

/** What the cache holds, as `id user date seconds`. */
async function activities(): Promise<string[]> {
  const rows = await service.database.sql<{ line: string }>(
    `SELECT concat_ws(' ', a.external_id, u.external_id, a.date, a.duration_seconds) AS line
     FROM activity a JOIN app_user u ON u.id = a.user_id ORDER BY a.external_id`,
  )
  return rows.map(({ line }) => line)
}

/** How many rows there are of what an ingest writes. */
async function written(): Promise<number[]> {
  const [counts] = await service.database.sql<{ counts: number[] }>(
    `SELECT ARRAY[(SELECT count(*) FROM ingest_batch), (SELECT count(*) FROM activity), (SELECT count(*) FROM slice),
       (SELECT count(*) FROM quarantined_row), (SELECT count(*) FROM rejection)]::integer[] AS counts`,
  )
  return counts?.counts ?? []
}

describe('a refused row', () => {
  test.each<[code: string, field: string, bad: object, message: RegExp]>([
    ['MISSING_FIELD', 'user_id', { user_id: null }, /is missing/],
    ['INVALID_TYPE', 'duration_seconds', { duration_seconds: '60' }, /whole number of seconds from 0 to 86400/],
    ['INVALID_TEXT', 'id', { id: 'a\u0007' }, /control characters/],
    ['INVALID_DATE', 'activity_date', { activity_date: '2026-02-30' }, /ISO date/],
    ['DURATION_OUT_OF_RANGE', 'duration_seconds', { duration_seconds: -1 }, /0 to 86400/],
    ['UNKNOWN_VALUE_TYPE', 'value_type', { value_type: 'WASTE' }, /"VA" or "NVA"/],
    ['UNKNOWN_STEREOTYPE', 'stereotype_id', { stereotype_id: 's-gone' }, /"s-gone" is no known stereotype/],
    ['UNKNOWN_USER', 'user_id', { user_id: 'u-gone' }, /"u-gone" is no known user/],
  ])('%s is quarantined for its %s, and the others of its batch are stored', async (code, field, bad, message) => {
    const { rejections, ...counts } = await report([row('good'), row('bad', bad), row('fine')])
    expect(counts).toMatchObject({ received: 3, inserted: 2, updated: 0, unchanged: 0, quarantined: 1 })
    expect(rejections.nodes).toMatchObject([{ rowIndex: 1, status: 'OPEN', attempts: 1, problems: [{ code, field }] }])
    expect(rejections.nodes[0].problems[0].message).toMatch(message)
    expect(await activities()).toEqual(['fine u-ann 2026-03-02 3600', 'good u-ann 2026-03-02 3600'])
  })

  test('lists everything that is wrong with it', async () => {
    const { rejections } = await report([
      row('1', { user_id: 'u-gone', stereotype_id: 's-gone' }),
      row('2', { user_id: 'u-gone', stereotype_id: null, duration_seconds: -1 }),
      row('3', { user_id: true, stereotype_id: 's-gone', value_type: 'X' }),
    ])
    const codes = rejections.nodes.map(({ problems }: Answer['data']) =>
      problems.map(({ code }: Answer['data']) => code),
    )
    expect(codes).toEqual([
      ['UNKNOWN_STEREOTYPE', 'UNKNOWN_USER'],
      ['DURATION_OUT_OF_RANGE', 'MISSING_FIELD', 'UNKNOWN_USER'],
      ['UNKNOWN_VALUE_TYPE', 'INVALID_TYPE', 'UNKNOWN_STEREOTYPE'],
    ])
  })

  test('is found by its own id, where it has a usable one', async () => {
    const bad = { duration_seconds: -1 }
    const rows = [row(17, bad), row('a', bad), row('', bad), row(null, bad), row(1.5, bad), row('\u0000', bad)]
    const { rejections } = await report(rows)
    expect(rejections.nodes.map((node: { externalId: string | null }) => node.externalId)).toEqual([
      '17',
      'a',
      null,
      null,
      null,
      null,
    ])
  })

  test.each<[string, object]>([
    ['nested JSON', { note: { by: ['Ann', { deep: [1, 2.5, null, true] }] } }],
    ['NUL escapes', { note: 'a\u0000b', list: ['\u0000'] }],
    ['lone surrogates', { note: '\ud800', other: '\udc00x' }],
    ['quotes, backslashes and line ends', { note: `\\"'\n\r\u2028$1{}` }],
    ['huge and tiny numbers', { large: 1e300, small: 5e-324, zero: 0 }],
    ['odd names', { '': 1, 'a b': 2, 'ä\u0000': 3, ':counters': 4 }],
  ])('stays whole: %s', async (_, extra) => {
    const bad = { ...row('1', { duration_seconds: -1 }), ...extra }
    await report([bad])
    expect((await quarantine())[0].row).toEqual(bad)
  })

  test('stays whole: names that JavaScript has for itself', async () => {
    const odd = '{ "__proto__": { "a": 1 }, "constructor": { "prototype": { "b": 2 } }, "hasOwnProperty": 3 }'
    const bad = { ...row('1', { duration_seconds: -1 }), note: JSON.parse(odd) }
    const { data } = await send([row('good'), bad])
    expect(data?.ingestActivities).toMatchObject({ inserted: 1, quarantined: 1 })
    expect(JSON.stringify((await quarantine())[0].row)).toBe(JSON.stringify(bad))
  })

  test('keeps the order of its keys', async () => {
    const { id, user_id, ...other } = row('1', { duration_seconds: -1 })
    const bad = { user_id, zebra: 1, id, apple: { z: 1, a: 2 }, ...other }
    await report([bad])
    expect(JSON.stringify((await quarantine())[0].row)).toBe(JSON.stringify(bad))
  })

  test('sinks no batch when its message has to be cut short', async () => {
    // Cut between the halves of a surrogate pair, whatever the length of what stands before it.
    const values = ['', 'a'].map((start) => `${start}${'😀'.repeat(40)}`)
    const { errors, data } = await send([row('good'), ...values.map((value) => row(value, { value_type: value }))])
    expect(errors).toBeUndefined()
    expect(data.ingestActivities).toMatchObject({ inserted: 1, quarantined: 2 })
  })
})

test('the counts of a batch add up', async () => {
  await ingest(service, [row(1), row(2), row(3)])
  const counts = await ingest(service, [
    row(1),
    row(2, { duration_seconds: 60 }),
    row(3),
    row(3),
    row(4),
    row(5, { user_id: 'u-gone' }),
    row(6, { user_id: 'u-gone', stereotype_id: 's-gone' }),
  ])
  expect(counts).toMatchObject({
    received: 7,
    inserted: 1,
    updated: 1,
    unchanged: 2,
    quarantined: 2,
    superseded: 1,
  })
})

test('rows that come again are unchanged, those that differ are updated', async () => {
  const rows = [row(1), row(2), row(3), row(4), row(5)]
  expect(await ingest(service, rows)).toMatchObject({ inserted: 5, updated: 0, unchanged: 0 })
  expect(await ingest(service, rows)).toMatchObject({ inserted: 0, updated: 0, unchanged: 5 })
  const edited = [
    row(1, { duration_seconds: 60 }),
    row(2, { activity_date: '2026-03-03' }),
    row(3, { user_id: BEN }),
    row(4, { value_type: 'VA', stereotype_id: CODING }),
    row(5),
  ]
  expect(await ingest(service, edited)).toMatchObject({ inserted: 0, updated: 4, unchanged: 1 })
  expect(await activities()).toEqual([
    '1 u-ann 2026-03-02 60',
    '2 u-ann 2026-03-03 3600',
    '3 u-ben 2026-03-02 3600',
    '4 u-ann 2026-03-02 3600',
    '5 u-ann 2026-03-02 3600',
  ])
})

test('an id is the same as text and as a number', async () => {
  await ingest(service, [row(7)])
  expect(await ingest(service, [row('7')])).toMatchObject({ unchanged: 1 })
})

describe('of rows with one id', () => {
  const rows = (...seconds: number[]) => seconds.map((duration_seconds) => row('1', { duration_seconds }))

  test.each<[when: string, seconds: number[], stored: number, counts: object]>([
    ['the last is stored', [10, 99, 20], 20, { inserted: 1, superseded: 2, quarantined: 0 }],
    ['equal ones are one', [10, 10], 10, { inserted: 1, superseded: 1, quarantined: 0 }],
    ['a bad one gives way to a later good one', [-1, 10], 10, { inserted: 1, superseded: 1, quarantined: 0 }],
    ['a bad one after a good one is quarantined', [10, -1], 10, { inserted: 1, superseded: 0, quarantined: 1 }],
    [
      'those before the last good one give way',
      [-1, 10, -2, 20, -3],
      20,
      { inserted: 1, superseded: 3, quarantined: 1 },
    ],
  ])('%s: %j', async (_, seconds, stored, counts) => {
    expect(await report(rows(...seconds))).toMatchObject({ received: seconds.length, ...counts })
    expect(await activities()).toEqual([`1 u-ann 2026-03-02 ${stored}`])
    expect((await quarantine()).map(({ row, status }) => [row.duration_seconds, status])).toEqual(
      'quarantined' in counts && counts.quarantined ? [[seconds.at(-1), 'OPEN']] : [],
    )
  })

  test('the same is stored wherever a batch ends', async () => {
    const seconds = [10, 99, -1, 20, 30]
    for (let cut = 0; cut <= seconds.length; cut++) {
      await service.database.sql('TRUNCATE activity, quarantined_row, rejection')
      for (const part of [seconds.slice(0, cut), seconds.slice(cut)]) if (part.length > 0) await report(rows(...part))
      expect([cut, await activities()]).toEqual([cut, ['1 u-ann 2026-03-02 30']])
      expect((await quarantine({ status: 'OPEN' })).length).toBe(0)
    }
  })
})

test('a key is the same with blanks around it, wherever it comes in', async () => {
  await addUser(' u-cid ')
  await report([row('  a  ', { user_id: 'u-cid   ', stereotype_id: `${MEETING} ` })])
  expect(await activities()).toEqual(['a u-cid 2026-03-02 3600'])
  expect(await report([row('a', { user_id: 'u-cid' })])).toMatchObject({ unchanged: 1 })
  const deleted = await service.get('mutation { deleteActivities(source: "timesheets", externalIds: [" a"]) }')
  expect(deleted).toEqual({ deleteActivities: 1 })
})

test('equal bad rows of one batch are all kept, and met again when the batch comes again', async () => {
  const bad = row('1', { duration_seconds: -1 })
  await report([bad, bad, row('2')])
  expect((await quarantine()).map(({ rowIndex, attempts }) => [rowIndex, attempts])).toEqual([
    [0, 1],
    [1, 1],
  ])
  const { rejections } = await report([bad, bad, row('2')])
  expect(rejections.totalCount).toBe(2)
  const again = await quarantine()
  expect(again.map(({ rowIndex, attempts }) => [rowIndex, attempts])).toEqual([
    [0, 2],
    [1, 2],
  ])
  await service.get(REPLAY, { ids: [again[1].id] })
  expect((await quarantine()).map(({ attempts }) => attempts)).toEqual([2, 3])
})

test('sources keep their ids, users and quarantined rows apart', async () => {
  await report([row('1'), row('2', { duration_seconds: -1 })])
  const { data } = await send([row('1'), row('2')], 'plant_2')
  expect(data.ingestActivities).toMatchObject({ source: 'plant_2', inserted: 0, quarantined: 2 })
  await service.get(
    'mutation ($user: UserInput!, $kind: StereotypeInput!) { upsertUsers(input: [$user]) { id } upsertStereotypes(input: [$kind]) { id } }',
    {
      user: { source: 'plant_2', externalId: ANN, name: 'Ann' },
      kind: { source: 'plant_2', externalId: MEETING, code: 'meeting', name: 'Meeting' },
    },
  )
  expect((await send([row('1'), row('2')], 'plant_2')).data.ingestActivities).toMatchObject({ unchanged: 2 })
  expect((await quarantine()).map(({ row, status }) => [row.duration_seconds, status])).toEqual([
    [-1, 'OPEN'],
    [3600, 'RELEASED'],
    [3600, 'RELEASED'],
  ])
})

describe('a batch is refused whole, and nothing is written,', () => {
  afterEach(async () => expect(await written()).toEqual([0, 0, 0, 0, 0]))

  test('where a column is absent from every row', async () => {
    const { activity_date: _, value_type: __, ...other } = row(1)
    const { errors } = await send([other, { ...other, id: 2 }])
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('no row has "activity_date", "value_type"'),
        extensions: {
          code: 'BAD_USER_INPUT',
          argument: 'rows',
          missingColumns: ['activity_date', 'value_type'],
        },
      },
    ])
  })

  test.each([
    ['no rows', [], 'rows must hold at least one row.'],
    [
      '10,001 rows',
      Array.from({ length: 10_001 }, (_, i) => row(i)),
      'rows may hold at most 10,000 entries, not 10,001.',
    ],
  ])('where there are %s', async (_, rows, message) => {
    const { errors } = await send(rows)
    expect(errors).toMatchObject([
      {
        message,
        extensions: { code: 'BAD_USER_INPUT', argument: 'rows' },
      },
    ])
  })

  test('where the source is unknown', async () => {
    const { errors } = await send([row(1)], 'nowhere')
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/^Unknown source "nowhere"; there is "timesheets", .*"plant_2"\.$/),
        extensions: { code: 'BAD_USER_INPUT', argument: 'source' },
      },
    ])
  })

  test.each([
    ['a text', 'row'],
    ['a list', [1]],
    ['null', null],
  ])('where %s stands for a row', async (_, value) => {
    const { errors } = await send([row(1), value])
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})

test('a column that one row has is not absent from the batch', async () => {
  const { value_type: _, ...other } = row(1)
  expect(await ingest(service, [other, row(2)])).toMatchObject({ inserted: 1, quarantined: 1 })
})

test('10,000 rows are taken at once', async () => {
  const rows = Array.from({ length: 10_000 }, (_, i) =>
    row(i, { user_id: i % 2 ? ANN : BEN, duration_seconds: i % 60 }),
  )
  expect(await ingest(service, rows)).toMatchObject({ received: 10_000, inserted: 10_000 })
})

test('batches that wait for each other leave connections for who reads', async () => {
  await onDatabase(service.url, async (client) => {
    await client.query(`INSERT INTO source_cursor (source) VALUES ('timesheets') ON CONFLICT DO NOTHING`)
    await client.query(`BEGIN; SELECT FROM source_cursor WHERE source = 'timesheets' FOR UPDATE`)
    const batches = Promise.all(Array.from({ length: 20 }, (_, id) => ingest(service, [row(id)])))
    await until(async () => (await waitingForLocks(client)) > 0)
    expect(await service.get('{ users { totalCount } }')).toEqual({ users: { totalCount: 2 } })
    expect(await waitingForLocks(client)).toBe(1)
    await client.query('COMMIT')
    await batches
  })
  expect(await service.get('{ activities { totalCount } }')).toEqual({ activities: { totalCount: 20 } })
})

describe('an idempotency key', () => {
  test('that comes again gets the first report, and nothing of its rows is applied', async () => {
    const first = await report([row(1), row(2, { duration_seconds: -1 })], 'monday')
    const before = await written()
    expect(await report([row(1), row(2, { duration_seconds: -1 })], 'monday')).toEqual(first)
    expect(await written()).toEqual(before)
    expect(await activities()).toEqual(['1 u-ann 2026-03-02 3600'])
  })

  test('that comes again with other rows is refused, naming it', async () => {
    const first = await report([row(1)], 'monday')
    const before = await written()
    expect((await send([row(1, { duration_seconds: 60 }), row(3)], 'timesheets', 'monday')).errors).toMatchObject([
      {
        message: expect.stringContaining('idempotencyKey "monday" came with other rows before'),
        extensions: { code: 'IDEMPOTENCY_CONFLICT', argument: 'idempotencyKey', batchId: first.id },
      },
    ])
    expect(await written()).toEqual(before)
  })

  test('is its source’s own: the rows of another are taken under it', async () => {
    await report([row(1)], 'monday')
    const { data } = await send([row(2)], 'plant_2', 'monday')
    expect(data.ingestActivities).toMatchObject({ source: 'plant_2', received: 1, quarantined: 1 })
  })

  test('that arrives several times at once is applied once', async () => {
    const rows = [row(1), row(2), row(3, { duration_seconds: -1 })]
    const reports = await Promise.all([1, 2, 3, 4].map(() => report(rows, 'at once')))
    for (const other of reports) expect(other).toEqual(reports[0])
    expect(reports[0]).toMatchObject({ received: 3, inserted: 2, quarantined: 1 })
    expect(await written()).toEqual([1, 2, 2, 1, 1])
    await service.dispatcher.idle()
    expect(service.logged.filter(({ level }) => level === 40)).toHaveLength(1)
  })

  test('of a batch that was refused whole is still to be used', async () => {
    expect((await send([], 'timesheets', 'tuesday')).errors).toHaveLength(1)
    expect(await report([row(1)], 'tuesday')).toMatchObject({ inserted: 1 })
  })

  test.each([
    ['with a NUL', 'a\u0000b'],
    ['longer than an index takes', randomBytes(20_000).toString('base64')],
  ])('%s is refused, naming it', async (_, key) => {
    const { errors } = await send([row(1)], 'timesheets', key)
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'idempotencyKey' } }])
    expect(await written()).toEqual([0, 0, 0, 0, 0])
  })

  test('is one of many: other keys and none are other batches', async () => {
    await report([row(1)], 'a')
    expect(await report([row(1)], 'b')).toMatchObject({ unchanged: 1 })
    expect(await report([row(1)])).toMatchObject({ unchanged: 1 })
    expect(await report([row(1)])).toMatchObject({ unchanged: 1 })
  })
})

describe('quarantined rows raise an alert:', () => {
  test('a warning in the log and an event, with counts by code', async () => {
    const events: Events['rows.quarantined'][] = []
    service.dispatcher.subscribe('rows.quarantined', 'test', (event) => void events.push(event))
    const { id } = await report([
      row(1),
      row(2, { duration_seconds: -1 }),
      row(3, { duration_seconds: -1, activity_date: 'x' }),
      row(4, { user_id: 'u-gone' }),
    ])
    await service.dispatcher.idle()
    const alert = {
      source: 'timesheets',
      batchId: id,
      count: 3,
      countsByCode: { DURATION_OUT_OF_RANGE: 2, INVALID_DATE: 1, UNKNOWN_USER: 1 },
    }
    expect(events).toEqual([alert])
    expect(service.logged.filter(({ level }) => level === 40)).toEqual([
      expect.objectContaining({ msg: 'rows were quarantined', ...alert }),
    ])
  })

  test('none where all rows are good', async () => {
    await report([row(1)])
    await service.dispatcher.idle()
    expect(service.logged.filter(({ level }) => Number(level) >= 40)).toEqual([])
    expect(service.logged).toContainEqual(
      expect.objectContaining({ msg: 'activities changed', inserted: 1, updated: 0, deleted: 0 }),
    )
  })
})

describe('a replay', () => {
  test('releases what is good now, and leaves the others with one attempt more', async () => {
    await report([row('1', { user_id: 'u-cid' }), row('2', { user_id: 'u-dee' }), row('3', { duration_seconds: -1 })])
    const before = await quarantine()
    await addUserUnseen('u-cid')
    const ids = before.map(({ id }) => id).reverse()
    const { replayQuarantine } = await service.get(REPLAY, { ids })
    expect(replayQuarantine).toMatchObject({ source: 'timesheets', received: 3, inserted: 1, quarantined: 2 })
    expect(await activities()).toEqual(['1 u-cid 2026-03-02 3600'])
    const after = await quarantine()
    expect(after.map(({ externalId, status, attempts }) => [externalId, status, attempts])).toEqual([
      ['1', 'RELEASED', 1],
      ['2', 'OPEN', 2],
      ['3', 'OPEN', 2],
    ])
    expect(after.map(({ row }) => row)).toEqual(before.map(({ row }) => row))
    expect((await quarantine({ batchId: replayQuarantine.id })).map(({ externalId }) => externalId)).toEqual(['2', '3'])
  })

  test('of more rows than are looked at together is one batch all the same', async () => {
    await report(Array.from({ length: 5_001 }, (_, i) => row(`${i}`, { user_id: 'u-cid' })))
    await addUserUnseen('u-cid')
    const ids = (await service.database.sql<{ id: string }>('SELECT id FROM quarantined_row')).map(({ id }) => id)
    const { replayQuarantine } = await service.get(REPLAY, { ids })
    expect(replayQuarantine).toMatchObject({ received: 5_001, inserted: 5_001, quarantined: 0, superseded: 0 })
    expect(await service.database.sql(`SELECT DISTINCT status FROM quarantined_row`)).toEqual([{ status: 'RELEASED' }])
  })

  test('says what is wrong with a row now', async () => {
    await report([row('1', { user_id: 'u-cid', stereotype_id: 's-gone' })])
    const [{ id }] = await quarantine()
    await addUserUnseen('u-cid')
    await service.get(REPLAY, { ids: [id] })
    expect(await quarantine()).toMatchObject([{ problems: [{ code: 'UNKNOWN_STEREOTYPE' }], attempts: 2 }])
  })

  test('makes what it brings known to the stages', async () => {
    await report([row('1', { user_id: 'u-cid' })])
    const summaries = '{ nvaSummary(from: "2026-03-02", to: "2026-03-02") { user { name } totalSum } }'
    expect(await service.get(summaries)).toEqual({ nvaSummary: [] })
    await addUserUnseen('u-cid')
    await service.get(REPLAY, { ids: (await quarantine()).map(({ id }) => id) })
    expect(await service.get(summaries)).toEqual({ nvaSummary: [{ user: { name: 'u-cid' }, totalSum: 3600 }] })
  })

  test('takes ids in capitals, and an id twice as once', async () => {
    await report([row('1', { user_id: 'u-cid' })])
    await addUserUnseen('u-cid')
    const [{ id }] = await quarantine()
    const { data } = await service.ask(REPLAY, { ids: [id.toUpperCase(), id] })
    expect(data?.replayQuarantine).toMatchObject({ received: 1, inserted: 1 })
    expect(await quarantine()).toMatchObject([{ status: 'RELEASED' }])
  })

  test('of a row that is not open is refused, naming it', async () => {
    await report([row('1', { user_id: 'u-cid' }), row('2', { duration_seconds: -1 })])
    const [released, discarded] = await quarantine()
    await addUserUnseen('u-cid')
    await service.get(REPLAY, { ids: [released.id] })
    await service.get(DISCARD, { ids: [discarded.id], reason: 'a test' })
    for (const [{ id }, status] of [
      [released, 'RELEASED'],
      [discarded, 'DISCARDED'],
    ]) {
      const { errors } = await service.ask(REPLAY, { ids: [id] })
      expect(errors).toMatchObject([
        {
          message: `Quarantined row ${id} is ${status}; only an OPEN one can be taken.`,
          extensions: { code: 'BAD_USER_INPUT', argument: 'ids' },
        },
      ])
    }
    expect(await activities()).toEqual(['1 u-cid 2026-03-02 3600'])
  })

  test.each([
    ['00000000-0000-7000-8000-000000000000', /no quarantined row 00000000-0000-7000-8000-000000000000/],
    ['7', /"7"/],
  ])('of the unknown row %s is refused, naming it, and replays none of the others', async (unknown, message) => {
    await report([row('1', { user_id: 'u-cid' })])
    await addUserUnseen('u-cid')
    const [{ id }] = await quarantine()
    const { errors } = await service.ask(REPLAY, { ids: [id, unknown] })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'ids' } }])
    expect(errors?.[0]?.message).toMatch(message)
    expect(await quarantine()).toMatchObject([{ status: 'OPEN', attempts: 1 }])
  })

  test('of rows of several sources is refused, naming them', async () => {
    await report([row('1', { duration_seconds: -1 })])
    await send([row('1', { duration_seconds: -1 })], 'plant_2')
    const ids = (await quarantine()).map(({ id }) => id)
    expect(ids).toHaveLength(2)
    const { errors } = await service.ask(REPLAY, { ids })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'ids' } }])
    expect(errors?.[0]?.message).toMatch(/(timesheets and plant_2|plant_2 and timesheets)/)
    expect((await quarantine()).map(({ attempts }) => attempts)).toEqual([1, 1])
  })

  test('of nothing is refused', async () => {
    expect((await service.ask(REPLAY, { ids: [] })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: 'ids' } },
    ])
  })

  test('that arrives twice at once releases its row once', async () => {
    await report([row('1', { user_id: 'u-cid' })])
    await addUserUnseen('u-cid')
    const [{ id }] = await quarantine()
    const answers = await Promise.all([service.ask(REPLAY, { ids: [id] }), service.ask(REPLAY, { ids: [id] })])
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(1)
    expect(answers.flatMap(({ errors }) => errors ?? [])).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  test('takes versions of one activity newest last, and an older one is of no use after', async () => {
    for (const seconds of [10, 20, 30]) await report([row('1', { user_id: 'u-cid', duration_seconds: seconds })])
    await addUserUnseen('u-cid')
    const [oldest, older, newest] = (await quarantine()).map(({ id }) => id)
    const { replayQuarantine } = await service.get(REPLAY, { ids: [newest, older] })
    expect(replayQuarantine).toMatchObject({ received: 2, inserted: 1, superseded: 1 })
    expect(await activities()).toEqual(['1 u-cid 2026-03-02 30'])
    expect((await quarantine()).map(({ status }) => status)).toEqual(['RELEASED', 'RELEASED', 'RELEASED'])
    expect((await service.ask(REPLAY, { ids: [oldest] })).errors).toHaveLength(1)
  })

  test('that waits for its source holds no row that whoever it waits for may need', async () => {
    await report([row('1', { user_id: 'u-cid' })])
    const [{ id }] = await quarantine()
    await onDatabase(service.url, async (client) => {
      await client.query('BEGIN')
      await client.query(`SELECT FROM source_cursor WHERE source = 'timesheets' FOR UPDATE`)
      const replay = service.ask(REPLAY, { ids: [id] })
      try {
        await lockIsWaitedFor()
        await client.query('SELECT FROM quarantined_row WHERE id = $1 FOR UPDATE NOWAIT', [id])
      } finally {
        await client.query('ROLLBACK')
        await replay
      }
    })
  })
})

/** Resolves when a transaction of the service's database waits for a lock. */
async function lockIsWaitedFor(): Promise<void> {
  const waiting = `SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE NOT l.granted AND a.datname = current_database()`
  for (let look = 0; look < 2_000; look++) {
    if ((await service.database.sql(waiting)).length > 0) return
  }
  throw new Error('No transaction waits for a lock.')
}

describe('discarding', () => {
  test('keeps the row with the reason', async () => {
    await report([row('1', { duration_seconds: -1 }), row('2', { duration_seconds: -1 })])
    const [first] = await quarantine()
    const { discardQuarantine } = await service.get(DISCARD, { ids: [first.id], reason: 'Booked by a robot.' })
    const discarded = { id: first.id, status: 'DISCARDED', reason: 'Booked by a robot.', attempts: 1, row: first.row }
    expect(discardQuarantine).toEqual([discarded])
    expect(await quarantine({ status: 'DISCARDED' })).toMatchObject([discarded])
    expect(await quarantine({ status: 'OPEN' })).toMatchObject([{ externalId: '2' }])
  })

  test.each(['', '  ', 'a\u0000'])('for the reason %j is refused', async (reason) => {
    await report([row('1', { duration_seconds: -1 })])
    const [{ id }] = await quarantine()
    expect((await service.ask(DISCARD, { ids: [id], reason })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: 'reason' } },
    ])
  })

  test('what is discarded already is refused', async () => {
    await report([row('1', { duration_seconds: -1 })])
    const [{ id }] = await quarantine()
    await service.get(DISCARD, { ids: [id], reason: 'a test' })
    const { errors } = await service.ask(DISCARD, { ids: [id], reason: 'again' })
    expect(errors?.[0]?.message).toContain(`${id} is DISCARDED`)
  })

  test('a row that comes again after it is quarantined anew', async () => {
    const bad = row('1', { duration_seconds: -1 })
    await report([bad])
    await service.get(DISCARD, { ids: (await quarantine()).map(({ id }) => id), reason: 'a test' })
    await report([bad])
    expect((await quarantine()).map(({ status, attempts }) => [status, attempts])).toEqual([
      ['DISCARDED', 1],
      ['OPEN', 1],
    ])
  })
})

describe('a later good row', () => {
  test('releases the open one of the same id', async () => {
    await report([row('1', { duration_seconds: -1 }), row('2', { duration_seconds: -1 })])
    await ingest(service, [row('1')])
    expect((await quarantine()).map(({ externalId, status }) => [externalId, status])).toEqual([
      ['1', 'RELEASED'],
      ['2', 'OPEN'],
    ])
  })

  test('leaves a discarded one as it is', async () => {
    await report([row('1', { duration_seconds: -1 })])
    await service.get(DISCARD, { ids: (await quarantine()).map(({ id }) => id), reason: 'a test' })
    await ingest(service, [row('1')])
    expect(await quarantine()).toMatchObject([{ status: 'DISCARDED' }])
  })

  test('does not release what its own batch refused after it', async () => {
    await report([row('1'), row('1', { duration_seconds: -1 })])
    expect(await quarantine()).toMatchObject([{ status: 'OPEN', problems: [{ code: 'DURATION_OUT_OF_RANGE' }] }])
  })
})

describe('what was refused for an unknown user or stereotype', () => {
  test('is let in with the reference, in a batch of its own', async () => {
    await report([row('1', { user_id: 'u-cid' }), row('2', { user_id: 'u-dee' }), row('3', { duration_seconds: -1 })])
    await addUser('u-cid')
    expect(await activities()).toEqual(['1 u-cid 2026-03-02 3600'])
    expect((await quarantine()).map(({ externalId, status, attempts }) => [externalId, status, attempts])).toEqual([
      ['1', 'RELEASED', 1],
      ['2', 'OPEN', 1],
      ['3', 'OPEN', 1],
    ])
    const { ingestBatches } = await service.get('{ ingestBatches { nodes { source received inserted quarantined } } }')
    expect(ingestBatches.nodes).toEqual([
      { source: 'timesheets', received: 1, inserted: 1, quarantined: 0 },
      { source: 'timesheets', received: 3, inserted: 0, quarantined: 3 },
    ])
    await service.dispatcher.idle()
    expect(service.logged).toContainEqual(expect.objectContaining({ msg: 'activities changed', inserted: 1 }))
  })

  test('waits for whatever else is unknown', async () => {
    await report([row('1', { user_id: 'u-cid', stereotype_id: 's-new' })])
    await addUser('u-cid')
    expect(await quarantine()).toMatchObject([{ status: 'OPEN', problems: [{ code: 'UNKNOWN_STEREOTYPE' }] }])
    await service.get('mutation ($kind: StereotypeInput!) { upsertStereotypes(input: [$kind]) { id } }', {
      kind: { source: 'timesheets', externalId: 's-new', code: 'new', name: 'New' },
    })
    expect(await activities()).toEqual(['1 u-cid 2026-03-02 3600'])
  })

  test('is not touched where the reference is another source’s, or was there before', async () => {
    await report([row('1', { user_id: 'u-cid' })])
    await addUser('u-cid', 'plant_2')
    await addUser(ANN)
    expect(await quarantine()).toMatchObject([{ status: 'OPEN', attempts: 1 }])
  })

  test('is nothing at all where the reference can’t be stored', async () => {
    await report([row('1', { user_id: 'u-cid' })])
    await onDatabase(service.url, async (client) => {
      await client.query('ALTER TABLE activity ADD CONSTRAINT none CHECK (false) NOT VALID')
      const answer = await service.ask('mutation ($user: UserInput!) { upsertUsers(input: [$user]) { id } }', {
        user: { source: 'timesheets', externalId: 'u-cid', name: 'Cid' },
      })
      await client.query('ALTER TABLE activity DROP CONSTRAINT none')
      expect(answer.errors).toHaveLength(1)
    })
    expect((await service.get('{ users { nodes { name } } }')).users.nodes).toHaveLength(2)
    expect(await quarantine()).toMatchObject([{ status: 'OPEN', attempts: 1 }])
  })

  test('comes in by the thousand, the newest version of each', async () => {
    const versions = (seconds: number) =>
      Array.from({ length: 6_000 }, (_, i) => row(i, { user_id: 'u-cid', duration_seconds: seconds }))
    await report(versions(10))
    await report(versions(20))
    await addUser('u-cid')
    const { activities: page } = await service.get(
      '{ activities(first: 1, orderBy: DURATION_ASC) { totalCount nodes { durationSeconds } } }',
    )
    expect(page).toEqual({ totalCount: 6_000, nodes: [{ durationSeconds: 20 }] })
    expect(await quarantine({ status: 'OPEN' })).toEqual([])
  })
})

describe('the rejections of a batch', () => {
  const PAGE = `query ($id: ID!, $first: Int, $after: String) { ingestBatch(id: $id) {
    rejections(first: $first, after: $after) { nodes { rowIndex batchId } totalCount pageInfo { hasNextPage endCursor } }
  } }`

  test('come in row order, page by page', async () => {
    const rows = Array.from({ length: 130 }, (_, i) => row(i, i % 13 === 5 ? {} : { duration_seconds: -1 - (i % 7) }))
    const { id } = await ingest(service, rows)
    const seen: number[] = []
    let after: string | null = null
    do {
      const { ingestBatch }: Answer['data'] = await service.get(PAGE, { id, first: 50, after })
      const { nodes, totalCount, pageInfo } = ingestBatch.rejections
      expect(totalCount).toBe(120)
      seen.push(...nodes.map((node: { rowIndex: number }) => node.rowIndex))
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    } while (after)
    expect(seen).toEqual(rows.flatMap((_, i) => (i % 13 === 5 ? [] : [i])))
  })

  test('are still those of the batch after a later one refused the same rows elsewhere', async () => {
    const bad = row('1', { duration_seconds: -1 })
    const first = await ingest(service, [bad, row('2')])
    const second = await ingest(service, [row('2'), row('3'), bad])
    const of = async (id: string) => (await service.get(PAGE, { id })).ingestBatch.rejections.nodes
    expect(await of(first.id)).toEqual([{ rowIndex: 0, batchId: first.id }])
    expect(await of(second.id)).toEqual([{ rowIndex: 2, batchId: second.id }])
    expect(await quarantine()).toMatchObject([{ rowIndex: 2, batchId: second.id, attempts: 2 }])
  })
})

test.each([['a\u0000'], ['x'.repeat(100_000)], ['']])(
  'deleting what cannot be there is no failure: %#',
  async (externalId) => {
    await ingest(service, [row(1)])
    const { errors } = await service.ask(
      'mutation ($ids: [String!]!) { deleteActivities(source: "timesheets", externalIds: $ids) }',
      { ids: [externalId] },
    )
    expect(errors?.map(({ extensions }) => extensions.code) ?? []).not.toContain('INTERNAL_SERVER_ERROR')
    expect(await activities()).toHaveLength(1)
  },
)

describe('batches at once', () => {
  const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04']

  /** The same 40 activities in each, every one at another place and for another time. */
  const batch = (turn: number) =>
    Array.from({ length: 40 }, (_, i) =>
      row(i, {
        user_id: (i + turn) % 2 ? ANN : BEN,
        activity_date: DAYS[(i + turn) % 3],
        duration_seconds: 60 * (turn + 1),
        value_type: i % 3 ? 'VA' : 'NVA',
        stereotype_id: i % 3 ? CODING : MEETING,
      }),
    )

  test('of overlapping rows end as one of them left it, with every day that they touched fresh to read', async () => {
    const turns = [0, 1, 2, 3, 4, 5]
    const read =
      '{ nvaSummary(from: "2026-03-01", to: "2026-03-31", groupBy: [USER, DAY]) { user { externalId } period nvaSecondsSum vaSecondsSum totalSum } }'
    const reports = await Promise.all(
      turns.flatMap((turn) => [ingest(service, batch(turn)), service.get(read).then(() => undefined)]),
    )
    const counts = reports.filter((found) => found !== undefined)
    expect(counts.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(40)
    expect(counts.reduce((sum, { updated }) => sum + updated, 0)).toBe(200)

    const turn = Number((await activities())[0]?.split(' ').at(-1)) / 60 - 1
    const stored = await service.database.sql<{ seconds: number }>(
      'SELECT DISTINCT duration_seconds AS seconds FROM activity',
    )
    expect(stored).toEqual([{ seconds: 60 * (turn + 1) }])
    expect(await ingest(service, batch(turn))).toMatchObject({ unchanged: 40 })

    const slices = await service.database.sql<{ revision: number }>(
      `SELECT revision FROM slice WHERE logic = 'activities'`,
    )
    expect(slices).toHaveLength(6)
    expect(slices.every(({ revision }) => revision > 0)).toBe(true)
    const sums = await service.database.sql(
      `SELECT json_build_object('externalId', u.external_id) AS user, a.date AS period,
         coalesce(sum(a.duration_seconds) FILTER (WHERE a.type = 'NON_VALUE_ADD'), 0)::integer AS "nvaSecondsSum",
         coalesce(sum(a.duration_seconds) FILTER (WHERE a.type = 'VALUE_ADD'), 0)::integer AS "vaSecondsSum",
         sum(a.duration_seconds)::integer AS "totalSum"
       FROM activity a JOIN app_user u ON u.id = a.user_id GROUP BY u.external_id, a.date`,
    )
    const byPlace = (rows: object[]) => rows.map((found) => JSON.stringify(found)).sort()
    const { nvaSummary } = await service.get(read)
    const withSums = nvaSummary.filter(({ totalSum }: { totalSum: number }) => totalSum > 0)
    expect(byPlace(withSums)).toEqual(byPlace(sums))
  })

  test('that refuse the same rows, while others replay and discard them, all get an answer', async () => {
    const bad = Array.from({ length: 30 }, (_, i) => row(i, { duration_seconds: -1 }))
    await ingest(service, bad)
    const ids = (await quarantine()).map(({ id }) => id)
    const turns = Array.from({ length: 6 }, (_, turn) => [
      send(turn % 2 ? bad : [...bad].reverse()),
      service.ask(REPLAY, { ids: turn % 2 ? ids : [...ids].reverse() }),
    ])
    const discards = [ids, [...ids].reverse()].map((some) => service.ask(DISCARD, { ids: some, reason: 'a test' }))
    const answers = await Promise.all([...turns.flat(), ...discards])
    const codes = answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? [])
    expect(codes.filter((code) => code !== 'BAD_USER_INPUT')).toEqual([])
  })
})
