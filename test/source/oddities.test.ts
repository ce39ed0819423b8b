import { type TestService, testService } from '../support/service.ts'
import { entries, inSource, sourceDatabase } from './source-database.ts'

let service: TestService
let url: string

beforeEach(async () => {
  url = await sourceDatabase(`ALTER TABLE time_entries
    ALTER COLUMN duration_seconds TYPE double precision,
    ADD COLUMN exact numeric, ADD COLUMN more json, ADD COLUMN many double precision[]`)
  service = await testService({ sources: [{ name: 'timesheets', adapter: 'timesheets', url }] })
})

afterEach(() => service.stop())

/** Pulls, and returns what quarantine holds of each row. */
async function refused(): Promise<string[]> {
  await service.get('mutation { syncSource(name: "timesheets") { id } }')
  const kept = await service.database.sql<{ row: string }>('SELECT row FROM quarantined_row ORDER BY row_index')
  return kept.map(({ row }) => row)
}

test.each([
  ['duration_seconds', `'NaN'`, '"NaN"'],
  ['duration_seconds', `'-Infinity'`, '"-Infinity"'],
  ['duration_seconds', '0.1', '0.1'],
  ['exact', `'NaN'`, '"NaN"'],
  ['exact', '90.50', '90.5'],
  ['exact', '9007199254740993', '9007199254740993'],
  ['exact', '0.1000000000000000000001', '0.1000000000000000000001'],
  ['many', `'{NaN,0.5,NULL}'`, '["NaN",0.5,null]'],
  ['more', `'{"n": 9007199254740993, "x": [1e400]}'`, '{"n":9007199254740993,"x":[1e400]}'],
])('a pulled %s of %s is kept as %s', async (column, sql, json) => {
  await inSource(url, `INSERT INTO time_entries (id, ${column}) VALUES ('a', ${sql})`)
  expect(await refused()).toEqual([expect.stringContaining(`"${column}":${json}`)])
})

test('a numeric of whole seconds is seconds', async () => {
  await inSource(
    url,
    'ALTER TABLE time_entries ALTER COLUMN duration_seconds TYPE numeric(12, 2)',
    entries(1, 'a', '2026-03-02'),
  )
  expect(await refused()).toEqual([])
  expect((await service.get('{ activities { nodes { durationSeconds } } }')).activities.nodes).toEqual([
    { durationSeconds: 1 },
  ])
})

test('hours of numeric, by which a third leaves digits without end, are whole seconds', async () => {
  await inSource(
    url,
    'ALTER TABLE time_entries ALTER COLUMN duration_seconds TYPE numeric',
    `INSERT INTO time_entries VALUES ('a', '2026-03-02', 31::numeric / 60 * 3600, 'NVA', 2, 1, '2026-03-02')`,
  )
  expect(await refused()).toEqual([])
  expect((await service.get('{ activities { nodes { durationSeconds } } }')).activities.nodes).toEqual([
    { durationSeconds: 1_860 },
  ])
})

test('a pulled row that is nested too deep is kept whole, and the others are taken in', async () => {
  const deep = `${'{"a":['.repeat(300)}1${']}'.repeat(300)}`
  await inSource(
    url,
    entries(2, 'good', '2026-03-02'),
    `INSERT INTO time_entries SELECT 'deep', '2026-03-02', 60, 'NVA', 2, 1, '2026-03-03', 1, '${deep}'`,
  )
  expect(await refused()).toEqual([expect.stringContaining(`"more":${deep}`)])
  const { quarantine, activities } = await service.get(
    '{ quarantine { nodes { externalId problems { code } } } activities { totalCount } }',
  )
  expect(quarantine.nodes).toEqual([{ externalId: 'deep', problems: [{ code: 'TOO_DEEP' }] }])
  expect(activities.totalCount).toBe(2)
})
