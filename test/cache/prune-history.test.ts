import 'reflect-metadata'
import { Database } from '../../src/cache/database.ts'
import { pruneHistory } from '../../src/cache/prune-history.ts'
import { revisionsAt } from '../../src/cache/revisions.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { freshDatabase } from '../support/databases.ts'

const DAY = 86_400

let database: Database

beforeAll(async () => {
  database = new Database(await (await cacheDataSource(await freshDatabase())).initialize())
})

/** A source with a revision each day of the nine before now, each of which changed one activity and one code. */
beforeEach(async () => {
  await database.sql('TRUNCATE activity_history, stereotype_history, source_cursor, source_revision')
  for (const source of ['a', 'b']) {
    await database.sql(
      `INSERT INTO source_revision (source, revision, at, xid)
       SELECT $1, revision, now() - (10 - revision) * interval '1 day', '1' FROM generate_series(1, 9) AS revision`,
      [source],
    )
    await database.sql(
      `INSERT INTO source_cursor (source, revision, history_from) SELECT $1, 9, min(at) FROM source_revision WHERE source = $1`,
      [source],
    )
    await database.sql(
      `INSERT INTO activity_history (activity_id, until_revision, since_revision, source, external_id, date, duration_seconds, type, stereotype_id, user_id)
       SELECT gen_random_uuid(), revision, revision - 1, $1, revision::text, '2026-03-02', 60, 'VALUE_ADD', gen_random_uuid(), gen_random_uuid()
       FROM generate_series(2, 9) AS revision`,
      [source],
    )
    await database.sql(
      `INSERT INTO stereotype_history (stereotype_id, until_revision, since_revision, source, external_id, code, name)
       SELECT gen_random_uuid(), revision, revision - 1, $1, revision::text, 'x', 'x' FROM generate_series(2, 9) AS revision`,
      [source],
    )
  }
})

afterAll(() => database.dataSource.destroy())

/** What held at a moment so many days ago, as far as it is kept. */
async function asOf(days: number): Promise<unknown> {
  const at = new Date(Date.now() - days * DAY * 1_000)
  const moments = await revisionsAt(database.sql, at)
  return Promise.all(
    moments.map(async ({ source, revision, historyFrom }) => ({
      source,
      revision,
      isKnown: historyFrom !== null && historyFrom <= at,
      held: await database.sql(
        `SELECT external_id FROM activity_history WHERE source = $1 AND since_revision <= $2 AND until_revision > $2`,
        [source, revision],
      ),
    })),
  )
}

async function kept(table: string, column: string): Promise<number[]> {
  const rows = await database.sql<{ kept: number }>(
    `SELECT ${column} AS kept FROM ${table} WHERE source = 'a' ORDER BY 1`,
  )
  return rows.map((row) => row.kept)
}

test.each([1, 2, 5_000])('what can be asked for stays, and nothing else, %i rows at a time', async (batchRows) => {
  const before = await Promise.all([1.5, 2.5, 3.5, 4.4].map(asOf))
  expect(await pruneHistory(database, 4.5 * DAY, batchRows)).toEqual({ states: 8, codes: 8, revisions: 8 })
  expect(await Promise.all([1.5, 2.5, 3.5, 4.4].map(asOf))).toEqual(before)
  expect(await kept('source_revision', 'revision')).toEqual([5, 6, 7, 8, 9])
  expect(await kept('activity_history', 'until_revision')).toEqual([6, 7, 8, 9])
  expect(await kept('stereotype_history', 'until_revision')).toEqual([6, 7, 8, 9])
  expect(await asOf(4.6)).toMatchObject([{ isKnown: false }, { isKnown: false }])
})

test('the last revision stays, however long ago it was', async () => {
  await pruneHistory(database, 0)
  expect(await kept('source_revision', 'revision')).toEqual([9])
  expect(await kept('activity_history', 'until_revision')).toEqual([])
  expect(await pruneHistory(database, 0)).toEqual({ states: 0, codes: 0, revisions: 0 })
})

test('what is younger than is kept stays whole, and so does where history begins', async () => {
  const before = await database.sql('SELECT * FROM source_cursor ORDER BY source')
  expect(await pruneHistory(database, 400 * DAY)).toEqual({ states: 0, codes: 0, revisions: 0 })
  expect(await database.sql('SELECT * FROM source_cursor ORDER BY source')).toEqual(before)
})

test('a source of which nothing was kept has no beginning', async () => {
  await database.sql(`INSERT INTO source_cursor (source) VALUES ('c')`)
  await pruneHistory(database, 0)
  expect(await database.sql(`SELECT history_from FROM source_cursor WHERE source = 'c'`)).toEqual([
    { history_from: null },
  ])
})

test('a source that is written now has its turn another time', async () => {
  await database.writing(['a'], async () => {
    await pruneHistory(database, 4.5 * DAY)
  })
  expect(await kept('source_revision', 'revision')).toHaveLength(9)
  expect(await database.sql(`SELECT FROM source_revision WHERE source = 'b'`)).toHaveLength(5)
})
