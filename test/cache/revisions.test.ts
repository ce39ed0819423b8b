import 'reflect-metadata'
import { v7 as uuidv7 } from 'uuid'
import { writeActivities } from '../../src/cache/activities.ts'
import { Database } from '../../src/cache/database.ts'
import { revisionsAt, settledBy } from '../../src/cache/revisions.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { ActivityType } from '../../src/model/activity.ts'
import { freshDatabase, onDatabase, waitingForLocks } from '../support/databases.ts'
import { until } from '../support/until.ts'

let url: string
let database: Database

beforeAll(async () => {
  url = await freshDatabase()
  database = new Database(await (await cacheDataSource(url)).initialize())
})

beforeEach(() => database.sql('TRUNCATE activity, activity_history, slice, source_cursor, source_revision'))

afterAll(() => database.dataSource.destroy())

/** Writes an activity of a source, and ends only when it is told to. */
async function underWay(source: string): Promise<{ end: () => Promise<void> }> {
  let written = () => {}
  let finish = () => {}
  const isWritten = new Promise<void>((resolve) => {
    written = resolve
  })
  const mayEnd = new Promise<void>((resolve) => {
    finish = resolve
  })
  const ended = database.writing([source], async (sql) => {
    const [stereotypeId, userId] = [uuidv7(), uuidv7()]
    await writeActivities(sql, source, uuidv7(), [
      {
        id: uuidv7(),
        externalId: uuidv7(),
        date: '2026-03-02',
        durationSeconds: 60,
        type: ActivityType.VALUE_ADD,
        stereotypeId,
        userId,
        projectId: null,
        changedAt: null,
        rowIndex: 0,
      },
    ])
    written()
    await mayEnd
  })
  await isWritten
  return {
    end: async () => {
      finish()
      await ended
    },
  }
}

async function revisions(at: Date): Promise<Record<string, number>> {
  return Object.fromEntries((await revisionsAt(database.sql, at)).map(({ source, revision }) => [source, revision]))
}

/** Who locked the row of each source last. */
function lockers(): Promise<object[]> {
  return database.sql('SELECT source, xmax::text FROM source_cursor ORDER BY source')
}

test.each([
  ['a source that is there', 'a'],
  ['a source that is new', 'b'],
])('a moment is settled once whoever writes %s has ended', async (_, source) => {
  await (await underWay('a')).end()
  const writer = await underWay(source)
  const at = new Date(Date.now() + 1)
  let isSettled = false
  const settled = settledBy(database).then(() => {
    isSettled = true
  })
  await onDatabase(url, async (client) => until(async () => (await waitingForLocks(client)) === 1))
  expect(isSettled).toBe(false)
  await writer.end()
  await settled
  expect(await revisions(at)).toEqual({ a: 1, [source]: source === 'a' ? 2 : 1 })
})

test('other sources than those that are asked for are not waited for', async () => {
  await (await underWay('a')).end()
  await (await underWay('b')).end()
  const writer = await underWay('a')
  await settledBy(database, ['b'])
  await writer.end()
})

test('whoever began after the moment is not waited for', async () => {
  const at = new Date(Date.now() - 1)
  const writer = await underWay('a')
  await settledBy(database, null, at)
  expect(await revisions(at)).toEqual({})
  await writer.end()
  expect(await revisions(at)).toEqual({ a: 0 })
})

test('where nobody writes, nothing is written', async () => {
  await (await underWay('a')).end()
  const before = await lockers()
  await settledBy(database)
  expect(await lockers()).toEqual(before)
})

test('times are whole milliseconds, in the order of revisions, even where the clock was put back', async () => {
  await (await underWay('a')).end()
  await database.sql(`UPDATE source_revision SET at = at + interval '1 hour'`)
  await (await underWay('a')).end()
  const [row] = await database.sql<{ ordered: boolean; whole: boolean }>(
    `SELECT max(at) FILTER (WHERE revision = 2) >= max(at) FILTER (WHERE revision = 1) AS ordered,
       bool_and(date_trunc('milliseconds', at) = at) AS whole
     FROM source_revision`,
  )
  expect(row).toEqual({ ordered: true, whole: true })
})
