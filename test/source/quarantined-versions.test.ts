import type { TestService } from '../support/service.ts'
import { row } from '../support/timesheet-rows.ts'
import { pulling, stored, sync } from './pulling.ts'
import { inSource, sourceDatabase } from './source-database.ts'

/** SQL for one row; user 3 is unknown until `arrives` adds them. */
function entry(id: string, seconds: number, at: string, user = 1): string {
  return `INSERT INTO time_entries VALUES ('${id}', '2026-03-02', ${seconds}, 'NVA', 2, ${user}, ${at})`
}

const arrives = `INSERT INTO employees VALUES (3, 'Cy')`
const T = (time: string) => `'2026-03-02 ${time}Z'`

async function statuses(service: TestService): Promise<string[]> {
  const { quarantine } = await service.get('{ quarantine { nodes { row status } } }')
  return quarantine.nodes.map((node: { row: { duration_seconds: number }; status: string }) => {
    return `${node.row.duration_seconds} ${node.status}`
  })
}

async function replayAll(service: TestService): Promise<Record<string, number>> {
  const { quarantine } = await service.get('{ quarantine(filter: { status: OPEN }) { nodes { id } } }')
  const ids = quarantine.nodes.map(({ id }: { id: string }) => id)
  const { replayQuarantine } = await service.get(
    'mutation ($ids: [ID!]!) { replayQuarantine(ids: $ids) { received inserted updated quarantined superseded } }',
    { ids },
  )
  return replayQuarantine
}

describe('a refused version that its source no longer has is not let in when its user arrives:', () => {
  test('where the source went back to an earlier one', async () => {
    const url = await sourceDatabase(entry('x', 10, T('10:00')))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, `UPDATE time_entries SET duration_seconds = 99, user_id = 3, updated_at = ${T('12:00')}`)
    await sync(service)
    expect(await statuses(service)).toEqual(['99 OPEN'])
    await inSource(
      url,
      `UPDATE time_entries SET duration_seconds = 11, user_id = 1, updated_at = ${T('10:30')}`,
      entry('y', 1, T('14:00')),
    )
    await sync(service, { full: true })
    expect(await statuses(service)).toEqual(['99 RELEASED'])
    await inSource(url, arrives)
    await sync(service)
    expect(await stored(service)).toEqual(['x 1 2026-03-02 11', 'y 1 2026-03-02 1'])
  })

  test('where it was stamped ahead and mended since', async () => {
    const url = await sourceDatabase(entry('x', 99, `'2062-01-01'`, 3))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(
      url,
      `UPDATE time_entries SET duration_seconds = 5, user_id = 1, updated_at = now() - interval '1 minute'`,
    )
    await sync(service)
    await inSource(url, arrives)
    await sync(service)
    expect(await stored(service)).toEqual(['x 1 2026-03-02 5'])
  })

  test('where the source has moved', async () => {
    const first = await pulling({ timesheets: await sourceDatabase(entry('x', 99, T('12:00'), 3)) })
    await sync(first)
    const url = await sourceDatabase(entry('x', 5, T('10:00')), entry('y', 1, T('14:00')))
    const second = await pulling({ timesheets: url }, { cache: first.url })
    await sync(second, { moved: true })
    await inSource(url, arrives)
    await sync(second)
    expect(await stored(second)).toEqual(['x 1 2026-03-02 5', 'y 1 2026-03-02 1'])
  })

  test('where its activity was deleted', async () => {
    const url = await sourceDatabase(entry('x', 10, T('10:00')))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, `UPDATE time_entries SET duration_seconds = 99, user_id = 3, updated_at = ${T('12:00')}`)
    await sync(service)
    await inSource(url, 'DELETE FROM time_entries', entry('y', 1, T('14:00')))
    await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["x"]) }')
    expect(await statuses(service)).toEqual(['99 DISCARDED'])
    await inSource(url, arrives)
    await sync(service)
    expect(await stored(service)).toEqual(['y 1 2026-03-02 1'])
  })
})

