import { syncSource } from '../../src/source/sync-source.ts'
import { onDatabase } from '../support/databases.ts'
import type { TestService } from '../support/service.ts'
import { serviceProcess } from '../support/service-process.ts'
import { pulling, SYNC, sync } from './pulling.ts'
import { entries, inSource, pullingProcess, STALLING, sourceDatabase } from './source-database.ts'

const SOURCES = '{ sources { name adapter lastPull lastSuccess error cursor pulling } }'
const REPORTS = '{ ingestBatches { nodes { source startedAt finishedAt received inserted error } } }'

const AT = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
const MISSING = `Source "timesheets" can't be pulled: relation "employees" does not exist.`

async function reports(service: TestService): Promise<object[]> {
  return (await service.get(REPORTS)).ingestBatches.nodes
}

/** Ends what the source runs for a pull, as its administrator would. */
function end(url: string, pid: number): Promise<void> {
  return onDatabase(url, async (client) => {
    await client.query('SELECT pg_terminate_backend($1)', [pid])
  })
}

test('sources that were never pulled say so, and those without a database are not among them', async () => {
  const url = await sourceDatabase()
  const service = await pulling({ plant_2: url, demo: url })
  const nothing = { lastPull: null, lastSuccess: null, error: null, cursor: null, pulling: false }
  expect(await service.get(SOURCES)).toEqual({
    sources: [
      { name: 'plant_2', adapter: 'timesheets', ...nothing },
      { name: 'demo', adapter: 'timesheets', ...nothing },
    ],
  })
})

test('a pull that went well says when it began and how far it is, in its report no error', async () => {
  const service = await pulling({ timesheets: await sourceDatabase(entries(2, 'a', '2026-03-02 10:00:00.123456Z')) })
  await sync(service)
  const { sources } = await service.get(SOURCES)
  const [{ lastPull, lastSuccess }] = sources
  expect(sources).toEqual([
    {
      name: 'timesheets',
      adapter: 'timesheets',
      lastPull: AT,
      lastSuccess: lastPull,
      error: null,
      cursor: '2026-03-02T10:00:00.123456Z',
      pulling: false,
    },
  ])
  expect(await reports(service)).toEqual([
    { source: 'timesheets', startedAt: lastSuccess, finishedAt: AT, received: 2, inserted: 2, error: null },
  ])
})

test('a pull that failed leaves a report with its error, a line in the log, and what went well before', async () => {
  const url = await sourceDatabase(entries(2, 'a', '2026-03-02 10:00Z'))
  const service = await pulling({ timesheets: url })
  await sync(service)
  const before = (await service.get(SOURCES)).sources[0]
  await inSource(url, 'ALTER TABLE employees RENAME TO held')
  expect((await service.ask(SYNC, { name: 'timesheets' })).errors).toMatchObject([{ message: MISSING }])

  const [failed] = (await service.get(SOURCES)).sources
  expect(failed).toEqual({ ...before, lastPull: AT, error: MISSING })
  expect(failed.lastPull > before.lastPull).toBe(true)
  expect(await reports(service)).toMatchObject([
    { source: 'timesheets', received: 0, error: MISSING },
    { inserted: 2, error: null },
  ])
  expect(service.logged.filter(({ msg }) => msg === MISSING)).toMatchObject([
    { level: 40, source: 'timesheets', code: 'SOURCE_PULL_FAILED' },
  ])

  await inSource(url, 'ALTER TABLE held RENAME TO employees')
  await sync(service)
  expect((await service.get(SOURCES)).sources).toMatchObject([{ error: null, pulling: false }])
})

test('a source that can not be reached leaves a report too, and can be removed', async () => {
  const service = await pulling({ timesheets: 'postgres://x@127.0.0.1:1/x' })
  const [error] = (await service.ask(SYNC, { name: 'timesheets' })).errors ?? []
  expect(error?.message).toMatch(/^Source "timesheets" can't be reached: .*ECONNREFUSED/)
  expect(await reports(service)).toMatchObject([{ received: 0, error: error?.message }])
  const other = await pulling({}, { cache: service.url })
  expect(await other.get('mutation { removeSource(name: "timesheets") { batches } }')).toEqual({
    removeSource: { batches: 1 },
  })
  expect((await service.get(SOURCES)).sources).toMatchObject([{ lastPull: null, error: null }])
})

test('a pull that is under way is seen from another process, with the error of the one before', async () => {
  const url = await sourceDatabase('ALTER TABLE employees RENAME TO held')
  const service = await pulling({ timesheets: url })
  await service.ask(SYNC, { name: 'timesheets' })
  await inSource(url, 'ALTER TABLE held RENAME TO employees', ...STALLING)
  const fault = service.ask(SYNC, { name: 'timesheets' })
  const pid = await pullingProcess(url, '%max(%')
  const other = await pulling({ timesheets: url }, { cache: service.url })
  expect((await other.get(SOURCES)).sources).toMatchObject([
    { lastPull: AT, lastSuccess: null, error: MISSING, pulling: true },
  ])
  expect(await reports(other)).toMatchObject([{ received: 0, error: 'The pull is under way.' }, { error: MISSING }])
  await end(url, pid)
  await fault
  const ended = expect.stringMatching(/can't be pulled: terminating connection/)
  expect((await other.get(SOURCES)).sources).toMatchObject([{ error: ended, pulling: false }])
  expect(await reports(other)).toMatchObject([{ error: ended }, { error: MISSING }])
})

test('who waits for a pull that is under way is told of it, and of since when', async () => {
  const url = await sourceDatabase(...STALLING)
  const service = await pulling({ timesheets: url })
  const fault = service.ask(SYNC, { name: 'timesheets' })
  const pid = await pullingProcess(url, '%max(%')
  const other = await pulling({ timesheets: url }, { cache: service.url })
  for (const { acl } of [service, other]) {
    const waited = syncSource(acl, 'timesheets', { longestWaitMs: 100 })
    await expect(waited).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringMatching(
        /^Source "timesheets" is being pulled, since 20\S+Z: it was waited for 0\.1 s\. Ask/,
      ),
      details: { source: 'timesheets', since: AT },
    })
  }
  expect(await reports(other)).toHaveLength(1)
  await end(url, pid)
  await fault
})

test('a pull whose process is killed is not under way any more, and was broken off', async () => {
  const url = await sourceDatabase(...STALLING)
  const service = await pulling({ timesheets: url })
  const killed = await serviceProcess(service.url, { env: { SOURCE_TIMESHEETS_URL: url } })
  const pid = await pullingProcess(url, '%max(%')
  expect((await service.get(SOURCES)).sources).toMatchObject([{ error: null, pulling: true }])
  process.kill(killed.pid, 'SIGKILL')
  await killed.stop()
  const error = 'Broken off: the process that pulled ended before the pull was over.'
  // Postgres lets go of the turn once it sees that the connection is gone.
  while ((await service.get(SOURCES)).sources[0].pulling);
  expect((await service.get(SOURCES)).sources).toMatchObject([
    { lastPull: AT, lastSuccess: null, error, pulling: false },
  ])
  expect(await reports(service)).toMatchObject([{ error }])

  await end(url, pid)
  await inSource(url, 'DROP VIEW time_entries', 'ALTER TABLE entered RENAME TO time_entries')
  await sync(service)
  expect((await service.get(SOURCES)).sources).toMatchObject([{ lastSuccess: AT, error: null, pulling: false }])
  expect(await reports(service)).toMatchObject([{ inserted: 2, error: null }, { error }])
})
