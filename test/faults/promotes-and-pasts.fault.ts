import { withCandidates, withPto } from '../support/candidates.ts'
import { onDatabase } from '../support/databases.ts'
import { int, pick } from '../support/random.ts'
import { addSprints } from '../support/random-writes.ts'
import type { TestService } from '../support/service.ts'
import { addPeople, ingest, PTO, row } from '../support/timesheet-rows.ts'
import { expectCleanRun, inProcess, seeded, seen } from './kit.ts'
import { randomRows } from './rows.ts'

const PROMOTIONS = 30
const DAY = 'from: "2025-06-02", to: "2025-06-02"'
const ONE_DAY = `{ nvaSummaries(${DAY}, first: 10) { nodes { version totalSum } } }`
const PAST = `query ($at: DateTime!, $version: Int!) {
  waste(from: "2026-01-01", to: "2026-04-30", groupBy: [USER, WEEK], asOf: $at, versions: [{ stage: "nva_summary", version: $version }]) {
    nodes { user { name } totalSeconds nvaSeconds }
  }
}`

test('versions that are promoted and pasts that are asked for under reads and writes never mix', async () => {
  const random = seeded('promotes-and-pasts')
  const first = await inProcess({ stages: withCandidates(withPto) })
  const services: TestService[] = [first, await inProcess({ url: first.url, stages: withCandidates(withPto) })]
  const clean = await inProcess()
  for (const api of [first, clean]) {
    await addPeople(api)
    await addSprints(api)
    // A day that nobody touches: an hour of work, and two of PTO, which the candidate counts.
    const off = { activity_date: '2025-06-02' }
    await ingest(api, [row('day', off), row('off', { ...off, duration_seconds: 7200, stereotype_id: PTO })])
  }
  const write = async () => {
    const rows = randomRows(random, 8, 150)
    await ingest(pick(random, services), rows)
    await ingest(clean, rows)
  }
  for (let i = 0; i < 5; i++) await write()
  const at = await onDatabase(
    first.url,
    async (client) => (await client.query('SELECT clock_timestamp() AS now')).rows[0].now,
  )
  await write()
  const pasts = await Promise.all([2, 3].map((version) => first.get(PAST, { at, version })))
  const counts = { reads: 0, pasts: 0, writes: 0, contended: 0 }
  let isOver = false

  const readers = services.map(async (service, i) => {
    const own = seeded(`reader ${i}`)
    while (!isOver) {
      if (own() < 0.7) {
        const { data, errors } = await service.ask(ONE_DAY)
        counts.reads++
        if (errors?.[0]?.extensions.code === 'CONTENTION') counts.contended++
        else {
          expect(errors).toBeUndefined()
          expect([[{ version: 2, totalSum: 3600 }], [{ version: 3, totalSum: 10_800 }]]).toContainEqual(
            data.nvaSummaries.nodes,
          )
        }
      } else {
        const which = int(own, 2)
        expect(await service.get(PAST, { at, version: 2 + which })).toEqual(pasts[which])
        counts.pasts++
      }
    }
  })
  const writer = (async () => {
    while (!isOver) {
      await write()
      counts.writes++
    }
  })()
  const promoting = (async () => {
    let version = 3
    for (let i = 0; i < PROMOTIONS; i++) {
      await pick(random, services).get(
        'mutation ($version: Int!) { promoteStage(stage: "nva_summary", version: $version) { version } }',
        { version },
      )
      version = 5 - version
    }
    isOver = true
  })()
  await Promise.all(
    [...readers, writer, promoting].map((work) =>
      work.catch((error) => {
        isOver = true
        throw error
      }),
    ),
  )
  const rows = await expectCleanRun(first.url, first, { url: clean.url, api: clean })
  expect(counts.reads).toBeGreaterThan(20)
  expect(counts.pasts).toBeGreaterThan(5)
  seen(
    `${PROMOTIONS} promotions, ${JSON.stringify(counts)}: each answer by one version, each past the same; ${rows} annotations equal a clean run's`,
  )
})
