import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inMariaDb, noMariaDb, startMariaDb } from '../support/mariadb.ts'
import type { Answer, TestService } from '../support/service.ts'
import { pulling, stored, sync } from './pulling.ts'
import { entries, inSource, sourceDatabase } from './source-database.ts'

const SYNC = `mutation ($full: Boolean, $removeMost: Boolean) {
  syncSource(name: "timesheets", full: $full, removeMost: $removeMost) { received inserted removed warnings { code message } }
}`

async function pull(service: TestService, options: object = {}): Promise<Answer['data']> {
  return (await service.get(SYNC, options)).syncSource
}

test('what a source no longer has goes with a full pull, and the days that it was on change', async () => {
  const url = await sourceDatabase(entries(10, 'a', '2026-03-02 10:00Z'))
  const service = await pulling({ timesheets: url })
  await sync(service)
  const total = async () =>
    (await service.get('{ nvaSummary(from: "2026-03-01", to: "2026-03-31") { totalSum } }')).nvaSummary
  expect(await total()).toEqual([{ totalSum: 55 }])
  await inSource(url, `DELETE FROM time_entries WHERE id IN ('a00003', 'a00010')`)
  expect(await pull(service)).toMatchObject({ removed: 0 })
  expect(await pull(service, { full: true })).toEqual({ received: 8, inserted: 0, removed: 2, warnings: [] })
  expect(await total()).toEqual([{ totalSum: 42 }])
  expect(await pull(service, { full: true })).toMatchObject({ removed: 0 })
})

test('more than half of a source stays unless it is said to go', async () => {
  const url = await sourceDatabase(entries(10, 'a', '2026-03-02 10:00Z'))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, `DELETE FROM time_entries WHERE id > 'a00004'`)
  expect(await pull(service, { full: true })).toMatchObject({
    removed: 0,
    warnings: [
      {
        code: 'MOST_GONE',
        message:
          'Source "timesheets" no longer has 6 of the 10 activities that were pulled of it. That is more than half, so none was removed: ' +
          'syncSource(name: "timesheets", full: true, removeMost: true) removes them.',
      },
    ],
  })
  expect(await stored(service)).toHaveLength(10)
  expect(await pull(service, { full: true, removeMost: true })).toMatchObject({ removed: 6, warnings: [] })
  expect(await stored(service)).toHaveLength(4)
})

test('half of it may go; what was sent in and is of no pull stays', async () => {
  const url = await sourceDatabase(entries(2, 'a', '2026-03-02 10:00Z'))
  const service = await pulling({ timesheets: url })
  await sync(service)
  const row = {
    id: 'sent',
    activity_date: '2026-03-02',
    duration_seconds: 60,
    value_type: 'VA',
    stereotype_id: 1,
    user_id: 1,
  }
  await service.get(
    'mutation ($rows: [JSONObject!]!) { ingestActivities(input: { source: "timesheets", rows: $rows }) { inserted } }',
    { rows: [row] },
  )
  await inSource(url, `DELETE FROM time_entries WHERE id = 'a00001'`)
  expect(await pull(service, { full: true })).toMatchObject({ removed: 1 })
  expect((await stored(service)).map((line) => line.split(' ')[0])).toEqual(['a00002', 'sent'])
})

test('what is refused is there all the same, and what waits of what is gone is discarded', async () => {
  const url = await sourceDatabase(
    entries(3, 'a', '2026-03-02 10:00Z'),
    `UPDATE time_entries SET duration_seconds = -1 WHERE id = 'a00001'`,
    `INSERT INTO time_entries VALUES ('b', '2026-03-02', -1, 'NVA', 2, 1, '2026-03-02 10:00Z')`,
  )
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(
    url,
    `UPDATE time_entries SET duration_seconds = -1, updated_at = now() WHERE id = 'a00002'`,
    `DELETE FROM time_entries WHERE id = 'b'`,
  )
  expect(await pull(service, { full: true })).toMatchObject({ removed: 0 })
  expect(await stored(service)).toHaveLength(2)
  const { quarantine } = await service.get('{ quarantine { nodes { externalId status reason } } }')
  expect(quarantine.nodes).toEqual(
    expect.arrayContaining([{ externalId: 'b', status: 'DISCARDED', reason: 'Its source no longer has it.' }]),
  )
})

