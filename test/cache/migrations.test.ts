import 'reflect-metadata'
import type { CacheDataSource } from '../../src/cache/cache-data-source.ts'
import { checkTables, migrate } from '../../src/cache/migrate.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { freshDatabase } from '../support/databases.ts'

/** Migrations that change rows, not the schema. */
const OF_ROWS_ALONE = new Set(['TrimKeys1795564804000'])

const opened: CacheDataSource[] = []

afterEach(async () => {
  for (const dataSource of opened.splice(0)) await dataSource.destroy()
})

async function open(url: string): Promise<CacheDataSource> {
  const dataSource = await (await cacheDataSource(url)).initialize()
  opened.push(dataSource)
  return dataSource
}

/** Tables, views, sequences, types and functions that someone made, and how columns and indexes were, but for TypeORM's own list. */
async function madeIn(dataSource: CacheDataSource): Promise<string[]> {
  const rows: { name: string }[] = await dataSource.query(
    `SELECT concat_ws(': ', relname, CASE relkind WHEN 'i' THEN pg_get_indexdef(oid) END) AS name
     FROM pg_class WHERE relnamespace = 'public'::regnamespace
     UNION ALL
     SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
     UNION ALL
     SELECT concat(attrelid::regclass, '.', attname, ': ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN ' NOT NULL' END) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
     UNION ALL
     SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
     ORDER BY name`,
  )
  return rows.map(({ name }) => name).filter((name) => !/^(migrations|PK_)/.test(name) && name !== 'migrations_id_seq')
}

/** Not a column or an index, which a migration may make another of. */
function isWhole(made: string): boolean {
  return !/[.:]/.test(made)
}

test('the migrations make exactly what the entities say', async () => {
  const dataSource = await open(await freshDatabase('nothing'))
  expect(await madeIn(dataSource)).toEqual([])
  await migrate(dataSource)
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log()
  expect(upQueries.map(({ query }) => query)).toEqual([])
  expect(await dataSource.showMigrations()).toBe(false)
})

test('every table of an entity is there, and no other', async () => {
  const dataSource = await open(await freshDatabase('nothing'))
  await migrate(dataSource)
  const rows: { name: string }[] = await dataSource.query(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
  )
  expect(rows.map(({ name }) => name).sort()).toEqual(
    dataSource.entityMetadatas.map((entity) => entity.tableName).sort(),
  )
})

test('the columns of a key stand in the order of their entity', async () => {
  const dataSource = await open(await freshDatabase('nothing'))
  await migrate(dataSource)
  const keys: { name: string; columns: string[] }[] = await dataSource.query(
    `SELECT indrelid::regclass::text AS name, array_agg(attname::text ORDER BY place) AS columns
     FROM pg_index CROSS JOIN unnest(indkey::int2[]) WITH ORDINALITY AS key (number, place)
     JOIN pg_attribute ON attrelid = indrelid AND attnum = number JOIN pg_class ON pg_class.oid = indrelid
     WHERE indisprimary AND relnamespace = 'public'::regnamespace AND relname <> 'migrations'
     GROUP BY indrelid ORDER BY 1`,
  )
  const said = dataSource.entityMetadatas.map(({ tableName, primaryColumns }) => ({
    name: tableName,
    columns: primaryColumns.map((column) => column.databaseName),
  }))
  expect(keys).toEqual(said.sort((a, b) => (a.name < b.name ? -1 : 1)))
})

test('indexes of part of a table are of the part that their entities say', async () => {
  const dataSource = await open(await freshDatabase('nothing'))
  await migrate(dataSource)
  const made: { name: string; part: string }[] = await dataSource.query(
    `SELECT indexrelid::regclass::text AS name, pg_get_expr(indpred, indrelid) AS part
     FROM pg_index WHERE indpred IS NOT NULL`,
  )
  const said = dataSource.entityMetadatas.flatMap(({ indices }) => indices.filter(({ where }) => where))
  const plain = (condition: string) => condition.replaceAll(/[()]|::\w+/g, '')
  expect(made.map(({ name, part }) => `${name}: ${plain(part)}`).sort()).toEqual(
    said.map(({ name, where }) => `${name}: ${plain(where ?? '')}`).sort(),
  )
})

test('each migration reverts, and all of them leave nothing', async () => {
  const dataSource = await open(await freshDatabase('nothing'))
  await migrate(dataSource)
  let before = await madeIn(dataSource)
  for (const { name } of [...dataSource.migrations].reverse()) {
    await dataSource.undoLastMigration()
    const after = await madeIn(dataSource)
    if (!OF_ROWS_ALONE.has(name ?? '')) expect([name, after]).not.toEqual([name, before])
    expect(before.filter(isWhole)).toEqual(expect.arrayContaining(after.filter(isWhole)))
    before = after
  }
  expect(before).toEqual([])
})

test('what was reverted can be migrated again', async () => {
  const dataSource = await open(await freshDatabase())
  const before = await madeIn(dataSource)
  for (const _ of dataSource.migrations) await dataSource.undoLastMigration()
  await migrate(dataSource)
  expect(await madeIn(dataSource)).toEqual(before)
})

test('migrating again changes nothing', async () => {
  const dataSource = await open(await freshDatabase())
  const before = await madeIn(dataSource)
  await migrate(dataSource)
  expect(await madeIn(dataSource)).toEqual(before)
})

test('processes that migrate one empty database at once all succeed', async () => {
  const url = await freshDatabase('nothing')
  const dataSources = await Promise.all([open(url), open(url), open(url)])
  await Promise.all(dataSources.map(migrate))
  const [first] = dataSources
  expect(await first?.query('SELECT count(*)::integer AS count FROM migrations')).toEqual([
    { count: first?.migrations.length },
  ])
})

