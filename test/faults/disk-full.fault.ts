import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterwards, scratchFolder } from '../embedded/scratch.ts'
import { onDatabase } from '../support/databases.ts'
import { addSprints } from '../support/random-writes.ts'
import type { Answer } from '../support/service.ts'
import { addPeople } from '../support/timesheet-rows.ts'
import { expectCleanRun, inProcess, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

const SIZE_MB = 64
const INGEST = 'mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { received inserted } }'
const SUMS = '{ nvaSummary(from: "2026-01-01", to: "2026-04-30", groupBy: [USER, DAY]) { totalSum } }'

/** Mounts a small disk on a folder. */
const mounted = (folder: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', folder]).status === 0

test('a disk that is full costs what was to be written, whole, and says so; with room again all goes on', async () => {
  const folder = scratchFolder()
  if (!mounted(folder)) {
    seen('skipped: this user or this machine may mount no small disk')
    return
  }
  afterwards(() => spawnSync('umount', ['-l', folder]))
  const random = seeded('disk-full')
  const url = await databaseOn(folder)
  const service = await started(url)
  const clean = await inProcess()
  for (const api of [service, clean]) {
    await addPeople(api)
    await addSprints(api)
  }
  const batch = (i: number) => ({
    source: 'timesheets',
    rows: randomRows(random, 500, 4_000),
    idempotencyKey: `batch ${i}`,
  })
  const first = batch(0)
  await service.get(INGEST, { input: first })
  await clean.get(INGEST, { input: first })
  await service.get(SUMS)
  const room = fill(join(folder, 'ballast'))

  // What has room in pages that are there is still taken.
  let refused: { answer: Answer; input: object } | undefined
  let taken = 1
  while (!refused) {
    const input = batch(taken)
    const count = await activities(url)
    const answer = await service.ask(INGEST, { input })
    if (answer.errors) {
      expect(await activities(url)).toEqual(count)
      refused = { answer, input }
    } else {
      await clean.get(INGEST, { input })
      taken++
    }
  }
  expect(refused.answer.errors).toMatchObject([
    {
      message: expect.stringMatching(/no room left.*nothing of this was written/),
      extensions: { code: 'UNAVAILABLE' },
    },
  ])
  // What is stored is read, and what has to be stored says why it isn't.
  expect((await service.get('{ users { totalCount } }')).users.totalCount).toBe(2)
  const reads = await service.ask(SUMS)
  for (const error of reads.errors ?? []) expect(error.extensions.code).toBe('UNAVAILABLE')

  unlinkSync(join(folder, 'ballast'))
  const began = performance.now()
  expect(await service.ask(INGEST, { input: refused.input })).toMatchObject({
    data: { ingestActivities: { received: 500 } },
  })
  const seconds = (performance.now() - began) / 1_000
  await clean.get(INGEST, { input: refused.input })
  const rows = await expectCleanRun(url, service, { url: clean.url, api: clean })
  await service.stop()
  await dropped(url)
  seen(
    `${room} MB filled: ${taken - 1} batches of 500 rows more fitted, the next was UNAVAILABLE and left nothing, stale reads ${reads.errors ? 'UNAVAILABLE' : 'answered'}; ` +
      `with room the same batch was taken in ${seconds.toFixed(1)} s, ${rows} annotations equal a clean run's`,
  )
})

/** A cache whose tables lie in this folder. */
async function databaseOn(folder: string): Promise<string> {
  const server = process.env.TEST_POSTGRES_URL ?? ''
  const name = `full_${randomBytes(4).toString('hex')}`
  await onDatabase(server, async (client) => {
    const { rows } = await client.query('SHOW data_directory')
    const { uid, gid } = statSync(rows[0].data_directory)
    const place = join(folder, 'tables')
    mkdirSync(place)
    chownSync(place, uid, gid)
    chmodSync(folder, 0o755)
    await client.query(`CREATE TABLESPACE ${name} LOCATION '${place}'`)
    await client.query(`CREATE DATABASE ${name} TEMPLATE steelthread_template TABLESPACE ${name}`)
  })
  return Object.assign(new URL(server), { pathname: `/${name}` }).href
}

async function dropped(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await onDatabase(process.env.TEST_POSTGRES_URL ?? '', async (client) => {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await client.query(`DROP TABLESPACE ${name}`)
  })
}

/** Writes until there is no room. Returns how much there was, in MB. */
function fill(path: string): number {
  const file = openSync(path, 'w')
  let bytes = 0
  try {
    for (const block = Buffer.alloc(8_192); ; ) bytes += writeSync(file, block)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
  return Math.round(bytes / 2 ** 20)
}

function activities(url: string): Promise<object> {
  return onDatabase(url, async (client) => {
    const { rows } = await client.query(
      'SELECT (SELECT count(*) FROM activity) AS activities, (SELECT count(*) FROM ingest_batch) AS reports, (SELECT count(*) FROM batch_rows) AS kept',
    )
    return rows[0]
  })
}
