import 'reflect-metadata'
import { v7 as uuidv7 } from 'uuid'
import { type ActivityWrite, deleteActivities, writeActivities } from '../../src/cache/activities.ts'
import { Database, type Sql } from '../../src/cache/database.ts'
import { historyOf } from '../../src/cache/history.ts'
import { upsertStereotypes, upsertUsers } from '../../src/cache/references.ts'
import { deleteByIds, deleteSource } from '../../src/cache/removals.ts'
import { revisionsAt } from '../../src/cache/revisions.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { ActivityType } from '../../src/model/activity.ts'
import { newIds } from '../../src/model/ids.ts'
import { freshDatabase } from '../support/databases.ts'
import { int, pick, randomOf } from '../support/random.ts'

const ANN = '00000000-0000-7000-8000-00000000000a'
const BEN = '00000000-0000-7000-8000-00000000000b'
const PROJECT = '00000000-0000-7000-8000-0000000000aa'
const BATCH = '00000000-0000-7000-8000-0000000000ba'

let database: Database
/** Ids by their codes of old. */
let kinds: Record<'meeting' | 'coding', string>

beforeAll(async () => {
  database = new Database(await (await cacheDataSource(await freshDatabase())).initialize())
})

beforeEach(async () => {
  await database.sql(
    'TRUNCATE activity, activity_history, stereotype, stereotype_history, app_user, slice, source_cursor, source_revision',
  )
  kinds = { meeting: await kind('meeting'), coding: await kind('coding') }
})

afterAll(() => database.dataSource.destroy())

async function kind(code: string, { source = 'timesheets', externalId = code, name = code } = {}): Promise<string> {
  const [saved] = await writing((sql) => upsertStereotypes(sql, [{ source, externalId, code, name }]), source)
  return saved?.id ?? ''
}

function writing<T>(work: (sql: Sql) => Promise<T>, ...sources: string[]): Promise<T> {
  return database.writing(sources.length > 0 ? sources : ['timesheets'], work)
}

/** An hour of Ann's in a meeting on Monday 2026-03-02, unless told otherwise. */
function activity(externalId: string, other: Partial<ActivityWrite> = {}): ActivityWrite {
  return {
    id: uuidv7(),
    externalId,
    date: '2026-03-02',
    durationSeconds: 3600,
    type: ActivityType.NON_VALUE_ADD,
    stereotypeId: kinds.meeting,
    userId: ANN,
    projectId: null,
    changedAt: null,
    rowIndex: 0,
    ...other,
  }
}

function write(...writes: ActivityWrite[]): Promise<unknown> {
  return writing((sql) => writeActivities(sql, 'timesheets', BATCH, writes))
}

/** How many rows of history there are, and the revision of the source. */
async function kept() {
  const [row] = await database.sql<Record<'states' | 'codes' | 'revisions' | 'revision', number>>(
    `SELECT (SELECT count(*) FROM activity_history) AS states, (SELECT count(*) FROM stereotype_history) AS codes,
       (SELECT count(*) FROM source_revision WHERE source = 'timesheets') AS revisions,
       (SELECT revision FROM source_cursor WHERE source = 'timesheets') AS revision`,
  )
  return row
}

async function shown(externalId: string): Promise<string[]> {
  const states = await historyOf(database.sql, 'timesheets', externalId)
  return states.map(
    ({ date, durationSeconds, stereotypeCode, until }) =>
      `${date} ${durationSeconds} ${stereotypeCode}${until ? '' : ' still'}`,
  )
}

test('what an activity was is kept, with when it came and went', async () => {
  await write(activity('1'))
  await write(activity('1', { durationSeconds: 60, rowIndex: 7 }))
  const [first, second] = await historyOf(database.sql, 'timesheets', '1')
  expect(first).toMatchObject({ durationSeconds: 3600, batchId: BATCH, rowIndex: 0, stereotypeCode: 'meeting' })
  expect(second).toMatchObject({ durationSeconds: 60, rowIndex: 7, until: null })
  expect(first?.until).toEqual(second?.since)
  expect(first?.since?.getTime()).toBeLessThanOrEqual(first?.until?.getTime() ?? 0)
})

