import type { Events } from '../../src/model/messages.ts'
import { int, pick } from '../support/random.ts'
import { addSprints } from '../support/random-writes.ts'
import type { TestService } from '../support/service.ts'
import { addPeople, ingest } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'
import { expectCleanRun, inProcess, seeded, seen } from './kit.ts'
import { randomRows } from './rows.ts'

const BATCHES = 60
const EAGER = ['waste_trend', 'sprint_summary', 'month_summary', 'stereotype_summary']

test('events that come 1 to 5 times in any order, and batches that are sent again, come to what a clean run comes to', async () => {
  const random = seeded('events-again')
  const [service, clean] = [await inProcess({ eager: EAGER }), await inProcess()]
  for (const api of [service, clean]) {
    await addPeople(api)
    await addSprints(api)
  }
  const batches = Array.from({ length: BATCHES }, (_, i) => ({ key: `batch ${i}`, rows: randomRows(random, 12, 300) }))
  let again = 0
  for (const [i, { key, rows }] of batches.entries()) {
    const report = await ingest(clean, rows, key)
    expect(await ingest(service, rows, key)).toMatchObject({ ...report, id: expect.anything() })
    // One that came before comes up to four times more.
    const earlier = pick(random, batches.slice(0, i + 1))
    for (let times = int(random, 5); times > 0; times--) {
      await ingest(service, earlier.rows, earlier.key)
      again++
    }
  }
  await settled(service)
  const told = await service.database.sql<{ type: keyof Events; payload: Events[keyof Events] }>(
    `SELECT type, payload FROM outbox`,
  )
  const deliveries = told
    .flatMap((event) => Array.from({ length: 1 + int(random, 5) }, () => ({ event, place: random() })))
    .sort((a, b) => a.place - b.place)
  for (const { event } of deliveries) await service.publish(event.type, event.payload as never)
  await settled(service)
  const recomputed = (await service.receipt(`{ wasteTrends(from: "2026-01-01", to: "2026-03-31") { wasteRatio } }`))
    ?.recomputed
  const rows = await expectCleanRun(service.url, service, { url: clean.url, api: clean })
  const [dead] = await service.database.sql<{ count: number }>(
    'SELECT count(*)::integer AS count FROM undelivered_event',
  )
  expect(dead).toEqual({ count: 0 })
  expect(recomputed).toBe(0)
  seen(
    `${told.length} events came ${told.length + deliveries.length} times, ${again} batches again: ${rows} annotations equal a clean run's, ` +
      `none was recomputed for them`,
  )
})

/** Resolves once every event was handled, and what is to be brought up to date is. */
async function settled({ database, dispatcher, eager }: TestService): Promise<void> {
  await until(async () => {
    await dispatcher.idle()
    await eager?.idle()
    const [waiting] = await database.sql<{ count: number }>(
      `SELECT count(*)::integer AS count FROM outbox WHERE published_at IS NULL`,
    )
    return waiting?.count === 0
  })
  await eager?.idle()
}
