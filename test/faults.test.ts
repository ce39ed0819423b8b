import { startEmbeddedPostgres } from '../src/embedded/embedded-postgres.ts'
import { scratchFolder } from './embedded/scratch.ts'
import { freshDatabase, onDatabase } from './support/databases.ts'
import { type ServiceProcess, serviceProcess } from './support/service-process.ts'
import { addPeople, row } from './support/timesheet-rows.ts'
import { until } from './support/until.ts'

const INGEST = 'mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { inserted } }'
const SUMS = '{ nvaSummary(from: "2026-03-01", to: "2026-03-31") { totalSum } }'

const started: ServiceProcess[] = []

afterEach(async () => {
  for (const service of started.splice(0)) {
    process.kill(service.pid, 'SIGCONT')
    await service.stop()
  }
})

async function start(url: string): Promise<ServiceProcess> {
  const service = await serviceProcess(url)
  started.push(service)
  return service
}

function ingestInto(service: ServiceProcess, id: number) {
  return service.ask(INGEST, { input: { source: 'timesheets', rows: [row(id)] } })
}

test('a process that stands still in the middle of a batch stops the others no longer than its transaction may be idle', async () => {
  const url = await freshDatabase()
  const [frozen, other] = [await start(url), await start(url)]
  await addPeople(frozen)
  let cut: Promise<unknown> = Promise.resolve()
  await onDatabase(url, async (client) => {
    // Halfway through its batch, the first one waits for this; then it stands still.
    await client.query('BEGIN; LOCK TABLE activity IN SHARE MODE')
    cut = ingestInto(frozen, 1)
    await until(async () => {
      const { rowCount } = await client.query(`SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
        WHERE NOT granted AND relname = 'activity' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
      return rowCount === 1
    })
    process.kill(frozen.pid, 'SIGSTOP')
    await client.query('COMMIT')
  })
  expect(await ingestInto(other, 2)).toEqual({ data: { ingestActivities: { inserted: 1 } } })
  expect(await other.get(SUMS)).toEqual({ nvaSummary: [{ totalSum: 3600 }] })
  process.kill(frozen.pid, 'SIGCONT')
  expect(await cut).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAVAILABLE' } }] })
  expect(await ingestInto(frozen, 1)).toEqual({ data: { ingestActivities: { inserted: 1 } } })
  expect(await frozen.get(SUMS)).toEqual(await other.get(SUMS))
})

test('a Postgres that is restarted under load costs answers, never the process or what was acknowledged', async () => {
  const pids: number[] = []
  const note = (told: object) => {
    if ('pid' in told && !('said' in told)) pids.push(Number(told.pid))
  }
  const postgres = await startEmbeddedPostgres({ home: scratchFolder(), log: { info: note, warn: note } })
  await postgres.createDatabase('cache')
  const service = await start(postgres.url('cache'))
  await addPeople(service)
  let isOver = false
  let next = 1
  const acknowledged: number[] = []
  const codes = new Set<string | undefined>()
  const writers = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const id = next++
      const { data, errors } = await ingestInto(service, id)
      if (data) acknowledged.push(id)
      else codes.add(errors?.[0]?.extensions.code)
    }
  })
  await until(async () => acknowledged.length > 20)
  // It ends as by an operator's hand, and is started again on its port.
  process.kill(pids[0] ?? 0, 'SIGINT')
  await until(async () => codes.size > 0)
  const before = acknowledged.length
  await until(async () => acknowledged.length > before + 20)
  isOver = true
  await Promise.all(writers)
  expect([...codes]).toEqual(['UNAVAILABLE'])
  const { activities } = await service.get('{ activities(first: 1000) { nodes { externalId } } }')
  const there = new Set(activities.nodes.map(({ externalId }: { externalId: string }) => externalId))
  expect(acknowledged.filter((id) => !there.has(String(id)))).toEqual([])
  for (const each of started.splice(0)) await each.stop()
  await postgres.stop()
})