test('who asks for the moment that he was told gets what came then, and just before it what was there', async () => {
  await write(activity('1'))
  await write(activity('1', { durationSeconds: 60 }))
  const [, second] = await historyOf(database.sql, 'timesheets', '1')
  const came = second?.since ?? new Date(0)
  const at = async (moment: Date) => (await revisionsAt(database.sql, moment))[0]?.revision
  expect(await at(came)).toBe(4)
  expect(await at(new Date(came.getTime() - 1))).toBeLessThan(4)
})

test('what comes again unchanged, or only changed later, writes nothing, not even a revision', async () => {
  await write(activity('1', { changedAt: '2026-03-02 10:00:00Z' }), activity('2'))
  const before = await kept()
  await write(activity('1', { changedAt: '2026-03-02 10:00:00Z' }), activity('2'))
  await write(activity('1', { changedAt: '2026-03-02 11:00:00Z' }))
  await write(activity('1', { changedAt: '2026-03-02 09:00:00Z', durationSeconds: 1 }))
  await write()
  await kind('meeting')
  expect(await kept()).toEqual(before)
})

test('a name that becomes another keeps nothing', async () => {
  const before = await kept()
  await kind('meeting', { name: 'Sitting together' })
  expect(await kept()).toEqual(before)
})

test('a new code is a new state of the activities that have it', async () => {
  await write(activity('1'))
  await kind('talk', { externalId: 'meeting' })
  await write(activity('1', { stereotypeId: kinds.coding }))
  expect(await shown('1')).toEqual(['2026-03-02 3600 meeting', '2026-03-02 3600 talk', '2026-03-02 3600 coding still'])
})

test('all changes of one transaction are one revision, and what was nothing but passed through is not kept', async () => {
  await write(activity('1'))
  const before = await kept()
  await writing(async (sql) => {
    const change = (...writes: ActivityWrite[]) => writeActivities(sql, 'timesheets', BATCH, writes)
    await change(activity('1', { durationSeconds: 60 }), activity('2'))
    await change(activity('1', { durationSeconds: 120 }), activity('3'))
    await deleteActivities(sql, 'timesheets', ['2'])
  })
  expect(await kept()).toEqual({ ...before, states: 1, revisions: 4, revision: 4 })
  expect(await shown('1')).toEqual(['2026-03-02 3600 meeting', '2026-03-02 120 meeting still'])
  expect(await shown('2')).toEqual([])
})

test('what is taken back leaves nothing', async () => {
  await write(activity('1'))
  const before = await kept()
  await database.rehearse(['timesheets'], ({ sql }) =>
    writeActivities(sql, 'timesheets', BATCH, [activity('1', { durationSeconds: 60 })]),
  )
  expect(await kept()).toEqual(before)
})

test('a deleted activity has an end, and a state of another id where it comes again', async () => {
  await write(activity('1'))
  await writing((sql) => deleteActivities(sql, 'timesheets', ['1', 'unknown']))
  expect(await shown('1')).toEqual(['2026-03-02 3600 meeting'])
  await write(activity('1', { date: '2026-03-03' }))
  expect(await shown('1')).toEqual(['2026-03-02 3600 meeting', '2026-03-03 3600 meeting still'])
  const ids = (await historyOf(database.sql, 'timesheets', '1')).map(({ activityId }) => activityId)
  expect(new Set(ids).size).toBe(2)
})

test('deleting what is not there writes nothing', async () => {
  const before = await kept()
  await writing((sql) => deleteActivities(sql, 'timesheets', ['unknown']))
  expect(await kept()).toEqual(before)
})

test('a deleted stereotype leaves its code to former activities', async () => {
  await write(activity('1'))
  await write(activity('1', { stereotypeId: kinds.coding }))
  await writing((sql) => deleteByIds(sql, 'stereotype', [kinds.meeting]))
  expect(await shown('1')).toEqual(['2026-03-02 3600 meeting', '2026-03-02 3600 coding still'])
  expect(await kept()).toEqual({ states: 1, codes: 1, revisions: 5, revision: 5 })
})