test('a newer refused version that the source still has stays open through pulls of an older one', async () => {
  const url = await sourceDatabase(entry('x', 10, T('10:00')), entry('x', 99, T('10:05'), 3))
  const service = await pulling({ timesheets: url })
  for (const _ of [1, 2, 3]) await sync(service)
  expect(await statuses(service)).toEqual(['99 OPEN'])
  await inSource(url, arrives)
  await sync(service)
  expect(await stored(service)).toEqual(['x 3 2026-03-02 99'])
})

test('a row put back and refused is what its source has: it is let in when its user arrives', async () => {
  const url = await sourceDatabase(entry('x', 20, T('10:05')))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, `UPDATE time_entries SET duration_seconds = 7, user_id = 3, updated_at = ${T('09:58')}`)
  await sync(service)
  expect(await statuses(service)).toEqual(['7 OPEN'])
  await inSource(url, entry('y', 1, T('12:00')))
  await sync(service)
  await inSource(url, arrives)
  await sync(service)
  expect(await stored(service)).toEqual(['x 3 2026-03-02 7', 'y 1 2026-03-02 1'])
})

test('a replay of bad versions releases only those that are older than what is stored', async () => {
  const url = await sourceDatabase(entry('x', -1, T('10:00')))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, `UPDATE time_entries SET duration_seconds = 5, updated_at = ${T('10:02')}`)
  await sync(service)
  await inSource(url, `UPDATE time_entries SET duration_seconds = -3, updated_at = ${T('10:03')}`)
  await sync(service)
  // As if the first had not been released by the good one.
  await service.database.sql(`UPDATE quarantined_row SET status = 'OPEN'`)
  expect(await replayAll(service)).toMatchObject({ received: 2, quarantined: 1, superseded: 1 })
  expect(await statuses(service)).toEqual(['-1 RELEASED', '-3 OPEN'])
})

test('of versions that were sent in the one sent last is let in, though it was sent before', async () => {
  const service = await pulling({ timesheets: await sourceDatabase() })
  await sync(service)
  for (const seconds of [1, 2, 1]) {
    await service.get('mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { id } }', {
      input: {
        source: 'timesheets',
        rows: [row('x', { user_id: '3', stereotype_id: '2', duration_seconds: seconds })],
      },
    })
  }
  await service.get('mutation { upsertUsers(input: [{ source: "timesheets", externalId: "3", name: "Cy" }]) { id } }')
  expect(await stored(service)).toEqual(['x 3 2026-03-02 1'])
  expect(await statuses(service)).toEqual(['1 RELEASED', '2 RELEASED'])
})

test('a discarded row that is stamped ahead stays discarded, and alerts nobody anew', async () => {
  const service = await pulling({ timesheets: await sourceDatabase(entry('x', -1, `'2062-01-01'`)) })
  await sync(service)
  const { quarantine } = await service.get('{ quarantine { nodes { id } } }')
  await service.get(`mutation ($id: ID!) { discardQuarantine(ids: [$id], reason: "a test") { id } }`, {
    id: quarantine.nodes[0].id,
  })
  for (const _ of [1, 2, 3]) await sync(service)
  await service.dispatcher.idle()
  expect(await statuses(service)).toEqual(['-1 DISCARDED'])
  expect(service.logged.filter(({ msg }) => msg === 'rows were quarantined')).toHaveLength(1)
})

test('a row that was touched and not changed keeps its new time: an older one is not refused at every full pull', async () => {
  const url = await sourceDatabase(entry('x', 10, T('10:00')))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(
    url,
    `UPDATE time_entries SET updated_at = ${T('12:00')}`,
    `INSERT INTO time_entries SELECT 'a' || i, '2026-03-02', 1, 'NVA', 2, 1, ${T('11:30')} FROM generate_series(1, 5000) i`,
    entry('x', 99, T('11:00'), 3),
  )
  await sync(service, { full: true })
  const before = await statuses(service)
  expect(await sync(service, { full: true })).toMatchObject({ quarantined: 0, updated: 0 })
  expect(await statuses(service)).toEqual(before)
})

