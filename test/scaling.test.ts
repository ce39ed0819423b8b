import pg from 'pg'
import { addDays } from '../src/model/calendar.ts'
import type { Receipt } from '../src/model/receipt.ts'
import { describeWithBroker, type TestBroker, testBroker } from './support/broker.ts'
import { freshDatabase, waitingForLocks } from './support/databases.ts'
import { truthOf } from './support/oracle.ts'
import { otherBuild } from './support/other-build.ts'
import { addSprints } from './support/random-writes.ts'
import { type Counts, readDuringWrites } from './support/reads-during-writes.ts'
import { type ServiceProcess, serviceProcess } from './support/service-process.ts'
import { ANN, addPeople, BEN, ingest, row } from './support/timesheet-rows.ts'
import { until } from './support/until.ts'

const YEARS = 'from: "2019-01-01", to: "2027-12-31"'
const SUMMARY = `{ nvaSummary(${YEARS}) { totalSum } }`
const TRENDS = `{ wasteTrends(${YEARS}) { wasteRatio } }`
/** Of each of two people. */
const DAYS = 2_500

describeWithBroker('several processes on one cache and one broker', () => {
  let broker: TestBroker
  let url: string
  let database: pg.Client
  const processes: ServiceProcess[] = []

  beforeAll(async () => {
    broker = await testBroker()
  })

  beforeEach(async () => {
    url = await freshDatabase()
    database = new pg.Client({ connectionString: url })
    await database.connect()
  })

  afterEach(async () => {
    for (const process of processes.splice(0)) await process.stop()
    await database.end()
  })

  afterAll(() => broker.close())

  const environment = () => ({ BROKER_URL: broker.url, BROKER_PREFIX: `t${new URL(url).pathname.slice(6)}` })

  async function started(...args: string[]): Promise<ServiceProcess> {
    const process = await serviceProcess(url, { args, env: environment() })
    processes.push(process)
    return process
  }

  const all = (count: number, ...args: string[]) => Promise.all(Array.from({ length: count }, () => started(...args)))

  /** An hour of each of two people on each of many days. */
  async function fill(api: ServiceProcess, days = DAYS): Promise<void> {
    await addPeople(api)
    for (const user_id of [ANN, BEN]) {
      const rows = Array.from({ length: days }, (_, i) =>
        row(`${user_id}${i}`, { user_id, activity_date: addDays('2019-01-01', i) }),
      )
      await ingest(api, rows)
    }
  }

  async function recomputed(
    asked: Promise<{ extensions?: { receipt?: Receipt }; errors?: unknown[] }>[],
  ): Promise<number> {
    const answers = await Promise.all(asked)
    expect(answers.flatMap(({ errors = [] }) => errors)).toEqual([])
    return answers.reduce((sum, { extensions }) => sum + (extensions?.receipt?.recomputed ?? 0), 0)
  }

  async function expectTruth(): Promise<void> {
    const truth = await truthOf(database)
    const { rows } = await database.query(
      'SELECT user_id, date::text, nva_seconds_sum AS nva, va_seconds_sum AS va, total_sum AS total FROM nva_summary ORDER BY 1, 2',
    )
    const values = rows.map(({ user_id, date, nva, va, total }) => [
      `${user_id} ${date}`,
      { nva: Number(nva), va: Number(va), total: Number(total) },
    ])
    expect(values).toEqual([...truth.nva_summary].sort())
  }

  test('200 reads of one window through two that serve have three that work compute each slice once', async () => {
    const apis = await all(2, 'serve')
    const [api] = apis as [ServiceProcess]
    await all(3, 'work')
    await fill(api)
    const asked = Array.from({ length: 200 }, (_, i) => (apis[i % 2] as ServiceProcess).ask(SUMMARY))
    // time_split and nva_summary of each day.
    expect(await recomputed(asked)).toBe(2 * 2 * DAYS)
    await ingest(api, [row(`${ANN}7`, { activity_date: addDays('2019-01-01', 7), duration_seconds: 60 })])
    expect(await recomputed(Array.from({ length: 50 }, (_, i) => (apis[i % 2] as ServiceProcess).ask(SUMMARY)))).toBe(2)
    await expectTruth()
  })

  test('who works and is killed in the middle of 5,000 slices is replaced by another, and nothing is computed twice', async () => {
    const api = await started('serve')
    const workers = await all(2, 'work')
    await fill(api)
    await database.query('BEGIN')
    // Nobody gets done meanwhile: a batch that was committed and not yet answered would be in no receipt.
    await database.query('SELECT FROM app_user FOR UPDATE')
    const asked = api.ask(SUMMARY)
    await until(async () => (await waitingForLocks(database)) >= 4)
    workers[0]?.kill('SIGKILL')
    await workers[0]?.ended
    await database.query('COMMIT')
    expect(await recomputed([asked])).toBe(2 * 2 * DAYS)
    await expectTruth()
  })

  test('who runs one stage asks others for what that reads, and who lacks one is told within two seconds', async () => {
    const api = await started('serve')
    await started('work', '--stages', 'waste_trend')
    await fill(api, 20)
    const begun = performance.now()
    const { errors } = await api.ask(TRENDS)
    expect(errors).toMatchObject([{ extensions: { code: 'NO_WORKER', stage: 'nva_summary' } }])
    expect(errors?.[0]?.message).toMatch(/^No process runs the stage "nva_summary"/)
    expect(performance.now() - begun).toBeLessThan(2_000)
    await started('work', '--stages', 'time_split,nva_summary')
    expect((await api.get(TRENDS)).wasteTrends.length).toBeGreaterThan(4)
    await expectTruth()
  })

  test('a stage that takes long holds up neither signs of life nor other stages', async () => {
    const build = otherBuild()
    build.edit('src/stages/nva-summary.ts', [
      'annotate: ({ time_split, activities }) => {',
      'annotate: ({ time_split, activities }) => {\n    for (const end = Date.now() + 7_000; Date.now() < end; );',
    ])
    await build.build()
    const api = await started('serve')
    processes.push(await serviceProcess(url, { main: build.main, args: ['work'], env: environment() }))
    await fill(api, 400)
    const ended: string[] = []
    const slow = recomputed([api.ask('{ nvaSummary(from: "2019-01-01", to: "2019-01-10") { totalSum } }')])
    await until(async () => (await idleInTransaction(database)) > 0)
    const quick = recomputed([
      api.ask('{ stereotypeSummaries(from: "2020-01-01", to: "2020-01-31", first: 9) { nodes { totalSum } } }'),
    ])
    await Promise.all([slow.then(() => ended.push('slow')), quick.then(() => ended.push('quick'))])
    expect(ended).toEqual(['quick', 'slow'])
    // Nobody took it for dead and asked for it again.
    expect(await slow).toBe(2 * 2 * 10)
    expect(await quick).toBeGreaterThan(0)
  })

  test('while the broker is away who runs the stages itself answers, and who does not says what is wrong', async () => {
    const own = await testBroker()
    try {
      const started = (...args: string[]) => serviceProcess(url, { args, env: { BROKER_URL: own.url } })
      processes.push(await started('serve'), await started('serve', '--stages', 'all'), await started('work'))
      const [api, alone] = processes as [ServiceProcess, ServiceProcess]
      const ready = async (process: ServiceProcess) => {
        const response = await fetch(`${process.address}/readyz`)
        return [response.status, (await response.json()) as { broker?: string }] as const
      }
      await fill(api, 20)
      expect(await ready(api)).toEqual([
        200,
        { status: 'ready', broker: 'there', database: 'there', sources: {}, pulling: [] },
      ])
      await own.stop()
      await until(async () => (await ready(alone))[1].broker === 'away')
      expect(await ready(alone)).toEqual([
        200,
        { status: 'ready', broker: 'away', database: 'there', sources: {}, pulling: [] },
      ])
      expect(await ready(api)).toEqual([
        503,
        expect.objectContaining({
          status: 'not ready',
          reason: expect.stringMatching(/broker .* can't be reached/),
          broker: 'away',
        }),
      ])
      expect((await api.ask(SUMMARY)).errors).toMatchObject([{ extensions: { code: 'BROKER_UNAVAILABLE' } }])
      expect((await alone.get(SUMMARY)).nvaSummary).toHaveLength(2)
      await ingest(api, [row('new', { activity_date: '2020-01-01' })])
      await own.start()
      await until(async () => (await ready(api))[0] === 200)
      expect((await api.get(SUMMARY)).nvaSummary).toHaveLength(2)
      await expectTruth()
    } finally {
      await own.close()
    }
  })

  test('no event is lost or told twice while the broker is away and who ingests is killed', async () => {
    const own = await testBroker()
    try {
      const env = { ...environment(), BROKER_URL: own.url }
      const start = async (...args: string[]) => {
        const process = await serviceProcess(url, { args, env })
        processes.push(process)
        return process
      }
      const [api, other] = await Promise.all([start('serve'), start('serve'), start('work')])
      await addPeople(api)
      await ingest(api, [row('before')])
      await own.stop()
      for (let i = 0; i < 4; i++) await ingest(i % 2 ? api : other, [row(`while away ${i}`)])
      expect(await waiting()).toBeGreaterThan(0)
      api.kill('SIGKILL')
      await api.ended
      await own.start()
      await until(async () => (await waiting()) === 0)
      await ingest(other, [row('after')])
      await until(() => told().length >= 6)
      // Each once, in whichever process.
      expect(told().map((line) => JSON.parse(line).inserted)).toEqual([1, 1, 1, 1, 1, 1])
    } finally {
      await own.close()
    }
  })

  test('who is killed in the middle of an ingest leaves neither rows nor events, and both come when it is sent again', async () => {
    const [api, other] = await all(2, 'serve')
    if (!api || !other) throw new Error('Two were started.')
    await addPeople(api)
    await database.query('BEGIN')
    await database.query('LOCK TABLE outbox IN SHARE MODE')
    const rows = Array.from({ length: 50 }, (_, i) => row(i, { activity_date: addDays('2026-01-01', i) }))
    const sent = ingest(api, rows, 'monday').catch(() => 'killed')
    await until(async () => (await waitingForLocks(database)) >= 1)
    api.kill('SIGKILL')
    expect(await sent).toBe('killed')
    await database.query('COMMIT')
    const left = async () => (await database.query('SELECT FROM activity')).rows.length
    await ingest(other, rows, 'monday')
    expect(await left()).toBe(50)
    await until(async () => (await waiting()) === 0 && told().length > 0)
    expect(told().map((line) => JSON.parse(line).inserted)).toEqual([50])
    await all(1, 'work')
    await other.get(SUMMARY)
    await expectTruth()
  })

  async function waiting(): Promise<number> {
    const { rows } = await database.query('SELECT FROM outbox WHERE published_at IS NULL')
    return rows.length
  }

  /** Lines of all logs that activities changed. */
  function told(): string[] {
    return processes.flatMap(({ said }) => said.filter((line) => line.includes('"activities changed"')))
  }

  test('what two that serve show while both write is the truth of a moment of each read', async () => {
    const apis = await all(2, 'serve')
    await all(1, 'work')
    // Who brings stages up to date before anybody asks is in nobody's way.
    const eager = { ...environment(), EAGER_STAGES: 'waste_trend,sprint_summary' }
    processes.push(await serviceProcess(url, { args: ['work'], env: eager }))
    const [api] = apis as [ServiceProcess]
    await addPeople(api)
    await addSprints(api)
    const isOver = ({ writes }: Counts) => writes >= 100
    const counts = await readDuringWrites(apis, database, { seed: 14, readers: 3, isOver })
    expect(counts.reads).toBeGreaterThan(30)
    expect(counts.contended).toBeLessThan(counts.reads / 20)
  })
})

/** How many connections have a transaction open in which nothing is run. */
async function idleInTransaction(client: pg.Client): Promise<number> {
  await client.query('SELECT pg_stat_clear_snapshot()')
  const { rows } = await client.query(
    `SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`,
  )
  return rows.length
}