describe('a cache of an earlier version', () => {
  /** The cache as it was before a migration, with these rows in it, brought up to date. */
  async function migratedFrom(migration: string, ...statements: string[]): Promise<CacheDataSource> {
    const dataSource = await open(await freshDatabase())
    for (let last = dataSource.migrations.length - 1; last >= 0; last--) {
      await dataSource.undoLastMigration()
      if (dataSource.migrations[last]?.name?.startsWith(migration)) break
    }
    for (const statement of statements) await dataSource.query(statement)
    await migrate(dataSource)
    return dataSource
  }
  const activity = (id: string, externalId: string) =>
    `INSERT INTO activity (id, source, external_id, date, duration_seconds, type, stereotype_id, user_id)
     VALUES ('00000000-0000-7000-8000-00000000000${id}', 'timesheets', '${externalId}', '2026-03-02', 1, 'VALUE_ADD', gen_random_uuid(), gen_random_uuid())`
  const sprint = `INSERT INTO sprint (id, name, start_date, end_date) VALUES (gen_random_uuid(), 'S', '2026-03-02', '2026-03-13')`

  test('keeps its places, as moments', async () => {
    const dataSource = await migratedFrom(
      'KnowSourcesAgain',
      `INSERT INTO source_cursor (source, cursor) VALUES ('a', '["2026-03-02 10:00:00.123456+00", "7"]'), ('b', NULL)`,
    )
    expect(await dataSource.query('SELECT source, place::text FROM source_cursor ORDER BY source')).toEqual([
      { source: 'a', place: '2026-03-02 10:00:00.123456+00' },
      { source: 'b', place: null },
    ])
  })

  test.each([
    ['the one source that was pulled', ['a'], 'a'],
    ['the API where several were', ['a', 'b'], 'api'],
    ['the API where none was', [], 'api'],
  ])('gives its sprints to %s', async (_, pulled, source) => {
    const dataSource = await migratedFrom(
      'KeySprintsBySource',
      sprint,
      ...pulled.map((name) => `INSERT INTO source_cursor (source, cursor) VALUES ('${name}', '["2026-03-02", "7"]')`),
    )
    expect(await dataSource.query('SELECT source, external_id, name FROM sprint')).toEqual([
      { source, external_id: 'S', name: 'S' },
    ])
  })

  test('has the padded keys of its users and refused rows trimmed, by the rule for what comes in', async () => {
    const dataSource = await migratedFrom(
      'TrimKeys',
      `INSERT INTO app_user VALUES (gen_random_uuid(), 'a', E'\u00a0pu ', 'Pu'), (gen_random_uuid(), 'b', 'pu', 'Pu')`,
      `INSERT INTO stereotype VALUES (gen_random_uuid(), 'a', 's ', 's', 'S')`,
      `INSERT INTO sprint VALUES (gen_random_uuid(), 'S', '2026-03-02', '2026-03-13', 'a', ' S')`,
      `INSERT INTO quarantined_row (id, source, batch_id, row_index, external_id, row, fingerprint, problems, first_seen_at, last_seen_at)
       VALUES (gen_random_uuid(), 'a', gen_random_uuid(), 0, ' Bad', '{}', 'f', '[]', now(), now())`,
    )
    const keys = await dataSource.query(
      `SELECT external_id AS key FROM app_user UNION ALL SELECT external_id FROM stereotype UNION ALL SELECT external_id FROM sprint
       UNION ALL SELECT external_id FROM quarantined_row`,
    )
    expect(keys.map(({ key }: { key: string }) => key)).toEqual(['pu', 'pu', 's', 'S', 'Bad'])
  })

  test('has history from now on of the sources that have something, and says so', async () => {
    const dataSource = await migratedFrom(
      'KeepHistory',
      `INSERT INTO stereotype VALUES (gen_random_uuid(), 'a', 's', 's', 'S'), (gen_random_uuid(), 'b', 's', 's', 'S')`,
      `INSERT INTO source_cursor (source, place) VALUES ('a', '2026-03-02'), ('empty', NULL)`,
      activity('1', 'one'),
    )
    expect(
      await dataSource.query(
        `SELECT c.source, c.revision::integer, r.revision::integer AS noted, at = history_from AND at <= now() AS "isSince"
         FROM source_cursor c LEFT JOIN source_revision r USING (source) ORDER BY source`,
      ),
    ).toEqual([
      { source: 'a', revision: 0, noted: 0, isSince: true },
      { source: 'b', revision: 0, noted: 0, isSince: true },
      { source: 'empty', revision: 0, noted: null, isSince: null },
    ])
    expect(await dataSource.query('SELECT since_revision::integer FROM activity')).toEqual([{ since_revision: 0 }])
  })

  test('has its padded keys trimmed, each that would be there twice left as it is', async () => {
    const dataSource = await migratedFrom(
      'TrimKeys',
      activity('1', 'lone  '),
      activity('2', 'twice'),
      activity('3', 'twice '),
      activity('4', 'both '),
      activity('5', ' both'),
    )
    expect(await dataSource.query('SELECT external_id FROM activity ORDER BY id')).toEqual(
      ['lone', 'twice', 'twice ', 'both', ' both'].map((external_id) => ({ external_id })),
    )
  })
})

test('a table that no migration makes is named, with what writes one', async () => {
  const dataSource = await open(await freshDatabase())
  await checkTables(dataSource)
  await dataSource.query('DROP TABLE sprint_summary')
  await expect(checkTables(dataSource)).rejects.toThrow(/"sprint_summary": npm run migration:generate/)
})