test('a deleted user is in no former state any more; what was done for a deleted project is of none', async () => {
  const [ann] = await writing((sql) => upsertUsers(sql, [{ source: 'timesheets', externalId: 'ann', name: 'Ann' }]))
  const userId = ann?.id ?? ''
  await write(activity('1', { userId, projectId: PROJECT }))
  await write(activity('1', { userId: BEN, projectId: PROJECT }))
  await write(activity('1', { userId: BEN }))
  await writing((sql) => deleteByIds(sql, 'project', [PROJECT]))
  await writing((sql) => deleteByIds(sql, 'app_user', [userId]))
  const states = await historyOf(database.sql, 'timesheets', '1')
  expect(states.map(({ userId, projectId }) => ({ userId, projectId }))).toEqual([
    { userId: BEN, projectId: null },
    { userId: BEN, projectId: null },
  ])
})

test('stereotypes of several sources get revisions of their own', async () => {
  const both = (code: string) =>
    writing(
      (sql) =>
        upsertStereotypes(sql, [
          { source: 'timesheets', externalId: 'x', code, name: 'x' },
          { source: 'other', externalId: 'x', code: 'same', name: 'x' },
        ]),
      'timesheets',
      'other',
    )
  await both('old')
  await both('new')
  const revisions = await database.sql<{ source: string; revision: number }>(
    `SELECT source, revision FROM source_revision WHERE revision > 2 OR source = 'other' ORDER BY source, revision`,
  )
  expect(revisions).toEqual([
    { source: 'other', revision: 1 },
    { source: 'timesheets', revision: 3 },
    { source: 'timesheets', revision: 4 },
  ])
})

test('a removed source begins anew, and its counter goes on', async () => {
  await write(activity('1'))
  await write(activity('1', { durationSeconds: 60 }))
  await kind('talk', { externalId: 'meeting' })
  await writing((sql) => deleteSource(sql, 'timesheets'))
  expect(await kept()).toEqual({ states: 0, codes: 0, revisions: 0, revision: 6 })
  expect(await revisionsAt(database.sql, new Date())).toEqual([
    { source: 'timesheets', revision: 0, historyFrom: null },
  ])
  kinds = { ...kinds, meeting: await kind('meeting') }
  await write(activity('1'))
  expect(await kept()).toEqual({ states: 0, codes: 0, revisions: 2, revision: 8 })
  const [row] = await database.sql<{ isFirst: boolean }>(
    'SELECT history_from = (SELECT min(at) FROM source_revision) AS "isFirst" FROM source_cursor',
  )
  expect(row?.isFirst).toBe(true)
})

test('the batch of a revision is that which changed something', async () => {
  await write(activity('1'))
  await writing((sql) => deleteActivities(sql, 'timesheets', ['1']))
  await write(activity('1'))
  await writing((sql) => deleteActivities(sql, 'timesheets', ['1'], BATCH))
  const rows = await database.sql<{ batch_id: string | null }>('SELECT batch_id FROM source_revision ORDER BY revision')
  expect(rows.map((row) => row.batch_id)).toEqual([null, null, BATCH, null, BATCH, BATCH])
})

