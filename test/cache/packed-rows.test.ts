import { type CameRow, packKeys, packPage, packRows, unpackKeys, unpackRows } from '../../src/cache/packed-rows.ts'
import { jsonText, parseJson } from '../../src/model/exact-json.ts'
import type { SourceRow } from '../../src/model/source-row.ts'

function came(row: SourceRow | null, other: Partial<CameRow> = {}): CameRow {
  return { row, changedAt: null, key: null, ...other }
}

function rows(json: string): CameRow[] {
  return (parseJson(json) as SourceRow[]).map((row) => came(row))
}

async function back(given: readonly CameRow[]): Promise<CameRow[]> {
  const pages = await packRows(given)
  return (await Promise.all(pages.map((page) => unpackRows(page.rows)))).flat()
}

test.each([
  ['of one shape', '[{"id":1,"note":"a"},{"id":2,"note":null}]'],
  ['of several shapes', '[{"id":1},{"note":"a","id":2},{}]'],
  ['with columns in another order', '[{"a":1,"b":2},{"b":2,"a":1}]'],
  ['with more digits than a number holds', '[{"id":12345678901234567890.10},{"id":1e400}]'],
  ['with what is nested', '[{"a":{"b":[1,{"c":2}]}},{"a":[]}]'],
  ['with a column that is none in JavaScript', '[{"__proto__":1,"a":2}]'],
  ['with columns that are numbers', '[{"1":"a","0":"b"}]'],
  ['with an empty name', '[{"":"no row"}]'],
])('rows %s come back as they were', async (_, json) => {
  const given = rows(json)
  expect(jsonText((await back(given)).map(({ row }) => row))).toBe(jsonText(given.map(({ row }) => row)))
})

test('times of change and keys come back with their rows, and rows of nobody as such', async () => {
  const given = [
    came({ id: 1 }, { changedAt: '-infinity', key: 'k' }),
    came(null),
    came({ id: 2 }, { changedAt: '2026-03-02 10:00:00.123456' }),
  ]
  expect(await back(given)).toEqual(given)
})

test('a page holds 1,000 rows, and fewer where they are large', async () => {
  const small = Array.from({ length: 2_001 }, (_, id) => came({ id }))
  expect((await packRows(small)).map(({ rowCount }) => rowCount)).toEqual([1_000, 1_000, 1])
  const large = Array.from({ length: 8 }, (_, id) => came({ id, text: 'x'.repeat(500_000) }))
  const pages = await packRows(large)
  expect(pages.map(({ rowCount }) => rowCount)).toEqual([4, 4])
  expect(pages[0]?.jsonBytes).toBeGreaterThan(2_000_000)
  expect(pages[0]?.rows.length).toBeLessThan(20_000)
  expect((await packPage(large)).rowCount).toBe(8)
})

test('keys come back', async () => {
  const { rows, rowCount } = await packKeys(['a', 'ü'])
  expect([rowCount, await unpackKeys(rows)]).toEqual([2, ['a', 'ü']])
})
