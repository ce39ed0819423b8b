import { pulling, stored, sync } from './pulling.ts'
import { entries, inSource, sourceDatabase } from './source-database.ts'

/** SQL for one good row of Ann's. */
function entry(id: string, seconds: number, at: string): string {
  return `INSERT INTO time_entries VALUES ('${id}', '2026-03-02', ${seconds}, 'NVA', 2, 1, ${at})`
}

const OPEN = '{ quarantine(filter: { status: OPEN }) { totalCount } }'

describe('rows that tie in the time of their change', () => {
  test.each([
    ['timestamp(0)', `date_trunc('second', now())::timestamp`],
    ['timestamptz(0)', `'2026-03-02 10:00:00Z'`],
    ['date', 'current_date'],
  ])('to the second, or of type %s: one written and one edited after the pull are both seen', async (type, at) => {
    const url = await sourceDatabase(
      `ALTER TABLE time_entries ALTER updated_at DROP DEFAULT, ALTER updated_at TYPE ${type}`,
      entry('9', 10, at),
    )
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({ inserted: 1 })
    const [before] = await service.database.sql<{ place: string }>('SELECT place FROM source_cursor')
    expect(before?.place).not.toBeNull()
    // Written with the very time of the row that was pulled.
    await inSource(
      url,
      `INSERT INTO time_entries SELECT '10', activity_date, 20, value_type, stereotype_id, user_id, updated_at FROM time_entries`,
      `UPDATE time_entries SET duration_seconds = 11 WHERE id = '9'`,
    )
    expect(await sync(service)).toMatchObject({ received: 2, inserted: 1, updated: 1 })
    expect(await stored(service)).toEqual(['10 1 2026-03-02 20', '9 1 2026-03-02 11'])
  })
})

test('a row that its source commits late, with an earlier time of change, is seen by the next pull', async () => {
  const url = await sourceDatabase(entry('fast', 10, `'2026-03-02 10:00Z'`))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, entry('slow', 20, `'2026-03-02 09:51Z'`), entry('too slow', 30, `'2026-03-02 09:49Z'`))
  expect(await sync(service)).toMatchObject({ received: 2, inserted: 1, unchanged: 1 })
  const patient = await pulling({ timesheets: url }, { cache: service.url, overlapSeconds: 3_600 })
  expect(await sync(patient)).toMatchObject({ received: 3, inserted: 1, unchanged: 2 })
})

test('times without a zone are read from an hour earlier, as clocks are put back', async () => {
  const url = await sourceDatabase(
    'ALTER TABLE time_entries ALTER updated_at TYPE timestamp',
    entry('before', 10, `'2025-10-26 02:59'`),
  )
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, entry('after', 20, `'2025-10-26 02:05'`))
  expect(await sync(service)).toMatchObject({ inserted: 1 })
})

describe('a time of change that has not come yet', () => {
  test.each(["'2062-01-01 00:00Z'", "'infinity'", `now() + interval '1 day'`])(
    '%s hides nothing that comes after it, is warned of, and counts once it is mended',
    async (ahead) => {
      const url = await sourceDatabase(entry('a', 10, `'2026-03-02 10:00Z'`), entry('ahead', 20, ahead))
      const service = await pulling({ timesheets: url })
      const warning = {
        code: 'FUTURE_CHANGE',
        message: expect.stringContaining(`1 row of source "timesheets" is`),
      }
      expect(await sync(service)).toMatchObject({ inserted: 2, warnings: [warning] })
      expect(service.logged).toContainEqual(expect.objectContaining({ level: 40, msg: warning.message }))

      await inSource(url, entry('b', 30, `'2026-03-02 10:01Z'`))
      expect(await sync(service)).toMatchObject({ received: 3, inserted: 1, unchanged: 2, warnings: [warning] })
      await inSource(url, `UPDATE time_entries SET duration_seconds = 21, updated_at = now() WHERE id = 'ahead'`)
      expect(await sync(service)).toMatchObject({ inserted: 0, updated: 1, warnings: [] })
      expect(await stored(service)).toEqual(['a 1 2026-03-02 10', 'ahead 1 2026-03-02 21', 'b 1 2026-03-02 30'])
    },
  )

  test('is no news where clocks differ by minutes', async () => {
    const url = await sourceDatabase(entry('a', 10, `now() + interval '5 minutes'`))
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({ inserted: 1, warnings: [] })
  })

  test('as the place of an earlier pull, when the clock was ahead, leaves nothing out', async () => {
    const url = await sourceDatabase(entry('a', 10, `'2026-03-02 10:00Z'`))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await service.database.sql(`UPDATE source_cursor SET place = now() + interval '1 year'`)
    await inSource(url, entry('b', 20, `'2026-03-02 10:01Z'`))
    expect(await sync(service)).toMatchObject({ received: 2, inserted: 1 })
    expect(await sync(service)).toMatchObject({ received: 2, inserted: 0, warnings: [] })
  })
})

