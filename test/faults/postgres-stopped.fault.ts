import { startEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts'
import { afterwards, scratchFolder } from '../embedded/scratch.ts'
import { freshDatabase } from '../support/databases.ts'
import { type Gate, gateBefore } from '../support/gate.ts'
import { addSprints } from '../support/random-writes.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { addPeople } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'
import { expectCleanRun, inProcess, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

const ROUNDS = 3
const INGEST = 'mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { received } }'
const READS = [
  '{ nvaSummary(from: "2026-01-01", to: "2026-04-30", groupBy: [USER, DAY]) { totalSum } }',
  '{ activities(first: 50) { nodes { externalId nvaSummary { totalSum } wasteTrend { zScore } } } }',
  '{ users { nodes { name } } }',
  '{ sources { name lastSuccess } quarantine(first: 5) { totalCount } }',
]

/** Whatever was asked, with its status and what went wrong. */
async function post(
  { address }: ServiceProcess,
  query: string,
  variables = {},
): Promise<{ status: number; codes: string[] }> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] }
  return { status: response.status, codes: errors.map(({ extensions }) => extensions.code) }
}

test('a Postgres that is stopped at once under reads and ingests costs 503 and UNAVAILABLE, and nothing else', async () => {
  const random = seeded('postgres-stopped')
  const pids: number[] = []
  const note = (told: object) => {
    if ('pid' in told && !('said' in told)) pids.push(Number(told.pid))
  }
  const postgres = await startEmbeddedPostgres({ home: scratchFolder(), log: { info: note, warn: note } })
  afterwards(() => postgres.stop())
  await postgres.createDatabase('cache')
  const url = postgres.url('cache')
  const service = await started(url)
  const clean = await inProcess()
  for (const api of [service, clean]) {
    await addPeople(api)
    await addSprints(api)
  }
  let isOver = false
  const outcomes: Record<string, number> = {}
  const count = ({ status, codes }: { status: number; codes: string[] }) => {
    const outcome = `${status} ${codes.join(' ')}`.trim()
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  let batch = 0
  let takenAt = 0
  // One who sends each batch until it was taken: its key sees to it that it counts once.
  const writer = (async () => {
    while (!isOver) {
      const rows = randomRows(random, 15, 300)
      const input = { source: 'timesheets', rows, idempotencyKey: `batch ${batch++}` }
      await clean.get(INGEST, { input })
      for (let isTaken = false; !isTaken; ) {
        const outcome = await post(service, INGEST, { input })
        count(outcome)
        isTaken = outcome.status === 200
        if (isTaken) takenAt = performance.now()
      }
    }
  })()
  const readers = READS.map(async (query) => {
    while (!isOver) count(await post(service, query))
  })
  const refusals = () =>
    Object.entries(outcomes).reduce((sum, [outcome, count]) => sum + (outcome.startsWith('503') ? count : 0), 0)
  const recoveries: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = batch
    await until(() => batch > before + 3)
    const began = performance.now()
    const [inTheMiddle, refused] = [batch, refusals()]
    process.kill(pids.at(-1) ?? 0, 'SIGQUIT')
    await until(() => refusals() > refused)
    const lost = performance.now()
    await until(async () => (await post(service, READS[0] ?? '')).status === 200)
    const readAgain = performance.now()
    await until(() => takenAt > lost && batch > inTheMiddle)
    recoveries.push((Math.max(readAgain, takenAt) - began) / 1_000)
  }
  isOver = true
  await Promise.all([writer, ...readers])
  const others = Object.keys(outcomes).filter((outcome) => !/^(200|503( UNAVAILABLE)+)$/.test(outcome))
  expect(others).toEqual([])
  expect(Math.max(...recoveries)).toBeLessThan(10)
  const rows = await expectCleanRun(url, service, { url: clean.url, api: clean })
  await service.stop()
  seen(
    `stopped at once ${ROUNDS} times: ${JSON.stringify(outcomes)}; reads and writes go on ${recoveries.map((each) => each.toFixed(1)).join(', ')} s after; ` +
      `${batch} batches, ${rows} annotations equal a clean run's`,
  )
})

test('a Postgres that takes connections and never answers is UNAVAILABLE, within a minute', async () => {
  const url = await freshDatabase()
  const gate: Gate = await gateBefore(url)
  const service = await started(gate.through(url))
  await addPeople(service)
  await gate.shut()
  await gate.open()
  gate.silence()
  const times = await Promise.all(
    READS.map(async (query) => {
      const began = performance.now()
      expect(await post(service, query)).toMatchObject({ status: 503, codes: expect.arrayContaining(['UNAVAILABLE']) })
      return (performance.now() - began) / 1_000
    }),
  )
  await gate.open()
  const began = performance.now()
  await until(async () => (await post(service, READS[2] ?? '')).status === 200)
  const seconds = (performance.now() - began) / 1_000
  expect(seconds).toBeLessThan(10)
  await expectCleanRun(url, service)
  await service.stop()
  await gate.close()
  seen(
    `one that never answers: 503 after ${times.map((each) => each.toFixed(0)).join(', ')} s, ${seconds.toFixed(1)} s after it is back 200`,
  )
})
