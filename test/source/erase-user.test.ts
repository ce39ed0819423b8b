import { gunzipSync } from 'node:zlib'
import { rowsRefused } from '../../src/alerts/alert-text.ts'
import { eraseUser } from '../../src/source/erase-user.ts'
import { reprocess } from '../../src/source/reprocess.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'

let service: TestService
let ids: Record<string, string>

beforeEach(async () => {
  service = await testService({ quarantineLimit: 100 })
  ids = await addPeople(service)
})

afterEach(() => service.stop())

const ERASE = `mutation ($id: ID!, $reason: String!) {
  eraseUser(id: $id, reason: $reason) {
    pseudonym reason counts { activities annotations slices memberships quarantinedRows keptRows }
  }
}`

/** Where in the cache a text is found: every column of every table, and every page of rows that came. */
async function found(...texts: readonly string[]): Promise<string[]> {
  const { sql } = service.database
  const columns = await sql<{ table: string; column: string }>(
    `SELECT quote_ident(table_name) AS table, quote_ident(column_name) AS column
     FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type <> 'bytea'`,
  )
  const places: string[] = []
  for (const { table, column } of columns) {
    const rows = await sql(
      `SELECT FROM ${table} t, unnest($1::text[]) AS asked (text) WHERE strpos(lower(t.${column}::text), lower(asked.text)) > 0 LIMIT 1`,
      [texts],
    )
    if (rows.length > 0) places.push(`${table}.${column}`)
  }
  for (const { rows } of await sql<{ rows: Buffer }>('SELECT rows FROM batch_rows')) {
    const json = gunzipSync(rows).toString().toLowerCase()
    if (texts.some((text) => json.includes(text.toLowerCase()))) places.push('batch_rows.rows')
  }
  return [...new Set(places)].sort()
}

async function fill(): Promise<string> {
  const batch = await ingest(service, [
    row('a'),
    row('b', { user_id: BEN, note: 'beside' } as object),
    row('c', { duration_seconds: -1 }),
    row('d', { value_type: 'PTO?', activity_date: null, employee: 'Ann Example' } as object),
    row('e', { user_id: ` ${ANN} ` }),
  ])
  await ingest(service, [row('c'), row('f', { user_id: ANN, activity_date: 'never' })])
  await service.database.sql(
    `INSERT INTO team_member (team_id, user_id, start_date) VALUES (gen_random_uuid(), $1, '2026-01-01')`,
    [ids[ANN]],
  )
  await service.get(
    `{ nvaSummaries(userIds: ["${ids[ANN]}"], from: "2026-03-01", to: "2026-03-08") { nodes { date } } }`,
  )
  await service.database.sql(
    `UPDATE ingest_batch SET error = 'user_id "u-ann" is Ann Example', warnings = '[{"code":"REFERENCE_UNUSABLE","message":"of Ann Example"}]' WHERE id = $1`,
    [batch.id],
  )
  await service.database.sql(
    `INSERT INTO alert_message (id, message) VALUES (gen_random_uuid(), '{"text":"user_id \\"u-ann\\" of Ann Example"}')`,
  )
  return batch.id
}

test('nothing of the user is left in any table or batch, and a pseudonym that says nothing', async () => {
  await service.database.sql(`UPDATE app_user SET name = 'Ann Example' WHERE id = $1`, [ids[ANN]])
  const batch = await fill()
  const who = [ids[ANN] ?? '', ANN, 'Ann Example']
  expect(await found(...who)).toEqual(
    expect.arrayContaining([
      'activity.user_id',
      'app_user.name',
      'batch_rows.rows',
      'nva_summary.user_id',
      'quarantined_row."row"',
    ]),
  )
  const { eraseUser: erased } = await service.get(ERASE, { id: ids[ANN], reason: 'asked for it' })
  expect(erased).toEqual({
    pseudonym: expect.stringMatching(/^erased-[0-9a-f]{16}$/),
    reason: 'asked for it',
    counts: {
      activities: 3,
      annotations: expect.any(Number),
      slices: expect.any(Number),
      memberships: 1,
      quarantinedRows: 3,
      keptRows: 6,
    },
  })
  expect(erased.counts.annotations).toBeGreaterThan(1)
  await service.dispatcher.idle()
  expect(await found(...who)).toEqual([])

  const { ingestBatch } = await service.get(
    `{ ingestBatch(id: "${batch}") { isKept rows { totalCount nodes { rowIndex row } } rejections { totalCount } } }`,
  )
  expect(ingestBatch).toMatchObject({ isKept: true, rejections: { totalCount: 0 } })
  expect(ingestBatch.rows.nodes.map((node: { row: { id: string } | null }) => node.row?.id ?? null)).toEqual([
    null,
    'b',
    null,
    null,
    null,
  ])
})