describe('of several rows with one id the newest is stored', () => {
  // A page takes 5,000 rows.
  test.each([4_900, 4_999, 5_000, 5_001])('wherever a page ends: %d rows before it', async (count) => {
    const url = await sourceDatabase(
      entries(count - 1, 'a', '2026-03-02 10:00Z'),
      entry('x', 10, `'2026-03-02 10:01Z'`),
      entry('x', 99, `'2026-03-02 10:02Z'`),
    )
    const service = await pulling({ timesheets: url })
    await sync(service)
    expect(await stored(service)).toContain('x 1 2026-03-02 99')
    const [{ slices }] = (await service.database.sql('SELECT sum(revision) AS slices FROM slice')) as [
      { slices: number },
    ]
    expect(await sync(service, { full: true })).toMatchObject({ inserted: 0, updated: 0, quarantined: 0 })
    expect(await stored(service)).toContain('x 1 2026-03-02 99')
    // What comes again older than it is stored touches nothing.
    expect(await service.database.sql('SELECT sum(revision) AS slices FROM slice')).toEqual([{ slices }])
  })

  test('whatever order they were written in, also where the older one is bad', async () => {
    const url = await sourceDatabase(
      entry('x', 99, `'2026-03-02 10:02Z'`),
      entry('x', 10, `'2026-03-02 10:01Z'`),
      entry('y', -1, `'2026-03-02 10:01Z'`),
      entry('y', 20, `'2026-03-02 10:02Z'`),
    )
    const service = await pulling({ timesheets: url })
    expect(await sync(service)).toMatchObject({ received: 4, inserted: 2, quarantined: 0, superseded: 2 })
    expect(await stored(service)).toEqual(['x 1 2026-03-02 99', 'y 1 2026-03-02 20'])
  })

  test('a bad older one that a later pull meets again is not refused anew', async () => {
    const url = await sourceDatabase(
      entry('y', -1, `'2026-03-02 10:01Z'`),
      entries(5_000, 'a', '2026-03-02 10:02Z'),
      entry('y', 20, `'2026-03-02 10:03Z'`),
    )
    const service = await pulling({ timesheets: url })
    await sync(service)
    expect(await service.get(OPEN)).toEqual({ quarantine: { totalCount: 0 } })
    expect(await sync(service, { full: true })).toMatchObject({ updated: 0, quarantined: 0 })
    expect(await service.get('{ quarantine { totalCount } }')).toEqual({ quarantine: { totalCount: 1 } })
  })

  test.each([
    ['in one page', ''],
    [
      'pages apart',
      `INSERT INTO time_entries SELECT 'a' || i, '2026-03-02', 1, 'NVA', 2, 1, '2026-03-02 09:30Z' FROM generate_series(1, 5000) i`,
    ],
  ])('also where their ids are padded otherwise, %s', async (_, between) => {
    const url = await sourceDatabase(
      entry('x ', 10, `'2026-03-02 09:00Z'`),
      entry('y ', 10, 'NULL'),
      between || 'SELECT 1',
      entry('x', 99, `'2026-03-02 10:00Z'`),
      entry('\u00a0y', 99, `'2026-03-02 10:00Z'`),
    )
    const service = await pulling({ timesheets: url })
    for (const options of [{}, {}, { full: true }, {}]) {
      await sync(service, options)
      const lines = (await stored(service)).filter((line) => /^[xy]/.test(line))
      expect(lines).toEqual(['x 1 2026-03-02 99', 'y 1 2026-03-02 99'])
    }
  })

  test('one without a time of change is older than one that has it', async () => {
    const url = await sourceDatabase(entry('x', 20, `'2026-03-02 10:00Z'`), entry('x', 10, 'NULL'))
    const service = await pulling({ timesheets: url })
    await sync(service)
    for (const options of [{}, { full: true }, {}]) {
      expect(await sync(service, options)).toMatchObject({ updated: 0 })
      expect(await stored(service)).toEqual(['x 1 2026-03-02 20'])
    }
  })
})

