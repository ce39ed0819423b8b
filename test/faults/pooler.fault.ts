import pg from 'pg'
import { afterwards } from '../embedded/scratch.ts'
import { freshDatabase } from '../support/databases.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { addSprints } from '../support/random-writes.ts'
import { readDuringWrites } from '../support/reads-during-writes.ts'
import { addPeople } from '../support/timesheet-rows.ts'
import { expectCleanRun, seeded, seen, started } from './kit.ts'

const WRITES = 60

test('through a pooler of transactions with few connections reads during writes show the truth', async () => {
  if (noPgBouncer) {
    seen(`skipped: ${noPgBouncer}`)
    return
  }
  const pooler = await startPgBouncer({ default_pool_size: 8, max_client_conn: 200 })
  afterwards(() => pooler.stop())
  const url = await freshDatabase()
  const services = [await started(pooler.through(url)), await started(pooler.through(url))] as const
  await addPeople(services[0])
  await addSprints(services[0])
  const database = new pg.Client({ connectionString: url })
  await database.connect()
  const seed = Math.floor(seeded('pooler')() * 1_000)
  const counts = await readDuringWrites(services, database, {
    seed,
    readers: 2,
    isOver: ({ writes }) => writes >= WRITES,
  })
  await database.end()
  const rows = await expectCleanRun(url, services[0])
  expect(counts.reads).toBeGreaterThan(20)
  seen(
    `two processes through PgBouncer: ${JSON.stringify(counts)}, each read the truth of a moment of it; ${rows} annotations equal the oracle's`,
  )
})
