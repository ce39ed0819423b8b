import 'reflect-metadata'
import { v7 as uuidv7 } from 'uuid'
import {
  type ActivityWrite,
  deleteActivities,
  olderThanStored,
  type WriteCounts,
  writeActivities,
} from '../../src/cache/activities.ts'
import { Database } from '../../src/cache/database.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { ActivityType } from '../../src/model/activity.ts'
import { bySubjectAndDate } from '../../src/model/window.ts'
import { freshDatabase } from '../support/databases.ts'

const ANN = '00000000-0000-7000-8000-00000000000a'
const BEN = '00000000-0000-7000-8000-00000000000b'
const MEETING = '00000000-0000-7000-8000-000000000001'
const CODING = '00000000-0000-7000-8000-000000000002'
const BATCH = '00000000-0000-7000-8000-0000000000ba'
const NAMES: Readonly<Record<string, string>> = { [ANN]: 'ann', [BEN]: 'ben' }

let database: Database

beforeAll(async () => {
  database = new Database(await (await cacheDataSource(await freshDatabase())).initialize())
})

beforeEach(() => database.sql('TRUNCATE activity, slice'))

afterAll(() => database.dataSource.destroy())

/** An hour of Ann's in a meeting on Monday 2026-03-02, unless told otherwise. */
function activity(externalId: string, other: Partial<ActivityWrite> = {}): ActivityWrite {
  return {
    id: uuidv7(),
    externalId,
    date: '2026-03-02',
    durationSeconds: 3600,
    type: ActivityType.NON_VALUE_ADD,
    stereotypeId: MEETING,
    userId: ANN,
    projectId: null,
    changedAt: null,
    rowIndex: 0,
    ...other,
  }
}

async function write(...writes: ActivityWrite[]): Promise<WriteCounts> {
  return (await writeActivities(database.sql, 'timesheets', BATCH, writes)).counts
}

/** The revisions of the source slices of days, as `ann 2026-03-02: 1`; those of months are their sums. */
async function revisions(): Promise<string[]> {
  const rows = await database.sql<{
    logic: string
    subject_id: string
    start_date: string
    end_date: string
    revision: number
  }>('SELECT logic, subject_id, start_date, end_date, revision FROM slice ORDER BY subject_id, start_date')
  const days = rows.filter(({ logic }) => logic === 'activities')
  expect(days.every((row) => row.start_date === row.end_date)).toBe(true)
  const sums = new Map<string, number>()
  for (const { subject_id, start_date, revision } of days) {
    const month = `${subject_id} ${start_date.slice(0, 7)}`
    sums.set(month, (sums.get(month) ?? 0) + revision)
  }
  const months = rows.filter(({ logic }) => logic === 'activities_of_month')
  expect(days.length + months.length).toBe(rows.length)
  expect(months.every((row) => row.start_date.endsWith('-01') && row.end_date > row.start_date)).toBe(true)
  const ofMonths = months.map(({ subject_id, start_date, revision }) => [
    `${subject_id} ${start_date.slice(0, 7)}`,
    revision,
  ])
  expect(new Map(ofMonths as [string, number][])).toEqual(sums)
  return days.map((row) => `${NAMES[row.subject_id]} ${row.start_date}: ${row.revision}`)
}

test('new activities raise their user-days, each once for the whole batch', async () => {
  expect(
    await write(activity('1'), activity('2'), activity('3', { date: '2026-03-03' }), activity('4', { userId: BEN })),
  ).toEqual({ inserted: 4, updated: 0, unchanged: 0 })
  expect(await revisions()).toEqual(['ann 2026-03-02: 1', 'ann 2026-03-03: 1', 'ben 2026-03-02: 1'])
})

test('a later batch on the same day raises it again', async () => {
  await write(activity('1'))
  await write(activity('2'))
  expect(await revisions()).toEqual(['ann 2026-03-02: 2'])
})

test('activities that come again unchanged raise nothing', async () => {
  await write(activity('1'), activity('2', { userId: BEN }))
  expect(await write(activity('1'), activity('2', { userId: BEN }))).toEqual({ inserted: 0, updated: 0, unchanged: 2 })
  expect(await revisions()).toEqual(['ann 2026-03-02: 1', 'ben 2026-03-02: 1'])
})

