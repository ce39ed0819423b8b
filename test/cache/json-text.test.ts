import pg from 'pg'
import { type JsonKind, type JsonPart, jsonTextSql } from '../../src/cache/json-text.ts'
import { freshDatabase } from '../support/databases.ts'

let client: pg.Client

beforeAll(async () => {
  const url = new URL(await freshDatabase('nothing'))
  client = new pg.Client({ connectionString: url.href })
  await client.connect()
})

afterAll(() => client.end())

/** The text that Postgres writes; a column is named by the SQL for its value. */
async function written(part: JsonPart<string>): Promise<string | null> {
  const { rows } = await client.query<{ text: string | null }>(`SELECT ${jsonTextSql(part, (sql) => sql)} AS text`)
  return rows[0]?.text ?? null
}

function value(kind: JsonKind, sql: string, nullable = false): JsonPart<string> {
  return { column: sql, kind, nullable }
}

test.each(['', 'a', '"', '\\', "'", '\b\f\n\r\t\u0001\u001f\u007f', '\u2028\u2029', 'ü 🦉 </script> $1 %s %'])(
  'text is written as JSON.stringify writes it: %j',
  async (text) => {
    expect(await written(value('text', pg.escapeLiteral(text).replace(/^ ?E?/, 'E').concat('::text')))).toBe(
      JSON.stringify(text),
    )
  },
)

test.each([0, -0, 0.1, -0.5, 1 / 3, 123_456.789, 1e-4, 999_999_999_999_999, 100, 2 ** 40, -1.0000000000000002])(
  'a float is written as JSON.stringify writes it: %d',
  async (float) => {
    expect(await written(value('float', `'${Object.is(float, -0) ? '-0' : float}'::double precision`))).toBe(
      JSON.stringify(float),
    )
  },
)

test.each(['1e-5', '1e15', '1e300', 'NaN', 'Infinity'])(
  'a float that JavaScript may write another way is not written: %s',
  async (text) => {
    expect(await written(value('float', `'${text}'::double precision`))).toBeNull()
    expect(await written(value('float', `'${text}'::double precision`, true))).toBeNull()
  },
)

test.each([
  [0, 'PT0S'],
  [59, 'PT59S'],
  [60, 'PT1M'],
  [3600, 'PT1H'],
  [3601, 'PT1H1S'],
  [86_399, 'PT23H59M59S'],
  [90_000, 'PT25H'],
])('%d seconds are the duration %s', async (seconds, duration) => {
  expect(await written(value('duration', `${seconds}`))).toBe(`"${duration}"`)
})

test('an instant is written in UTC, cut to the millisecond', async () => {
  expect(await written(value('instant', `'2026-03-02 10:00:00.1239+02'::timestamptz`))).toBe(
    '"2026-03-02T08:00:00.123Z"',
  )
})

test('what may be null is null, and what must not be makes the whole of it unwritten', async () => {
  const object = (nullable: boolean): JsonPart<string> => ({
    entries: [
      ['a', value('number', 'NULL::integer', nullable)],
      ['it', { json: `"'s"` }],
    ],
  })
  expect(await written(object(true))).toBe(`{"a":null,"it":"'s"}`)
  expect(await written(object(false))).toBeNull()
})

test('an object is null with its column', async () => {
  const object = (id: string): JsonPart<string> => ({
    entries: [['o', { entries: [['id', value('number', id)]], nullWith: id }]],
  })
  expect(await written(object('NULL::integer'))).toBe('{"o":null}')
  expect(await written(object('5'))).toBe('{"o":{"id":5}}')
})

test('an object of nothing is one', async () => {
  expect(await written({ entries: [] })).toBe('{}')
})
