import { once } from 'node:events'
import { createServer } from 'node:http'
import { createKey } from '../../src/auth/new-key.ts'
import { Role } from '../../src/model/caller.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { metricsIn, scrape } from '../support/scrape.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

describe('a service that is used', () => {
  let service: TestService

  beforeAll(async () => {
    service = await testService()
    await addPeople(service)
    await ingest(service, [row(1), row(2, { activity_date: 'soon' }), row(3), row(3)])
    await ingest(service, [row(1), row(3, { duration_seconds: 60 })])
    await service.get(`{ nvaSummary(${MARCH}) { totalSum } }`)
    await service.dispatcher.idle()
  })

  afterAll(() => service.stop())

  test('what became of rows is counted by source and outcome', async () => {
    const metrics = await scrape(service)
    expect(metrics.counted('steelthread_ingest_rows_total')).toEqual({
      'source=timesheets outcome=inserted': 2,
      'source=timesheets outcome=quarantined': 1,
      'source=timesheets outcome=superseded': 1,
      'source=timesheets outcome=unchanged': 1,
      'source=timesheets outcome=updated': 1,
    })
    expect(metrics.of('steelthread_quarantine_open_rows')).toEqual({ 'source=timesheets code=INVALID_DATE': 1 })
  })

  test('what a batch that is taken back would have brought is not counted', async () => {
    const before = (await scrape(service)).counted('steelthread_ingest_rows_total')
    const { previewReplay } = await service.get(
      'mutation { previewReplay(filter: { source: "timesheets" }) { received quarantined } }',
    )
    expect(previewReplay).toEqual({ received: 1, quarantined: 1 })
    expect((await scrape(service)).counted('steelthread_ingest_rows_total')).toEqual(before)
  })

  test('slices and the runs of stages are counted by stage, and timed', async () => {
    const metrics = await scrape(service)
    expect(metrics.counted('steelthread_slices_checked_total')).toEqual({
      'stage=time_split': 1,
      'stage=nva_summary': 1,
    })
    expect(metrics.counted('steelthread_slices_recomputed_total')).toEqual({
      'stage=time_split': 1,
      'stage=nva_summary': 1,
    })
    expect(metrics.of('steelthread_stage_run_seconds_count')).toEqual({ 'stage=time_split': 1, 'stage=nva_summary': 1 })
    expect(metrics.of('steelthread_stage_queue_seconds_count')).toEqual({ 'stage=nva_summary': 1 })
    // Nothing that is counted comes out different.
    await ingest(service, [row(3, { duration_seconds: 60, value_type: 'VA' })])
    await ingest(service, [row(3, { duration_seconds: 60 })])
    const { receipt } = (await service.ask(`{ nvaSummary(${MARCH}) { totalSum } }`)).extensions ?? {}
    expect(receipt).toEqual({ checked: 2, recomputed: 2, unchanged: 2, verified: 0 })
    const after = await scrape(service)
    expect(after.counted('steelthread_slices_checked_total')).toEqual({ 'stage=time_split': 2, 'stage=nva_summary': 2 })
    expect(after.counted('steelthread_slices_unchanged_total')).toEqual({
      'stage=time_split': 1,
      'stage=nva_summary': 1,
    })
  })

  test('operations are counted by type, whichever way they are answered, and never by what clients call them', async () => {
    const own = await testService()
    for (let i = 0; i < 4; i++) await own.get('query WhatEver { activities(first: 1) { nodes { id } } }')
    await own.get('mutation Mine { deleteTeams(ids: []) }').catch(() => undefined)
    await own.ask('query Broken { nothing }')
    await own.ask('{ activities(first: 5000) { totalCount } }')
    const text = await own.server.inject('/metrics').then(({ payload }) => payload)
    expect(text).not.toMatch(/WhatEver|Mine|Broken/)
    expect(metricsIn(text).counted('steelthread_graphql_operations_total')).toEqual({
      'type=query': 5,
      'type=mutation': 1,
    })
    expect(metricsIn(text).counted('steelthread_graphql_errors_total')).toEqual({
      'code=GRAPHQL_VALIDATION_FAILED': 1,
      'code=BAD_USER_INPUT': 1,
    })
    await own.stop()
  })

  test('requests are counted by route, method and status, however many addresses are made up', async () => {
    const own = await testService()
    for (let i = 0; i < 30; i++) await own.server.inject(`/nowhere/${i}?x=${i}`)
    await own.server.inject('/people/somebody')
    await own.server.inject({ method: 'POST', url: '/healthz' })
    await own.server.inject({ method: 'PROPFIND' as 'GET', url: '/nowhere' })
    await own.ask('{ sprints { name } }')
    await until(
      async () =>
        (await scrape(own)).counted('steelthread_http_requests_total')['route=/graphql method=POST status=200'] === 1,
    )
    expect((await scrape(own)).counted('steelthread_http_requests_total')).toMatchObject({
      'route=none method=GET status=404': 30,
      'route=none method=OTHER status=404': 1,
      'route=none method=POST status=405': 1,
      'route=/people/:id method=GET status=200': 1,
      'route=/graphql method=POST status=200': 1,
    })
    expect((await scrape(own)).of('steelthread_http_request_duration_seconds_count')).toMatchObject({
      'route=none': 32,
    })
    await own.stop()
  })

  test('the process tells how it stands itself', async () => {
    const metrics = await scrape(service)
    expect(metrics.of('steelthread_ready')).toEqual({ '': 1 })
    expect(metrics.of('steelthread_cache_up')).toEqual({ '': 1 })
    expect(metrics.of('steelthread_broker_connected')).toEqual({})
    expect(metrics.of('steelthread_pool_max_connections')).toEqual({ '': 10 })
    expect(metrics.of('steelthread_pool_waiting_requests')).toEqual({ '': 0 })
    expect(metrics.of('steelthread_outbox_waiting_events')).toEqual({ '': 0 })
    expect(Object.keys(metrics.of('nodejs_eventloop_lag_p99_seconds'))).toEqual([''])
    expect(Object.keys(metrics.of('process_resident_memory_bytes'))).toEqual([''])
  })

  test('what there is to count by is there before anything is counted', async () => {
    const other = await testService({
      sources: [{ name: 'erp', adapter: 'timesheets', url: await freshDatabase('nothing') }],
    })
    const metrics = await scrape(other)
    expect(metrics.of('steelthread_pulls_total')).toEqual({
      'source=erp outcome=succeeded': 0,
      'source=erp outcome=failed': 0,
    })
    expect(metrics.of('steelthread_graphql_errors_total')).toEqual({ 'code=INTERNAL_SERVER_ERROR': 0 })
    expect(metrics.of('steelthread_slices_recomputed_total')).toMatchObject({
      'stage=time_split': 0,
      'stage=waste_trend': 0,
    })
    await other.stop()
  })

  test('what others counted in the same process is not among it', async () => {
    const other = await testService()
    expect((await scrape(other)).counted('steelthread_ingest_rows_total')).toEqual({})
    await other.stop()
  })
})

