import 'reflect-metadata'
import { Database } from '../../src/cache/database.ts'
import { StateProof } from '../../src/cache/state-proof.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { until } from '../support/until.ts'

let url: string
let database: Database
let proof: StateProof

beforeAll(async () => {
  url = await freshDatabase('nothing')
  database = new Database(await (await cacheDataSource(url)).initialize())
  await database.sql('CREATE TABLE noted (what text)')
})

beforeEach(() => {
  proof = new StateProof(database.dataSource)
})

afterEach(() => proof.close())

afterAll(() => database.dataSource.destroy())

test('it stays the same while nothing is committed, whatever is read', async () => {
  // Other databases of the same server may commit at any moment.
  await until(async () => {
    const before = await proof.now()
    await database.sql('SELECT * FROM noted')
    await database.snapshot((sql) => sql('SELECT * FROM noted'))
    return before === (await proof.now())
  })
})

test.each([
  ['a transaction', () => database.transaction((sql) => sql(`INSERT INTO noted VALUES ('a')`))],
  ['a derivation', () => database.derivation((sql) => sql(`INSERT INTO noted VALUES ('b')`))],
  ['a truncation', () => database.transaction((sql) => sql('TRUNCATE noted'))],
  ['somebody else', () => onDatabase(url, (client) => client.query(`INSERT INTO noted VALUES ('c')`))],
])('it is another once %s is committed', async (_, commit) => {
  const before = await proof.now()
  await commit()
  expect(await proof.now()).not.toBe(before)
})

test('it is another while what began before is committed', async () => {
  const seen: (string | null)[] = []
  await database.transaction(async (sql) => {
    await sql(`INSERT INTO noted VALUES ('d')`)
    seen.push(await proof.now())
  })
  seen.push(await proof.now())
  expect(new Set(seen).size).toBe(2)
})

test('it is another over another connection, and not known while there is none', async () => {
  const before = await proof.now()
  await onDatabase(url, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE 'SELECT pg_current_snapshot%'`,
    ),
  )
  const after: (string | null)[] = []
  await until(async () => {
    after.push(await proof.now())
    return after.at(-1) !== null
  })
  expect(after).not.toContain(before)
})

test('all who wait share one, and none is older than the question', async () => {
  const first = proof.now()
  expect(proof.now()).toBe(first)
  await first
  const second = proof.now()
  expect(second).not.toBe(first)
  // The second is under way.
  await Promise.resolve()
  await Promise.resolve()
  const third = proof.now()
  expect(third).not.toBe(second)
  expect(proof.now()).toBe(third)
  await third
})
