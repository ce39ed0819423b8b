import { createServer } from 'node:net'
import { openSnapshot } from '../../src/source/drivers/index.ts'
import { sourcesOf } from '../../src/source/sources.ts'
import { onDatabase } from '../support/databases.ts'
import { type Answer, type TestService } from '../support/service.ts'
import { pulling, SYNC, sync } from './pulling.ts'
import { entries, inSource, pullingProcess, STALLING, sourceDatabase } from './source-database.ts'

/** The one error of a pull, and how long it took, in seconds. */
async function faultOf(service: TestService): Promise<{ error: NonNullable<Answer['errors']>[number]; took: number }> {
  const began = performance.now()
  const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
  expect(errors).toHaveLength(1)
  const [error = { message: '', extensions: { code: '' } }] = errors
  return { error, took: (performance.now() - began) / 1_000 }
}

test('a source that takes the connection and never answers is given up', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const service = await pulling({ timesheets: `postgres://x@127.0.0.1:${port}/x` }, { timeoutSeconds: 1 })
    const { error, took } = await faultOf(service)
    expect(error).toMatchObject({
      message: `Source "timesheets" can't be reached: no answer within 1 s.`,
      extensions: { code: 'SOURCE_PULL_FAILED', source: 'timesheets' },
    })
    expect(took).toBeLessThan(4)
  } finally {
    server.close()
  }
})

test('a source whose view takes too long is given up, with the variable that says how long it may take', async () => {
  const service = await pulling({ timesheets: await sourceDatabase(...STALLING) }, { timeoutSeconds: 1 })
  const { error, took } = await faultOf(service)
  expect(error).toMatchObject({
    message: `Source "timesheets" can't be pulled: canceling statement due to statement timeout (SOURCE_TIMESHEETS_TIMEOUT is 1 s).`,
    extensions: { code: 'SOURCE_PULL_FAILED', source: 'timesheets' },
  })
  expect(took).toBeLessThan(4)
})

test('a source that allows itself less time than we do is held to that', async () => {
  const url = await sourceDatabase(
    ...STALLING,
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 200', current_database()); END $$`,
  )
  const { error, took } = await faultOf(await pulling({ timesheets: url }, { timeoutSeconds: 20 }))
  expect(error.message).toContain('statement timeout')
  expect(took).toBeLessThan(10)
})

test('a table that others keep locked is given up, and pulled once they let go', async () => {
  const url = await sourceDatabase(entries(2, 'a', '2026-03-02 10:00Z'))
  const service = await pulling({ timesheets: url }, { timeoutSeconds: 1 })
  await onDatabase(url, async (client) => {
    await client.query('BEGIN; LOCK TABLE time_entries')
    const { error, took } = await faultOf(service)
    expect(error.message).toContain('lock timeout (SOURCE_TIMESHEETS_TIMEOUT is 1 s).')
    expect(took).toBeLessThan(4)
  })
  expect(await sync(service)).toMatchObject({ inserted: 2 })
})

test('a server that stands still in the middle is given up', async () => {
  const url = await sourceDatabase(...STALLING)
  const service = await pulling({ timesheets: url }, { timeoutSeconds: 3 })
  const fault = faultOf(service)
  const pid = await pullingProcess(url, '%max(%')
  process.kill(pid, 'SIGSTOP')
  try {
    const { error, took } = await fault
    expect(error).toMatchObject({
      message: `Source "timesheets" can't be pulled: no answer within 3 s (SOURCE_TIMESHEETS_TIMEOUT is 3 s).`,
      extensions: { code: 'SOURCE_PULL_FAILED' },
    })
    expect(took).toBeLessThan(8)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
})

test('a pull that is stopped before it has a connection makes none, and ends at once', async () => {
  const url = 'postgres://127.0.0.1:1/x'
  const [source] = sourcesOf([{ name: 'timesheets', adapter: 'timesheets', url }]).values()
  if (!source) throw new Error('There is no source.')
  const reason = new Error('stopped')
  await expect(openSnapshot({ ...source, url }, AbortSignal.abort(reason))).rejects.toBe(reason)
})

test('the time for one answer is not that of all: many slow pages are pulled', async () => {
  const url = await sourceDatabase(
    entries(15_000, 'a', '2026-03-02 10:00Z'),
    'ALTER TABLE time_entries RENAME TO entered',
    // So dear that Postgres computes it after sorting, for the rows of a page alone.
    `CREATE FUNCTION slow(id text) RETURNS text LANGUAGE plpgsql STABLE COST 1000000 AS $$
     BEGIN IF id LIKE 'a%5000' THEN PERFORM pg_sleep(0.7); END IF; RETURN '2026-03-02'; END $$`,
    `CREATE VIEW time_entries AS SELECT id, slow(id) AS activity_date, duration_seconds, value_type, stereotype_id,
       user_id, updated_at FROM entered`,
  )
  const service = await pulling({ timesheets: url }, { timeoutSeconds: 1 })
  expect(await sync(service)).toMatchObject({ inserted: 15_000 })
})

test('a pull that loses its turn stops at once, whatever its source is at', async () => {
  const url = await sourceDatabase(...STALLING)
  const service = await pulling({ timesheets: url })
  const fault = faultOf(service)
  await pullingProcess(url, '%max(%')
  await inSource(
    service.url,
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  const { error, took } = await fault
  expect(error).toMatchObject({ extensions: { code: 'UNAVAILABLE' } })
  expect(took).toBeLessThan(10)
})
