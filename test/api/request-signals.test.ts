import { onDatabase } from '../support/databases.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const USERS = '{ users { nodes { name } } }'

let service: TestService
let address: string

beforeAll(async () => {
  service = await testService({ limits: { MAX_QUERY_SECONDS: 2 } })
  await addPeople(service)
  address = await service.server.listen({ port: 0, host: '127.0.0.1' })
})

afterAll(() => service.stop())

function post(query: string, signal?: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${address}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
    signal: signal ?? null,
  })
}

/** How many statements read names just now. */
function reading(): Promise<number> {
  return onDatabase(service.url, async (client) => {
    const { rowCount } = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%FROM app_user%'
        AND datname = current_database()`,
    )
    return rowCount ?? 0
  })
}

describe('where names are read slowly', () => {
  beforeAll(async () => {
    // Who reads a name waits for half a minute.
    await service.database.transaction(async (sql) => {
      await sql(`CREATE FUNCTION slowly(name text) RETURNS text LANGUAGE sql VOLATILE AS $$
      SELECT name FROM (SELECT pg_sleep(30)) asleep $$`)
      await sql('ALTER TABLE app_user RENAME TO person')
      await sql('CREATE VIEW app_user AS SELECT id, source, external_id, slowly(name) AS name FROM person')
    })
  })

  afterAll(() =>
    service.database.transaction(async (sql) => {
      await sql('DROP VIEW app_user')
      await sql('ALTER TABLE person RENAME TO app_user')
    }),
  )

  test('what a client who has gone asked for is ended in Postgres, and its connections are free again', async () => {
    const controller = new AbortController()
    // Equal ones would be one.
    const ask = (_: unknown, i: number) =>
      post(`${USERS} # ${i}`, controller.signal).catch((error: Error) => error.name)
    const gone = Array.from({ length: 12 }, ask)
    await until(async () => (await reading()) === 10)
    expect((await fetch(`${address}/readyz`)).status).toBe(200)
    controller.abort()
    expect(new Set(await Promise.all(gone))).toEqual(new Set(['AbortError']))
    expect(await (await post('{ sprints { name } }')).json()).toEqual({ data: { sprints: [] } })
    await until(async () => (await reading()) === 0)
  })

  test('what takes longer than a query may is ended, and says so to the client and in the log', async () => {
    const answer = await post(USERS)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      errors: [
        {
          message:
            'Answering took longer than 2 s. What was computed is kept: ask again, or for less. MAX_QUERY_SECONDS sets the limit.',
          extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_QUERY_SECONDS', allowed: 2 },
        },
      ],
    })
    expect(service.logged).toContainEqual(
      expect.objectContaining({ level: 40, msg: 'a query took too long and is cancelled' }),
    )
    await until(async () => (await reading()) === 0)
  })
})

test('a mutation is finished, whoever waits for it', async () => {
  const controller = new AbortController()
  const sprint = '{ name: "S1", startDate: "2026-03-02", endDate: "2026-03-08" }'
  await service.database.transaction(async (sql) => {
    await sql('LOCK TABLE sprint')
    const gone = post(`mutation { upsertSprints(input: [${sprint}]) { name } }`, controller.signal).catch(() => 'gone')
    await until(async () => {
      const waiting = await onDatabase(service.url, (client) =>
        client.query(`SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
          WHERE NOT granted AND relname = 'sprint' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`),
      )
      return waiting.rowCount === 1
    })
    controller.abort()
    expect(await gone).toBe('gone')
  })
  await until(async () => (await service.get('{ sprints { name } }')).sprints.length === 1)
})

test('a mutation that takes longer than a query may says what it did', async () => {
  const slow = await service.database.transaction(async (sql) => {
    await sql('LOCK TABLE sprint IN SHARE MODE')
    const sprint = '{ name: "S2", startDate: "2026-03-09", endDate: "2026-03-15" }'
    const answer = post(`mutation { upsertSprints(input: [${sprint}]) { name summaries { totalSum } } }`)
    await sql('SELECT pg_sleep(2.5)')
    return { answer }
  })
  const answer = await slow.answer
  expect(await answer.json()).toMatchObject({ data: { upsertSprints: [{ name: 'S2', summaries: [] }] } })
  expect(answer.status).toBe(200)
})
