import { outboxDepth } from '../src/cache/outbox.ts'
import { testService } from './support/service.ts'
import { addPeople, ingest, row } from './support/timesheet-rows.ts'

test('what a process does is counted in one place, and said when it stops', async () => {
  const own = await testService()
  await addPeople(own)
  await ingest(own, [row(1), row(2, { activity_date: 'soon' })])
  await own.get('{ nvaSummary(from: "2026-03-01", to: "2026-03-31") { totalSum } }')
  await own.dispatcher.idle()
  const counters = own.counters.read()
  expect(counters).toMatchObject({
    eventsPublished: { 'activities.ingested': 1, 'rows.quarantined': 1 },
    eventsDelivered: { alert: 1, log: expect.any(Number) },
    stageRequests: { nva_summary: 1 },
    stageBatches: { nva_summary: 1 },
    stageQueueMs: { nva_summary: expect.any(Number) },
    stageRunMs: { time_split: expect.any(Number), nva_summary: expect.any(Number) },
  })
  await own.stop()
  expect(own.logged).toContainEqual(expect.objectContaining({ msg: 'what this process did', counters }))
})

test('handlers that fail are counted, and what waits is told with how long it has', async () => {
  const service = await testService()
  service.dispatcher.subscribe('pull.began', 'fails', () => {
    throw new Error('never')
  })
  await service.publish('pull.began', { source: 's', batchId: 'b' })
  for (let i = 0; i < 5; i++) {
    await service.dispatcher.idle()
    await service.database.transaction((sql) =>
      sql('UPDATE undelivered_event SET due_at = now() WHERE due_at IS NOT NULL'),
    )
  }
  expect(service.counters.read()).toMatchObject({
    eventsFailed: { fails: 4 },
    eventsRedelivered: { fails: 4 },
    eventsDead: { fails: 1 },
  })
  await service.database.transaction(async (sql) => {
    // Nobody hands over what is open.
    await sql(`SELECT pg_advisory_xact_lock(hashtextextended('steelthread outbox', 0))`)
    await sql(
      `INSERT INTO outbox (id, type, payload, made_at) VALUES (gen_random_uuid(), 'pull.began', '{}', now() - interval '1 minute')`,
    )
    expect(await outboxDepth(sql)).toEqual({ waiting: 1, oldestSeconds: 60, undelivered: 0, deadLetters: 1 })
  })
  await service.stop()
})
