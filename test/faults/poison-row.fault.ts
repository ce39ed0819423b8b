import { addDays } from '../../src/model/calendar.ts'
import { int, pick } from '../support/random.ts'
import { FIRST_DAY } from '../support/random-writes.ts'
import { ANN, addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'
import { expectCleanRun, inProcess, seeded, seen } from './kit.ts'

const ROWS = 10_000
const POISONS: readonly Record<string, unknown>[] = [
  { duration_seconds: 1e308 },
  { activity_date: '2026-02-30' },
  { value_type: { $ne: null } },
  { user_id: 'x'.repeat(100_000) },
  { stereotype_id: '\u0000' },
  { id: null },
]

test.each([0, 1])('one poison row in 10,000 is quarantined whole, and the others are there (%d)', async (nth) => {
  const random = seeded(`poison-row ${nth}`)
  const [service, clean] = [await inProcess(), await inProcess()]
  for (const api of [service, clean]) await addPeople(api)
  const good = Array.from({ length: ROWS }, (_, i) =>
    row(i, {
      activity_date: addDays(FIRST_DAY, int(random, 70)),
      duration_seconds: int(random, 3600),
      user_id: pick(random, [ANN, BEN]),
    }),
  )
  const place = int(random, ROWS)
  const poison = pick(random, POISONS)
  const poisoned = good.map((each, i) => (i === place ? { ...each, ...poison } : each))
  const began = performance.now()
  expect(await ingest(service, poisoned)).toMatchObject({ received: ROWS, inserted: ROWS - 1, quarantined: 1 })
  const ms = performance.now() - began
  const [kept] = await service.database.sql<{ row_index: number; row: string }>(
    'SELECT row_index, row FROM quarantined_row',
  )
  expect(kept?.row_index).toBe(place)
  await ingest(
    clean,
    good.filter((_, i) => i !== place),
  )
  await service.get('mutation { discardQuarantineWhere(filter: { source: "timesheets" }, reason: "poison") }')
  await service.database.transaction((sql) => sql('DELETE FROM quarantined_row'))
  const rows = await expectCleanRun(service.url, service, { url: clean.url, api: clean })
  // Once it is mended, nothing is missing.
  expect(await ingest(service, good)).toMatchObject({ inserted: 1, unchanged: ROWS - 1 })
  seen(
    `row ${place} of ${ROWS} with ${JSON.stringify(poison).slice(0, 40)} quarantined in ${(ms / 1_000).toFixed(1)} s, ${rows} annotations equal a run without it`,
  )
})
