import { timesheets } from '../../src/source/adapters/timesheets.ts'
import { ingestRows, removeActivities } from '../../src/source/ingest.ts'
import { saveReferences } from '../../src/source/references.ts'
import { removeSource } from '../../src/source/removals.ts'
import { sourcesOf } from '../../src/source/sources.ts'
import { syncSource } from '../../src/source/sync-source.ts'
import { testService } from '../support/service.ts'
import { row } from '../support/timesheet-rows.ts'
import { pulling, SYNC, stored, sync } from './pulling.ts'
import { inSource, sourceDatabase } from './source-database.ts'

describe('keys of columns of fixed width', () => {
  test('match wherever they are padded', async () => {
    const url = await sourceDatabase(
      'DROP TABLE employees, activity_kinds',
      'CREATE TABLE employees (id char(8), full_name text)',
      `INSERT INTO employees VALUES ('ann', 'Ann')`,
      'CREATE TABLE activity_kinds (id char(4), code text, label text)',
      `INSERT INTO activity_kinds VALUES ('m', 'meeting', 'Meeting')`,
      `ALTER TABLE time_entries ALTER user_id TYPE char(12), ALTER stereotype_id TYPE char(6), ALTER id TYPE char(300)`,
      `INSERT INTO time_entries VALUES ('a1', '2026-03-02', 3600, 'NVA', 'm', 'ann')`,
    )
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({ inserted: 1, quarantined: 0 })
    expect(await stored(service)).toEqual(['a1 ann 2026-03-02 3600'])
    const found = await service.get('{ activities(filter: { externalIds: [" a1 "] }) { nodes { externalId } } }')
    expect(found.activities.nodes).toEqual([{ externalId: 'a1' }])
  })
})

describe('keys without a case, by the choice of the adapter,', () => {
  const settings = (url: string) => [{ name: 'timesheets', adapter: 'timesheets', url }]

  test('match in rows, references and through the API', async () => {
    const url = await sourceDatabase(
      'ALTER TABLE employees ALTER id TYPE text',
      `INSERT INTO employees VALUES ('Cy', 'Cy')`,
      'ALTER TABLE time_entries ALTER user_id TYPE text',
      `INSERT INTO time_entries VALUES ('A1', '2026-03-02', 3600, 'NVA', 2, 'CY')`,
    )
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({ quarantined: 1 })

    const sources = sourcesOf(settings(url), [{ ...timesheets, caselessKeys: true }])
    const acl = { ...service.acl, sources }
    for (const options of [{}, { full: true }, { moved: true }]) {
      await expect(syncSource(acl, 'timesheets', options)).rejects.toThrow(
        /^Source "timesheets" is another than the one pulled before: the way keys are compared was with case and is without case\. Nothing was pulled\. Else/,
      )
    }
    await removeSource(acl, 'timesheets')
    await syncSource(acl, 'timesheets')
    expect(await stored(service)).toEqual(['a1 cy 2026-03-02 3600'])
    await saveReferences(acl, { users: [{ source: 'timesheets', externalId: 'DEE', name: 'Dee' }] })
    const rows = [row('A2', { user_id: 'dee', stereotype_id: '2' })]
    expect(await ingestRows(acl, { source: 'timesheets', rows })).toMatchObject({ inserted: 1 })
    expect(await removeActivities(acl, 'timesheets', ['a2 '])).toBe(1)
  })

  test('are refused twice in one input', async () => {
    const service = await testService()
    const sources = sourcesOf(settings('postgres://127.0.0.1:1/x'), [{ ...timesheets, caselessKeys: true }])
    const users = ['Ann', 'ANN'].map((externalId) => ({ source: 'timesheets', externalId, name: 'Ann' }))
    await expect(saveReferences({ ...service.acl, sources }, { users })).rejects.toThrow(
      '"ann" is there twice in source "timesheets"',
    )
    await service.stop()
  })
})

test('hours kept as floats come in as whole seconds; what is off by more than a millisecond is refused', async () => {
  const url = await sourceDatabase(
    'ALTER TABLE time_entries ALTER duration_seconds TYPE double precision',
    `INSERT INTO time_entries SELECT 'm' || minutes, '2026-03-02', minutes::double precision / 60 * 3600, 'NVA', 2, 1
     FROM generate_series(0, 600) minutes`,
    `INSERT INTO time_entries VALUES ('off', '2026-03-02', 60.0011, 'NVA', 2, 1)`,
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ inserted: 601, quarantined: 1 })
  expect(await stored(service)).toContain('m31 1 2026-03-02 1860')
  const { quarantine } = await service.get('{ quarantine { nodes { externalId problems { code } } } }')
  expect(quarantine.nodes).toEqual([{ externalId: 'off', problems: [{ code: 'INVALID_TYPE' }] }])
})

test('a row whose user comes later counts as soon as the user is pulled', async () => {
  const url = await sourceDatabase(
    `INSERT INTO time_entries VALUES ('a1', '2026-03-02', 3600, 'NVA', 2, 3, '2026-01-02 10:00Z'),
       ('a2', '2026-03-02', 60, 'NVA', 2, 1, '2026-03-02 10:00Z')`,
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ inserted: 1, quarantined: 1 })
  await inSource(url, `INSERT INTO employees VALUES (3, 'Cy')`)
  expect(await sync(service)).toMatchObject({ received: 1, unchanged: 1, quarantined: 0 })
  expect(await stored(service)).toEqual(['a1 3 2026-03-02 3600', 'a2 1 2026-03-02 60'])
  const { quarantine } = await service.get('{ quarantine { nodes { status } } }')
  expect(quarantine.nodes).toEqual([{ status: 'RELEASED' }])
})

