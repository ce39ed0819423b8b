import type { CacheDataSource } from '../../src/cache/cache-data-source.ts'
import { Database } from '../../src/cache/database.ts'
import { migrate } from '../../src/cache/migrate.ts'
import { makeScopedViews, seeing } from '../../src/cache/scoped-views.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { freshDatabase } from '../support/databases.ts'

const ANN = '01938d5e-0000-7000-8000-00000000000a'
const BEN = '01938d5e-0000-7000-8000-00000000000b'
const TODAY = '2026-04-15'

const opened: CacheDataSource[] = []

afterEach(async () => {
  for (const dataSource of opened.splice(0)) await dataSource.destroy()
})

async function open(url: string): Promise<CacheDataSource> {
  const dataSource = await (await cacheDataSource(url)).initialize()
  opened.push(dataSource)
  return dataSource
}

/** What the views are of, by their own identity: other ones under the same names are others. */
async function madeIn(dataSource: CacheDataSource): Promise<string[]> {
  const rows: { view: string }[] = await dataSource.query(
    `SELECT concat(relname, ' ', oid) AS view FROM pg_class WHERE relnamespace = 'scoped'::regnamespace ORDER BY 1`,
  )
  return rows.map(({ view }) => view)
}

/** What Ann reads. */
async function readBy<Row extends object>(dataSource: CacheDataSource, text: string): Promise<Row[]> {
  const database = new Database(dataSource).limitedTo(seeing({ teamIds: [], userIds: [ANN] }, TODAY))
  return database.sql<Row>(text)
}

test('there is a view of each table that anything is read of, and it is left alone where nothing changed', async () => {
  const url = await freshDatabase()
  const dataSource = await open(url)
  await makeScopedViews(dataSource)
  const made = await madeIn(dataSource)
  const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName)
  expect(made.map((view) => view.split(' ')[0]).sort()).toEqual([...tables].sort())
  await makeScopedViews(dataSource)
  await makeScopedViews(await open(url))
  expect(await madeIn(dataSource)).toEqual(made)
})

test('a table that got another column is seen with it, whoever changed it', async () => {
  const dataSource = await open(await freshDatabase())
  await makeScopedViews(dataSource)
  await dataSource.query('INSERT INTO app_user (id, source, external_id, name) VALUES ($1, $2, $3, $4)', [
    ...[ANN, 'erp', 'ann', 'Ann'],
  ])
  await dataSource.query(`ALTER TABLE app_user ADD COLUMN nick text NOT NULL DEFAULT 'annie'`)
  await expect(readBy(dataSource, 'SELECT nick FROM app_user')).rejects.toThrow('nick')
  await makeScopedViews(dataSource)
  expect(await readBy(dataSource, 'SELECT nick FROM app_user')).toEqual([{ nick: 'annie' }])
})

test('a migration is not in the way of the views, nor they in its way', async () => {
  const url = await freshDatabase('nothing')
  const dataSource = await open(url)
  const [first, last] = [dataSource.migrations, dataSource.migrations.at(-1)]
  Object.assign(dataSource, { migrations: first.slice(0, -1) })
  await migrate(dataSource)
  Object.assign(dataSource, { migrations: first })
  await dataSource.query('CREATE SCHEMA scoped')
  await dataSource.query('CREATE VIEW scoped.app_user AS SELECT * FROM public.app_user')
  expect(await migrate(dataSource)).toEqual([last?.name ?? last?.constructor.name])
  await makeScopedViews(dataSource)
  expect((await madeIn(dataSource)).length).toBe(dataSource.entityMetadatas.length)
})

test('processes that start at once make them once', async () => {
  const url = await freshDatabase()
  const dataSources = [await open(url), await open(url), await open(url)]
  await Promise.all(dataSources.map(makeScopedViews))
  const [dataSource] = dataSources
  if (!dataSource) throw new Error('There is none.')
  const made = await madeIn(dataSource)
  expect(made).toHaveLength(dataSource.entityMetadatas.length)
  await Promise.all(dataSources.map(makeScopedViews))
  expect(await madeIn(dataSource)).toEqual(made)
})

test('who reads while they are made anew waits, and is answered', async () => {
  const dataSource = await open(await freshDatabase())
  await makeScopedViews(dataSource)
  const before = await madeIn(dataSource)
  await dataSource.query(
    `INSERT INTO app_user (id, source, external_id, name) VALUES ($1, 'erp', 'ann', 'Ann'), ($2, 'erp', 'ben', 'Ben')`,
    [ANN, BEN],
  )
  const read = () => readBy<{ name: string }>(dataSource, 'SELECT name FROM app_user')
  await dataSource.query('ALTER TABLE app_user ADD COLUMN nick text')
  const answers = await Promise.all([makeScopedViews(dataSource), ...Array.from({ length: 20 }, read)])
  expect(answers.slice(1)).toEqual(Array(20).fill([{ name: 'Ann' }]))
  expect(await madeIn(dataSource)).not.toEqual(before)
})

test('a limited viewer reads nothing of keys and logins', async () => {
  const dataSource = await open(await freshDatabase())
  await makeScopedViews(dataSource)
  await dataSource.query(
    `INSERT INTO api_key (id, name, role, created_by, secret_hash) VALUES ($1, 'x', 'admin', 'me', 'hash')`,
    [ANN],
  )
  expect(await readBy(dataSource, 'SELECT * FROM api_key')).toEqual([])
  expect(await readBy(dataSource, 'SELECT * FROM login_session')).toEqual([])
})

test.each(["x'); DROP TABLE app_user; --", '', '01938d5e'])('a scope of %j is none', (id) => {
  expect(() => seeing({ teamIds: [id], userIds: [] }, TODAY)).toThrow('which is no id')
  expect(() => seeing({ teamIds: [], userIds: [id] }, TODAY)).toThrow('which is no id')
})
