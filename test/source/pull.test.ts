import { fillDemoSource } from '../../src/demo-source/fill-demo-source.ts'
import { SourcePullError } from '../../src/model/errors.ts'
import { timesheets } from '../../src/source/adapters/timesheets.ts'
import { PostgresConnection } from '../../src/source/drivers/postgres/postgres-connection.ts'
import type { PullPlan } from '../../src/source/source-adapter.ts'
import { sourcesOf } from '../../src/source/sources.ts'
import { previewPull, syncSource } from '../../src/source/sync-source.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { type TestService, testService } from '../support/service.ts'
import { progressOf, pulling, SYNC, sync } from './pulling.ts'
import { entries, inSource, sourceDatabase } from './source-database.ts'

const QUARANTINE = `{ quarantine { nodes { externalId rowIndex row problems { code field } } totalCount } }`

/** The one error of a pull that must fail. */
async function faultOf(service: TestService, name = 'timesheets'): Promise<{ message: string; extensions: object }> {
  const answer = await service.ask(SYNC, { name })
  expect(answer.errors).toHaveLength(1)
  const [error] = answer.errors ?? []
  return { message: error?.message ?? '', extensions: error?.extensions ?? {} }
}

async function countIn(service: TestService, table: string): Promise<number> {
  const [row] = await service.database.sql<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)
  return row?.count ?? 0
}

describe('of the demo source', () => {
  test('the first pull takes all, the second nothing, a full one finds all unchanged', async () => {
    const url = await freshDatabase('nothing')
    const entered = await onDatabase(url, (client) => fillDemoSource(client, { today: '2026-03-02' }))
    const service = await pulling({ timesheets: url })

    const first = await sync(service)
    expect(first).toMatchObject({ source: 'timesheets', received: entered, updated: 0, unchanged: 0 })
    expect(first.quarantined).toBeGreaterThan(100)
    expect(first.superseded).toBeGreaterThan(10)
    expect(first.inserted + first.quarantined + first.superseded).toBe(entered)
    expect(await countIn(service, 'activity')).toBe(first.inserted)
    expect(await countIn(service, 'quarantined_row')).toBe(first.quarantined)
    const [there] = await onDatabase(url, async (client) => {
      const { rows } = await client.query(`SELECT (SELECT count(*)::integer FROM employees) AS users,
        (SELECT count(*)::integer FROM activity_kinds) AS stereotypes, (SELECT count(*)::integer FROM iterations) AS sprints`)
      return rows
    })
    const { users, stereotypes, sprints } = await service.get(
      '{ users { totalCount } stereotypes { id } sprints { id } }',
    )
    expect({ users: users.totalCount, stereotypes: stereotypes.length, sprints: sprints.length }).toEqual(there)

    await service.dispatcher.idle()
    expect(service.logged.filter(({ level }) => level === 40)).toEqual([
      expect.objectContaining({ msg: 'rows were quarantined', batchId: first.id, count: first.quarantined }),
    ])

    const second = await sync(service)
    expect(second).toMatchObject({ inserted: 0, updated: 0, quarantined: 0 })
    expect(second.received).toBeLessThan(100)
    expect(await sync(service, { full: true })).toMatchObject({
      received: entered,
      inserted: 0,
      updated: 0,
      unchanged: first.inserted,
      quarantined: first.quarantined,
      superseded: first.superseded,
    })
    expect(await countIn(service, 'quarantined_row')).toBe(first.quarantined)
    await service.dispatcher.idle()
    expect(service.logged.filter(({ msg }) => msg === 'rows were quarantined')).toHaveLength(1)
  })
})