test('references and rows of one pull are those of one moment', async () => {
  const url = await sourceDatabase(`INSERT INTO time_entries VALUES ('a1', '2026-03-02', 60, 'NVA', 2, 1)`)
  const service = await pulling({ timesheets: url })
  const { database } = service.acl
  // Before the references that were read are stored, a user comes and books.
  let transactions = 0
  const meanwhile = Object.create(database, {
    transaction: {
      value: async (work: Parameters<typeof database.transaction>[0]) => {
        if (++transactions === 2) {
          await inSource(
            url,
            `INSERT INTO employees VALUES (3, 'Cy')`,
            `INSERT INTO time_entries VALUES ('a2', '2026-03-02', 120, 'NVA', 2, 3)`,
          )
        }
        return database.transaction(work)
      },
    },
  }) as typeof database
  const first = await syncSource({ ...service.acl, database: meanwhile }, 'timesheets')
  expect(transactions).toBeGreaterThan(2)
  expect(first).toMatchObject({ received: 1, inserted: 1, quarantined: 0 })
  expect(await sync(service)).toMatchObject({ received: 2, inserted: 1, quarantined: 0 })
})

test('sprints of one name of two sources and of the API are three', async () => {
  const one = await sourceDatabase()
  const two = await sourceDatabase(`UPDATE iterations SET starts_on = '2026-06-01', ends_on = '2026-06-14'`)
  const service = await pulling({ one, two })
  for (const name of ['one', 'two', 'one']) await service.get(SYNC, { name })
  const made = await service.get(
    `mutation { upsertSprints(input: [{ name: "Sprint 1", startDate: "2026-09-01", endDate: "2026-09-14" }]) { source externalId } }`,
  )
  expect(made.upsertSprints).toEqual([{ source: 'api', externalId: 'Sprint 1' }])
  expect((await service.get('{ sprints { source externalId name startDate } }')).sprints).toEqual([
    { source: 'one', externalId: 'Sprint 1', name: 'Sprint 1', startDate: '2026-03-02' },
    { source: 'two', externalId: 'Sprint 1', name: 'Sprint 1', startDate: '2026-06-01' },
    { source: 'api', externalId: 'Sprint 1', name: 'Sprint 1', startDate: '2026-09-01' },
  ])
})

test('a sprint that has a key of its own keeps it through another name', async () => {
  const url = await sourceDatabase()
  const service = await pulling({ timesheets: url })
  const pull = timesheets.pull && {
    ...timesheets.pull,
    sprints: 'SELECT id AS external_id, title AS name, starts_on AS start_date, ends_on AS end_date FROM iterations',
  }
  const sources = sourcesOf([{ name: 'timesheets', adapter: 'timesheets', url }], [{ ...timesheets, pull }])
  await syncSource({ ...service.acl, sources }, 'timesheets')
  await inSource(url, `UPDATE iterations SET title = 'Renamed'`)
  await syncSource({ ...service.acl, sources }, 'timesheets')
  expect((await service.get('{ sprints { externalId name } }')).sprints).toEqual([{ externalId: '1', name: 'Renamed' }])
})

describe('pulled names are held to the rules of the API’s:', () => {
  test.each([
    ['too long', `repeat('x', 201)`, 'must have at most 200 characters'],
    ['with a control character', `E'An\\x07n'`, 'must not hold control characters'],
  ])('one %s gives way to the key, and is warned of', async (_, name, fault) => {
    const url = await sourceDatabase(
      `UPDATE employees SET full_name = ${name} WHERE id = 1`,
      `UPDATE activity_kinds SET label = ${name} WHERE id = 2`,
      `INSERT INTO time_entries VALUES ('a1', '2026-03-02', 60, 'NVA', 2, 1)`,
    )
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({
      inserted: 1,
      warnings: [
        {
          code: 'REFERENCE_UNUSABLE',
          message: `user of source "timesheets": the name of "1" ${fault}; "1" stands for it`,
        },
        { message: `stereotype of source "timesheets": the name of "2" ${fault}; "meeting" stands for it` },
      ],
    })
    const { users, stereotypes } = await service.get('{ users { nodes { name } } stereotypes { name } }')
    expect(users.nodes).toEqual([{ name: '1' }, { name: 'Ben' }])
    expect(stereotypes).toEqual([{ name: 'Coding' }, { name: 'meeting' }])
  })
})

test('views that take dates from instants give them in the database’s own zone', async () => {
  const url = await sourceDatabase(
    'ALTER TABLE time_entries RENAME TO entered',
    'ALTER TABLE entered ADD started_at timestamptz',
    `INSERT INTO entered VALUES ('a1', NULL, 3600, 'NVA', 2, 1, '2026-03-02 10:00Z', '2026-03-02 00:30+09')`,
    `CREATE VIEW time_entries AS SELECT id, started_at::date AS activity_date, duration_seconds, value_type, stereotype_id, user_id,
       updated_at FROM entered`,
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Tokyo''', current_database()); END $$`,
  )
  const service = await pulling({ timesheets: url })
  await sync(service)
  expect(await stored(service)).toEqual(['a1 1 2026-03-02 3600'])
  expect(await sync(service)).toMatchObject({ received: 1, unchanged: 1 })
})

test('a database whose dates are not written as ISO has them is read all the same', async () => {
  const url = await sourceDatabase(
    `ALTER TABLE time_entries ALTER activity_date TYPE date USING activity_date::date`,
    `INSERT INTO time_entries VALUES ('a1', '2026-03-02', 3600, 'NVA', 2, 1)`,
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = ''German, DMY''', current_database()); END $$`,
  )
  const service = await pulling({ timesheets: url })
  expect(await sync(service)).toMatchObject({ inserted: 1 })
  expect(await sync(service)).toMatchObject({ unchanged: 1 })
})
