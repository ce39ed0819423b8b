import { ActivityType } from '../../src/model/activity.ts'
import type { TableShape } from '../../src/model/table-shape.ts'
import { removeActivities } from '../../src/source/ingest.ts'
import { previewReprocess, reprocess } from '../../src/source/reprocess.ts'
import type { SourceSetting } from '../../src/source/sources.ts'
import { syncSource } from '../../src/source/sync-source.ts'
import { randomOf } from '../support/random.ts'
import { type TestService, testService } from '../support/service.ts'
import { inSource, sourceDatabase } from './source-database.ts'

const SHAPE: TableShape = {
  id: 'id',
  user: 'who',
  kind: 'what',
  date: 'day',
  duration: { column: 'time', unit: 'hours' },
  ended: 'end',
}
/** Durations are minutes, days are those on which work was billed, and what has no `closed` has not ended. */
const OTHER: TableShape = { ...SHAPE, date: 'billed', duration: { column: 'time', unit: 'minutes' }, ended: 'closed' }

const services: TestService[] = []

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

async function serving(table: TableShape, { url, ...setting }: Partial<SourceSetting> & { url?: string } = {}) {
  const sources = [{ name: 'clocked', adapter: 'table', table, ...setting }]
  const service = await testService({ sources, ...(url && { url }) })
  services.push(service)
  if (!url) {
    await service.get(
      `mutation ($users: [UserInput!]!, $kinds: [StereotypeInput!]!) { upsertUsers(input: $users) { id } upsertStereotypes(input: $kinds) { id } }`,
      {
        users: ['ann', 'ben'].map((key) => ({ source: 'clocked', externalId: key, name: key })),
        kinds: ['code', 'meet'].map((key) => ({ source: 'clocked', externalId: key, code: key, name: key })),
      },
    )
  }
  return service
}

interface Clocked {
  id: string
  who: string
  what: string
  day: string | null
  billed: string | null
  time: number
  end: string | null
  closed: string | null
}

function row(id: string, other: Partial<Clocked> = {}): Clocked {
  const days = { day: '2026-03-02', billed: '2026-03-03' }
  return { id, who: 'ann', what: 'code', ...days, time: 6, end: 'x', closed: 'x', ...other }
}

/** A batch of rows, or keys that are deleted. */
type Step = { send: Clocked[] } | { remove: string[] }

async function take({ acl, get }: TestService, steps: readonly Step[]): Promise<string[]> {
  const ids: string[] = []
  for (const step of steps) {
    if ('remove' in step) await removeActivities(acl, 'clocked', step.remove)
    else {
      const { ingestActivities } = await get(
        'mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { id } }',
        { input: { source: 'clocked', rows: step.send } },
      )
      ids.push(ingestActivities.id)
    }
  }
  return ids
}

/** What there is, and what waits. */
async function state({ database: { sql } }: TestService): Promise<unknown> {
  const activities = await sql<{ line: string }>(
    `SELECT concat_ws(' ', a.external_id, u.external_id, s.code, a.date, a.duration_seconds, a.type, a.changed_at) AS line
     FROM activity a JOIN app_user u ON u.id = a.user_id JOIN stereotype s ON s.id = a.stereotype_id ORDER BY 1`,
  )
  const waiting = await sql<{ line: string }>(
    `SELECT concat_ws(' ', external_id, fingerprint, problems, row) AS line FROM quarantined_row WHERE status = 'OPEN' ORDER BY 1`,
  )
  return { activities: activities.map(({ line }) => line), waiting: waiting.map(({ line }) => line) }
}

/** Everything that a dry run must leave alone. */
async function everything({ database: { sql } }: TestService): Promise<unknown> {
  const tables = [
    'activity',
    'slice',
    'ingest_batch',
    'quarantined_row',
    'rejection',
    'source_cursor',
    'batch_rows',
    'live_version',
  ]
  return Promise.all(
    tables.map((table) => sql(`SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM ${table} t`)),
  )
}

/** The steps with one adapter and then reprocessed with another, and with that one from the beginning. */
async function both(steps: readonly Step[], before = SHAPE, after = OTHER) {
  const old = await serving(before)
  await take(old, steps)
  const service = await serving(after, { url: old.url })
  const clean = await serving(after)
  await take(clean, steps)
  return { service, clean }
}

test('what was refused and is good now comes, what was good and is refused now goes, and nothing is silent', async () => {
  const { service, clean } = await both([
    {
      send: [
        row('same', { day: '2026-03-03', time: 0 }),
        row('longer'),
        row('now good', { time: 600 }),
        row('now bad', { billed: null }),
      ],
    },
    { send: [row('now skipped', { closed: null }), row('no longer skipped', { end: null }), row('bad', { time: -1 })] },
    { send: [row('falls back', { time: 1 })] },
    { send: [row('falls back', { time: 2, billed: null })] },
  ])
  expect(await reprocess(service.acl, 'clocked')).toMatchObject({
    ...{ received: 9, inserted: 2, updated: 2, unchanged: 1, quarantined: 3, superseded: 0, skipped: 1, removed: 2 },
  })
  expect(await state(service)).toEqual(await state(clean))
  expect(await state(service)).toMatchObject({
    activities: [
      expect.stringMatching(/^falls back ann code 2026-03-03 60 /),
      expect.stringMatching(/^longer ann code 2026-03-03 360 /),
      expect.stringMatching(/^no longer skipped /),
      expect.stringMatching(/^now good ann code 2026-03-03 36000 /),
      expect.stringMatching(/^same ann code 2026-03-03 0 /),
    ],
  })
})

