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
