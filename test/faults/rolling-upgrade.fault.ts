import { freshDatabase } from '../support/databases.ts'
import { otherBuild } from '../support/other-build.ts'
import { addSprints } from '../support/random-writes.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { addPeople, ingest } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'
import { expectCleanRun, inProcess, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

const READ = '{ nvaSummaries(from: "2026-01-01", to: "2026-04-30", first: 500) { nodes { version totalSum } } }'

test('two processes are replaced one by one by a later build under reads and writes: one of them answers at any time, and nothing is lost', async () => {
  const random = seeded('rolling-upgrade')
  const build = otherBuild()
  build.edit('src/stages/nva-summary.ts', ['version: 2,', 'version: 3,'])
  await build.build()
  const url = await freshDatabase()
  const clean = await inProcess()
  const running: ServiceProcess[] = [await started(url), await started(url)]
  const [first] = running
  if (!first) throw new Error('There is no process.')
  for (const api of [first, clean]) {
    await addPeople(api)
    await addSprints(api)
  }
  const outcomes: Record<string, number> = {}
  const versions = new Set<number>()
  let isOver = false
  let longest = 0
  let writes = 0
  // As a balancer does that tries the next one where one says 503.
  const balanced = async <T extends { errors?: { extensions: { code: string } }[] }>(
    ask: (each: ServiceProcess) => Promise<T>,
  ): Promise<T> => {
    for (const began = performance.now(); ; ) {
      for (const each of [...running]) {
        const answer = await ask(each).catch(() => undefined)
        const code = answer ? (answer.errors?.[0]?.extensions.code ?? 'answered') : 'gone'
        outcomes[code] = (outcomes[code] ?? 0) + 1
        longest = Math.max(longest, performance.now() - began)
        if (answer && code === 'answered') return answer
        if (!['gone', 'STAGE_VERSION_UNKNOWN', 'UNAVAILABLE', 'CANCELLED', 'CONTENTION'].includes(code))
          throw new Error(JSON.stringify(answer))
      }
    }
  }
  const reader = (async () => {
    while (!isOver) {
      const { data } = await balanced((each) => each.ask(READ))
      const shown = new Set<number>(data.nvaSummaries.nodes.map(({ version }: { version: number }) => version))
      // Never of both.
      expect(shown.size).toBeLessThanOrEqual(1)
      for (const version of shown) versions.add(version)
    }
  })()
  const writer = (async () => {
    while (!isOver) {
      const rows = randomRows(random, 6, 150)
      const input = { source: 'timesheets', rows, idempotencyKey: `batch ${writes++}` }
      await balanced((each) =>
        each.ask('mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { id } }', { input }),
      )
      await ingest(clean, rows, input.idempotencyKey)
    }
  })()
  const enough = async () => {
    const before = writes
    await until(() => writes > before + 4)
  }
  const upgrade = (async () => {
    await enough()
    for (const old of [...running]) {
      running.push(await started(url, { main: build.main }))
      await enough()
      running.splice(running.indexOf(old), 1)
      await old.stop()
      await enough()
    }
    isOver = true
  })()
  await Promise.all(
    [reader, writer, upgrade].map((work) =>
      work.catch((error) => {
        isOver = true
        throw error
      }),
    ),
  )
  const [last] = running
  if (!last) throw new Error('There is no process.')
  const rows = await expectCleanRun(url, last, { url: clean.url, api: clean })
  expect([...versions].sort()).toEqual([2, 3])
  seen(
    `${writes} writes, ${JSON.stringify(outcomes)}, the longest way to an answer ${(longest / 1_000).toFixed(1)} s; ${rows} annotations equal a clean run's`,
  )
})
