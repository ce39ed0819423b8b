import { stages } from '../../src/stages/index.ts'
import { onDatabase, waitingForLocks } from '../support/databases.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const SUMMARY = '{ nvaSummary(from: "2026-03-01", to: "2026-03-31") { user { name } totalSum } }'

let service: TestService
let people: Record<string, string>

beforeEach(async () => {
  service = await testService({
    sources: [{ name: 'plant_2', adapter: 'timesheets', url: 'postgres://127.0.0.1:1/x' }],
  })
  people = await addPeople(service)
})

afterEach(() => service.stop())

/** How many rows each table has, those that are empty left out. */
async function counts(): Promise<Record<string, number>> {
  // Who changed what stays, whatever goes.
  const tables = service.database.dataSource.entityMetadatas
    .map(({ tableName }) => tableName)
    .filter((table) => table !== 'audit_entry')
  const found: Record<string, number> = {}
  for (const table of tables) {
    const [row] = await service.database.sql<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)
    if (row?.count) found[table] = row.count
  }
  return found
}

describe('removing a source', () => {
  const REMOVE =
    'mutation ($name: String!) { removeSource(name: $name) { activities users stereotypes sprints quarantinedRows batches } }'

  test('takes everything that came from it, annotations included, and nothing of another', async () => {
    await service.get(
      `mutation { upsertUsers(input: [{ source: "plant_2", externalId: "${ANN}", name: "Ada" }]) { id }
        upsertStereotypes(input: [{ source: "plant_2", externalId: "s-meeting", code: "meeting", name: "Meeting" }]) { id }
        upsertSprints(input: [{ name: "S", startDate: "2026-03-02", endDate: "2026-03-13" }]) { id } }`,
    )
    const others = (source: string) =>
      service.get('mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { id } }', {
        input: { source, rows: [row(1), row(2, { duration_seconds: -1 })], idempotencyKey: 'monday' },
      })
    await others('plant_2')
    await service.get(SUMMARY)
    const before = await counts()
    await others('timesheets')
    await ingest(service, [row(3, { user_id: BEN })])
    await service.get(SUMMARY)
    await service.get(
      '{ wasteTrends(from: "2026-03-01", to: "2026-03-31") { flagged } sprints { summaries { totalSum } } }',
    )

    expect(await service.get(REMOVE, { name: 'timesheets' })).toEqual({
      removeSource: { activities: 2, users: 2, stereotypes: 3, sprints: 0, quarantinedRows: 1, batches: 2 },
    })
    await service.dispatcher.idle()
    const after = await counts()
    expect({ ...after, waste_trend: undefined, sprint_summary: undefined, slice: undefined }).toEqual({
      ...before,
      app_user: 1,
      stereotype: 1,
      source_cursor: after.source_cursor,
      outbox: after.outbox,
      source_revision: 2,
      slice: undefined,
    })
    const orphans = 'SELECT count(*) AS count FROM slice WHERE subject_id NOT IN (SELECT id FROM app_user)'
    expect(await service.database.sql(orphans)).toEqual([{ count: 0 }])
    expect(await service.get(SUMMARY)).toEqual({ nvaSummary: [{ user: { name: 'Ada' }, totalSum: 3600 }] })
    expect(service.logged).toContainEqual(
      expect.objectContaining({ msg: 'source removed', source: 'timesheets', activities: 2 }),
    )
  })

  test('lets what comes next begin anew, its idempotency keys too', async () => {
    await ingest(service, [row(1)], 'monday')
    await service.get(REMOVE, { name: 'timesheets' })
    await addPeople(service)
    expect(await ingest(service, [row(1)], 'monday')).toMatchObject({ inserted: 1 })
    expect(await service.get(SUMMARY)).toEqual({ nvaSummary: [{ user: { name: 'Ann' }, totalSum: 3600 }] })
  })

  test('of which nothing was ever kept changes nothing; of an unknown name is refused', async () => {
    expect((await service.get(REMOVE, { name: 'plant_2' })).removeSource).toMatchObject({ activities: 0, users: 0 })
    expect((await service.ask(REMOVE, { name: 'nowhere' })).errors).toMatchObject([
      { message: expect.stringContaining('Unknown source "nowhere"'), extensions: { argument: 'name' } },
    ])
  })

  test('that is not configured any more works too', async () => {
    await ingest(service, [row(1)])
    await service.database.sql(`UPDATE source_cursor SET source = 'old'`)
    for (const table of ['activity', 'app_user', 'stereotype', 'ingest_batch']) {
      await service.database.sql(`UPDATE ${table} SET source = 'old'`)
    }
    expect((await service.get(REMOVE, { name: 'old' })).removeSource).toMatchObject({ activities: 1, users: 2 })
    expect(await service.get(SUMMARY)).toEqual({ nvaSummary: [] })
  })
})