test('users, stereotypes and sprints are pulled with the names that they have', async () => {
  const service = await pulling({
    timesheets: await sourceDatabase(
      `INSERT INTO employees VALUES (3, NULL)`,
      `INSERT INTO activity_kinds VALUES (3, 'pto', '')`,
    ),
  })
  await sync(service)
  expect(
    await service.get(
      `{ users { nodes { source externalId name } } stereotypes { externalId code name } sprints { name startDate endDate } }`,
    ),
  ).toEqual({
    users: {
      nodes: [
        { source: 'timesheets', externalId: '3', name: '3' },
        { source: 'timesheets', externalId: '1', name: 'Ann' },
        { source: 'timesheets', externalId: '2', name: 'Ben' },
      ],
    },
    stereotypes: [
      { externalId: '1', code: 'coding', name: 'Coding' },
      { externalId: '2', code: 'meeting', name: 'Meeting' },
      { externalId: '3', code: 'pto', name: 'pto' },
    ],
    sprints: [{ name: 'Sprint 1', startDate: '2026-03-02', endDate: '2026-03-13' }],
  })
})

test('what was edited or added since is pulled, with what was changed shortly before', async () => {
  const url = await sourceDatabase(entries(5, 'a', '2026-03-02 10:00:00.123456+00'))
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ received: 5, inserted: 5 })
  await inSource(
    url,
    `UPDATE time_entries SET duration_seconds = 7, updated_at = clock_timestamp() WHERE id = 'a00002'`,
  )
  expect(await sync(service)).toMatchObject({ received: 5, inserted: 0, updated: 1, unchanged: 4 })
  await inSource(url, entries(2, 'b', 'now'))
  expect(await sync(service)).toMatchObject({ received: 3, inserted: 2, updated: 0, unchanged: 1 })
  expect(await sync(service)).toMatchObject({ received: 3, unchanged: 3 })
  const { activities } = await service.get(
    '{ activities(filter: { externalIds: ["a00002"] }) { nodes { durationSeconds } } }',
  )
  expect(activities.nodes).toEqual([{ durationSeconds: 7 }])
})

test('a name and a sprint that changed are pulled anew', async () => {
  const url = await sourceDatabase()
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(
    url,
    `UPDATE employees SET full_name = 'Anna' WHERE id = 1`,
    `UPDATE iterations SET ends_on = '2026-03-20'`,
  )
  await sync(service)
  expect(await service.get('{ users { nodes { name } } sprints { endDate } }')).toEqual({
    users: { nodes: [{ name: 'Anna' }, { name: 'Ben' }] },
    sprints: [{ endDate: '2026-03-20' }],
  })
})

test('rows that are equal in the cursor may be torn apart by the end of a page', async () => {
  // Pages take 5,000: the first ends among those without an id, the second among those that share one.
  const url = await sourceDatabase(
    entries(4_980, 'a', '2026-03-02 10:00Z'),
    `INSERT INTO time_entries
     SELECT NULL, '2026-03-03', i, 'NVA', 2, 1, '2026-03-02 11:00Z' FROM generate_series(1, 40) i`,
    entries(4_965, 'b', '2026-03-02 12:00Z', { date: '2026-03-04' }),
    `INSERT INTO time_entries
     SELECT 'twice', '2026-03-05', i, 'NVA', 2, 1, '2026-03-02 13:00Z' FROM generate_series(1, 30) i`,
    entries(100, 'c', '2026-03-02 14:00Z', { date: '2026-03-06' }),
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({
    received: 10_115,
    inserted: 10_046,
    updated: 1,
    quarantined: 40,
    superseded: 28,
  })
  const byCode = await service.database.sql(
    `SELECT problems->0->>'code' AS code, count(*) AS count FROM quarantined_row GROUP BY 1 ORDER BY 1`,
  )
  expect(byCode).toEqual([{ code: 'MISSING_FIELD', count: 40 }])
  const { activities } = await service.get(
    '{ activities(filter: { externalIds: ["twice"] }) { nodes { durationSeconds } } }',
  )
  expect(activities.nodes).toEqual([{ durationSeconds: 30 }])
})

test('more rows than a page, all written at one moment, are pulled once each', async () => {
  const url = await sourceDatabase(
    entries(10_000, 'a', '2026-03-02 10:00Z'),
    `INSERT INTO time_entries
     SELECT NULL, '2026-03-03', i, 'NVA', 2, 1, '2026-03-02 10:00Z' FROM generate_series(1, 3) i`,
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ received: 10_003, inserted: 10_000, quarantined: 3 })
  expect(await sync(service)).toMatchObject({ received: 10_003, inserted: 0, updated: 0, unchanged: 10_000 })
})