test('a second run changes nothing, and neither does one by the adapter that was', async () => {
  const steps = [
    { send: [row('a'), row('b', { time: 600 }), row('c', { billed: null })] },
    { remove: ['a'] },
    { send: [row('d')] },
  ]
  const { service } = await both(steps)
  await reprocess(service.acl, 'clocked')
  const [once, revisions] = [await state(service), await revisionsOf(service)]
  expect(await reprocess(service.acl, 'clocked')).toMatchObject({ inserted: 0, updated: 0, removed: 0, unchanged: 2 })
  expect([await state(service), await revisionsOf(service)]).toEqual([once, revisions])

  const old = await serving(SHAPE)
  await take(old, steps)
  const before = await state(old)
  expect(await reprocess(old.acl, 'clocked')).toMatchObject({ inserted: 0, updated: 0, removed: 0, quarantined: 1 })
  expect(await state(old)).toEqual(before)
})

function revisionsOf({ database: { sql } }: TestService): Promise<unknown> {
  return sql('SELECT subject_id, start_date, end_date, revision FROM slice ORDER BY 1, 2, 3')
}

test('what was deleted stays so, unless it came again', async () => {
  const { service, clean } = await both([
    { send: [row('gone'), row('refused', { time: 600 }), row('again')] },
    { remove: ['gone', 'refused', 'again'] },
    { send: [row('again', { time: 3 })] },
  ])
  await reprocess(service.acl, 'clocked')
  expect(await state(service)).toEqual(await state(clean))
  expect(await state(service)).toEqual({ activities: [expect.stringMatching(/^again .* 180 /)], waiting: [] })
})

test('a row that was replayed out of quarantine is the row that came', async () => {
  const old = await serving(SHAPE)
  await take(old, [{ send: [row('a', { who: 'eve', billed: null }), row('b', { who: 'eve' })] }])
  await old.get('mutation { upsertUsers(input: [{ source: "clocked", externalId: "eve", name: "Eve" }]) { id } }')
  expect(await state(old)).toMatchObject({ activities: [/./, /./].map((some) => expect.stringMatching(some)) })
  const service = await serving(OTHER, { url: old.url })
  expect(await reprocess(service.acl, 'clocked')).toMatchObject({ removed: 1, updated: 1, quarantined: 1 })
})

test('only what came since then is taken again, over what stood before', async () => {
  const old = await serving(SHAPE)
  await take(old, [{ send: [row('before'), row('later', { time: 1 })] }])
  const [at] = await old.database.sql<{ now: Date }>('SELECT clock_timestamp() AS now')
  await take(old, [{ send: [row('later', { time: 2, billed: null }), row('new')] }])
  const service = await serving(OTHER, { url: old.url })
  expect(await reprocess(service.acl, 'clocked', { since: at?.now ?? null })).toMatchObject({
    received: 2,
    updated: 1,
    removed: 1,
  })
  expect(await state(service)).toMatchObject({
    activities: [expect.stringMatching(/^before .* 21600 /), expect.stringMatching(/^new .* 360 /)],
  })
})

test('batches of any kind come to what they would come to in a cache of its own', async () => {
  const random = randomOf(7)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const steps = Array.from({ length: 40 }, (): Step => {
    const keys = Array.from({ length: 1 + Math.floor(random() * 8) }, () => `k${Math.floor(random() * 25)}`)
    if (random() < 0.2) return { remove: keys.slice(0, 2) }
    return {
      send: keys.map((id) =>
        row(id, {
          who: pick(['ann', 'ben', 'nobody']),
          time: pick([1, 2, 30, 600, -1, 3]),
          billed: pick(['2026-03-03', '2026-03-04', null]),
          day: pick(['2026-03-02', '2026-03-05', null]),
          closed: pick(['x', 'x', 'x', null]),
          end: pick(['x', 'x', 'x', null]),
        }),
      ),
    }
  })
  const { service, clean } = await both(steps)
  await reprocess(service.acl, 'clocked')
  expect(await state(service)).toEqual(await state(clean))
})