test.each<[string, Partial<ActivityWrite>]>([
  ['duration', { durationSeconds: 60 }],
  ['type', { type: ActivityType.VALUE_ADD }],
  ['stereotype', { stereotypeId: CODING }],
])('an edit of the %s raises the day', async (_, edit) => {
  await write(activity('1'), activity('2', { date: '2026-03-03' }))
  expect(await write(activity('1', edit), activity('2', { date: '2026-03-03' }))).toEqual({
    inserted: 0,
    updated: 1,
    unchanged: 1,
  })
  expect(await revisions()).toEqual(['ann 2026-03-02: 2', 'ann 2026-03-03: 1'])
})

test('a move between days raises both', async () => {
  await write(activity('1'), activity('2', { date: '2026-03-04' }))
  expect(await write(activity('1', { date: '2026-03-03' }))).toEqual({ inserted: 0, updated: 1, unchanged: 0 })
  expect(await revisions()).toEqual(['ann 2026-03-02: 2', 'ann 2026-03-03: 1', 'ann 2026-03-04: 1'])
})

test('a move between users raises the day of both', async () => {
  await write(activity('1'), activity('2', { userId: BEN, date: '2026-03-03' }))
  await write(activity('1', { userId: BEN }))
  expect(await revisions()).toEqual(['ann 2026-03-02: 2', 'ben 2026-03-02: 1', 'ben 2026-03-03: 1'])
})

test('two that change places raise each place once', async () => {
  await write(activity('1'), activity('2', { userId: BEN, date: '2026-03-03' }))
  await write(activity('1', { userId: BEN, date: '2026-03-03' }), activity('2'))
  expect(await revisions()).toEqual(['ann 2026-03-02: 2', 'ben 2026-03-03: 2'])
})

test('an edit keeps the id, an insert takes the one given', async () => {
  const first = activity('1')
  await write(first)
  await write(activity('1', { durationSeconds: 60 }), activity('2'))
  const [kept] = await database.sql<{ id: string; duration_seconds: number }>(
    `SELECT id, duration_seconds FROM activity WHERE external_id = '1'`,
  )
  expect(kept).toEqual({ id: first.id, duration_seconds: 60 })
})

describe('a version that its source dates', () => {
  const at = (hour: number, durationSeconds: number, other: Partial<ActivityWrite> = {}) =>
    activity('1', { durationSeconds, changedAt: `2026-03-02 ${hour}:00:00Z`, ...other })
  const write = (version: ActivityWrite, options = {}) =>
    writeActivities(database.sql, 'timesheets', BATCH, [version], options)
  const storedSeconds = async () => (await database.sql('SELECT duration_seconds AS s FROM activity')).map((row) => row)

  test('takes the place of an older one, not of a newer one, and touches no slice then', async () => {
    await write(at(10, 60))
    expect(await write(at(11, 70))).toMatchObject({ counts: { updated: 1 }, older: [] })
    const before = await revisions()
    expect(await write(at(10, 60, { date: '2026-03-05' }))).toMatchObject({
      counts: { updated: 0, unchanged: 0 },
      older: ['1'],
    })
    expect(await storedSeconds()).toEqual([{ s: 70 }])
    expect(await revisions()).toEqual(before)
  })

  test('that is equal is unchanged; of its time the later is kept, and no slice touched', async () => {
    await write(at(11, 60))
    const before = await revisions()
    expect(await write(at(10, 60))).toMatchObject({ counts: { unchanged: 1 }, older: [] })
    expect(await write(at(12, 60))).toMatchObject({ counts: { unchanged: 1 }, older: [] })
    expect(await revisions()).toEqual(before)
    expect(await write(at(11, 70))).toMatchObject({ counts: { updated: 0 }, older: ['1'] })
    expect(await write(at(12, 60, { changedAt: null }))).toMatchObject({ counts: { unchanged: 1 } })
  })

  test('is written all the same where it is forced, or where one of the two has no date', async () => {
    await write(at(11, 60))
    expect(await write(at(10, 70), { forced: true })).toMatchObject({ counts: { updated: 1 } })
    expect(await write(at(9, 80, { changedAt: null }))).toMatchObject({ counts: { updated: 1 } })
    expect(await write(at(8, 90))).toMatchObject({ counts: { updated: 1 } })
    expect(await storedSeconds()).toEqual([{ s: 90 }])
  })

  test('is found older than what is stored, where it is', async () => {
    await write(at(11, 60))
    const version = (externalId: string, hour: number) => ({ externalId, changedAt: `2026-03-02 ${hour}:00:00Z` })
    const older = version('1', 10)
    const versions = [version('1', 12), older, version('2', 10), version('1', 11)]
    expect(await olderThanStored(database.sql, 'timesheets', versions)).toEqual(new Set([older]))
    expect(await olderThanStored(database.sql, 'timesheets', [version('1', 11)])).toEqual(new Set())
    expect(await olderThanStored(database.sql, 'redmine', [version('1', 10)])).toEqual(new Set())
  })
})

