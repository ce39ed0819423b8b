import { jest } from '@jest/globals'
import { pino } from 'pino'
import { logOptions } from '../../src/sight/log-options.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

/** Whatever a row or a client's words hold has this in it. */
const CONTENT = 'Xylophone'
const PASSWORD = 'sesame-0pen'

const services: TestService[] = []

async function started(options: Parameters<typeof testService>[0] = {}): Promise<TestService> {
  const service = await testService(options)
  services.push(service)
  return service
}

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

function wholeLog({ logged }: TestService): string {
  return logged.map((line) => JSON.stringify(line)).join('\n')
}

describe('the log holds nothing of rows', () => {
  test('where a statement fails of which Postgres tells the row', async () => {
    const service = await started()
    await addPeople(service)
    await service.database.sql(`ALTER TABLE app_user ADD CONSTRAINT short CHECK (length(name) < 5)`)
    const { errors } = await service.ask(`mutation ($users: [UserInput!]!) { upsertUsers(input: $users) { id } }`, {
      users: [{ source: 'timesheets', externalId: CONTENT, name: `${CONTENT} Smith` }],
    })
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(JSON.stringify(errors)).not.toContain(CONTENT)
    expect(service.logged).toContainEqual(
      expect.objectContaining({
        level: 50,
        requestId: errors?.[0]?.extensions.requestId,
        err: expect.objectContaining({
          code: '23514',
          table: 'app_user',
          constraint: 'short',
          routine: 'ExecConstraints',
        }),
      }),
    )
    expect(wholeLog(service)).not.toContain(CONTENT)
  })

  test('where a value of a row is no value of its field', async () => {
    const service = await started()
    await addPeople(service)
    await ingest(service, [row(1)])
    await service.database.sql(`ALTER TABLE activity ALTER COLUMN type TYPE text`)
    await service.database.sql(`UPDATE activity SET type = '${CONTENT}'`)
    const { activities } = await service.get('{ activities(first: 1) { nodes { id } } }')
    const { errors } = await service.ask(`{ activity(id: "${activities.nodes[0].id}") { id type } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(wholeLog(service)).toContain('a query failed')
    expect(wholeLog(service)).not.toContain(CONTENT)
  })

  test('where most of a batch is bad, a handler fails, and a pull is refused', async () => {
    const source = await freshDatabase('nothing')
    const { fillDemoSource } = await import('../../src/demo-source/fill-demo-source.ts')
    await onDatabase(source, async (client) => {
      await fillDemoSource(client, { today: '2026-11-26' })
      await client.query(`ALTER TABLE time_entries ALTER COLUMN activity_date TYPE text`)
      await client.query(`UPDATE time_entries SET activity_date = '${CONTENT}'`)
    })
    const service = await started({ sources: [{ name: 'times', adapter: 'timesheets', url: source }] })
    service.dispatcher.subscribe('pull.failed', 'fails', () => {
      throw new Error(`a handler's own words: "${CONTENT}"`)
    })
    const { errors } = await service.ask('mutation { syncSource(name: "times") { id } }')
    expect(JSON.stringify(errors)).toContain(CONTENT)
    await service.dispatcher.idle()
    await addPeople(service)
    const rows = Array.from({ length: 200 }, (_, i) => row(i, { activity_date: CONTENT }))
    await service.ask(
      'mutation ($rows: [JSONObject!]!) { ingestActivities(input: { source: "timesheets", rows: $rows }) { id } }',
      { rows },
    )
    await ingest(service, [row(1, { value_type: CONTENT })])
    await service.dispatcher.idle()
    expect(service.logged.filter(({ msg }) => String(msg).includes('a handler failed'))).toHaveLength(1)
    expect(service.logged).toContainEqual(expect.objectContaining({ code: 'TOO_MANY_BAD_ROWS', source: 'times' }))
    expect(service.logged).toContainEqual(expect.objectContaining({ msg: 'rows were quarantined' }))
    expect(wholeLog(service)).not.toContain(CONTENT)
  })
})