test('the rows of a pull are numbered through, over its pages', async () => {
  const bad = `UPDATE time_entries SET duration_seconds = -1 WHERE id IN ('a00003', 'a05010')`
  const service = await pulling({ timesheets: await sourceDatabase(entries(5_020, 'a', '2026-03-02 10:00Z'), bad) })
  expect(await sync(service)).toMatchObject({ received: 5_020, quarantined: 2 })
  const { quarantine } = await service.get(QUARANTINE)
  expect(quarantine.nodes).toMatchObject([
    { rowIndex: 2, externalId: 'a00003' },
    { rowIndex: 5_009, externalId: 'a05010' },
  ])
})

test('a row without an id is quarantined as it is, columns that nobody reads included', async () => {
  const url = await sourceDatabase(
    `ALTER TABLE time_entries ADD note jsonb`,
    `INSERT INTO time_entries VALUES (NULL, '2026-03-02', 60, 'VA', 1, 1, '2026-03-02 10:00Z', '{"by": ["Ann"]}')`,
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ received: 1, quarantined: 1 })
  expect((await service.get(QUARANTINE)).quarantine.nodes).toEqual([
    {
      externalId: null,
      rowIndex: 0,
      problems: [{ code: 'MISSING_FIELD', field: 'id' }],
      row: {
        id: null,
        activity_date: '2026-03-02',
        duration_seconds: 60,
        value_type: 'VA',
        stereotype_id: 1,
        user_id: 1,
        updated_at: '2026-03-02 10:00:00+00',
        note: { by: ['Ann'] },
      },
    },
  ])
})

test('a row that lacks the time of its last change is not lost: every pull reads it', async () => {
  const url = await sourceDatabase(
    entries(2, 'a', '2026-03-02 10:00Z'),
    `INSERT INTO time_entries VALUES ('undated', '2026-03-02', 60, 'NVA', 2, 1, NULL)`,
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ received: 3, inserted: 3 })
  await inSource(
    url,
    entries(1, 'b', '2026-03-02 11:00Z'),
    `UPDATE time_entries SET duration_seconds = 61 WHERE id = 'undated'`,
    `INSERT INTO time_entries VALUES ('undated too', '2026-03-02', 60, 'NVA', 2, 1, NULL)`,
  )
  expect(await sync(service)).toMatchObject({ received: 5, inserted: 2, updated: 1, unchanged: 2 })
  expect(await sync(service)).toMatchObject({ received: 3, unchanged: 3 })
})

test.each([
  ['ids of their own', `'u' || lpad(i::text, 5, '0')`, { inserted: 5_500, quarantined: 0 }],
  ['no ids', 'NULL', { inserted: 0, quarantined: 5_500 }],
])(
  'more rows than a page that lack it and have %s are read once each',
  async (_, id, counts) => {
    const url = await sourceDatabase(
      `INSERT INTO time_entries SELECT ${id}, '2026-03-02', i, 'NVA', 2, 1, NULL FROM generate_series(1, 5500) i`,
      entries(3, 'dated', '2026-03-02 10:00Z'),
    )
    const service = await pulling({ timesheets: url }, { quarantineLimit: 100 })
    expect(await sync(service)).toMatchObject({ ...counts, received: 5_503, inserted: counts.inserted + 3 })
  },
  20_000,
)

