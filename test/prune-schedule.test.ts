import { pino } from 'pino'
import { PruneSchedule } from '../src/prune-schedule.ts'
import { type TestService, testService } from './support/service.ts'
import { addPeople, ingest, row } from './support/timesheet-rows.ts'
import { until } from './support/until.ts'

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
  await ingest(service, [row(1)])
  await ingest(service, [row(1, { duration_seconds: 60 })])
  await service.database.sql(`UPDATE source_revision SET at = at - interval '2 days'`)
  await service.database.sql(`UPDATE source_cursor SET history_from = history_from - interval '2 days'`)
})

afterEach(() => service.stop())

async function states(): Promise<number> {
  const [row] = await service.database.sql<{ count: number }>('SELECT count(*) AS count FROM activity_history')
  return row?.count ?? 0
}

/** A schedule that keeps history for so long, what it logs, and how to stop it. */
function schedule(keepSeconds: number, batchKeepDays: number | null = null) {
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line).msg) })
  const stopping = new AbortController()
  const pruning = new PruneSchedule(
    { ...service.acl, stopping: stopping.signal },
    { historySeconds: keepSeconds, batchKeepDays, auditKeepDays: null },
    log,
  )
  const stop = () => {
    stopping.abort()
    return pruning.ended()
  }
  return { pruning, lines, stop }
}

test('what is older than is kept goes once it is started, and the log says so', async () => {
  const { pruning, lines, stop } = schedule(86_400)
  pruning.start()
  await until(() => lines.length > 0)
  await stop()
  expect(lines).toEqual(['pruned: history older than is kept'])
  expect(await states()).toBe(0)
})

test('events go a day after they were handed over, and those that wait stay', async () => {
  await service.dispatcher.idle()
  const old = (id: string, published: string) =>
    `INSERT INTO outbox (id, type, payload, made_at, published_at) VALUES ('${id}', 'users.deleted', '{}', now() - interval '9 days', ${published})`
  await service.database.transaction(async (sql) => {
    // Nobody hands over what is open.
    await sql('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', ['steelthread outbox'])
    await sql('DELETE FROM outbox')
    await sql(old('00000000-0000-7000-8000-000000000001', `now() - interval '25 hours'`))
    await sql(old('00000000-0000-7000-8000-000000000002', `now() - interval '23 hours'`))
    await sql(old('00000000-0000-7000-8000-000000000003', 'NULL'))
  })
  const { pruning, lines, stop } = schedule(Number.POSITIVE_INFINITY)
  pruning.start()
  await until(() => lines.length > 0)
  await stop()
  expect(lines).toEqual(['pruned: events older than is kept'])
  const left = await service.database.sql<{ id: string }>('SELECT id FROM outbox ORDER BY id')
  expect(left.map(({ id }) => id.at(-1))).toEqual(['2', '3'])
})

test('it is left to the process that is at it', async () => {
  const { pruning, lines, stop } = schedule(86_400)
  await service.database.alone('prune history', async () => {
    pruning.start()
    await stop()
  })
  expect(lines).toEqual([])
  expect(await states()).toBe(1)
})

test('what is kept for ever stays', async () => {
  const { pruning, stop } = schedule(Number.POSITIVE_INFINITY)
  pruning.start()
  await stop()
  expect(await states()).toBe(1)
})

test('rows of batches that came longer ago than they are kept go, and their reports stay', async () => {
  const rows = Array.from({ length: 1_001 }, (_, i) => row(`a${i}`))
  const [old, recent] = [await ingest(service, rows), await ingest(service, [row('b')])]
  await age(old.id, 91)
  await age(recent.id, 89)
  const { pruning, lines, stop } = schedule(Number.POSITIVE_INFINITY, 90)
  pruning.start()
  await until(() => lines.length > 0)
  await stop()
  expect(lines).toEqual(['pruned: rows of batches older than is kept'])
  expect([await isKept(old.id), await isKept(recent.id)]).toEqual([false, true])
})

async function age(id: string, days: number): Promise<void> {
  await service.database.sql(
    'UPDATE batch_rows SET came_at = came_at - make_interval(days => $2) WHERE batch_id = $1',
    [id, days],
  )
}

async function isKept(id: string): Promise<boolean> {
  const { ingestBatch } = await service.get('query ($id: ID!) { ingestBatch(id: $id) { isKept received } }', { id })
  expect(ingestBatch.received).toBeGreaterThan(0)
  return ingestBatch.isKept
}
