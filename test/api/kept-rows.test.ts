import { removeSource } from '../../src/source/removals.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, ingest, row } from '../support/timesheet-rows.ts'

let service: TestService
let ids: Record<string, string>

beforeAll(async () => {
  service = await testService({ quarantineLimit: 100 })
  ids = await addPeople(service)
})

afterAll(() => service.stop())

const ROWS = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  ingestBatch(id: $id) {
    received isKept
    rows(first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { rowIndex row } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`

async function rowsOf(id: string, page: object = {}) {
  const { ingestBatch } = await service.get(ROWS, { id, ...page })
  return {
    ...ingestBatch,
    ...ingestBatch.rows,
    indexes: ingestBatch.rows.nodes.map((node: { rowIndex: number }) => node.rowIndex),
  }
}

test('a batch gives its rows back as they came, also what was refused', async () => {
  const rows = [
    row('r1', { note: 'ü' } as object),
    row('r2', { duration_seconds: 'no' }),
    { ...row('r3'), more: [1, { a: null }] },
  ]
  const { id } = await ingest(service, rows)
  const { isKept, totalCount, nodes } = await rowsOf(id)
  expect([isKept, totalCount]).toEqual([true, 3])
  expect(nodes).toEqual(rows.map((row, rowIndex) => ({ rowIndex, row })))
})

test('rows are paged through in both directions, over the bounds of what is kept together', async () => {
  const { id } = await ingest(
    service,
    Array.from({ length: 2_500 }, (_, i) => row(`p${i}`)),
  )
  const first = await rowsOf(id, { first: 3 })
  expect(first).toMatchObject({ totalCount: 2_500, indexes: [0, 1, 2], pageInfo: { hasNextPage: true } })
  const cursorOf = (index: number) => Buffer.from(JSON.stringify(['rows', index])).toString('base64url')
  expect((await rowsOf(id, { first: 3, after: first.pageInfo.endCursor })).indexes).toEqual([3, 4, 5])
  expect((await rowsOf(id, { first: 4, after: cursorOf(1_997) })).indexes).toEqual([1_998, 1_999, 2_000, 2_001])
  expect((await rowsOf(id, { last: 3, before: cursorOf(1_001) })).indexes).toEqual([998, 999, 1_000])
  expect(await rowsOf(id, { last: 2 })).toMatchObject({
    indexes: [2_498, 2_499],
    pageInfo: { hasPreviousPage: true, hasNextPage: false },
  })
  expect(await rowsOf(id, { first: 2, after: cursorOf(2_497) })).toMatchObject({
    indexes: [2_498, 2_499],
    pageInfo: { hasNextPage: false },
  })
  expect((await rowsOf(id, { first: 2, after: cursorOf(2_499) })).indexes).toEqual([])
})

test('a number is followed to the very row that came in', async () => {
  await ingest(service, [
    row('x1', { activity_date: '2026-04-01' }),
    row('x2', { activity_date: '2026-04-02', duration_seconds: 1234 }),
  ])
  const { nvaSummaries } = await service.get(
    `{ nvaSummaries(userIds: ["${ids[ANN]}"], from: "2026-04-02", to: "2026-04-02", first: 5) {
      nodes { provenance { activities(first: 5) { nodes { rowIndex batch { id isKept rows(first: 5) { nodes { rowIndex row } } } } } } }
    } }`,
  )
  const [{ rowIndex, batch }] = nvaSummaries.nodes[0].provenance.activities.nodes
  expect(batch.isKept).toBe(true)
  const { nodes } = await rowsOf(batch.id)
  const came = nodes.find((node: { rowIndex: number }) => node.rowIndex === rowIndex)
  expect(came.row).toMatchObject({ id: 'x2', activity_date: '2026-04-02', duration_seconds: 1234 })
  expect(batch.rows.nodes).toEqual(nodes)
})

test('one row is had by its place, and where there is none there is nothing', async () => {
  const { id } = await ingest(
    service,
    Array.from({ length: 1_500 }, (_, i) => row(`o${i}`)),
  )
  const { ingestBatch } = await service.get(
    `{ ingestBatch(id: "${id}") {
      first: row(index: 0) { rowIndex row } late: row(index: 1234) { rowIndex row } beyond: row(index: 1500) { row } before: row(index: -1) { row }
    } }`,
  )
  expect(ingestBatch).toEqual({
    first: { rowIndex: 0, row: row('o0') },
    late: { rowIndex: 1234, row: row('o1234') },
    beyond: null,
    before: null,
  })
})

test('the same batch again keeps nothing more, and a refused one nothing at all', async () => {
  const { id } = await ingest(service, [row('i1')], 'once')
  expect((await ingest(service, [row('i1')], 'once')).id).toBe(id)
  const kept = () => service.database.sql<{ count: number }>('SELECT count(*) AS count FROM batch_rows')
  const before = await kept()
  await ingest(service, [row('i1')], 'once')
  await service.ask('mutation { ingestActivities(input: { source: "timesheets", rows: [{ no: 1 }] }) { id } }')
  expect(await kept()).toEqual(before)
})

test('a batch whose rows are kept no longer says so, and its report stays', async () => {
  const { id } = await ingest(service, [row('g1')])
  await service.database.sql('DELETE FROM batch_rows WHERE batch_id = $1', [id])
  expect(await rowsOf(id)).toMatchObject({ received: 1, isKept: false, totalCount: 0, nodes: [] })
})

test('what would be more than an answer may hold is refused before it is read', async () => {
  const other = await testService({ url: service.url, limits: { MAX_RESULT_BYTES: 1_000 } })
  const { id } = await ingest(
    service,
    Array.from({ length: 100 }, (_, i) => row(`l${i}`)),
  )
  const { errors } = await other.ask(ROWS, { id })
  expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_RESULT_BYTES' } }])
  await other.stop()
})

test('a source that is removed takes its rows along', async () => {
  await removeSource(service.acl, 'timesheets')
  expect(await service.database.sql('SELECT FROM batch_rows')).toEqual([])
})