describe('however activities change', () => {
  const SOURCES = ['one', 'two']
  const CODES = ['meeting', 'coding', 'pto']

  type States = Record<string, Omit<ActivityWrite, 'id' | 'changedAt' | 'rowIndex'> & { code: string; source: string }>

  const PRESENT = (states: string, codes: string) => `
    SELECT a.source, a.external_id AS "externalId", a.date, a.duration_seconds AS "durationSeconds", a.type,
      a.stereotype_id AS "stereotypeId", a.user_id AS "userId", a.project_id AS "projectId", s.code
    FROM ${states} a JOIN ${codes} s ON s.id = a.stereotype_id`

  const AS_OF = PRESENT(
    `(SELECT source, external_id, date, duration_seconds, type, stereotype_id, user_id, project_id
      FROM activity WHERE source = $1 AND since_revision <= $2
      UNION ALL
      SELECT source, external_id, date, duration_seconds, type::activity_type, stereotype_id, user_id, project_id
      FROM activity_history WHERE source = $1 AND since_revision <= $2 AND until_revision > $2)`,
    `(SELECT id, code FROM stereotype WHERE source = $1 AND since_revision <= $2
      UNION ALL
      SELECT stereotype_id, code FROM stereotype_history
      WHERE source = $1 AND since_revision <= $2 AND until_revision > $2)`,
  )

  const byKey = (rows: States[string][]): States =>
    Object.fromEntries(rows.map((row) => [`${row.source} ${row.externalId}`, row]))

  test.each([1, 2])('every revision can be told from what is kept (seed %i)', async (seed) => {
    const random = randomOf(seed)
    const stereotypes = new Map<string, string[]>()
    for (const source of SOURCES) {
      stereotypes.set(source, await Promise.all(['a', 'b', 'c'].map((key) => kind(key, { source }))))
    }
    const model: States = {}
    const moments = new Map<string, string>()

    const change = async (sql: Sql, source: string) => {
      const own = stereotypes.get(source) ?? []
      const dice = random()
      const present = Object.keys(model).filter((key) => key.startsWith(`${source} `))
      if (dice < 0.6) {
        const keys = new Set(Array.from({ length: 1 + int(random, 5) }, () => String(int(random, 30))))
        const writes = [...keys].map((externalId, rowIndex) => ({
          id: newIds(1)[0] ?? '',
          externalId,
          date: `2026-03-0${1 + int(random, 5)}`,
          durationSeconds: int(random, 3) * 1800,
          type: pick(random, [ActivityType.VALUE_ADD, ActivityType.NON_VALUE_ADD]),
          stereotypeId: pick(random, own),
          userId: pick(random, [ANN, BEN]),
          projectId: pick(random, [PROJECT, null]),
          changedAt: null,
          rowIndex,
        }))
        await writeActivities(sql, source, BATCH, writes)
        for (const { id: _, changedAt: __, rowIndex: ___, ...rest } of writes) {
          const [{ code } = { code: '' }] = await sql<{ code: string }>('SELECT code FROM stereotype WHERE id = $1', [
            rest.stereotypeId,
          ])
          model[`${source} ${rest.externalId}`] = { source, ...rest, code }
        }
      } else if (dice < 0.85 && present.length > 0) {
        const gone = [pick(random, present), pick(random, present)]
        const externalIds = [...new Set(gone.map((key) => key.split(' ')[1] ?? ''))]
        await deleteActivities(sql, source, externalIds)
        for (const key of gone) delete model[key]
      } else {
        const index = int(random, own.length)
        const code = pick(random, CODES)
        const externalId = ['a', 'b', 'c'][index] ?? ''
        await upsertStereotypes(sql, [{ source, externalId, code, name: code }])
        for (const state of Object.values(model)) if (state.stereotypeId === own[index]) state.code = code
      }
    }

    for (let step = 0; step < 200; step++) {
      const source = pick(random, SOURCES)
      const changes = random() < 0.2 ? 3 : 1
      await writing(async (sql) => {
        for (let each = 0; each < changes; each++) await change(sql, source)
      }, source)
      for (const { source, revision } of await revisionsAt(database.sql, new Date(Date.now() + 60_000))) {
        const own = Object.values(model).filter((state) => state.source === source)
        moments.set(`${source} ${revision}`, JSON.stringify(byKey(own)))
      }
    }

    expect(moments.size).toBeGreaterThan(100)
    for (const [moment, told] of moments) {
      const [source, revision] = moment.split(' ')
      const rows = await database.sql<States[string]>(AS_OF, [source, Number(revision)])
      expect([moment, byKey(rows)]).toEqual([moment, JSON.parse(told)])
    }
  })
})
