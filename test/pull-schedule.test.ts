import { pino } from 'pino'
import { lastPulls } from '../src/cache/pulls.ts'
import { PullSchedule, pauseSeconds } from '../src/pull-schedule.ts'
import type { SourceSetting } from '../src/source/sources.ts'
import { BROKEN_OFF } from '../src/source/sync-source.ts'
import { pulling } from './source/pulling.ts'
import { entries, inSource, pullingProcess, STALLING, sourceDatabase } from './source/source-database.ts'
import type { TestService } from './support/service.ts'
import { until } from './support/until.ts'

interface Line extends Record<string, unknown> {
  level: number
  source: string
  msg: string
}

interface Scheduled {
  service: TestService
  schedule: PullSchedule
  lines: Line[]
  /** As the service does when it stops; resolves once nothing is pulled any more. */
  stop(): Promise<void>
}

async function scheduled(
  urls: Record<string, string>,
  options: { cache?: string } & Partial<SourceSetting> = {},
): Promise<Scheduled> {
  const service = await pulling(urls, options)
  const lines: Line[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const stopping = new AbortController()
  const schedule = new PullSchedule({ ...service.acl, stopping: stopping.signal }, log)
  const stop = () => {
    stopping.abort(BROKEN_OFF)
    return schedule.ended()
  }
  return { service, schedule, lines, stop }
}

/** Runs the schedule until the condition holds, at most 30 s, and stops it. */
async function runUntil({ schedule, stop }: Scheduled, condition: () => Promise<boolean> | boolean): Promise<void> {
  schedule.start()
  try {
    await until(condition)
  } finally {
    await stop()
  }
}

/** When pulls of the source began and ended, in seconds, the first one first. */
async function pullsOf({ service }: Scheduled, source: string): Promise<{ began: number; ended: number }[]> {
  return service.database.sql(
    `SELECT extract(epoch FROM started_at)::double precision AS began, extract(epoch FROM finished_at)::double precision AS ended
     FROM ingest_batch WHERE source = $1 AND is_pull ORDER BY started_at`,
    [source],
  )
}

const pulled = ({ lines }: Scheduled, source: string) =>
  lines.filter((line) => line.source === source && line.msg === 'source pulled')

test('at start each source is pulled, and rows of those that are not configured any more are named', async () => {
  const url = await sourceDatabase(entries(1, 'a', '2026-03-02 10:00Z'))
  const first = await scheduled({ demo: url, plant_2: url })
  await runUntil(first, () => first.lines.length === 2)
  expect(pulled(first, 'demo')).toMatchObject([{ level: 30, received: 1, inserted: 1 }])
  expect(pulled(first, 'plant_2')).toMatchObject([{ inserted: 1 }])

  const second = await scheduled({ plant_2: url }, { cache: first.service.url })
  await runUntil(second, () => second.lines.length === 2)
  expect(second.lines.find(({ source }) => source === 'demo')).toMatchObject({
    level: 40,
    msg: expect.stringContaining('removeSource(name: "demo") removes them'),
  })
  expect(pulled(second, 'plant_2')).toMatchObject([{ unchanged: 1 }])

  await second.service.get('mutation { removeSource(name: "demo") { activities } }')
  const third = await scheduled({ plant_2: url }, { cache: first.service.url })
  await runUntil(third, () => third.lines.length === 1)
  expect(third.lines).toMatchObject([{ source: 'plant_2', unchanged: 1 }])
})

test('a source is pulled again and again, and what is new in it comes in by itself', async () => {
  const url = await sourceDatabase(entries(1, 'a', '2026-03-02 10:00Z'))
  const running = await scheduled({ timesheets: url }, { everySeconds: 0.2 })
  await runUntil(running, async () => {
    if (running.lines.length === 1) await inSource(url, entries(2, 'b', 'now'))
    return pulled(running, 'timesheets').some(({ inserted }) => inserted === 2)
  })
  const pulls = await pullsOf(running, 'timesheets')
  expect(pulls.length).toBeGreaterThan(1)
  for (const [i, { began }] of pulls.slice(1).entries()) expect(began - (pulls[i]?.began ?? 0)).toBeGreaterThan(0.19)
})

test('a pull that takes longer than the interval is over before the next begins', async () => {
  const url = await sourceDatabase(
    entries(1, 'a', '2026-03-02 10:00Z'),
    'ALTER TABLE employees RENAME TO held',
    'CREATE VIEW employees AS SELECT * FROM held WHERE pg_sleep(0.1) IS NOT NULL',
  )
  const running = await scheduled({ timesheets: url }, { everySeconds: 0.05 })
  await runUntil(running, () => running.lines.length === 4)
  const pulls = await pullsOf(running, 'timesheets')
  for (const [i, { began }] of pulls.slice(1).entries()) expect(began).toBeGreaterThan(pulls[i]?.ended ?? 0)
})

test('several processes pull a source as often as one does', async () => {
  const url = await sourceDatabase(entries(1, 'a', '2026-03-02 10:00Z'))
  const first = await scheduled({ timesheets: url }, { everySeconds: 0.4 })
  const others = await Promise.all(
    [1, 2].map(() => scheduled({ timesheets: url }, { everySeconds: 0.4, cache: first.service.url })),
  )
  await runUntil(first, () => first.lines.length > 0)
  for (const { schedule } of others) schedule.start()
  await until(async () => (await pullsOf(first, 'timesheets')).length > 6)
  await Promise.all(others.map(({ stop }) => stop()))
  // One at the start of each at most, and then one each interval.
  const late = (await pullsOf(first, 'timesheets')).slice(3)
  for (const [i, { began }] of late.slice(1).entries()) expect(began - (late[i]?.began ?? 0)).toBeGreaterThan(0.39)
})

test('a source whose interval is off is pulled at start alone', async () => {
  const url = await sourceDatabase()
  const service = await pulling({})
  const off = await scheduled({ timesheets: url }, { cache: service.url, everySeconds: 0 })
  const often = await scheduled({ plant_2: url }, { cache: service.url, everySeconds: 0.05 })
  off.schedule.start()
  await runUntil(often, () => pulled(often, 'plant_2').length === 5)
  await off.stop()
  expect(await pullsOf(off, 'timesheets')).toHaveLength(1)
})

test('a pull that fails is logged once, without a stack; the next goes well, and so do those of other sources', async () => {
  const url = await sourceDatabase('ALTER TABLE employees RENAME TO held')
  const running = await scheduled({ timesheets: url, plant_2: await sourceDatabase() }, { everySeconds: 0.2 })
  await runUntil(running, async () => {
    const failed = running.lines.filter(({ level }) => level === 50)
    if (failed.length === 1) await inSource(url, 'ALTER TABLE IF EXISTS held RENAME TO employees')
    return pulled(running, 'timesheets').length > 0
  })
  const failures = running.lines.filter(({ level }) => level === 50)
  expect(failures[0]).toMatchObject({
    source: 'timesheets',
    code: 'SOURCE_PULL_FAILED',
    msg: `Source "timesheets" can't be pulled: relation "employees" does not exist.`,
  })
  const [{ count } = { count: 0 }] = await running.service.database.sql<{ count: number }>(
    // Not one that the stop broke off.
    `SELECT count(*) AS count FROM ingest_batch WHERE source = 'timesheets' AND error LIKE '%does not exist.'`,
  )
  expect(failures).toHaveLength(count)
  expect(JSON.stringify([running.lines, running.service.logged])).not.toMatch(/\bat \S+ \(|\.ts:\d/)
  expect(pulled(running, 'plant_2').length).toBeGreaterThan(0)
})

test.each([
  [300, 0, 300],
  [300, 1, 600],
  [300, 2, 900],
  [300, 10, 900],
  [1, 3, 8],
  [3600, 10, 3600],
])('every %i s, after %i failures the next pull begins after %i s', (every, failures, pause) => {
  expect(pauseSeconds(every, failures)).toBe(pause)
})

test('failures count from the last pull that went well, and what was broken off is none', async () => {
  const url = await sourceDatabase()
  const { service } = await scheduled({ timesheets: url })
  const { sql } = service.database
  const sync = () => service.ask('mutation { syncSource(name: "timesheets") { id } }')
  expect(await lastPulls(sql, 'timesheets')).toEqual({ secondsAgo: null, failures: 0 })
  await inSource(url, 'ALTER TABLE employees RENAME TO held')
  for (let i = 0; i < 12; i++) await sync()
  expect(await lastPulls(sql, 'timesheets')).toEqual({ secondsAgo: expect.any(Number), failures: 10 })
  await inSource(url, 'ALTER TABLE held RENAME TO employees')
  await sync()
  expect((await lastPulls(sql, 'timesheets')).failures).toBe(0)
  await inSource(url, 'ALTER TABLE employees RENAME TO held')
  await sync()
  await sync()
  await service.database.sql(
    `UPDATE ingest_batch SET error = $1 WHERE id = (SELECT id FROM ingest_batch ORDER BY started_at DESC LIMIT 1)`,
    [BROKEN_OFF.message],
  )
  expect((await lastPulls(sql, 'timesheets')).failures).toBe(1)
})

test('a source that fails is pulled less and less often', async () => {
  const url = await sourceDatabase('ALTER TABLE employees RENAME TO held')
  const running = await scheduled({ timesheets: url }, { everySeconds: 0.1 })
  await runUntil(running, () => running.lines.length === 5)
  const pulls = await pullsOf(running, 'timesheets')
  const pauses = pulls.slice(1, 5).map(({ began }, i) => began - (pulls[i]?.began ?? 0))
  for (const [i, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(0.1 * 2 ** (i + 1))
})

test('what is stopped in the middle of a pull ends at once, and its report says why', async () => {
  const url = await sourceDatabase(...STALLING)
  const { service, schedule, lines, stop } = await scheduled({ timesheets: url })
  schedule.start()
  await pullingProcess(url, '%max(%')
  expect(schedule.pulling()).toEqual(['timesheets'])
  const began = performance.now()
  await stop()
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(schedule.pulling()).toEqual([])
  expect(lines).toMatchObject([{ level: 30, source: 'timesheets', msg: expect.stringContaining('broken off') }])
  const { sources, ingestBatches } = await service.get(
    '{ sources { error pulling lastSuccess } ingestBatches { nodes { error } } }',
  )
  const error = 'Broken off, as the service stopped.'
  expect(sources).toEqual([{ error, pulling: false, lastSuccess: null }])
  expect(ingestBatches.nodes).toEqual([{ error }])
})

test('what is stopped between two pages keeps what it has, and the next pull goes on there', async () => {
  const url = await sourceDatabase(
    entries(5_000, 'a', '2026-03-02 10:00Z'),
    entries(5_000, 'b', '2026-03-03 10:00Z'),
    'ALTER TABLE time_entries RENAME TO entered',
    // So dear that Postgres computes it after sorting, for the rows of a page alone.
    `CREATE FUNCTION slow(id text) RETURNS text LANGUAGE plpgsql STABLE COST 1000000 AS $$
     BEGIN IF id = 'b05000' THEN PERFORM pg_sleep(30); END IF; RETURN '2026-03-02'; END $$`,
    `CREATE VIEW time_entries AS SELECT id, slow(id) AS activity_date, duration_seconds, value_type, stereotype_id,
       user_id, updated_at FROM entered`,
  )
  const running = await scheduled({ timesheets: url })
  const stored = async () => {
    const [row] = await running.service.database.sql<{ count: number }>('SELECT count(*) AS count FROM activity')
    return row?.count ?? 0
  }
  await runUntil(running, async () => (await stored()) > 0)
  expect(await stored()).toBe(5_000)
  await inSource(url, `CREATE OR REPLACE FUNCTION slow(id text) RETURNS text LANGUAGE sql AS $$ SELECT '2026-03-02' $$`)
  const next = await scheduled({ timesheets: url }, { cache: running.service.url })
  await runUntil(next, () => next.lines.length > 0)
  expect(next.lines).toMatchObject([{ msg: 'source pulled', inserted: 5_000, received: 10_000 }])
})
