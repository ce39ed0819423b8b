import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BROKEN_OFF } from '../../src/source/sync-source.ts'
import { entries, inSource, sourceDatabase } from '../source/source-database.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

interface Told {
  text: string
  attachments: { color: string; fields: { title: string; value: string }[] }[]
}

let hook: Server
let told: Told[]
/** What the webhook answers: a status, or a header with it. */
let answers: { status: number; headers?: Record<string, string> }
const services: TestService[] = []

beforeEach(async () => {
  told = []
  answers = { status: 200 }
  hook = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (answers.status === 200) told.push(JSON.parse(Buffer.concat(chunks).toString()))
    response.writeHead(answers.status, answers.headers).end('an answer')
  })
  await once(hook.listen(0, '127.0.0.1'), 'listening')
})

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
  hook.closeAllConnections()
  hook.close()
})

async function alerting(options: Parameters<typeof testService>[0] = {}, silenceSeconds = 3600): Promise<TestService> {
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hooks/secret`
  const service = await testService({ alerts: { url, silenceSeconds }, ...options })
  services.push(service)
  return service
}

const look = (service: TestService) => service.alerts?.look()
const texts = () => told.splice(0).map(({ text }) => text)
const waiting = async (service: TestService) =>
  (await service.database.sql<{ count: number }>('SELECT count(*) AS count FROM alert_message'))[0]?.count

describe('refused rows', () => {
  let service: TestService
  beforeEach(async () => {
    service = await alerting()
    await addPeople(service)
  })

  test('are told once for each batch, by code, with the first of each', async () => {
    const { id } = await ingest(service, [
      row('good'),
      row('a', { activity_date: 'soon' }),
      row('b', { activity_date: 'later', duration_seconds: -1 }),
    ])
    await ingest(service, [row('c', { user_id: 'nobody' })])
    await look(service)
    await look(service)
    expect(told.map(({ text }) => text)).toEqual([
      `Source "timesheets": 2 rows were refused and put in quarantine (batch ${id}).`,
      expect.stringContaining('One row was refused'),
    ])
    expect(told[0]?.attachments[0]?.fields).toEqual([
      {
        title: 'INVALID_DATE: 2',
        short: false,
        value: expect.stringMatching(/^First: activity_date .*"soon" \(row 1, id a\)$/),
      },
      { title: 'DURATION_OUT_OF_RANGE: 1', short: false, value: expect.stringMatching(/ not -1 \(row 2, id b\)$/) },
    ])
  })

  test('are resolved once no row of the source waits any more', async () => {
    await ingest(service, [row('a', { duration_seconds: -1 }), row('b', { duration_seconds: -1 })])
    await look(service)
    await ingest(service, [row('a')])
    await look(service)
    expect(texts()).toEqual([expect.stringContaining('2 rows were refused')])
    await service.get('mutation { discardQuarantineWhere(filter: { source: "timesheets" }, reason: "a test") }')
    await look(service)
    await look(service)
    expect(texts()).toEqual(['Resolved: Source "timesheets" has no row in quarantine any more.'])
  })

  test('are not over where their source is configured no more', async () => {
    const url = await sourceDatabase(entries(1, 'a', '2026-03-02 10:00Z', { date: 'soon' }))
    const configured = await alerting({ sources: [{ name: 'plant', adapter: 'timesheets', url }] })
    await configured.get('mutation { syncSource(name: "plant") { id } }')
    const without = await alerting({ url: configured.url })
    await look(without)
    await look(without)
    expect(texts()).toEqual([expect.stringMatching(/^Source "plant": One row was refused/)])
    await without.get('mutation { removeSource(name: "plant") { quarantinedRows } }')
    await look(without)
    expect(texts()).toEqual(['Resolved: Source "plant" has no row in quarantine any more.'])
  })

  test('that nobody need be told of again are not: those replayed in vain, and good batches', async () => {
    await ingest(service, [row('a', { duration_seconds: -1 })])
    await look(service)
    expect(texts()).toHaveLength(1)
    await service.get('mutation { replayQuarantineWhere(filter: { source: "timesheets" }) { quarantined } }')
    await ingest(service, [row('good')])
    await look(service)
    expect(texts()).toEqual([])
  })

  test('that were known are told apart from those that are new', async () => {
    const url = await sourceDatabase(entries(3, 'old', '2026-03-02 10:00Z', { date: 'soon' }))
    const pulling = await alerting({ sources: [{ name: 'timesheets', adapter: 'timesheets', url }] })
    const pull = () => pulling.get('mutation { syncSource(name: "timesheets", full: true) { id } }')
    await pull()
    await look(pulling)
    await inSource(url, `INSERT INTO time_entries VALUES ('new', '2026-03-02', -1, 'VA', 1, 1)`)
    await pull()
    await pull()
    await look(pulling)
    expect(told.map(({ text }) => text.replace(/ \(batch .*/, ''))).toEqual([
      'Source "timesheets": 3 rows were refused and put in quarantine',
      'Source "timesheets": One row was refused and put in quarantine, beside 3 that were known',
    ])
    expect(told[1]?.attachments[0]?.fields).toEqual([expect.objectContaining({ title: 'DURATION_OUT_OF_RANGE: 1' })])
  })

  test('mention nobody and link to nothing, whatever they hold', async () => {
    await ingest(service, [row('<!channel> @here', { activity_date: '<https://evil.example|@all>\u0000' })])
    await look(service)
    const [{ value } = { value: '' }] = told[0]?.attachments[0]?.fields ?? []
    expect(value).toContain('&lt;https://evil.example|@\u200ball&gt;')
    expect(value).not.toMatch(/[<>\0]|@(?!\u200b)/)
  })
})

describe('a source', () => {
  test('that fails is told once, with why, and resolved when it is pulled again', async () => {
    const url = await sourceDatabase(entries(3, 'a', '2026-03-02 10:00Z'))
    await inSource(url, 'ALTER TABLE time_entries RENAME COLUMN duration_seconds TO seconds')
    const service = await alerting({ sources: [{ name: 'timesheets', adapter: 'timesheets', url }] })
    const sync = () => service.ask('mutation { syncSource(name: "timesheets") { inserted } }')
    await sync()
    await look(service)
    await sync()
    await look(service)
    expect(told).toHaveLength(1)
    expect(told[0]?.text).toBe('Source "timesheets" could not be pulled.')
    expect(told[0]?.attachments[0]?.fields).toEqual([
      { title: 'Why', short: false, value: expect.stringContaining('has no column "duration_seconds"') },
      { title: 'Last pulled well', short: false, value: 'never' },
    ])
    await inSource(url, 'ALTER TABLE time_entries RENAME COLUMN seconds TO duration_seconds')
    await sync()
    told.length = 0
    await look(service)
    expect(texts()).toEqual(['Resolved: Source "timesheets" is no longer failing to be pulled.'])
  })

  test('whose pull the service itself broke off as it stopped has not failed', async () => {
    const service = await alerting({
      sources: [{ name: 'timesheets', adapter: 'timesheets', url: await sourceDatabase() }],
    })
    await service.get('mutation { syncSource(name: "timesheets") { inserted } }')
    await service.database.sql('UPDATE ingest_batch SET error = $1', [BROKEN_OFF.message])
    await look(service)
    expect(texts()).toEqual([])
  })

  test('that was neither pulled nor sent for long is missed until it is seen again', async () => {
    const service = await alerting()
    await addPeople(service)
    await ingest(service, [row(1)])
    await look(service)
    expect(texts()).toEqual([])
    await service.database.sql(`UPDATE ingest_batch SET started_at = now() - interval '50 hours'`)
    await look(service)
    await look(service)
    expect(texts()).toEqual(['Source "timesheets" was last seen 2 days ago: nothing was pulled well or sent since.'])
    await ingest(service, [row(2)])
    await look(service)
    expect(texts()).toEqual(['Resolved: Source "timesheets" is seen again.'])
  })

  test('is never missed where that is off', async () => {
    const service = await alerting({}, 0)
    await addPeople(service)
    await ingest(service, [row(1)])
    await service.database.sql(`UPDATE ingest_batch SET started_at = now() - interval '500 days'`)
    await look(service)
    expect(texts()).toEqual([])
  })
})

describe('a message that is not delivered', () => {
  test.each([
    [500, {}, 2],
    [404, {}, 2],
    [302, { location: 'http://127.0.0.1:1/' }, 2],
    [429, { 'retry-after': '90' }, 90],
    [429, { 'retry-after': '99999' }, 3600],
  ])('for a status %i (%j) waits %i s, and what comes after it waits, too', async (status, headers, seconds) => {
    const service = await alerting()
    await addPeople(service)
    await ingest(service, [row('a', { duration_seconds: -1 })])
    answers = { status, headers }
    await look(service)
    await ingest(service, [row('b', { duration_seconds: -1 })])
    answers = { status: 200 }
    await look(service)
    expect(texts()).toEqual([])
    const warnings = service.logged.filter(({ msg }) => msg === 'an alert could not be delivered: it is tried again')
    expect(warnings).toEqual([expect.objectContaining({ why: expect.stringContaining(`status ${status}`), seconds })])
    await service.database.sql('UPDATE alert_message SET due_at = now()')
    await look(service)
    expect(texts()).toHaveLength(2)
    expect(await waiting(service)).toBe(0)
  })

  test('pauses for longer each time, an hour at most, and is dropped after three days, which is said', async () => {
    const service = await alerting()
    await addPeople(service)
    await ingest(service, [row('a', { duration_seconds: -1 })])
    answers = { status: 500 }
    for (let i = 0; i < 14; i++) {
      await look(service)
      await service.database.sql('UPDATE alert_message SET due_at = now()')
    }
    const pauses = service.logged.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]))
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600])
    await service.database.sql(`UPDATE alert_message SET made_at = now() - interval '73 hours'`)
    await look(service)
    expect(await waiting(service)).toBe(0)
    expect(service.logged.filter(({ level }) => level === 50)).toEqual([
      expect.objectContaining({ msg: 'an alert could not be delivered for three days: it is dropped' }),
    ])
  })

  test('says nothing of where the webhook is', async () => {
    const service = await alerting()
    await addPeople(service)
    await ingest(service, [row('a', { duration_seconds: -1 })])
    hook.close()
    hook.closeAllConnections()
    await look(service)
    expect(service.logged).toContainEqual(expect.objectContaining({ why: 'ECONNREFUSED' }))
    expect(JSON.stringify(service.logged)).not.toContain('secret')
  })
})

test('two processes tell everything once', async () => {
  const one = await alerting()
  const other = await alerting({ url: one.url })
  await addPeople(one)
  for (let i = 0; i < 5; i++) await ingest(one, [row(i, { duration_seconds: -1 })])
  await Promise.all([look(one), look(other), look(one), look(other)])
  await look(one)
  expect(texts()).toHaveLength(5)
})

test('a batch is not held up by a webhook that does not answer', async () => {
  const service = await alerting()
  await addPeople(service)
  hook.removeAllListeners('request')
  await ingest(service, [row('a', { duration_seconds: -1 })])
  service.alerts?.start()
  await once(hook, 'request')
  expect(await ingest(service, [row('b', { duration_seconds: -1 }), row('c')])).toMatchObject({ inserted: 1 })
})