test('the log holds no password, key or header, whoever puts it there', () => {
  const lines: string[] = []
  const log = pino(logOptions('debug'), { write: (line: string) => void lines.push(line) })
  const url = `postgres://reader:${PASSWORD}@db.example:5432/times`
  log.error({ err: new TypeError(`Invalid URL: ${url}`) }, `it can't be reached at ${url}`)
  log.error(Object.assign(new Error('Invalid URL'), { input: url, config: { password: PASSWORD } }))
  log.warn({ source: { name: 'times', url } }, 'a source')
  log.warn({ headers: { authorization: `Bearer ${PASSWORD}`, cookie: PASSWORD } }, 'a request')
  log.warn({ req: { headers: { authorization: `Bearer ${PASSWORD}` } } }, 'a request')
  log.warn({ apiKey: PASSWORD, password: PASSWORD, query: { variables: { a: PASSWORD } } }, 'others')
  log.error({ err: new Error('outer', { cause: new AggregateError([new Error(`at ${url}`)], 'several') }) }, 'nested')
  expect(lines).toHaveLength(7)
  expect(lines.join('')).not.toContain(PASSWORD)
  expect(lines.join('')).toContain('postgres://reader:…@db.example:5432/times')
  for (const line of lines) JSON.parse(line)
})

describe('a request', () => {
  test('keeps the id that it came with, where that is sane', async () => {
    const service = await started()
    const idOf = async (given?: string) => {
      const headers = given === undefined ? {} : { 'x-request-id': given }
      const { headers: got } = await service.server.inject({ url: '/healthz', headers })
      return String(got['x-request-id'])
    }
    expect(await idOf('trace-1.b_C')).toBe('trace-1.b_C')
    const made = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
    for (const odd of [undefined, '', 'a b', 'a"b', 'ü', 'x'.repeat(65)]) expect(await idOf(odd)).toMatch(made)
    expect(await idOf()).not.toBe(await idOf())
  })

  test('is told of at debug with its id, and at warn where it failed', async () => {
    const service = await started()
    await service.server.inject({ url: '/people/7?who=Ann', headers: { 'x-request-id': 'one' } })
    expect(service.logged).toContainEqual(
      expect.objectContaining({
        level: 20,
        requestId: 'one',
        method: 'GET',
        route: '/people/:id',
        status: 200,
        msg: 'a request',
      }),
    )
    jest.spyOn(service.freshness, 'during').mockImplementationOnce(() => {
      throw new Error('Gone.')
    })
    const failed = await service.server.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: '{ sprints { name } }' },
      headers: { 'x-request-id': 'two' },
    })
    expect(failed.json().errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'two' } }])
    expect(service.logged).toContainEqual(
      expect.objectContaining({ level: 40, requestId: 'two', route: '/graphql', status: 500, msg: 'a request failed' }),
    )
    await service.database.transaction((sql) =>
      sql('DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations)'),
    )
    await service.server.inject({ url: '/readyz', headers: { 'x-request-id': 'three' } })
    expect(service.logged.filter(({ level, requestId }) => level === 40 && requestId === 'three')).toEqual([
      expect.objectContaining({ msg: 'not ready' }),
    ])
    expect(wholeLog(service)).not.toContain('who=Ann')
  })

  test('of several who ask the same at once has an error of its own', async () => {
    const service = await started()
    await addPeople(service)
    await service.database.sql('ALTER TABLE nva_summary RENAME TO lost')
    const query = '{ nvaSummary(from: "2026-03-02", to: "2026-03-02") { totalSum } }'
    const ids = ['first', 'second', 'third']
    const answers = await Promise.all(
      ids.map((id) =>
        service.server.inject({ method: 'POST', url: '/graphql', payload: { query }, headers: { 'x-request-id': id } }),
      ),
    )
    expect(answers.map((answer) => answer.json().errors[0].extensions.requestId)).toEqual(ids)
    const failed = service.logged.filter(({ msg }) => msg === 'a query failed')
    expect(failed.map(({ requestId }) => requestId).sort()).toEqual(ids)
  })
})
