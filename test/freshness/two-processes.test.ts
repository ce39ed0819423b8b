import pg from 'pg'
import { freshDatabase } from '../support/databases.ts'
import { addSprints } from '../support/random-writes.ts'
import { type Counts, readDuringWrites } from '../support/reads-during-writes.ts'
import { type ServiceProcess, serviceProcess } from '../support/service-process.ts'
import { addPeople } from '../support/timesheet-rows.ts'

/** `RANDOM_SECONDS=600 npm test -- test/freshness/two-processes` goes on for that long, and says what it did. */
const seconds = Number(process.env.RANDOM_SECONDS ?? 0)
const seed = Number(process.env.RANDOM_SEED ?? 6)
const WRITES = 120

let services: ServiceProcess[]
let database: pg.Client

beforeAll(async () => {
  const url = await freshDatabase()
  services = [await serviceProcess(url), await serviceProcess(url)]
  const [first] = services
  if (!first) throw new Error('There is no service.')
  await addPeople(first)
  await addSprints(first)
  database = new pg.Client({ connectionString: url })
  await database.connect()
})

afterAll(async () => {
  await database.end()
  for (const service of services) await service.stop()
})

test(
  'what two services show while both write is the truth of a moment of each read',
  async () => {
    const end = Date.now() + seconds * 1_000
    const isOver = ({ writes }: Counts) => (seconds > 0 ? Date.now() >= end : writes >= WRITES)
    const counts = await readDuringWrites(services, database, { seed, readers: 3, isOver })
    if (seconds > 0) process.stdout.write(`${JSON.stringify(counts)}\n`)
    expect(counts.reads).toBeGreaterThan(30)
    expect(counts.contended).toBeLessThan(counts.reads / 20)
  },
  60_000 + seconds * 1_000,
)
