import { SYNC } from '../source/pulling.ts'
import { entries, inSource, sourceDatabase } from '../source/source-database.ts'
import { gateBefore } from '../support/gate.ts'
import { int } from '../support/random.ts'
import type { Answer, TestService } from '../support/service.ts'
import { expectCleanRun, inProcess, seeded, seen } from './kit.ts'

const ROWS = 20_000
const TIMEOUT_SECONDS = 2

const pull = (service: TestService): Promise<Answer> => service.ask(SYNC, { name: 'timesheets' })
const SOURCE = { name: 'timesheets', adapter: 'timesheets', timeoutSeconds: TIMEOUT_SECONDS }

/** A source, a gate before it, and a service that pulls through that; and one that pulls it undisturbed. */
async function pulled() {
  const url = await sourceDatabase(entries(ROWS, 'a', '2026-03-02 10:00Z'))
  await inSource(
    url,
    `UPDATE time_entries SET user_id = 1 + substr(id, 2)::integer % 2, activity_date = date '2026-01-05' + substr(id, 2)::integer % 70`,
  )
  const gate = await gateBefore(url)
  const service = await inProcess({ sources: [{ ...SOURCE, url: gate.through(url) }] })
  const clean = await inProcess({ sources: [{ ...SOURCE, url }] })
  const expectSame = async () => {
    expect((await pull(clean)).errors).toBeUndefined()
    return expectCleanRun(service.url, service, { url: clean.url, api: clean })
  }
  return { url, gate, service, expectSame }
}

test('a source that falls silent in the middle of a page, and one that dies there, are given up in time, and gone on with', async () => {
  const random = seeded('bad-source')
  const { gate, service, expectSame } = await pulled()
  const times: number[] = []
  let stored = 0
  for (let i = 0; i < 6; i++) {
    const isSilent = i % 2 === 0
    const began = performance.now()
    const bytes = 200_000 + int(random, 800_000)
    gate.silenceAfter(bytes)
    const dying = isSilent
      ? undefined
      : (async () => {
          await new Promise((resolve) => setTimeout(resolve, 300))
          await gate.shut()
        })()
    const { errors } = await pull(service)
    await dying
    if (errors) {
      expect(errors).toMatchObject([{ extensions: { code: 'SOURCE_PULL_FAILED', source: 'timesheets' } }])
      times.push((performance.now() - began) / 1_000)
    }
    await gate.open()
    const [count] = await service.database.sql<{ count: number }>('SELECT count(*)::integer AS count FROM activity')
    // Pages that were stored stay.
    expect(count?.count).toBeGreaterThanOrEqual(stored)
    stored = count?.count ?? 0
  }
  expect(times.length).toBeGreaterThan(2)
  expect(Math.max(...times)).toBeLessThan(4 * TIMEOUT_SECONDS + 5)
  expect((await pull(service)).errors).toBeUndefined()
  const rows = await expectSame()
  await gate.close()
  seen(
    `silent or dead in the middle of ${times.length} pulls: SOURCE_PULL_FAILED after ${times.map((each) => each.toFixed(1)).join(', ')} s (timeout ${TIMEOUT_SECONDS} s), ` +
      `${rows} annotations equal those of a pull undisturbed`,
  )
})

test.each([
  [
    'a column is renamed',
    'ALTER TABLE time_entries RENAME duration_seconds TO seconds',
    'ALTER TABLE time_entries RENAME seconds TO duration_seconds',
  ],
  [
    'a column is of another type',
    `ALTER TABLE time_entries ALTER duration_seconds TYPE text USING duration_seconds || ' seconds'`,
    `ALTER TABLE time_entries ALTER duration_seconds TYPE integer USING split_part(duration_seconds, ' ', 1)::integer`,
  ],
])('where %s between two pulls nothing is taken until it is as it was', async (name, drift, back) => {
  const { url, gate, service, expectSame } = await pulled()
  expect((await pull(service)).errors).toBeUndefined()
  await inSource(url, entries(50, 'b', 'now'), drift)
  const { errors } = await pull(service)
  expect(errors).toMatchObject([
    { extensions: { code: expect.stringMatching(/^(SOURCE_PULL_FAILED|TOO_MANY_BAD_ROWS)$/) } },
  ])
  const [count] = await service.database.sql<{ count: number }>('SELECT count(*)::integer AS count FROM activity')
  expect(count?.count).toBe(ROWS)
  await inSource(url, back)
  expect((await pull(service)).errors).toBeUndefined()
  const rows = await expectSame()
  await gate.close()
  seen(`${name}: ${errors?.[0]?.extensions.code}, then ${rows} annotations equal`)
})
