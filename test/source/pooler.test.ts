import { onDatabase } from '../support/databases.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { pulling, stored, sync } from './pulling.ts'
import { entries, inSource, sourceDatabase } from './source-database.ts'

/** PgBouncer itself leaves the last application's name where the next one says none. */
const SETTINGS = `SELECT name, setting FROM pg_settings WHERE name <> 'application_name' ORDER BY name`

if (noPgBouncer) console.warn(`skipped: ${noPgBouncer}`)
const tested = noPgBouncer ? test.skip : test

tested('a source is pulled through a pooler of transactions, and its other applications notice nothing', async () => {
  // One connection to Postgres: whatever is left behind on it meets whoever comes next.
  const pooler = await startPgBouncer({ default_pool_size: 1 })
  try {
    const direct = await sourceDatabase(entries(6_000, 'a', '2026-03-02 10:00Z'))
    const url = pooler.through(direct)
    const settings = async () => (await onDatabase(url, (client) => client.query(SETTINGS))).rows
    const before = await settings()
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({ inserted: 6_000 })
    expect(await settings()).toEqual(before)
    await inSource(url, entries(1, 'b', '2026-03-02 11:00Z'))
    expect(await sync(service)).toMatchObject({ inserted: 1 })
    expect(await stored(service)).toHaveLength(6_001)
  } finally {
    await pooler.stop()
  }
})
