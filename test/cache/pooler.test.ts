import pg from 'pg'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { noPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { scrape } from '../support/scrape.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, ingest, row } from '../support/timesheet-rows.ts'

const NVA = '{ nvaSummary(from: "2026-03-01", to: "2026-03-31", groupBy: [DAY]) { period nvaSecondsSum } }'
const BROUGHT = [
  `datestyle = 'German, DMY'`,
  `timezone = 'Pacific/Kiritimati'`,
  `search_path = 'elsewhere'`,
  `default_transaction_isolation = 'serializable'`,
  'extra_float_digits = -3',
  'array_nulls = off',
]

if (noPgBouncer) console.warn(`skipped: ${noPgBouncer}`)
const described = noPgBouncer ? describe.skip : describe

described.each([
  ['that refuses options', {}],
  ['that ignores options', { ignore_startup_parameters: 'options,extra_float_digits' }],
])('through a pooler of transactions %s', (_, settings) => {
  let pooler: PgBouncer
  let url: string
  let services: [TestService, TestService]
  let people: Record<string, string>

  beforeAll(async () => {
    // Few connections, so that they are shared.
    pooler = await startPgBouncer({ default_pool_size: 4, ...settings })
    const direct = await freshDatabase('nothing')
    await onDatabase(direct, async (client) => {
      await client.query('CREATE SCHEMA elsewhere')
      await client.query('CREATE TABLE elsewhere.activity (nonsense text)')
      for (const setting of BROUGHT)
        await client.query(`ALTER DATABASE ${new URL(direct).pathname.slice(1)} SET ${setting}`)
    })
    url = pooler.through(direct)
    services = await Promise.all([testService({ url }), testService({ url })])
    people = await addPeople(services[0])
  })

  afterAll(async () => {
    for (const service of services ?? []) await service.stop()
    await pooler?.stop()
  })

  test('each service says once that there is a pooler', () => {
    for (const { logged } of services) {
      expect(logged.filter(({ msg }) => String(msg).includes('pooler'))).toMatchObject([{ level: 30 }])
    }
  })

  test('rows come in, are edited and are rolled up, by either service', async () => {
    const [one, other] = services
    await ingest(one, [row('a'), row('b', { activity_date: '2026-03-03' })])
    expect((await one.get(NVA)).nvaSummary.map(nva)).toEqual([3600, 3600])
    await ingest(other, [row('a', { duration_seconds: 60 })])
    for (const service of services) expect((await service.get(NVA)).nvaSummary.map(nva)).toEqual([60, 3600])
    expect(await one.get('mutation { discardAnnotations(stage: "nva_summary") }')).toEqual({ discardAnnotations: 2 })
    for (const service of services) expect((await service.get(NVA)).nvaSummary.map(nva)).toEqual([60, 3600])
    const { nodes } = (
      await other.get('{ activities(orderBy: DATE_ASC) { nodes { date externalId nvaSummary { totalSum } } } }')
    ).activities
    expect(nodes).toEqual([
      { date: '2026-03-02', externalId: 'a', nvaSummary: { totalSum: 60 } },
      { date: '2026-03-03', externalId: 'b', nvaSummary: { totalSum: 3600 } },
    ])
    expect((await one.server.inject('/readyz')).json()).toEqual({
      status: 'ready',
      database: 'there',
      sources: {},
      pulling: [],
    })
    expect((await scrape(one)).of('steelthread_cache_up')).toEqual({ '': 1 })
  })

  test('statements of many shapes meet each other on its connections', async () => {
    const filters = [
      'from: "2026-01-01"',
      'to: "2026-12-31"',
      `userIds: ["${people[ANN]}"]`,
      'stereotypeCodes: ["meeting"]',
      'source: "timesheets"',
    ]
    const queries = Array.from({ length: 32 }, (_, mask) => {
      const filter = filters.filter((__, i) => mask & (1 << i)).join(', ')
      return `{ activities(first: ${1 + (mask % 5)}, filter: { ${filter} }) { totalCount nodes { timeSplit { nvaSeconds } wasteTrend { flagged } } } }`
    })
    const totals = await Promise.all(
      queries.map(async (query, i) => (await services[i % 2 ? 1 : 0].get(query)).activities.totalCount),
    )
    expect(new Set(totals)).toEqual(new Set([2]))
  })

  test('what one reads at once with another’s edits comes out of one snapshot', async () => {
    const [one, other] = services
    const edits = Array.from({ length: 8 }, (_, i) => ingest(other, [row('a', { duration_seconds: i + 1 })]))
    const reads = Array.from({ length: 8 }, () => one.get(NVA))
    await Promise.all([...edits, ...reads])
    expect(await one.get(NVA)).toEqual(await other.get(NVA))
  })

  test('work that must be alone takes turns across services', async () => {
    const [one, other] = services
    let under = 0
    const turn = (service: TestService) =>
      service.database.alone('pull', async () => {
        under += 1
        expect(under).toBe(1)
        await service.database.sql('SELECT 1')
        under -= 1
      })
    await Promise.all([turn(one), turn(other)])
  })

  test('another application finds its sessions as its database says', async () => {
    const clients = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        await client.query('BEGIN')
        return client
      }),
    )
    for (const client of clients) {
      const { rows } = await client.query(
        `SELECT current_setting('DateStyle') AS dates, current_setting('search_path') AS path, '2026-03-02'::date::text AS day,
           current_setting('transaction_isolation') AS isolation, current_setting('synchronous_commit') AS waits`,
      )
      expect(rows).toEqual([
        { dates: 'German, DMY', path: 'elsewhere', day: '02.03.2026', isolation: 'serializable', waits: 'off' },
      ])
      expect((await client.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([])
    }
    for (const client of clients) await client.end()
  })
})

function nva({ nvaSecondsSum }: { nvaSecondsSum: number }): number {
  return nvaSecondsSum
}
