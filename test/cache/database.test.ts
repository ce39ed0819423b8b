import 'reflect-metadata'
import { Database, type Sql } from '../../src/cache/database.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { freshDatabase } from '../support/databases.ts'
import { until } from '../support/until.ts'

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

describe('what is cancelled', () => {
  const running = (text: string) =>
    database.sql<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE state = $1 AND query LIKE $2', [
      'active',
      `${text}%`,
    ])

  test.each([
    ['a statement', (during: Database) => during.sql('SELECT pg_sleep(50)')],
    ['a snapshot', (during: Database) => during.snapshot((sql) => sql('SELECT pg_sleep(50)'))],
    ['a derivation', (during: Database) => during.derivation((sql) => sql('SELECT pg_sleep(50)'))],
  ])('%s is rejected with the reason, is not run again, and Postgres ends it', async (_, work) => {
    const controller = new AbortController()
    const cancelled = work(database.during(controller.signal))
    await until(async () => (await running('SELECT pg_sleep(50)')).length === 1)
    controller.abort(new Error('gone'))
    await expect(cancelled).rejects.toThrow('gone')
    await until(async () => (await running('SELECT pg_sleep(50)')).length === 0)
  })

  test('a transaction that is between two statements leaves nothing', async () => {
    const controller = new AbortController()
    const cancelled = database.during(controller.signal).transaction(async (sql) => {
      await sql(`INSERT INTO noted VALUES ('cancelled')`)
      controller.abort(new Error('gone'))
    })
    await expect(cancelled).rejects.toThrow('gone')
    expect(await database.sql('SELECT * FROM noted')).toEqual([])
  })

  test('who waits for a connection is not kept, and what waits behind gets it', async () => {
    let goOn = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const holders = Array.from({ length: 10 }, () => database.transaction(() => held))
    const controller = new AbortController()
    const cancelled = database.during(controller.signal).sql('SELECT 1')
    const behind = database.sql('SELECT 2 AS two')
    controller.abort(new Error('gone'))
    await expect(cancelled).rejects.toThrow('gone')
    goOn()
    await Promise.all(holders)
    expect(await behind).toEqual([{ two: 2 }])
  })

  test('nothing is begun after it', async () => {
    const signal = AbortSignal.abort(new Error('gone'))
    await expect(database.during(signal).sql('SELECT 1')).rejects.toThrow('gone')
  })
})

test('a connection does not keep more prepared statements than it may', async () => {
  const counts = await database.transaction(async (sql) => {
    for (let i = 0; i < 200; i++) await sql(`SELECT ${i}`)
    return sql<{ count: number; pid: number }>(
      'SELECT count(*) AS count, pg_backend_pid() AS pid FROM pg_prepared_statements',
    )
  })
  expect(counts[0]?.count).toBeGreaterThan(200)
  // Once it has gone it stays gone.
  await until(async () => {
    const there = await database.sql('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [counts[0]?.pid])
    return there.length === 0
  })
})

test('who waits for a lock that others keep is told so, and can ask again', async () => {
  await database.transaction(async (sql) => {
    await sql('LOCK TABLE noted')
    const waiting = database.transaction(async (other) => {
      await other(`SET LOCAL lock_timeout = '50ms'`)
      await other(`INSERT INTO noted VALUES ('late')`)
    })
    await expect(waiting).rejects.toMatchObject({ code: 'BUSY', message: expect.stringContaining('ask again') })
  })
  await database.transaction((sql) => sql(`INSERT INTO noted VALUES ('again')`))
})

test('work that must be alone is waited for no longer than told', async () => {
  await database.alone('pull', async () => {
    const late = database.alone('pull', async () => 'late', { longestWaitMs: 50 })
    await expect(late).rejects.toMatchObject({ code: 'BUSY' })
  })
  const other = new Database(database.dataSource)
  await database.alone('pull', async () => {
    const late = other.alone('pull', async () => 'late', { longestWaitMs: 50 })
    await expect(late).rejects.toMatchObject({ code: 'BUSY' })
  })
  expect(await database.alone('pull', async () => 'free', { longestWaitMs: 5_000 })).toBe('free')
})

test('what searches a long list is planned with it in sight, each time; all else once', async () => {
  const texts = [
    'SELECT count(*) FROM unnest($1::text[]) known',
    'SELECT what FROM noted WHERE what = ANY ($1::text[])',
  ]
  const kept = async (length: number) => {
    const list = Array.from({ length }, (_, i) => `${i}`)
    for (const text of texts) await database.transaction((sql) => sql(text, [list]))
    const rows = await database.transaction((sql) =>
      sql<{ statement: string }>('SELECT statement FROM pg_prepared_statements WHERE statement = ANY ($1::text[])', [
        texts,
      ]),
    )
    return rows.map(({ statement }) => statement).sort()
  }
  expect(await kept(10_000)).toEqual([texts[0]])
  expect(await kept(1)).toEqual(texts)
})