test('a sweep has a schedule of its own', async () => {
  const url = await sourceDatabase(entries(4, 'a', '2026-03-02 10:00Z'))
  const service = await pulling({ timesheets: url }, { sweepSeconds: 3_600 })
  await sync(service)
  await inSource(url, `DELETE FROM time_entries WHERE id = 'a00001'`)
  expect(await pull(service)).toMatchObject({ removed: 1 })
  await inSource(url, `DELETE FROM time_entries WHERE id = 'a00002'`)
  expect(await pull(service)).toMatchObject({ removed: 0 })
  await service.database.sql(`UPDATE source_cursor SET swept_at = swept_at - interval '1 hour'`)
  expect(await pull(service)).toMatchObject({ removed: 1 })
})

test('a source that has moved is swept in its new place', async () => {
  const service = await pulling({ timesheets: await sourceDatabase(entries(4, 'a', '2026-03-02 10:00Z')) })
  await sync(service)
  const moved = await pulling(
    { timesheets: await sourceDatabase(entries(3, 'a', '2026-03-01 10:00Z')) },
    { cache: service.url },
  )
  await sync(moved, { moved: true })
  expect(await stored(moved)).toHaveLength(3)
})

test('of more than one batch of keys each is held against what there is', async () => {
  const url = await sourceDatabase(entries(25_000, 'a', '2026-03-02 10:00Z'))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, `DELETE FROM time_entries WHERE right(id, 1) IN ('3', '4', '5')`)
  expect(await pull(service, { full: true })).toMatchObject({ received: 17_500, removed: 7_500 })
  expect(await stored(service)).toHaveLength(17_500)
})

test('a file that lost lines is swept', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steelthread-sweep-'))
  const file = join(folder, 'worklogs.ndjson')
  const write = async (...ids: number[]) => {
    const lines = ids.map((id) =>
      JSON.stringify({ id, author: { name: 'ann' }, started: '2026-03-02T10:00:00Z', timeSpentSeconds: 60 }),
    )
    await writeFile(`${file}.new`, lines.join('\n'))
    await rename(`${file}.new`, file)
  }
  try {
    await write(1, 2, 3)
    const service = await pulling({ timesheets: pathToFileURL(file).href }, { adapter: 'jira-worklogs' })
    await sync(service)
    await write(1, 3)
    expect(await pull(service)).toMatchObject({ removed: 1 })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('keys that can’t be any keep everything where it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steelthread-sweep-'))
  const file = join(folder, 'worklogs.ndjson')
  const write = (ids: readonly unknown[]) =>
    writeFile(
      file,
      ids
        .map((id) =>
          JSON.stringify({ id, author: { name: 'ann' }, started: '2026-03-02T10:00:00Z', timeSpentSeconds: 60 }),
        )
        .join('\n'),
    )
  try {
    await write([1, 2, 3])
    const service = await pulling({ timesheets: pathToFileURL(file).href }, { adapter: 'jira-worklogs' })
    await sync(service)
    await write([1, 3, 'a\0b', 'x'.repeat(100_000), '\ud800', null, { nested: true }, ' '])
    expect(await pull(service, { full: true })).toMatchObject({
      received: 8,
      removed: 0,
      warnings: [
        {
          code: 'KEYS_UNREADABLE',
          message: expect.stringMatching(/^6 rows of source "timesheets" can't be told by a key/),
        },
      ],
    })
    await write([1, 3])
    expect(await pull(service, { full: true })).toMatchObject({ removed: 1, warnings: [] })
  } finally {
    await rm(folder, { recursive: true })
  }
})

const testMariaDb = noMariaDb ? test.skip : test

testMariaDb(
  `a source in MariaDB is swept${noMariaDb ? ` (skipped: ${noMariaDb})` : ''}`,
  async () => {
    const server = await startMariaDb()
    try {
      const url = await server.database(
        'CREATE TABLE employees (id integer, full_name text)',
        'CREATE TABLE activity_kinds (id integer, code text, label text)',
        'CREATE TABLE iterations (id integer, title text, starts_on date, ends_on date)',
        `CREATE TABLE time_entries (id integer, activity_date date, duration_seconds integer, value_type varchar(3), stereotype_id bigint,
        user_id integer, updated_at datetime(6) DEFAULT now(6))`,
        `INSERT INTO employees VALUES (1, 'Ann')`,
        `INSERT INTO activity_kinds VALUES (1, 'coding', 'Coding')`,
        `INSERT INTO time_entries SELECT seq, '2026-03-02', 60, 'VA', 1, 1, now(6) FROM seq_1_to_12000`,
      )
      const service = await pulling({ timesheets: url })
      await sync(service)
      await inMariaDb(url, 'DELETE FROM time_entries WHERE id % 3 = 0')
      expect(await pull(service, { full: true })).toMatchObject({ received: 8_000, removed: 4_000 })
    } finally {
      await server.stop()
    }
  },
  60_000,
)
