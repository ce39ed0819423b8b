import { freshDatabase, onDatabase } from '../support/databases.ts'
import { addSprints } from '../support/random-writes.ts'
import { addPeople } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'
import { expectCleanRun, inProcess, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

const ROUNDS = 4
const CLIENTS = 16
const INGEST = 'mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { received } }'
/** Who is told so goes elsewhere. */
const isTold = (outcome: string) => outcome === '503 UNAVAILABLE' || outcome === 'ECONNREFUSED'
const READ = '{ nvaSummary(from: "2026-01-01", to: "2026-04-30", groupBy: [USER, DAY]) { totalSum } }'

test('a process that is told to stop under load answers or refuses whatever it has taken, and loses nothing', async () => {
  const random = seeded('sigterm')
  const url = await freshDatabase()
  const clean = await inProcess()
  const other = await started(url)
  for (const api of [other, clean]) {
    await addPeople(api)
    await addSprints(api)
  }
  const outcomes: Record<string, number> = {}
  let batch = 0
  let slowest = 0
  for (let round = 0; round < ROUNDS; round++) {
    const service = await started(url)
    let isOver = false
    let done = 0
    const ask = async (query: string, variables = {}) => {
      const outcome = await fetch(`${service.address}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      }).then(
        async (response) => {
          const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] }
          return `${response.status} ${errors?.[0]?.extensions.code ?? ''}`.trim()
        },
        // Nobody took it: that is no answer that was lost.
        ({ cause }: { cause?: { code?: string } }) => String(cause?.code),
      )
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      done++
      return outcome
    }
    const clients = Array.from({ length: CLIENTS }, async (_, i) => {
      while (!isOver) {
        if (i % 4 > 0) {
          if (isTold(await ask(READ))) break
          continue
        }
        const input = {
          source: 'timesheets',
          rows: randomRows(random, 5, 300).map((row) => ({ ...row, id: `${i} ${row.id}` })),
          idempotencyKey: `batch ${batch++}`,
        }
        const outcome = await ask(INGEST, { input })
        const isTaken = await onDatabase(
          url,
          async (client) =>
            (await client.query('SELECT FROM ingest_batch WHERE idempotency_key = $1', [input.idempotencyKey]))
              .rowCount === 1,
        )
        // Whoever was answered was told the truth; who wasn't taken left nothing.
        expect({ outcome, isTaken }).toEqual({ outcome, isTaken: outcome === '200' })
        if (isTaken) await clean.get(INGEST, { input })
        if (isTold(outcome)) break
      }
    })
    await until(() => done > 3 * CLIENTS)
    const began = performance.now()
    process.kill(service.pid, 'SIGTERM')
    expect(await service.ended).toBe(0)
    slowest = Math.max(slowest, performance.now() - began)
    isOver = true
    await Promise.all(clients)
  }
  const lost = Object.keys(outcomes).filter(
    (outcome) => !/^(200|503 (UNAVAILABLE|CANCELLED)|ECONNREFUSED)$/.test(outcome),
  )
  expect({ lost, outcomes }).toEqual({ lost: [], outcomes })
  const rows = await expectCleanRun(url, other, { url: clean.url, api: clean })
  seen(
    `${ROUNDS} processes stopped with ${CLIENTS} clients each: ${JSON.stringify(outcomes)}, over within ${(slowest / 1_000).toFixed(1)} s; ${rows} annotations equal a clean run's`,
  )
})