test('columns of other types of the same meaning are read as what they mean', async () => {
  const url = await sourceDatabase(
    `ALTER TABLE time_entries ALTER id TYPE bigint USING id::bigint, ALTER activity_date TYPE date USING activity_date::date,
       ALTER duration_seconds TYPE double precision, ALTER user_id TYPE text, ALTER updated_at TYPE timestamp`,
    `INSERT INTO time_entries VALUES (9007199254740993, '2026-03-29', 60.0, 'VA', 1, '1', '2026-03-02 10:00')`,
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ received: 1, inserted: 1 })
  const { activities } = await service.get('{ activities { nodes { externalId date durationSeconds } } }')
  expect(activities.nodes).toEqual([{ externalId: '9007199254740993', date: '2026-03-29', durationSeconds: 60 }])
  expect(await sync(service)).toMatchObject({ received: 1, unchanged: 1 })
})

test('users, stereotypes and sprints that cannot be used are left out and named in the report, their activities quarantined', async () => {
  const url = await sourceDatabase(
    `INSERT INTO employees VALUES (NULL, 'Nobody'), (1, 'Another Ann')`,
    `INSERT INTO activity_kinds VALUES (3, ' ', 'No code')`,
    `INSERT INTO iterations VALUES (2, 'Backward', '2026-03-13', '2026-03-02')`,
    entries(1, 'a', '2026-03-02 10:00Z'),
    `INSERT INTO time_entries VALUES ('b', '2026-03-02', 60, 'NVA', 3, 1, '2026-03-02 10:00Z')`,
  )
  const service = await pulling({ timesheets: url })
  const report = await sync(service)
  expect(report).toMatchObject({ inserted: 1, quarantined: 1 })
  expect((await service.get(QUARANTINE)).quarantine.nodes).toMatchObject([
    { externalId: 'b', problems: [{ code: 'UNKNOWN_STEREOTYPE', field: 'stereotype_id' }] },
  ])
  const warnings = [
    'user of source "timesheets": left out, as there are two of "1"',
    'user of source "timesheets": left out, as external_id must not be blank: {"external_id":"","name":"Nobody"}',
    'stereotype of source "timesheets": left out, as code must not be blank: {"external_id":"3","code":"","name":"No code"}',
    'sprint of source "timesheets": left out, as it must not end before it starts: ' +
      '{"name":"Backward","start_date":"2026-03-13","end_date":"2026-03-02"}',
  ]
  expect(
    service.logged.filter(({ level, msg }) => level === 40 && msg !== 'rows were quarantined').map(({ msg }) => msg),
  ).toEqual([
    'user of source "timesheets": left out, as there are two of "…"',
    'user of source "timesheets": left out, as external_id must not be blank: {"…"}',
    'stereotype of source "timesheets": left out, as code must not be blank: {"…"}',
    'sprint of source "timesheets": left out, as it must not end before it starts: {"…"}',
  ])
  expect(report.warnings).toEqual(warnings.map((message) => ({ code: 'REFERENCE_UNUSABLE', message })))
})

test('two sources of one adapter keep their rows and places apart', async () => {
  const service = await pulling({
    timesheets: await sourceDatabase(entries(2, 'a', '2026-03-02 10:00Z')),
    plant_2: await sourceDatabase(entries(3, 'a', '2026-03-01 10:00Z')),
  })
  expect(await sync(service)).toMatchObject({ received: 2, inserted: 2 })
  expect((await service.get(SYNC, { name: 'plant_2' })).syncSource).toMatchObject({ source: 'plant_2', inserted: 3 })
  expect(await sync(service)).toMatchObject({ received: 2, unchanged: 2 })
})

