import pg from 'pg'
import { noConnection, withoutConnectionLoss } from '../../src/cache/connection-loss.ts'
import type { Sql } from '../../src/cache/database.ts'
import { UnavailableError } from '../../src/model/errors.ts'
import { onDatabase } from '../support/databases.ts'
import { inTheGap } from '../support/gap.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

let service: TestService

beforeAll(async () => {
  service = await testService()
  await addPeople(service)
})

afterAll(() => service.stop())

/** Ends the connection that a transaction runs on, from outside, and returns once it is gone. */
async function cut(sql: Sql): Promise<void> {
  const [own] = await sql<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  await onDatabase(service.url, (client) => client.query('SELECT pg_terminate_backend($1, 5000)', [own?.pid]))
}

test('a connection that is lost between two statements of a transaction ends that, not the process', async () => {
  let runs = 0
  const lost = service.database.transaction(async (sql) => {
    runs += 1
    await cut(sql)
    await new Promise((resolve) => setImmediate(resolve))
    await sql('SELECT 1')
  })
  await expect(lost).rejects.toThrow(UnavailableError)
  expect(runs).toBe(1)
  expect(await service.database.transaction((sql) => sql('SELECT 1 AS one'))).toEqual([{ one: 1 }])
})

test.each(['snapshot', 'derivation'] as const)('a %s is run once more, and only once', async (kind) => {
  let runs = 0
  const once = service.database[kind](async (sql) => {
    runs += 1
    if (runs === 1) await cut(sql)
    return sql('SELECT 1 AS one')
  })
  expect(await once).toEqual([{ one: 1 }])
  expect(runs).toBe(2)
  const always = service.database[kind](async (sql) => {
    runs += 1
    await cut(sql)
    return sql('SELECT 1 AS one')
  })
  await expect(always).rejects.toThrow(UnavailableError)
  expect(runs).toBe(4)
})

test('a read whose connection dies under it is answered all the same', async () => {
  const { read, done } = await inTheGap(
    () => service.ask('{ users { totalCount nodes { name } } }'),
    () =>
      onDatabase(service.url, async (client) => {
        const { rows } = await client.query(
          `SELECT count(pg_terminate_backend(pid))::integer FROM pg_stat_activity
           WHERE datname = current_database() AND state = 'idle in transaction'`,
        )
        return rows[0].count
      }),
  )
  expect(read).toEqual({ data: { users: { totalCount: 2, nodes: [{ name: 'Ann' }, { name: 'Ben' }] } } })
  expect(done).toBe(1)
})

test('an ingest whose connection dies gets 503 and UNAVAILABLE, leaves nothing, and can be sent again', async () => {
  await service.database.transaction(async (sql) => {
    await sql(`CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
    await sql('CREATE TRIGGER dies AFTER INSERT ON activity FOR EACH STATEMENT EXECUTE FUNCTION dies()')
  })
  const query = `mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { inserted } }`
  const variables = { input: { source: 'timesheets', rows: [row(1)], idempotencyKey: 'monday' } }
  const response = await service.server.inject({ method: 'POST', url: '/graphql', payload: { query, variables } })
  await service.database.transaction((sql) => sql('DROP TRIGGER dies ON activity'))
  expect(response.statusCode).toBe(503)
  expect(response.json().errors).toMatchObject([
    { message: expect.stringContaining('ask again'), extensions: { code: 'UNAVAILABLE' } },
  ])
  expect(response.body).not.toMatch(/57P01|stacktrace|node_modules/)
  expect(service.logged).toContainEqual(expect.objectContaining({ level: 50, msg: 'a query failed' }))
  expect(await ingest(service, [row(1)], 'monday')).toMatchObject({ inserted: 1 })
})

test('every connection lost at once is noticed by nobody who asks after it', async () => {
  await Promise.all(Array.from({ length: 10 }, () => service.get('{ users { totalCount } }')))
  await onDatabase(service.url, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    ),
  )
  const answers = await Promise.all(Array.from({ length: 10 }, () => service.ask('{ users { totalCount } }')))
  for (const answer of answers) expect(answer).toEqual({ data: { users: { totalCount: 2 } } })
})

test.each([
  ['timeout expired', ''],
  ['Connection terminated due to connection timeout', ''],
  ['Query read timeout', ''],
  ['Client was closed and is not queryable', ''],
  ['Cannot use a pool after calling end on the pool', ''],
  ['connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED'],
  ['getaddrinfo EAI_AGAIN db.example', 'EAI_AGAIN'],
  ['connect ENETUNREACH', 'ENETUNREACH'],
])('"%s" is a connection that is lost', (message, code) => {
  const error = Object.assign(new Error(message), code ? { code } : {})
  expect(withoutConnectionLoss(error)).toBeInstanceOf(UnavailableError)
})

test.each([
  ['57P01', 'terminating connection due to administrator command', 'reached'],
  ['57P03', 'the database system is starting up', 'reached'],
  ['57014', 'canceling statement due to user request', 'reached'],
  ['25006', 'cannot execute INSERT in a read-only transaction', 'reached'],
  ['0A000', 'cannot set transaction read-write mode during recovery', 'reached'],
  ['53300', 'sorry, too many clients already', 'reached'],
  ['53100', 'could not extend file "base/5/16385": No space left on device', 'no room left'],
  ['53200', 'out of shared memory', 'no room left'],
])('%s, %s, is told as what can be asked again, and without Postgres’ own words', (code, message, told) => {
  const error = withoutConnectionLoss(Object.assign(new pg.DatabaseError(message, 0, 'error'), { code }))
  expect(error).toBeInstanceOf(UnavailableError)
  expect(error).toMatchObject({ message: expect.stringContaining(told) })
  expect(error).not.toMatchObject({ message: expect.stringContaining(message) })
})

test('what a statement itself is wrong with stays as it is', () => {
  const error = Object.assign(new pg.DatabaseError('column "x" does not exist', 0, 'error'), { code: '42703' })
  expect(withoutConnectionLoss(error)).toBe(error)
  expect(withoutConnectionLoss('no error')).toBe('no error')
})

test('whatever connecting fails with, the database is not there', () => {
  const error = Object.assign(new pg.DatabaseError('password authentication failed', 0, 'error'), { code: '28P01' })
  expect(noConnection(error)).toBeInstanceOf(UnavailableError)
})