test('the same external id of another source is another activity', async () => {
  await write(activity('1'))
  const other = await writeActivities(database.sql, 'redmine', BATCH, [activity('1', { durationSeconds: 60 })])
  expect(other.counts).toMatchObject({ inserted: 1 })
  expect(await deleteActivities(database.sql, 'redmine', ['1'])).toMatchObject({ count: 1 })
  expect(await database.sql('SELECT source FROM activity')).toEqual([{ source: 'timesheets' }])
})

test('a delete raises the days that it touched, once each, and keeps their slices', async () => {
  await write(activity('1'), activity('2'), activity('3', { userId: BEN }), activity('4', { date: '2026-03-05' }))
  expect(await deleteActivities(database.sql, 'timesheets', ['1', '2', '3', 'never there'])).toEqual({
    count: 3,
    touched: expect.arrayContaining(
      [ANN, BEN].map((subjectId) => ({ subjectId, from: '2026-03-02', to: '2026-03-02' })),
    ),
  })
  expect(await revisions()).toEqual(['ann 2026-03-02: 2', 'ann 2026-03-05: 1', 'ben 2026-03-02: 2'])
  expect(await deleteActivities(database.sql, 'timesheets', ['1'])).toEqual({ count: 0, touched: [] })
  expect(await revisions()).toEqual(['ann 2026-03-02: 2', 'ann 2026-03-05: 1', 'ben 2026-03-02: 2'])
})

test('one that was deleted comes back as new, and the revision goes on', async () => {
  await write(activity('1'))
  await deleteActivities(database.sql, 'timesheets', ['1'])
  expect(await write(activity('1'))).toEqual({ inserted: 1, updated: 0, unchanged: 0 })
  expect(await revisions()).toEqual(['ann 2026-03-02: 3'])
})

test('a write says which days of users it touched, old place and new', async () => {
  const touchedBy = async (...writes: ActivityWrite[]) =>
    (await writeActivities(database.sql, 'timesheets', BATCH, writes)).touched.sort(bySubjectAndDate)
  const [ann, ben] = [activity('1'), activity('2', { userId: BEN })]
  const on = (subjectId: string, from = '2026-03-02', to = from) => ({ subjectId, from, to })
  expect(await touchedBy(ann, ben)).toEqual([on(ANN), on(BEN)])
  expect(await touchedBy(ann, activity('2', { date: '2026-03-09' }))).toEqual([on(ANN, '2026-03-09'), on(BEN)])
  expect(await touchedBy(ann)).toEqual([])
})

test('what is rolled back raises nothing', async () => {
  await write(activity('1'))
  const cancelled = database.transaction(async (sql) => {
    await writeActivities(sql, 'timesheets', BATCH, [activity('1', { date: '2026-03-09' })])
    throw new Error('cancelled')
  })
  await expect(cancelled).rejects.toThrow('cancelled')
  expect(await revisions()).toEqual(['ann 2026-03-02: 1'])
})

test('nothing written raises nothing', async () => {
  expect(await write()).toEqual({ inserted: 0, updated: 0, unchanged: 0 })
  expect(await revisions()).toEqual([])
})