test('pulls of one source at once store every row once', async () => {
  const service = await pulling({ timesheets: await sourceDatabase(entries(6_000, 'a', '2026-03-02 10:00Z')) })
  const reports = await Promise.all([sync(service), sync(service), sync(service, { full: true })])
  expect(reports.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(6_000)
  expect(reports.reduce((sum, { updated, quarantined }) => sum + updated + quarantined, 0)).toBe(0)
  expect(reports[2]).toMatchObject({ received: 6_000 })
  expect(await countIn(service, 'activity')).toBe(6_000)
})

describe('a pull that breaks off', () => {
  test('keeps what it has, says why, and goes on where it stopped', async () => {
    const url = await sourceDatabase(
      entries(7_000, 'a', '2026-03-02 10:00Z'),
      `ALTER TABLE time_entries RENAME TO entered`,
      // So dear that Postgres computes it after sorting, for the rows of a page alone.
      `CREATE FUNCTION readable(id text) RETURNS text LANGUAGE plpgsql STABLE COST 1000000 AS $$
       BEGIN IF id = 'a06000' THEN RAISE 'block 6000 is damaged'; END IF; RETURN '2026-03-02'; END $$`,
      `CREATE VIEW time_entries AS SELECT id, readable(id) AS activity_date, duration_seconds, value_type, stereotype_id,
         user_id, updated_at FROM entered`,
    )
    const service = await pulling({ timesheets: url })
    expect(await faultOf(service)).toMatchObject({
      message: `Source "timesheets" can't be pulled: block 6000 is damaged.`,
      extensions: { code: 'SOURCE_PULL_FAILED', source: 'timesheets' },
    })
    const { ingestBatches } = await service.get('{ ingestBatches { nodes { received inserted } } }')
    expect(ingestBatches.nodes).toEqual([{ received: 5_000, inserted: 5_000 }])
    await service.dispatcher.idle()
    expect(service.logged).toContainEqual(expect.objectContaining({ msg: 'activities changed', inserted: 5_000 }))

    await inSource(
      url,
      `CREATE OR REPLACE FUNCTION readable(id text) RETURNS text LANGUAGE sql AS $$ SELECT '2026-03-02' $$`,
    )
    expect(await sync(service)).toMatchObject({ received: 7_000, inserted: 2_000, unchanged: 5_000 })
    expect(await countIn(service, 'activity')).toBe(7_000)
  })
})

test('a source that ends idle transactions is pulled; one that ends connections is said to', async () => {
  const url = await sourceDatabase(
    entries(20_000, 'a', '2026-03-02 10:00Z'),
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = 20', current_database()); END $$`,
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ inserted: 20_000 })
  await inSource(
    url,
    'ALTER TABLE iterations RENAME TO held',
    `CREATE FUNCTION ends() RETURNS text LANGUAGE sql AS 'SELECT pg_terminate_backend(pg_backend_pid())::text'`,
    'CREATE VIEW iterations AS SELECT ends() AS title, starts_on, ends_on FROM held',
  )
  expect((await faultOf(service)).message).toMatch(
    /can't be pulled: terminating connection due to administrator command\.$/,
  )
})

