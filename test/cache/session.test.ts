import { idleFor } from '../../src/cache/session.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'

/** What a role or a database may bring, and what an administrator may have meant by it. */
const BROUGHT = [
  `datestyle = 'German, DMY'`,
  `timezone = 'Pacific/Kiritimati'`,
  `intervalstyle = 'iso_8601'`,
  `search_path = 'elsewhere'`,
  `client_encoding = 'LATIN1'`,
  'extra_float_digits = -3',
  'array_nulls = off',
  `bytea_output = 'escape'`,
  'transform_null_equals = on',
  `default_transaction_isolation = 'serializable'`,
  'default_transaction_read_only = on',
  'statement_timeout = 1',
  'lock_timeout = 1',
  'idle_in_transaction_session_timeout = 1',
]

/** A new, empty database that brings all of it. */
async function peculiarDatabase(): Promise<string> {
  const url = await freshDatabase('nothing')
  await onDatabase(url, async (client) => {
    await client.query('CREATE SCHEMA elsewhere')
    await client.query('CREATE TABLE elsewhere.activity (nonsense text)')
    const name = new URL(url).pathname.slice(1)
    for (const setting of BROUGHT) await client.query(`ALTER DATABASE ${name} SET ${setting}`)
  })
  return url
}

test('what a database says of sessions changes nothing', async () => {
  const service = await testService({ url: await peculiarDatabase() })
  await addPeople(service)
  const query = '{ nvaSummary(from: "2026-03-01", to: "2026-03-31", groupBy: [DAY]) { period nvaSecondsSum } }'
  await ingest(service, [row('Ő')])
  expect(await service.get(query)).toEqual({ nvaSummary: [{ period: '2026-03-02', nvaSecondsSum: 3600 }] })
  await ingest(service, [row('Ő', { duration_seconds: 60 }), row(2, { activity_date: '2026-03-03' })])
  expect(await service.get(query)).toEqual({
    nvaSummary: [
      { period: '2026-03-02', nvaSecondsSum: 60 },
      { period: '2026-03-03', nvaSecondsSum: 3600 },
    ],
  })
  expect((await service.get('{ activities { nodes { externalId date } } }')).activities.nodes).toEqual([
    { externalId: '2', date: '2026-03-03' },
    { externalId: 'Ő', date: '2026-03-02' },
  ])
  await service.stop()
})

test('what the URL says of sessions stays, but for what the service relies on', async () => {
  const url = new URL(await freshDatabase())
  url.searchParams.set('options', '-c work_mem=7MB -c DateStyle=German')
  const service = await testService({ url: url.href })
  expect(
    await service.database.sql(`SELECT current_setting('work_mem') AS memory, current_setting('DateStyle') AS dates`),
  ).toEqual([{ memory: '7MB', dates: 'ISO, DMY' }])
  await service.stop()
})

test('a transaction that waits for somebody else may do so for longer, and the next one may not', async () => {
  const { database, stop } = await testService()
  const longest = `SELECT current_setting('idle_in_transaction_session_timeout') AS longest`
  try {
    const told = await database.transaction(async (sql) => {
      await sql(idleFor(120_000))
      return sql(longest)
    })
    expect(told).toEqual([{ longest: '135s' }])
    expect(await database.transaction((sql) => sql(longest))).toEqual([{ longest: '15s' }])
  } finally {
    await stop()
  }
})
