import pg from 'pg'
import { addDays } from '../../src/model/calendar.ts'
import { freshDatabase } from '../support/databases.ts'
import { ANN, addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'
import { expectCleanRun, seen, started } from './kit.ts'

const YEARS = 'from: "2019-01-01", to: "2027-12-31"'
const SUMMARY = `{ nvaSummary(${YEARS}) { totalSum } }`
const DAYS = 1_200
const READS = 200

test(`${READS} reads of what is stale, through three processes, compute it once, also where the one that computes is killed`, async () => {
  const url = await freshDatabase()
  const apis = await Promise.all([1, 2, 3].map(() => started(url)))
  const [first] = apis
  if (!first) throw new Error('There is no process.')
  await addPeople(first)
  for (const user_id of [ANN, BEN]) {
    await ingest(
      first,
      Array.from({ length: DAYS }, (_, i) =>
        row(`${user_id}${i}`, { user_id, activity_date: addDays('2019-01-01', i) }),
      ),
    )
  }
  const database = new pg.Client({ connectionString: url })
  await database.connect()
  const slices = async () => {
    const { rows } = await database.query<{ count: number; most: number }>(
      `SELECT count(*)::integer AS count, max(revision)::integer AS most FROM slice JOIN logic USING (logic) WHERE stage IN ('time_split', 'nva_summary')`,
    )
    return rows[0]
  }
  // Computing is in the middle of a batch when its process goes: rows of people are kept from being locked until then.
  await database.query('BEGIN; SELECT FROM app_user FOR UPDATE')
  const asked = Array.from({ length: READS }, (_, i) => {
    const number = i % apis.length
    return { number, answer: (apis[number] ?? first).ask(SUMMARY).catch(() => 'killed' as const) }
  })
  const blocked = async () => {
    const { rows } = await database.query<{ pid: number; port: number }>(
      `SELECT pid, client_port AS port FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() ORDER BY query_start`,
    )
    return rows
  }
  await until(async () => {
    await database.query('SELECT pg_stat_clear_snapshot()')
    return (await blocked()).length >= 3
  })
  const waited = await blocked()
  first.kill('SIGKILL')
  await first.ended
  const began = performance.now()
  await database.query('COMMIT')
  const answers = await Promise.all(asked.map(async ({ number, answer }) => ({ number, answer: await answer })))
  const seconds = (performance.now() - began) / 1_000
  const ofKilled = answers.filter(({ number }) => number === 0)
  expect(ofKilled.every(({ answer }) => answer === 'killed')).toBe(true)
  const left = answers.flatMap(({ number, answer }) => (number > 0 ? [answer] : []))
  expect(left.filter((answer) => answer === 'killed' || answer.errors)).toEqual([])
  const sums = new Set(left.map((answer) => answer !== 'killed' && JSON.stringify(answer.data)))
  expect(sums.size).toBe(1)
  const recomputed = left.reduce(
    (sum, answer) => sum + ((answer !== 'killed' && answer.extensions?.receipt?.recomputed) || 0),
    0,
  )
  // Each slice of two stages by those that were left, or by the one that was killed.
  const { count, most } = (await slices()) ?? { count: 0, most: 0 }
  expect({ count, most }).toEqual({ count: 2 * 2 * DAYS, most: 1 })
  expect(recomputed).toBeLessThanOrEqual(count)
  await database.end()
  const rows = await expectCleanRun(url, apis[1] ?? first)
  seen(
    `${READS} reads on 3 processes, ${waited.length} transactions in the middle when one process was killed with ${ofKilled.length} of the reads: ` +
      `${left.length} were answered alike within ${seconds.toFixed(1)} s, ${recomputed} of ${count} slices by those that were left, none twice; ${rows} annotations equal the oracle's`,
  )
})