test('others stay as they were, and what is reprocessed brings nobody back', async () => {
  await fill()
  await service.get(ERASE, { id: ids[ANN], reason: 'asked for it' })
  expect(await reprocess(service.acl, 'timesheets')).toMatchObject({ received: 1, unchanged: 1, removed: 0 })
  expect(await service.get('{ users { nodes { name } } activities { nodes { externalId } } }')).toEqual({
    users: { nodes: [{ name: 'Ben' }] },
    activities: { nodes: [{ externalId: 'b' }] },
  })
})

test('rows that come of an erased user are of an unknown one, who may come again as somebody new', async () => {
  await fill()
  await service.get(ERASE, { id: ids[ANN], reason: 'asked for it' })
  expect(await ingest(service, [row('a')])).toMatchObject({ quarantined: 1 })
  await service.get(
    'mutation { upsertUsers(input: [{ source: "timesheets", externalId: "u-ann", name: "Ann" }]) { id } }',
  )
  const { users } = await service.get('{ users { nodes { id name } } }')
  expect(users.nodes.map(({ name }: { name: string }) => name)).toEqual(['Ann', 'Ben'])
  expect(users.nodes[0].id).not.toBe(ids[ANN])
})

test('one who breaks off is begun again, and the user is there until all is gone', async () => {
  await fill()
  const broken = new AbortController()
  broken.abort(new Error('killed'))
  const acl = { ...service.acl, stopping: broken.signal }
  await expect(eraseUser(acl, ids[ANN] ?? '', 'asked for it')).rejects.toThrow('killed')
  expect(await service.get(`{ user(id: "${ids[ANN]}") { name } }`)).toEqual({ user: { name: 'Ann' } })
  await eraseUser(service.acl, ids[ANN] ?? '', 'asked for it')
  expect(await found(ids[ANN] ?? '', ANN)).toEqual([])
})

test.each([
  ['says who it was', 'Ann asked for it', /must not say who/],
  ['is blank', ' ', /says why/],
])('a reason that %s is refused', async (_, reason, message) => {
  const { errors } = await service.ask(ERASE, { id: ids[ANN], reason })
  expect(errors).toMatchObject([
    { message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT', argument: 'reason' } },
  ])
})

test('who isn’t there can’t be erased', async () => {
  const { errors } = await service.ask(ERASE, { id: '00000000-0000-7000-8000-000000000000', reason: 'x' })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'id' } }])
})

test('an older row of somebody else does not bring an erased activity back', async () => {
  await ingest(service, [row('a')])
  await ingest(service, [row('a', { user_id: BEN })])
  await ingest(service, [row('a')])
  await eraseUser(service.acl, ids[ANN] ?? '', 'asked for')
  await reprocess(service.acl, 'timesheets')
  expect((await service.get('{ activities { totalCount } }')).activities.totalCount).toBe(0)
})

test.each(['jo@x.org', 'Jo & "Bo" <x>', 'false', 'text'])(
  'messages to chats name %s no more, and stay messages',
  async (name) => {
    await service.database.sql('UPDATE app_user SET name = $1 WHERE id = $2', [name, ids[ANN]])
    const refusal = { code: 'UNKNOWN_USER', count: 1, message: `of ${name}.`, rowIndex: 0, externalId: null } as never
    const batch = { id: ids[BEN] ?? '', source: 'timesheets', quarantined: 1, newlyQuarantined: 1 } as never
    const message = JSON.stringify(rowsRefused(batch, [refusal]))
    await service.database.sql('INSERT INTO alert_message (id, message) VALUES (gen_random_uuid(), $1::jsonb)', [
      message,
    ])
    await eraseUser(service.acl, ids[ANN] ?? '', 'asked for')
    const [kept] = await service.database.sql<{ message: typeof message }>('SELECT message FROM alert_message')
    expect(kept?.message).toMatchObject({
      attachments: [{ fields: [{ value: 'First: of …. (row 0)', short: false }] }],
    })
  },
)
