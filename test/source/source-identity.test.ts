import { onDatabase } from '../support/databases.ts'
import type { TestService } from '../support/service.ts'
import { pulling, SYNC, stored, sync } from './pulling.ts'
import { entries, inSource, sourceDatabase } from './source-database.ts'

async function refusalOf(service: TestService): Promise<{ message: string; extensions: object }> {
  const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
  expect(errors).toMatchObject([{ extensions: { code: 'SOURCE_CHANGED', source: 'timesheets' } }])
  return errors[0] ?? { message: '', extensions: {} }
}

const ONE = entries(1, 'a', '2026-03-02 10:00Z')

describe('another database under the name of one that was pulled', () => {
  let first: TestService
  let second: TestService

  beforeEach(async () => {
    first = await pulling({ timesheets: await sourceDatabase(ONE) })
    await sync(first)
    const own = await sourceDatabase(
      `UPDATE employees SET full_name = 'Cleo' WHERE id = 1`,
      entries(2, 'b', '2026-01-02 10:00Z'),
    )
    second = await pulling({ timesheets: own }, { cache: first.url })
  })

  test('is refused, saying what is different and what can be done; nothing is pulled', async () => {
    const { message } = await refusalOf(second)
    expect(message).toMatch(
      /^Source "timesheets" is another than the one pulled before: the database was test_\w+ and is test_\w+/,
    )
    expect(message).toContain('syncSource(name: "timesheets", moved: true)')
    expect(message).toContain('removeSource(name: "timesheets")')
    expect(await stored(second)).toEqual(['a00001 1 2026-03-02 1'])
    expect((await second.get('{ users { nodes { name } } }')).users.nodes).toEqual([{ name: 'Ann' }, { name: 'Ben' }])
  })

  test('is pulled whole once the source was removed, without a trace of the other', async () => {
    expect(await second.get('mutation { removeSource(name: "timesheets") { activities users } }')).toEqual({
      removeSource: { activities: 1, users: 2 },
    })
    expect(await sync(second)).toMatchObject({ inserted: 2 })
    expect(await stored(second)).toEqual(['b00001 1 2026-03-02 1', 'b00002 1 2026-03-02 2'])
    expect((await second.get('{ users { nodes { name } } }')).users.nodes).toEqual([{ name: 'Ben' }, { name: 'Cleo' }])
  })

  test('is taken over where it is said to have moved, whatever its times of change', async () => {
    expect(await sync(second, { moved: true })).toMatchObject({ inserted: 2 })
    // What the old place had and the new one hasn't is gone.
    expect(await stored(second)).toHaveLength(2)
    expect(await sync(second)).toMatchObject({ received: 2, unchanged: 2 })
    await refusalOf(first)
  })
})

test('another adapter or table is refused, naming it', async () => {
  const service = await pulling({ timesheets: await sourceDatabase(ONE) })
  await sync(service)
  await service.database.sql(
    `UPDATE source_cursor SET identity = identity || '{"adapter": "redmine", "table": "entries", "system": "1"}'`,
  )
  const { message } = await refusalOf(service)
  expect(message).toMatch(
    /the server was 1 and is \d{10,}; the adapter was redmine and is timesheets; the table was entries and is time_entries\./,
  )
})

test('a server that does not tell its number is known by the rest', async () => {
  const url = await sourceDatabase(ONE)
  const service = await pulling({ timesheets: url })
  await sync(service)
  await service.database.sql(`UPDATE source_cursor SET identity = identity || '{"system": null}'`)
  expect(await sync(service)).toMatchObject({ unchanged: 1 })
})

describe('a table that was made anew', () => {
  const REMADE = [
    'CREATE TABLE remade (LIKE time_entries INCLUDING ALL)',
    'INSERT INTO remade SELECT * FROM time_entries',
    'DROP TABLE time_entries',
    'ALTER TABLE remade RENAME TO time_entries',
  ]

  test('is read in full, as rows of any time may be others now', async () => {
    const url = await sourceDatabase(ONE, entries(1, 'old', '2025-03-02 10:00Z'))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, ...REMADE, `UPDATE time_entries SET duration_seconds = 77 WHERE id = 'old00001'`)
    expect(await sync(service)).toMatchObject({ updated: 1, unchanged: 1, warnings: [] })
    expect(await sync(service)).toMatchObject({ received: 1, unchanged: 1 })
  })

  test('is read in full also where its first pull breaks off', async () => {
    const url = await sourceDatabase(ONE, entries(1, 'old', '2025-03-02 10:00Z'))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, ...REMADE, `UPDATE time_entries SET duration_seconds = 77 WHERE id = 'old00001'`)
    await inSource(url, 'ALTER TABLE iterations RENAME TO gone')
    expect((await service.ask(SYNC, { name: 'timesheets' })).errors).toHaveLength(1)
    await inSource(url, 'ALTER TABLE gone RENAME TO iterations')
    expect(await sync(service)).toMatchObject({ updated: 1, unchanged: 1 })
  })

  test('with older rows is refused', async () => {
    const url = await sourceDatabase(ONE)
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, ...REMADE, 'TRUNCATE time_entries', entries(1, 'old', '2025-03-02 10:00Z'))
    expect((await refusalOf(service)).message).toContain(
      'it was made anew, and its newest row is of 2025-03-02 10:00:00',
    )
    expect(await sync(service, { moved: true })).toMatchObject({ inserted: 1 })
  })
})

test('a source whose newest rows are gone is pulled, with a warning, until it was read in full', async () => {
  const url = await sourceDatabase(ONE, entries(1, 'b', '2026-03-02 12:00Z'))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, `DELETE FROM time_entries WHERE id = 'b00001'`)
  const warning = {
    code: 'NEWEST_GONE',
    message: expect.stringContaining('syncSource(name: "timesheets", full: true)'),
  }
  expect(await sync(service)).toMatchObject({ warnings: [warning] })
  expect(await sync(service)).toMatchObject({ warnings: [warning] })
  expect(await sync(service, { full: true })).toMatchObject({ unchanged: 1, warnings: [] })
  expect(await sync(service)).toMatchObject({ warnings: [] })
})

describe('of a cache of an earlier version nobody knows which database it was:', () => {
  test.each([
    ['its newest row was deleted since', `place = '2026-03-02 12:00Z'`],
    ['its place has not come yet', `place = now() + interval '30 years'`],
    ['its place is infinite', `place = 'infinity'`],
  ])('it is read in full where %s', async (_, place) => {
    const service = await pulling({ timesheets: await sourceDatabase(ONE, entries(1, 'old', '2025-03-02 10:00Z')) })
    await sync(service)
    await service.database.sql(`UPDATE source_cursor SET identity = NULL, ${place}`)
    expect(await sync(service)).toMatchObject({ received: 2, unchanged: 2 })
    expect(await sync(service)).toMatchObject({ received: 1, unchanged: 1, warnings: [] })
  })
})

test('a user who may not ask for the number of the server can pull', async () => {
  const url = new URL(await sourceDatabase(ONE))
  const reader = `reader_${Date.now()}`
  await onDatabase(url.href, async (client) => {
    await client.query(`REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC`)
    await client.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'reads-only-1'`)
    await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader}`)
  })
  url.username = reader
  url.password = 'reads-only-1'
  const service = await pulling({ timesheets: url.href })
  expect(await sync(service)).toMatchObject({ inserted: 1 })
  expect(await service.database.sql(`SELECT identity ->> 'system' AS system FROM source_cursor`)).toEqual([
    { system: null },
  ])
})
