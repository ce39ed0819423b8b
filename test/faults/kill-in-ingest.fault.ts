import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { type Gate, gateBefore } from '../support/gate.ts'
import { int } from '../support/random.ts'
import { addSprints } from '../support/random-writes.ts'
import { addPeople } from '../support/timesheet-rows.ts'
import { expectCleanRun, inProcess, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

/**
 * A point is a byte of all that a process sends to Postgres for a batch: so many have gone, in the middle of whatever statement, and the
 * process is killed.
 */
const POINTS = 200
const ROWS = 20
/** So many processes are being started while others are killed. */
const AHEAD = 2
const COUNTS = ['received', 'inserted', 'updated', 'unchanged', 'quarantined', 'superseded'] as const
const INGEST = `mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { ${COUNTS.join(' ')} } }`

interface Batch {
  source: string
  rows: object[]
  idempotencyKey?: string
}

type Report = Record<(typeof COUNTS)[number], number>

/** A process that takes batches by the service's code, and its way to Postgres. */
interface Ingesting {
  gate: Gate
  /** Null where it ended before it answered. */
  take(batch: Batch): Promise<Report | null>
  kill(): Promise<void>
}

const children = new Set<ChildProcess>()

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
})

async function ingesting(url: string): Promise<Ingesting> {
  const gate = await gateBefore(url)
  const program = join(import.meta.dirname, 'ingesting-process.mjs')
  const child = spawn(process.execPath, [program, gate.through(url)], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.add(child)
  child.stdin.on('error', () => undefined)
  const lines = createInterface(child.stdout)
  const next = () =>
    Promise.race([once(lines, 'line').then(([line]) => String(line)), once(lines, 'close').then(() => null)])
  if ((await next()) !== 'ready') throw new Error('The process ended before it was ready.')
  return {
    gate,
    take: async (batch) => {
      child.stdin.write(`${JSON.stringify(batch)}\n`)
      const line = await next()
      return line === null ? null : (Object.fromEntries(COUNTS.map((name) => [name, JSON.parse(line)[name]])) as Report)
    },
    kill: async () => {
      // One that ended by itself is waited for no more.
      const ended = child.exitCode === null ? once(child, 'exit') : undefined
      child.kill('SIGKILL')
      await ended
      children.delete(child)
      await gate.close()
    },
  }
}

test(`killed at ${POINTS} points of ingests, nothing is there by half, and sent again all comes to what it comes to undisturbed`, async () => {
  const random = seeded('kill-in-ingest')
  const batches = Array.from({ length: POINTS }, (_, i): Batch => {
    return { source: 'timesheets', rows: randomRows(random, ROWS, 600), idempotencyKey: `batch ${i}` }
  })
  const clean = await inProcess()
  const url = await freshDatabase()
  const api = await started(url)
  for (const each of [clean, api]) {
    await addPeople(each)
    await addSprints(each)
  }
  const starting = Array.from({ length: AHEAD }, () => ingesting(url))
  const heir = await ingesting(url)
  const whole = await bytesOf(heir, { source: 'timesheets', rows: randomRows(seeded('measured'), ROWS, 600) })
  await clean.get(INGEST, { input: { source: 'timesheets', rows: randomRows(seeded('measured'), ROWS, 600) } })

  const came = { nothing: 0, unanswered: 0, answered: 0 }
  for (const [i, batch] of batches.entries()) {
    const { gate, take, kill } = await (starting.shift() ?? ingesting(url))
    if (i + AHEAD < POINTS) starting.push(ingesting(url))
    const point = gate.afterSending(1 + int(random, Math.ceil(whole * 1.1)))
    const taken = take(batch)
    await Promise.race([point, taken])
    await kill()
    const answer = await taken
    const left = await leftOf(url, batch)
    expect(left).toEqual({ reports: left.reports, rows: left.reports * ROWS, strays: 0 })
    came[answer ? 'answered' : left.reports === 1 ? 'unanswered' : 'nothing'] += 1
    if (answer) expect(left.reports).toBe(1)

    const { ingestActivities } = await clean.get(INGEST, { input: batch })
    expect({ i, report: await heir.take(batch) }).toEqual({ i, report: ingestActivities })
  }
  await heir.kill()
  const annotations = await expectCleanRun(url, api, { url: clean.url, api: clean })
  expect(came.nothing).toBeGreaterThan(POINTS / 2)
  seen(
    `${POINTS} processes killed at bytes of the ${whole} that a batch of ${ROWS} rows sends: ${came.nothing} left nothing, ` +
      `${came.unanswered} a whole batch that nobody was told of, ${came.answered} had answered; sent again to another process each came to the same report, ` +
      `${annotations} annotations equal a clean run's and the oracle's`,
  )
})

/** How much a batch sends to Postgres. */
async function bytesOf({ gate, take }: Ingesting, batch: Batch): Promise<number> {
  const before = gate.sent
  await take(batch)
  return gate.sent - before
}

/** What there is of a batch, and activities of no batch at all. */
function leftOf(url: string, { idempotencyKey }: Batch): Promise<{ reports: number; rows: number; strays: number }> {
  return onDatabase(url, async (client) => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::integer FROM ingest_batch WHERE idempotency_key = $1) AS reports,
         (SELECT coalesce(sum(row_count), 0)::integer FROM batch_rows r JOIN ingest_batch b ON b.id = r.batch_id WHERE idempotency_key = $1) AS rows,
         (SELECT count(*)::integer FROM activity a WHERE NOT EXISTS (SELECT FROM ingest_batch b WHERE b.id = a.batch_id)) AS strays`,
      [idempotencyKey],
    )
    return rows[0]
  })
}