test('a run that is killed leaves no older version to be seen, and the next one comes to the same', async () => {
  const batches = Array.from({ length: 4 }, (_, batch) => ({
    send: Array.from({ length: 3_000 }, (_, i) => row(`k${i % 1_500}`, { time: batch + 1 })),
  }))
  const { service, clean } = await both(batches)
  const killed = new AbortController()
  const acl = { ...service.acl, stopping: killed.signal }
  let told = 0
  const onProgress = () => {
    told += 1
    if (told === 4) killed.abort(new Error('killed'))
  }
  await expect(reprocess(acl, 'clocked', { onProgress })).rejects.toThrow('killed')
  const seen = await service.database.sql('SELECT DISTINCT duration_seconds AS s FROM activity ORDER BY 1')
  expect([{ s: 240 }, { s: 14_400 }]).toEqual(expect.arrayContaining(seen))
  await reprocess(service.acl, 'clocked')
  expect(await state(service)).toEqual(await state(clean))
})

test('a dry run says what would change, and changes nothing', async () => {
  const { service } = await both([
    { send: [row('a', { who: 'ben' }), row('b'), row('now good', { time: 600 }), row('now bad', { billed: null })] },
  ])
  const before = await everything(service)
  expect(await previewReprocess(service.acl, 'clocked')).toMatchObject({
    report: { received: 4, inserted: 1, updated: 2, quarantined: 1, removed: 1 },
    activities: 4,
    // Ann's second and third of March, and Ben's.
    personDays: 4,
    before: { vaSeconds: 0, nvaSeconds: 3 * 6 * 3600 },
    after: { vaSeconds: 0, nvaSeconds: 2 * 360 + 36_000 },
  })
  expect(await everything(service)).toEqual(before)
})

test('what somebody discarded stays so while it is refused, and comes once it is good', async () => {
  const old = await serving(SHAPE)
  await take(old, [{ send: [row('bad', { time: -1 }), row('now good', { time: 600 })] }])
  await old.get('mutation { discardQuarantineWhere(filter: { source: "clocked" }, reason: "not wanted") }')
  const service = await serving(OTHER, { url: old.url })
  expect(await reprocess(service.acl, 'clocked')).toMatchObject({ received: 2, inserted: 1, quarantined: 1 })
  expect(await state(service)).toEqual({ activities: [expect.stringMatching(/^now good /)], waiting: [] })
})

test('rules of value are those of now', async () => {
  const value = { rules: [{ type: ActivityType.VALUE_ADD, kinds: ['code'] }], otherwise: ActivityType.NON_VALUE_ADD }
  const old = await serving(SHAPE)
  await take(old, [{ send: [row('a'), row('b', { what: 'meet' })] }])
  const service = await serving(SHAPE, { url: old.url })
  const ruled = new Map([...service.acl.sources].map(([name, source]) => [name, { ...source, value }]))
  const preview = await previewReprocess({ ...service.acl, sources: ruled }, 'clocked')
  expect(preview).toMatchObject({ activities: 1, personDays: 1, after: { vaSeconds: 6 * 3600, nvaSeconds: 6 * 3600 } })
})

test('a batch that would be refused whole now stops it before anything is written', async () => {
  const { service } = await both(
    [{ send: Array.from({ length: 100 }, (_, i) => row(`k${i}`, { billed: i < 50 ? null : '2026-03-03' })) }],
    SHAPE,
    SHAPE,
  )
  const other = await serving(OTHER, { url: service.url })
  const before = await state(other)
  await expect(reprocess(other.acl, 'clocked')).rejects.toMatchObject({ code: 'TOO_MANY_BAD_ROWS' })
  expect(await state(other)).toEqual(before)
})

describe('of what was pulled', () => {
  const at = (time: string) => `timestamptz '2026-03-02 ${time}Z'`
  const entry = (id: string, seconds: number, time: string) =>
    `INSERT INTO time_entries VALUES ('${id}', '2026-03-02', ${seconds}, 'NVA', 2, 1, ${at(time)})`

  test('the newest version counts, and what its sweep took stays away', async () => {
    const url = await sourceDatabase(entry('a', 60, '10:00'), entry('b', 60, '10:01'), entry('c', 60, '10:02'))
    const sources = [{ name: 'timesheets', adapter: 'timesheets', url }]
    const service = await testService({ sources })
    services.push(service)
    await syncSource(service.acl, 'timesheets')
    await inSource(
      url,
      `UPDATE time_entries SET duration_seconds = 120, updated_at = ${at('11:00')} WHERE id = 'a'`,
      `DELETE FROM time_entries WHERE id = 'b'`,
    )
    await syncSource(service.acl, 'timesheets', { full: true })
    await service.database.sql('UPDATE activity SET duration_seconds = 1')
    expect(await reprocess(service.acl, 'timesheets')).toMatchObject({ updated: 2, removed: 0, inserted: 0 })
    const rows = await service.database.sql('SELECT external_id AS id, duration_seconds AS s FROM activity ORDER BY 1')
    expect(rows).toEqual([
      { id: 'a', s: 120 },
      { id: 'c', s: 60 },
    ])
    await syncSource(service.acl, 'timesheets', { full: true })
    expect(await reprocess(service.acl, 'timesheets')).toMatchObject({
      updated: 0,
      removed: 0,
      inserted: 0,
      unchanged: 2,
    })
  })
})