test('how long ago each source was pulled well is told, and which one fails', async () => {
  const [good, gone] = [await freshDatabase('nothing'), await freshDatabase('nothing')]
  const { fillDemoSource } = await import('../../src/demo-source/fill-demo-source.ts')
  await onDatabase(good, (client) => fillDemoSource(client, { today: '2026-11-26' }))
  const sources = [
    { name: 'good', adapter: 'timesheets', url: good, everySeconds: 60 },
    { name: 'bad', adapter: 'timesheets', url: gone, everySeconds: 0 },
  ]
  const service = await testService({ sources })
  await service.get('mutation { syncSource(name: "good") { id } }')
  await service.ask('mutation { syncSource(name: "bad") { id } }')
  const metrics = await scrape(service)
  expect(metrics.of('steelthread_source_lag_seconds')).toEqual({
    'source=good': expect.any(Number),
    'source=bad': Number.POSITIVE_INFINITY,
  })
  expect(metrics.of('steelthread_source_lag_seconds')['source=good']).toBeLessThan(60)
  expect(metrics.of('steelthread_source_failing')).toEqual({ 'source=good': 0, 'source=bad': 1 })
  expect(metrics.of('steelthread_source_interval_seconds')).toEqual({ 'source=good': 60, 'source=bad': 0 })
  expect(metrics.counted('steelthread_pulls_total')).toEqual({
    'source=good outcome=succeeded': 1,
    'source=bad outcome=failed': 1,
  })
  expect((await service.server.inject('/readyz')).json()).toEqual({
    status: 'ready',
    database: 'there',
    sources: { good: 'ok', bad: 'failing' },
    pulling: [],
  })
  await service.stop()
})