describe('a pull fails, saying why without a word on credentials,', () => {
  const changedUrls: [name: string, when: string, change: Partial<URL>, message: RegExp][] = [
    ['no_port', 'nobody listens', { port: '1' }, /can't be reached: .*ECONNREFUSED/],
    ['no_database', 'the database is not there', { pathname: '/gone' }, /can't be reached: .*"gone" does not exist/],
    ['no_password', 'the password is wrong', { password: 'hunter2-hunter2' }, /can't be reached: /],
    ['no_user', 'the user is not there', { username: 'stranger' }, /can't be reached: /],
  ]
  const dropped: [name: string, when: string, statement: string, message: string][] = [
    ...['time_entries', 'employees', 'activity_kinds', 'iterations'].map((table): [string, string, string, string] => [
      `no_${table}`,
      `the table ${table} is missing`,
      `DROP TABLE ${table}`,
      `can't be pulled: relation "${table}" does not exist.`,
    ]),
    [
      'no_column',
      'columns are missing, naming them',
      'ALTER TABLE time_entries DROP value_type, DROP user_id',
      ': time_entries has no column "value_type", "user_id". It needs id, ',
    ],
    [
      'no_change',
      'there is no time of the last change to go by',
      'ALTER TABLE time_entries DROP updated_at',
      'updated_at',
    ],
  ]
  const urls: Record<string, string> = {}
  let service: TestService

  beforeAll(async () => {
    const good = await sourceDatabase()
    for (const [name, , change] of changedUrls) urls[name] = Object.assign(new URL(good), change).href
    for (const [name, , statement] of dropped) urls[name] = await sourceDatabase(statement)
    const sources = Object.entries(urls).map(([name, url]) => ({ name, adapter: 'timesheets', url }))
    service = await testService({ sources })
  })

  afterEach(async () => expect(await countIn(service, 'activity')).toBe(0))

  afterAll(() => service.stop())

  test.each(changedUrls)('%s: where %s', async (name, _, __, message) => {
    const { password } = new URL(urls[name] ?? '')
    expect(password.length).toBeGreaterThan(10)
    const fault = await faultOf(service, name)
    expect(fault.message).toMatch(message)
    expect(fault.extensions).toEqual({ code: 'SOURCE_PULL_FAILED', source: name })
    expect(JSON.stringify([fault, service.logged])).not.toContain(password)
  })

  test.each(dropped)('%s: where %s', async (name, _, __, message) => {
    const fault = await faultOf(service, name)
    expect(fault.message).toContain(`Source "${name}"`)
    expect(fault.message).toContain(message)
    expect(fault.extensions).toMatchObject({ code: 'SOURCE_PULL_FAILED', source: name })
  })

  test('and where nothing of the shape was there, writes nothing but a report of it', async () => {
    expect((await faultOf(service, 'no_column')).extensions).toMatchObject({
      missingColumns: ['value_type', 'user_id'],
    })
    const { ingestBatches } = await service.get('{ ingestBatches { nodes { source received error } } }')
    expect(ingestBatches.nodes).toContainEqual({
      source: 'no_column',
      received: 0,
      error: expect.stringContaining('has no column "value_type", "user_id"'),
    })
  })

  test('and that of an unknown source names those that there are', async () => {
    expect(await faultOf(service, 'nowhere')).toMatchObject({
      message: expect.stringMatching(/^Unknown source "nowhere"; there is "timesheets", .*, "no_port", /),
      extensions: { code: 'BAD_USER_INPUT', argument: 'name' },
    })
  })

  test('and that of a source without a database names the variable that would give it one', async () => {
    expect(await faultOf(service, 'timesheets')).toMatchObject({
      message: expect.stringContaining('SOURCE_TIMESHEETS_URL'),
      extensions: { code: 'BAD_USER_INPUT', argument: 'name' },
    })
  })
})

describe('the session on a source is read-only', () => {
  const plan = timesheets.pull as PullPlan

  test.each<[string, Partial<PullPlan>]>([
    ['users', { users: `INSERT INTO employees VALUES (9, 'x') RETURNING id AS external_id, full_name AS name` }],
    ['activities', { changedAt: `to_timestamp(nextval('touched'))` }],
  ])('whatever the plan for %s says', async (_, change) => {
    const url = await sourceDatabase('CREATE SEQUENCE touched', entries(1, 'a', '2026-03-02 10:00Z'))
    const service = await pulling({ timesheets: url })
    const sources = sourcesOf(
      [{ name: 'timesheets', adapter: 'timesheets', url }],
      [{ ...timesheets, pull: { ...plan, ...change } }],
    )
    const pulled = syncSource({ ...service.acl, sources }, 'timesheets')
    await expect(pulled).rejects.toThrow(SourcePullError)
    await expect(pulled).rejects.toThrow(/read-only transaction/)
  })

  test('also where its URL brings options of its own', async () => {
    const url = new URL(await sourceDatabase())
    url.searchParams.set('options', '-c search_path=public')
    const [found] = sourcesOf([{ name: 'timesheets', adapter: 'timesheets', url: url.href }]).values()
    if (!found) throw new Error('There is no source.')
    const source = { ...found, url: url.href }
    const connection = await PostgresConnection.open(source, plan, new AbortController().signal)
    try {
      await expect(connection.run('CREATE TABLE written ()')).rejects.toThrow(/read-only transaction/)
    } finally {
      await connection.close()
    }
  })
})

test('projects are pulled where the source has them', async () => {
  const url = await sourceDatabase(
    entries(2, 'a', '2026-03-02 10:00Z'),
    'CREATE TABLE projects (id integer, name text, client text)',
    "INSERT INTO projects VALUES (1, 'Bridge', 'City'), (2, ' ', NULL)",
    'ALTER TABLE time_entries ADD project_id integer',
    'UPDATE time_entries SET project_id = 1 WHERE id = (SELECT min(id) FROM time_entries)',
  )
  const service = await testService({ sources: [{ name: 'timesheets', adapter: 'timesheets', url }] })
  try {
    const { syncSource } = await service.get('mutation { syncSource(name: "timesheets") { quarantined inserted } }')
    const { projects, activities } = await service.get(
      '{ projects { externalId name client } activities { nodes { project { name } } } }',
    )
    expect(projects).toEqual([
      { externalId: '2', name: '2', client: null },
      { externalId: '1', name: 'Bridge', client: 'City' },
    ])
    const named = activities.nodes.filter(({ project }: { project: object | null }) => project)
    expect(syncSource).toEqual({ inserted: 2, quarantined: 0 })
    expect(named).toEqual([{ project: { name: 'Bridge' } }])
  } finally {
    await service.stop()
  }
})

test('how many rows there are to pull is told, and how far it is', async () => {
  const url = await sourceDatabase(
    entries(5_000, 'a', '2026-03-02 10:00Z'),
    entries(10, 'b', '2026-03-03 10:00Z'),
    `UPDATE time_entries SET updated_at = NULL WHERE id < 'a00003'`,
  )
  const service = await pulling({ timesheets: url })
  expect(await progressOf(service)).toEqual([0, 2, 5_002, 5_010].map((rows) => ({ rows, total: 5_010 })))
  // Those that don't say when they were changed, and those of the overlap.
  expect(await progressOf(service)).toEqual([0, 2, 12].map((rows) => ({ rows, total: 12 })))
})

describe('a rehearsal', () => {
  const rows = ['activity', 'app_user', 'ingest_batch', 'quarantined_row', 'rejection', 'slice']

  test('of a pull that fails says so, and leaves nothing either', async () => {
    const service = await pulling({ timesheets: await sourceDatabase('ALTER TABLE time_entries DROP value_type') })
    await expect(previewPull(service.acl, 'timesheets')).rejects.toThrow(/has no column "value_type"/)
    expect(await Promise.all(rows.map((table) => countIn(service, table)))).toEqual(rows.map(() => 0))
    expect(service.logged).toEqual([])
  })

  test('of a pull takes rows of several pages, tells nobody, and leaves nothing', async () => {
    const url = await sourceDatabase(
      entries(5_001, 'a', '2026-03-02 10:00Z'),
      entries(1, 'b', '2026-03-02 10:00Z', { date: 'soon' }),
    )
    const service = await pulling({ timesheets: url })
    const { report, refusals } = await previewPull(service.acl, 'timesheets')
    expect(report).toMatchObject({ received: 5_002, inserted: 5_001, quarantined: 1 })
    expect(refusals).toMatchObject([{ code: 'INVALID_DATE', count: 1, externalId: 'b00001' }])
    expect(await Promise.all(rows.map((table) => countIn(service, table)))).toEqual(rows.map(() => 0))
    expect(service.logged).toEqual([])
  })
})
