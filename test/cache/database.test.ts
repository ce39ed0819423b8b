import 'reflect-metadata'
import { cacheDataSource } from '../../ormconfig.ts'
import { Database, type Sql } from '../../src/cache/database.ts'
import { freshDatabase } from '../support/databases.ts'

let database: Database

beforeAll(async () => {
  const dataSource = await cacheDataSource(await freshDatabase('nothing'))
  database = new Database(await dataSource.initialize())
  await database.sql('CREATE TABLE noted (what text)')
  // The tests' Postgres doesn't wait for the disk by itself; from the next connection on it does here.
  const [found] = await database.sql<{ name: string }>('SELECT current_database() AS name')
  await database.sql(`ALTER DATABASE "${found?.name}" SET synchronous_commit = on`)
  await dataSource.destroy()
  database = new Database(await dataSource.initialize())
})

beforeEach(() => database.sql('TRUNCATE noted'))

afterAll(() => database.dataSource.destroy())

async function waitsForDisk(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ synchronous_commit: string }>('SHOW synchronous_commit')
  return row?.synchronous_commit !== 'off'
}

test('only a derivation commits without waiting for the disk, and its connection waits again after it', async () => {
  expect(await database.derivation(waitsForDisk)).toBe(false)
  expect(await database.transaction(waitsForDisk)).toBe(true)
  expect(await waitsForDisk(database.sql)).toBe(true)
})

test.each(['transaction', 'derivation'] as const)('a %s that fails leaves nothing', async (kind) => {
  const failing = database[kind](async (sql) => {
    await sql(`INSERT INTO noted VALUES ('${kind}')`)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await database.sql('SELECT * FROM noted')).toEqual([])
  await database[kind]((sql) => sql(`INSERT INTO noted VALUES ('${kind}')`))
  expect(await database.sql('SELECT * FROM noted')).toEqual([{ what: kind }])
})

test('work of one key is run alone, work of another beside it, and a failure lets go', async () => {
  const order: string[] = []
  let goOn = () => {}
  const held = new Promise<void>((resolve) => {
    goOn = resolve
  })
  let entered = () => {}
  const inside = new Promise<void>((resolve) => {
    entered = resolve
  })
  const first = database.alone('pull', async () => {
    entered()
    await held
    order.push('first')
    throw new Error('no')
  })
  await inside
  const second = database.alone('pull', async () => order.push('second'))
  await database.alone('other', async () => order.push('other'))
  goOn()
  await expect(first).rejects.toThrow('no')
  await second
  expect(order).toEqual(['other', 'first', 'second'])
})

test('work whose connection is cut is not said to have been alone', async () => {
  const cut = database.alone('pull', async () => {
    await database.sql(
      `SELECT pg_terminate_backend(pid, 10000) FROM pg_locks
       WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
  })
  await expect(cut).rejects.toThrow()
  expect(await database.alone('pull', async () => 'free')).toBe('free')
})

test('one statement has one name in every process, and two have two', async () => {
  const namesOf = (sql: Sql) => sql<{ name: string }>('SELECT name FROM pg_prepared_statements ORDER BY name')
  const names = await database.transaction(async (sql) => {
    await sql('SELECT 1')
    await sql('SELECT 2')
    return namesOf(sql)
  })
  expect(names.map(({ name }) => name)).toContain('steelthread_4ATr1bVTKkuFmEpi-K1IqBqjRgwcoHcB84YTXXLN7PU')
})