const MANY = `INSERT INTO time_entries SELECT 'a' || i, '2026-03-02', 1, 'NVA', 2, 1, ${T('13:00')} FROM generate_series(1, 5100) i`

describe('a pull that breaks off after the page of a row that was put back', () => {
  /** Breaks every batch that brings the last of the many. */
  async function breaking(service: TestService, work: () => Promise<unknown>): Promise<void> {
    await service.database.transaction(async (sql) => {
      await sql(`CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.external_id = 'a5100' THEN RAISE 'broken'; END IF; RETURN NEW; END $$`)
      await sql('CREATE TRIGGER breaks BEFORE INSERT ON activity FOR EACH ROW EXECUTE FUNCTION breaks()')
    })
    await work()
    await service.database.transaction(async (sql) => {
      await sql('DROP TRIGGER breaks ON activity')
      await sql('DROP FUNCTION breaks')
    })
  }
  const failing = async (service: TestService, options = '') => {
    const answer = await service.ask(`mutation { syncSource(name: "timesheets"${options}) { id } }`)
    expect(answer.errors).toHaveLength(1)
  }

  test('has taken that row', async () => {
    const url = await sourceDatabase(entry('x', 20, T('10:05')))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, `UPDATE time_entries SET duration_seconds = 7, updated_at = ${T('09:58')}`, MANY)
    await breaking(service, () => failing(service))
    await sync(service)
    expect(await stored(service)).toContain('x 1 2026-03-02 7')
  })

  test('has released what a source that moved has no more', async () => {
    const first = await pulling({ timesheets: await sourceDatabase(entry('x', 99, T('14:00'), 3)) })
    await sync(first)
    const url = await sourceDatabase(entry('x', 5, T('10:00')), MANY)
    const second = await pulling({ timesheets: url }, { cache: first.url })
    await breaking(second, () => failing(second, ', moved: true'))
    await sync(second)
    await second.get('mutation { upsertUsers(input: [{ source: "timesheets", externalId: "3", name: "Cy" }]) { id } }')
    expect(await stored(second)).toContain('x 1 2026-03-02 5')
  })
})

test('rows put back and refused beside others that are refused are settled, page after page', async () => {
  const url = await sourceDatabase(entry('x', 1, T('10:05')), entry('y', 2, T('10:05')))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(
    url,
    `UPDATE time_entries SET user_id = 3, updated_at = CASE id WHEN 'x' THEN timestamptz ${T('09:58')} ELSE ${T('10:06')} END`,
  )
  expect(await sync(service)).toMatchObject({ quarantined: 2 })
  expect(await sync(service, { full: true })).toMatchObject({ quarantined: 2 })
  expect(await statuses(service)).toEqual(expect.arrayContaining(['1 OPEN', '2 OPEN']))
})

test('a row that was mended without a time of change releases its refused version', async () => {
  const url = await sourceDatabase(entry('x', 99, T('10:05'), 3))
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, 'UPDATE time_entries SET duration_seconds = 5, user_id = 1, updated_at = NULL')
  await sync(service)
  expect(await statuses(service)).toEqual(['99 RELEASED'])
  expect(await stored(service)).toEqual(['x 1 2026-03-02 5'])
})

test('a row put back is found by its key in a collation that knows no other letters than those of ASCII', async () => {
  const url = await sourceDatabase(
    'ALTER TABLE time_entries ALTER id TYPE text COLLATE "C"',
    entry('xÉ', 20, T('10:05')),
  )
  const service = await pulling({ timesheets: url })
  await sync(service)
  await inSource(url, `UPDATE time_entries SET duration_seconds = 7, updated_at = ${T('09:58')}`)
  expect(await sync(service)).toMatchObject({ received: 1, updated: 1 })
  expect(await stored(service)).toEqual(['xÉ 1 2026-03-02 7'])
})
