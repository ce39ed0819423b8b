import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { jsonText, parseJson } from '../../src/model/exact-json.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, row } from '../support/timesheet-rows.ts'
import { pulling, sync } from './pulling.ts'

const LONG = 'x'.repeat(10 * 1024 * 1024)

/** Values as JSON has them. What a field may hold is accepted; all else is quarantined whole. */
const HOSTILE: readonly [name: string, json: string][] = [
  ['NUL', '"a\\u0000b"'],
  ['a lone surrogate', '"\\ud800"'],
  ['2^31', '2147483648'],
  ['2^53 + 1', '9007199254740993'],
  ['more than a double', '1e400'],
  ['−0', '-0'],
  ['NaN as text', '"NaN"'],
  ['Infinity as text', '"Infinity"'],
  ['1e3 as text', '"1e3"'],
  ['a zero date', '"0000-00-00"'],
  ['31 February', '"2026-02-31"'],
  ['a moment in a gap of summer time', '"2026-03-29T02:30:00"'],
  ['a moment that comes twice', '"2026-10-25T02:30:00+01:00[Europe/Berlin]"'],
  ['a time zone', '"Asia/Kathmandu"'],
  ['SQL', `"'; DROP TABLE activity; --"`],
  ['an object', '{"$gt":""}'],
  ['a list', '[[]]'],
  ['true', 'true'],
  ['null', 'null'],
]

const FIELDS = ['id', 'activity_date', 'duration_seconds', 'value_type', 'stereotype_id', 'user_id', 'project_id']
/** Keys may be of any text that has no control characters, and numbers; nobody is called so. */
const TAKEN = new Set(
  [
    ...[
      '2^31',
      '2^53 + 1',
      'NaN as text',
      'Infinity as text',
      '1e3 as text',
      'a zero date',
      '31 February',
      'SQL',
      '−0',
    ],
    ...['a moment in a gap of summer time', 'a moment that comes twice', 'a time zone'],
  ].map((name) => `id ${name}`),
)
for (const fine of ['duration_seconds −0', 'project_id null']) TAKEN.add(fine)

function hostileRows(): string[] {
  return FIELDS.flatMap((field) =>
    HOSTILE.map(([name, json]) => {
      const { [field]: _, ...others } = { ...row(`${field} ${name}`), project_id: 'p-1' } as Record<string, unknown>
      return `{${JSON.stringify(field)}:${json},${JSON.stringify(others).slice(1)}`
    }),
  )
}

const REPORT = 'received inserted updated unchanged quarantined superseded'
const INGEST = `mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { ${REPORT} } }`
const PROJECT =
  'mutation { upsertProjects(input: [{ source: "timesheets", externalId: "p-1", name: "Bridge" }]) { id } }'

let service: TestService | undefined

afterEach(async () => {
  await service?.stop()
  service = undefined
})

/** What waits in quarantine: rows as text, and the codes of what is wrong with them. */
async function refused({ database }: TestService): Promise<{ row: string; codes: string }[]> {
  return database.sql(
    `SELECT row, (SELECT string_agg(p ->> 'code', ',') FROM jsonb_array_elements(problems) p) AS codes FROM quarantined_row ORDER BY row_index`,
  )
}

test('whatever is sent in any field is taken, or quarantined whole with its codes; nothing fails', async () => {
  service = await testService({ quarantineLimit: 100 })
  await addPeople(service)
  await service.get(PROJECT)
  const rows = hostileRows()
  const body = `{"query":${JSON.stringify(INGEST)},"variables":{"input":{"source":"timesheets","rows":[${rows.join(',')}]}}}`
  const response = await service.server.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json' },
    payload: body,
  })
  expect(response.statusCode).toBe(200)
  const { data, errors } = response.json()
  expect(errors).toBeUndefined()
  const report = data.ingestActivities
  const kept = await refused(service)
  expect(report).toMatchObject({ received: rows.length, quarantined: kept.length, superseded: 0 })
  const fine = (await service.database.sql<{ count: number }>('SELECT count(*) AS count FROM activity'))[0]?.count
  expect(fine).toBe(TAKEN.size)
  expect(report.inserted).toBe(TAKEN.size)
  // Whole, digit by digit.
  const sent = new Set(rows.map((text) => jsonText(parseJson(text))))
  for (const { row, codes } of kept) {
    expect(sent.has(row)).toBe(true)
    expect(codes).toMatch(/^[A-Z_]+(,[A-Z_]+)*$/)
  }
})

test('texts of 10 MB in any field are quarantined, or the request is refused by its limit', async () => {
  service = await testService()
  await addPeople(service)
  for (const field of FIELDS) {
    const answer = await service.ask(INGEST, {
      input: { source: 'timesheets', rows: [row('good'), { ...row('bad'), [field]: LONG }] },
    })
    expect(answer.errors).toBeUndefined()
    expect(answer.data.ingestActivities).toMatchObject({ received: 2, quarantined: 1 })
  }
  const [{ length } = { length: 0 }] = await service.database.sql<{ length: number }>(
    `SELECT max(length(problems::text)) AS length FROM quarantined_row`,
  )
  expect(length).toBeLessThan(1_000)
  await service.stop()
  service = await testService({ limits: { MAX_BODY_BYTES: LONG.length } })
  const { errors } = await service.ask(INGEST, { input: { source: 'timesheets', rows: [row(LONG)] } })
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'MAX_BODY_BYTES' })
})

describe('a file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steelthread-hostile-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  test('of lines comes to the same as what is sent in', async () => {
    await writeFile(join(folder, 'rows.ndjson'), `${hostileRows().join('\n')}\n`)
    const files = await pulling(
      { timesheets: pathToFileURL(join(folder, 'rows.ndjson')).href },
      { quarantineLimit: 100 },
    )
    await addPeople(files)
    await files.get(PROJECT)
    const report = await sync(files)
    expect(report).toMatchObject({ received: hostileRows().length, inserted: TAKEN.size })
    expect(report.quarantined).toBe(report.received - TAKEN.size)
  })

  test('of CSV has what is no date, number or key quarantined, field by field', async () => {
    const texts = [
      'NaN',
      'Infinity',
      '-Infinity',
      '1e3',
      '0000-00-00',
      '2026-02-31',
      '2^31',
      "'; DROP TABLE activity; --",
      '\u0000',
      '💥',
    ]
    const lines = FIELDS.slice(1, 6).flatMap((field) =>
      texts.map((value, i) => {
        const cells: Record<string, unknown> = { ...row(`${field}-${i}`), [field]: value }
        return FIELDS.slice(0, 6)
          .map((name) => `"${cells[name]}"`)
          .join(',')
      }),
    )
    await writeFile(join(folder, 'rows.csv'), `${FIELDS.slice(0, 6).join(',')}\n${lines.join('\n')}\n`)
    const files = await pulling({ timesheets: pathToFileURL(join(folder, 'rows.csv')).href }, { quarantineLimit: 100 })
    await addPeople(files)
    expect(await sync(files)).toMatchObject({ received: lines.length, inserted: 0, quarantined: lines.length })
  })
})
