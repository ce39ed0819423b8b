import { pino } from 'pino'
import { BatchPruning } from '../src/batch-pruning.ts'
import { type TestService, testService } from './support/service.ts'
import { addPeople, ingest, row } from './support/timesheet-rows.ts'

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
})

afterEach(() => service.stop())

const log = pino({ level: 'silent' })

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

test('rows that came longer ago than they are kept go, and their reports stay', async () => {
  const { id: old } = await ingest(
    service,
    Array.from({ length: 1_001 }, (_, i) => row(`a${i}`)),
  )
  const { id: recent } = await ingest(service, [row('b')])
  await age(old, 91)
  await age(recent, 89)
  expect(await new BatchPruning(service.acl, 90, log).prune()).toBe(2)
  expect([await isKept(old), await isKept(recent)]).toEqual([false, true])
  expect(await new BatchPruning(service.acl, 90, log).prune()).toBe(0)
})

test('one process at a time looks for them', async () => {
  const { id } = await ingest(service, [row('a')])
  await age(id, 91)
  await service.database.alone('prune batches', async () => {
    expect(await new BatchPruning(service.acl, 90, log).prune()).toBe(0)
  })
  expect(await isKept(id)).toBe(true)
})
