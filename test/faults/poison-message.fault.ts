import type { EventType } from '../../src/model/messages.ts'
import { pick } from '../support/random.ts'
import { addPeople, ingest } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'
import { expectCleanRun, inProcess, seeded, seen } from './kit.ts'
import { randomRows } from './rows.ts'

const TYPES: readonly EventType[] = ['activities.ingested', 'rows.quarantined', 'users.deleted', 'stage.promoted']
const POISONS = [null, 7, 'text', [], {}, { windows: 'none', windowCount: -1 }, { windows: [{ subjectId: 7 }] }]

test('messages that no handler can take stop none of those behind them, and are dead letters in the end', async () => {
  const random = seeded('poison-message')
  const [service, clean] = [await inProcess({ eager: ['waste_trend'] }), await inProcess()]
  for (const api of [service, clean]) await addPeople(api)
  let poisons = 0
  for (let i = 0; i < 20; i++) {
    const rows = randomRows(random, 10, 100)
    await ingest(clean, rows)
    await ingest(service, rows)
    for (const poison of [pick(random, POISONS), pick(random, POISONS)]) {
      poisons++
      await service.publish(pick(random, TYPES), poison as never)
    }
  }
  const counted = async (condition: string) => {
    const [found] = await service.database.sql<{ count: number }>(`SELECT count(*)::integer AS count FROM ${condition}`)
    return found?.count ?? 0
  }
  await until(async () => (await counted('outbox WHERE published_at IS NULL')) === 0)
  // Each is tried five times; the pauses between are over at once.
  await until(async () => {
    await service.database.transaction((sql) =>
      sql('UPDATE undelivered_event SET due_at = now() WHERE due_at IS NOT NULL'),
    )
    await service.dispatcher.idle()
    return (await counted('undelivered_event WHERE due_at IS NOT NULL')) === 0
  })
  const { deadLetters } = await service.get('{ deadLetters(first: 100) { nodes { id type attempts } } }')
  const ids = deadLetters.nodes.map(({ id }: { id: string }) => id)
  expect(deadLetters.nodes.every(({ attempts }: { attempts: number }) => attempts === 5)).toBe(true)
  expect(ids.length).toBeGreaterThan(0)
  await service.get('mutation ($ids: [ID!]!) { dropDeadLetters(ids: $ids, reason: "poison") }', { ids })
  await ingest(service, randomRows(seeded('after'), 10, 100))
  await ingest(clean, randomRows(seeded('after'), 10, 100))
  await until(async () => (await counted('outbox WHERE published_at IS NULL')) === 0)
  const rows = await expectCleanRun(service.url, service, { url: clean.url, api: clean })
  seen(
    `${poisons} poison messages, ${ids.length} of them dead letters after 5 attempts; ${rows} annotations equal a clean run's`,
  )
})