test('what is read while users go is answered, and nothing of them is left', async () => {
  const other = await testService({ url: service.url })
  try {
    const QUERIES = [SUMMARY, '{ activities { nodes { timeSplit { nvaSeconds } nvaSummary { totalSum } } } }']
    const TRENDS = '{ wasteTrends(from: "2026-03-01", to: "2026-03-31") { flagged user { name } } }'
    for (let round = 0; round < 6; round++) {
      await addPeople(service)
      const days = Array.from({ length: 28 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')}`)
      const rows = days.flatMap((date) =>
        [ANN, BEN].map((user_id) => row(`${user_id}${date}`, { user_id, activity_date: date })),
      )
      await ingest(service, rows, `round ${round}`)
      const reads = [service, other].flatMap((each) => [...QUERIES, TRENDS].map((query) => each.ask(query)))
      const removal = service.ask('mutation { removeSource(name: "timesheets") { activities } }')
      const again = other.ask('mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { id } }', {
        input: { source: 'timesheets', rows, idempotencyKey: `round ${round}` },
      })
      for (const { errors } of await Promise.all([...reads, removal, again])) {
        expect(errors?.filter(({ extensions }) => extensions.code !== 'CONTENTION') ?? []).toEqual([])
      }
      await service.get('mutation { removeSource(name: "timesheets") { activities } }')
      await service.dispatcher.idle()
      await other.dispatcher.idle()
    }
    expect(await counts()).toEqual({
      source_cursor: expect.any(Number),
      outbox: expect.any(Number),
      logic: stages.length,
      stage_version: stages.length,
    })
    const failed = [...service.logged, ...other.logged].filter(({ msg }) => /failed/.test(String(msg)))
    expect(failed).toEqual([])
  } finally {
    await other.stop()
  }
})

test.each([
  ['deleteUsers', () => `mutation { deleteUsers(ids: ["${people[ANN]}", "${people[BEN]}"]) }`],
  ['removeSource', () => 'mutation { removeSource(name: "timesheets") { users } }'],
])(
  '%s locks slices in the order of their keys, as everybody does, so that nobody waits in a circle',
  async (_, mutation) => {
    // Ben's slices lie before Ann's, though her key comes first.
    for (const user_id of [BEN, ANN]) {
      await ingest(service, [row(user_id, { user_id })])
      await service.get(SUMMARY)
    }
    await service.get(`mutation { deleteActivities(source: "timesheets", externalIds: ["${ANN}", "${BEN}"]) }`)
    await onDatabase(service.url, async (client) => {
      await client.query('BEGIN')
      const lock = 'SELECT FROM slice WHERE subject_id = $1 ORDER BY start_date, end_date, logic FOR UPDATE'
      await client.query(lock, [people[ANN]])
      const deleting = service.get(mutation())
      await until(async () => (await waitingForLocks(client)) > 0)
      await client.query(`${lock} NOWAIT`, [people[BEN]])
      await client.query('COMMIT')
      await deleting
    })
    expect(await counts()).not.toHaveProperty('slice')
  },
)

describe('deleting', () => {
  const kinds: [mutation: string, listing: string][] = [
    ['deleteUsers', 'users { nodes { id name } }'],
    ['deleteStereotypes', 'stereotypes { id name }'],
    ['deleteSprints', 'sprints { id name }'],
  ]

  async function idsOf(listing: string): Promise<Record<string, string>> {
    const [found] = Object.values(await service.get(`{ ${listing} }`)) as { nodes?: unknown[] }[]
    const records = (Array.isArray(found) ? found : found?.nodes) as { id: string; name: string }[]
    return Object.fromEntries(records.map(({ id, name }) => [name, id]))
  }

  beforeEach(() =>
    service.get(
      `mutation { upsertSprints(input: [
        { name: "Right", startDate: "2026-03-02", endDate: "2026-03-13" }, { name: "Wrogn", startDate: "2026-03-02", endDate: "2026-03-13" }
      ]) { id } }`,
    ),
  )

  test.each([
    ['deleteUsers', 'users { nodes { id name } }', 'Ben', ['Ann']],
    ['deleteStereotypes', 'stereotypes { id name }', 'Coding', ['Meeting', 'Time off']],
    ['deleteSprints', 'sprints { id name }', 'Wrogn', ['Right']],
  ])('%s removes what nothing refers to', async (mutation, listing, name, left) => {
    await ingest(service, [row(1)])
    await service.get(SUMMARY)
    const ids = await idsOf(listing)
    expect(await service.get(`mutation { ${mutation}(ids: ["${ids[name]?.toUpperCase()}", "${ids[name]}"]) }`)).toEqual(
      { [mutation]: 1 },
    )
    expect(Object.keys(await idsOf(listing)).sort()).toEqual(left)
    expect(await service.get(SUMMARY)).toEqual({ nvaSummary: [{ user: { name: 'Ann' }, totalSum: 3600 }] })
  })

  test.each([
    [
      'deleteUsers',
      'users { nodes { id name } }',
      ['Ben', 'Ann'],
      /user "Ann" of source "timesheets" has 2 activities/,
    ],
    [
      'deleteStereotypes',
      'stereotypes { id name }',
      ['Coding', 'Meeting'],
      /stereotype "Meeting" of source "timesheets" has 2/,
    ],
  ])('%s deletes none while activities refer to one, naming it', async (mutation, listing, names, message) => {
    await ingest(service, [row(1), row(2)])
    const ids = await idsOf(listing)
    const asked = names.map((name) => `"${ids[name]}"`).join(', ')
    expect((await service.ask(`mutation { ${mutation}(ids: [${asked}]) }`)).errors).toMatchObject([
      {
        message: expect.stringMatching(message),
        extensions: { code: 'IN_USE', argument: 'ids', references: [{ id: ids[names[1] ?? ''], activities: 2 }] },
      },
    ])
    expect(await idsOf(listing)).toEqual(ids)
    await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1", "2"]) }')
    expect(await service.get(`mutation { ${mutation}(ids: [${asked}]) }`)).toEqual({ [mutation]: 2 })
  })

  test.each(kinds)('%s names an id that there is not', async (mutation) => {
    const unknown = '00000000-0000-7000-8000-000000000000'
    expect((await service.ask(`mutation { ${mutation}(ids: ["${unknown}"]) }`)).errors).toMatchObject([
      { message: expect.stringContaining(unknown), extensions: { code: 'BAD_USER_INPUT', argument: 'ids' } },
    ])
    expect((await service.ask(`mutation { ${mutation}(ids: ["7"]) }`)).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: 'ids' } },
    ])
  })

  test('5,000 users with activities are counted in one go, and a few of them are named', async () => {
    const keys = Array.from({ length: 5_000 }, (_, i) => `many-${i}`)
    const input = keys.map((externalId) => ({ source: 'timesheets', externalId, name: externalId }))
    const made = await service.get('mutation ($input: [UserInput!]!) { upsertUsers(input: $input) { id } }', { input })
    await ingest(
      service,
      keys.map((key) => row(key, { user_id: key })),
    )
    const ids = made.upsertUsers.map(({ id }: { id: string }) => id)
    const { errors } = await service.ask('mutation ($ids: [ID!]!) { deleteUsers(ids: $ids) }', { ids })
    expect(errors?.[0]?.message).toMatch(
      /^Nothing was deleted, as user "many-0" .* has 1 activity and 4,995 more\. delete/,
    )
    expect(errors?.[0]?.extensions.references).toHaveLength(100)
    await service.get('mutation ($keys: [String!]!) { deleteActivities(source: "timesheets", externalIds: $keys) }', {
      keys,
    })
    expect(await service.get('mutation ($ids: [ID!]!) { deleteUsers(ids: $ids) }', { ids })).toEqual({
      deleteUsers: 5_000,
    })
    // By each user it took half a minute.
  }, 15_000)

  test('a user whose days were computed leaves nothing behind', async () => {
    await ingest(service, [row(1, { user_id: BEN })])
    await service.get(SUMMARY)
    await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1"]) }')
    await service.get(`mutation { deleteUsers(ids: ["${people[BEN]}"]) }`)
    await service.dispatcher.idle()
    expect(await counts()).not.toHaveProperty('slice')
    expect(await service.get(SUMMARY)).toEqual({ nvaSummary: [] })
  })
})