test('where the database is gone the scrape still answers, and leaves out what is said of the cache', async () => {
  const url = await freshDatabase()
  const service = await testService({ url })
  expect((await scrape(service)).of('steelthread_ready')).toEqual({ '': 1 })
  const name = new URL(url).pathname.slice(1)
  await onDatabase(process.env.TEST_POSTGRES_URL ?? '', (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`))
  await until(async () => (await scrape(service)).of('steelthread_cache_up')[''] === 0)
  const metrics = await scrape(service)
  expect(metrics.of('steelthread_ready')).toEqual({ '': 0 })
  expect(metrics.of('steelthread_outbox_waiting_events')).toEqual({})
  expect(Object.keys(metrics.of('steelthread_pool_connections'))).toEqual(['state=busy', 'state=idle'])
  const { statusCode, payload } = await service.server.inject('/readyz')
  expect(statusCode).toBe(503)
  expect(JSON.parse(payload)).toEqual({
    status: 'not ready',
    reason: 'The cache does not answer as it should; the log says why.',
    database: 'away',
    pulling: [],
  })
  await service.stop()
})

test('metrics and probes are served on a port of their own, without the API', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as { port: number }
  free.close()
  await once(free, 'close')
  const service = await testService()
  await service.serveProbes({ host: '127.0.0.1', port })
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  expect(metricsIn(await (await get('/metrics')).text()).of('steelthread_ready')).toEqual({ '': 1 })
  expect(await (await get('/healthz')).json()).toEqual({ status: 'alive' })
  expect((await get('/readyz')).status).toBe(200)
  expect((await get('/graphql')).status).toBe(404)
  await service.stop()
  await expect(get('/metrics')).rejects.toThrow('fetch failed')
})

test('where it is asked who asks, metrics beside the API are for whoever may read everything', async () => {
  const asking = await testService({ auth: {} })
  const keyOf = async (role: Role, userIds: string[] | null = null) => {
    const made = await createKey(asking.database, { name: role, role, userIds }, { by: 'the test', sourceNames: [] })
    return made.secret
  }
  const people = '01938d5e-0000-7000-8000-00000000000b'
  await asking.database.transaction((sql) =>
    sql(`INSERT INTO app_user (id, source, external_id, name) VALUES ($1, 'api', 'x', 'X')`, [people]),
  )
  const statusOf = async (key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    return (await asking.server.inject({ url: '/metrics', headers })).statusCode
  }
  const statuses = [
    await statusOf(),
    await statusOf(await keyOf(Role.VIEWER, [people])),
    await statusOf(await keyOf(Role.INGESTER)),
  ]
  expect([...statuses, await statusOf(await keyOf(Role.VIEWER))]).toEqual([401, 403, 403, 200])
  expect((await asking.server.inject({ url: '/readyz' })).statusCode).toBe(200)
  await asking.stop()
})