describe('what the source has now is what counts, though it looks older than what is stored:', () => {
  test('a row put back to an earlier state', async () => {
    const url = await sourceDatabase(entry('x', 20, `'2026-03-02 10:00Z'`), entry('y', 1, `'2026-03-02 10:00Z'`))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(
      url,
      `UPDATE time_entries SET duration_seconds = 10, updated_at = '2026-03-02 09:55Z' WHERE id = 'x'`,
    )
    expect(await sync(service)).toMatchObject({ updated: 1 })
    expect(await stored(service)).toEqual(['x 1 2026-03-02 10', 'y 1 2026-03-02 1'])
  })

  test('many rows put back, read in full', async () => {
    const url = await sourceDatabase(entries(6_000, 'a', '2026-03-02 10:00Z'), entry('y', 1, `'2026-03-02 10:00Z'`))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(
      url,
      `UPDATE time_entries SET duration_seconds = 500, updated_at = '2025-03-02 10:00Z' WHERE id <> 'y'`,
    )
    expect(await sync(service, { full: true })).toMatchObject({ updated: 6_000, unchanged: 1, superseded: 0 })
    expect((await stored(service)).filter((line) => line.endsWith(' 500'))).toHaveLength(6_000)
  })

  test('a row whose time of change was emptied', async () => {
    const url = await sourceDatabase(entry('x', 20, `'2026-03-02 10:00Z'`))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, 'UPDATE time_entries SET duration_seconds = 10, updated_at = NULL')
    expect(await sync(service)).toMatchObject({ updated: 1 })
    expect(await stored(service)).toEqual(['x 1 2026-03-02 10'])
  })

  test('a row that is bad now', async () => {
    const url = await sourceDatabase(entry('x', 20, `'2026-03-02 10:00Z'`))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, `UPDATE time_entries SET duration_seconds = -1, updated_at = '2026-03-02 09:55Z'`)
    expect(await sync(service)).toMatchObject({ received: 1, quarantined: 1 })
    expect(await service.get(OPEN)).toEqual({ quarantine: { totalCount: 1 } })
  })
})

describe('a bad row that pulls read again', () => {
  const BAD = entry('bad', -1, `'2026-03-02 10:00Z'`)
  const DISCARD = `mutation ($id: ID!) { discardQuarantine(ids: [$id], reason: "a test") { id } }`
  const ROWS = '{ quarantine { nodes { id status attempts } } }'

  test('is reported each time, and alerted once', async () => {
    const service = await pulling({ timesheets: await sourceDatabase(BAD) })
    for (const _ of [1, 2, 3]) expect(await sync(service)).toMatchObject({ received: 1, quarantined: 1 })
    await service.dispatcher.idle()
    expect(service.logged.filter(({ msg }) => msg === 'rows were quarantined')).toHaveLength(1)
    expect((await service.get(ROWS)).quarantine.nodes).toMatchObject([{ status: 'OPEN', attempts: 3 }])
  })

  test('stays discarded until it changes', async () => {
    const url = await sourceDatabase(BAD)
    const service = await pulling({ timesheets: url })
    await sync(service)
    const { quarantine } = await service.get(ROWS)
    await service.get(DISCARD, { id: quarantine.nodes[0].id })
    expect(await sync(service)).toMatchObject({ received: 1, quarantined: 1 })
    expect((await service.get(ROWS)).quarantine.nodes).toMatchObject([{ status: 'DISCARDED', attempts: 2 }])

    await inSource(url, `UPDATE time_entries SET updated_at = '2026-03-02 10:01Z'`)
    await sync(service)
    expect((await service.get(ROWS)).quarantine.nodes).toMatchObject([{ status: 'DISCARDED' }, { status: 'OPEN' }])
  })
})

describe('a replay of a pulled row', () => {
  test('never puts an older version in the place of the newer one that is stored', async () => {
    const url = await sourceDatabase(
      `INSERT INTO time_entries VALUES ('x', '2026-03-02', 10, 'NVA', 2, 3, '2026-03-02 10:00Z')`,
    )
    const service = await pulling({ timesheets: url })
    await sync(service)
    const { quarantine } = await service.get('{ quarantine { nodes { id } } }')
    await inSource(url, `UPDATE time_entries SET duration_seconds = 20, user_id = 1, updated_at = '2026-03-02 10:05Z'`)
    await sync(service)
    // As if it had not been released by the newer version.
    await service.database.sql(`UPDATE quarantined_row SET status = 'OPEN'`)
    await service.database.sql(
      `INSERT INTO app_user (id, source, external_id, name) VALUES (gen_random_uuid(), 'timesheets', '3', 'Cy')`,
    )
    const { replayQuarantine } = await service.get(
      'mutation ($ids: [ID!]!) { replayQuarantine(ids: $ids) { received updated superseded } }',
      { ids: [quarantine.nodes[0].id] },
    )
    expect(replayQuarantine).toEqual({ received: 1, updated: 0, superseded: 1 })
    expect(await stored(service)).toEqual(['x 1 2026-03-02 20'])
    expect(await service.get(OPEN)).toEqual({ quarantine: { totalCount: 0 } })
  })
})

describe('pulls of one source', () => {
  test('a full one beside others reads everything, through whichever service', async () => {
    const url = await sourceDatabase(entries(11_000, 'a', '2026-03-02 10:00Z'))
    const first = await pulling({ timesheets: url })
    const second = await pulling({ timesheets: url }, { cache: first.url })
    for (let round = 0; round < 3; round++) {
      await first.get('mutation { removeSource(name: "timesheets") { activities } }')
      const reports = await Promise.all([
        sync(first),
        sync(second, { full: true }),
        sync(second),
        sync(first, { full: true }),
      ])
      expect(reports.map(({ received }) => received)).toEqual([11_000, 11_000, 11_000, 11_000])
      expect(reports.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(11_000)
    }
  })
})
