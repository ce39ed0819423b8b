import { execFileSync } from 'node:child_process'
import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TestService } from '../../support/service.ts'
import { addPeople, row } from '../../support/timesheet-rows.ts'
import { progressOf, pulling, SYNC, stored, sync } from '../pulling.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steelthread-files-'))
})

afterEach(() => rm(folder, { recursive: true }))

/** A service that pulls the file of this name, whose references are known. */
async function reading(name: string): Promise<TestService> {
  const service = await pulling({ timesheets: pathToFileURL(join(folder, name)).href })
  await addPeople(service)
  return service
}

const write = (name: string, content: string | Buffer) => writeFile(join(folder, name), content)

async function faultOf(service: TestService): Promise<string> {
  const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
  expect(errors).toHaveLength(1)
  expect(errors[0]?.extensions.code).toBe('SOURCE_PULL_FAILED')
  return errors[0]?.message ?? ''
}

async function quarantined(service: TestService) {
  return (await service.get('{ quarantine { nodes { row problems { code field message } } } }')).quarantine.nodes
}

const HEADER = 'id,activity_date,duration_seconds,value_type,stereotype_id,user_id'

describe('a file of CSV', () => {
  test('is read by its header, whatever stands between the fields, with quotes and a byte order mark', async () => {
    await write(
      'rows.csv',
      `\ufeff${HEADER.replaceAll(',', ';')}\r\n"a";2026-03-02;60;NVA;s-meeting;u-ann\r\n\r\n"b ""2""";2026-03-03;0;VA;"s-coding";u-ben`,
    )
    const service = await reading('rows.csv')
    expect(await sync(service)).toMatchObject({ received: 2, inserted: 2, quarantined: 0 })
    expect(await stored(service)).toEqual(['a u-ann 2026-03-02 60', 'b "2" u-ben 2026-03-03 0'])
  })

  test('is separated as its first line is', async () => {
    await write(
      'rows.csv',
      `${HEADER.replaceAll(',', ';')};note\na;2026-03-02;60;NVA;s-meeting;u-ann;"x, y"\nb;2026-03-02;7,5;NVA;s-meeting;u-ann;z\n`,
    )
    const service = await reading('rows.csv')
    expect(await sync(service)).toMatchObject({ received: 2, inserted: 1, quarantined: 1 })
    expect(await quarantined(service)).toMatchObject([
      { problems: [{ code: 'INVALID_TYPE', field: 'duration_seconds' }] },
    ])
  })

  test('may have columns without a name', async () => {
    await write('rows.csv', `${HEADER},\na,2026-03-02,60,NVA,s-meeting,u-ann,\nb,2026-03-02,-1,NVA,s-meeting,u-ann,x\n`)
    const service = await reading('rows.csv')
    expect(await sync(service)).toMatchObject({ received: 2, inserted: 1, quarantined: 1 })
    expect(await quarantined(service)).toMatchObject([{ row: { id: 'b', 'column 7': 'x' } }])
  })

  test('has lines quarantined that are too short or too long, and what is no number', async () => {
    await write(
      'rows.csv',
      `${HEADER}\na,2026-03-02,60,NVA,s-meeting\nb,2026-03-02,60,NVA,s-meeting,u-ann,more,and more\nc,2026-03-02,1e3,NVA,s-meeting,u-ann\nd,2026-03-02,,NVA,s-meeting,u-ann\n`,
    )
    const service = await reading('rows.csv')
    expect(await sync(service)).toMatchObject({ received: 4, inserted: 0, quarantined: 4 })
    expect((await quarantined(service)).map(({ problems }: { problems: object[] }) => problems)).toMatchObject([
      [{ code: 'MISSING_FIELD', field: 'user_id' }],
      [{ code: 'MALFORMED_ROW', field: null, message: 'the row has more fields than there are columns' }],
      [{ code: 'INVALID_TYPE', field: 'duration_seconds' }],
      [{ code: 'MISSING_FIELD', field: 'duration_seconds' }],
    ])
  })

  test('keeps what looks like a number as it is written', async () => {
    await write(
      'rows.csv',
      `${HEADER}\n007,2026-03-02,60,NVA,s-meeting,u-ann\n12345678901234567890,2026-03-02,61,NVA,s-meeting,u-ann\n1.50,2026-03-02,62,NVA,s-meeting,u-ann`,
    )
    const service = await reading('rows.csv')
    await sync(service)
    expect(await stored(service)).toEqual([
      '007 u-ann 2026-03-02 60',
      '1.50 u-ann 2026-03-02 62',
      '12345678901234567890 u-ann 2026-03-02 61',
    ])
  })

  test.each([
    [
      'a header that lacks a column',
      `${HEADER.replace(',user_id', '')}\na,2026-03-02,60,NVA,s-meeting`,
      /rows\.csv has no column "user_id"\. It needs id, /,
    ],
    [
      'two columns of one name',
      `${HEADER},id\na,2026-03-02,60,NVA,s-meeting,u-ann,b`,
      /can't be pulled: it has two columns "id"/,
    ],
    [
      'a quote that is never closed',
      `${HEADER}\n"a,2026-03-02,60,NVA,s-meeting,u-ann\n`,
      /can't be pulled: Quote Not Closed/,
    ],
    [
      'bytes that are no UTF-8',
      Buffer.from(`${HEADER}\n\xe9,2026-03-02,60,NVA,s-meeting,u-ann`, 'latin1'),
      /can't be pulled: it must be UTF-8/,
    ],
  ])('with %s is refused whole', async (_, content, message) => {
    await write('rows.csv', content)
    const service = await reading('rows.csv')
    expect(await faultOf(service)).toMatch(message)
    expect(await stored(service)).toEqual([])
  })
})

describe('a file of JSON', () => {
  const rows = [row('a'), row('b', { duration_seconds: 60 }), row('c [1, {"x": "]"}]')]

  test.each([
    ['rows.json', `\ufeff ${JSON.stringify(rows, null, 2)}\n`],
    ['rows.ndjson', `${rows.map((each) => JSON.stringify(each)).join('\n')}\n\n`],
    ['rows.jsonl', rows.map((each) => JSON.stringify(each)).join('\r\n')],
  ])('is read: %s', async (name, content) => {
    await write(name, content)
    const service = await reading(name)
    expect(await sync(service)).toMatchObject({ received: 3, inserted: 3 })
  })

  test('has what is no row quarantined as it is', async () => {
    await write('rows.ndjson', `${JSON.stringify(row('a'))}\n{"id": "b",\n[1]\n${JSON.stringify(row('c\u2028d'))}\n`)
    const service = await reading('rows.ndjson')
    expect(await sync(service)).toMatchObject({ received: 4, inserted: 2, quarantined: 2 })
    expect(await quarantined(service)).toEqual([
      {
        row: { '': '{"id": "b",' },
        problems: [{ code: 'MALFORMED_ROW', field: null, message: 'the row must be a JSON object, not "{"id": "b","' }],
      },
      {
        row: { '': '[1]' },
        problems: [{ code: 'MALFORMED_ROW', field: null, message: 'the row must be a JSON object, not "[1]"' }],
      },
    ])
  })

  test('keeps every digit', async () => {
    await write(
      'rows.json',
      `[${JSON.stringify(row('a', { duration_seconds: -1 })).replace('{', '{"n": 9007199254740993, ')}]`,
    )
    const service = await reading('rows.json')
    await sync(service)
    const [kept] = await service.database.sql<{ row: string }>('SELECT row::text FROM quarantined_row')
    expect(kept?.row).toContain('9007199254740993')
  })

  test.each([
    ['one object', '{"id": 1}', /it must be a list of rows/],
    ['a beginning only', '[{"id": 1}, {"id"', /it ends in the middle/],
  ])('that is %s is refused', async (_, content, message) => {
    await write('rows.json', content)
    expect(await faultOf(await reading('rows.json'))).toMatch(message)
  })
})

describe('a file that was read', () => {
  const content = (...ids: string[]) =>
    [HEADER, ...ids.map((id) => `${id},2026-03-02,60,NVA,s-meeting,u-ann`)].join('\n')

  test('is not read again while it is the same, and whole when it is another', async () => {
    await write('rows.csv', content('a', 'b'))
    const service = await reading('rows.csv')
    expect(await sync(service)).toMatchObject({ received: 2, inserted: 2 })
    expect(await sync(service)).toMatchObject({ received: 0 })
    await write('next.csv', content('a', 'b', 'c'))
    await rename(join(folder, 'next.csv'), join(folder, 'rows.csv'))
    expect(await sync(service)).toMatchObject({ received: 3, inserted: 1, unchanged: 2 })
    expect(await sync(service, { full: true })).toMatchObject({ received: 3, unchanged: 3 })
  })

  test('is refused where an older one comes in its place, unless it is said to have moved', async () => {
    await write('rows.csv', content('a', 'b'))
    const service = await reading('rows.csv')
    await sync(service)
    await write('older.csv', content('a'))
    await utimes(join(folder, 'older.csv'), 1, 1)
    await rename(join(folder, 'older.csv'), join(folder, 'rows.csv'))
    const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
    expect(errors[0]?.extensions.code).toBe('SOURCE_CHANGED')
    expect(await sync(service, { moved: true })).toMatchObject({ received: 1, unchanged: 1 })
  })
})

test.each([
  ['is not there', 'rows.csv', /can't be reached: .*ENOENT/],
  ['is of no kind that is read', 'rows.xlsx', /rows\.xlsx must be one of \.csv, \.tsv, \.ndjson, \.jsonl, \.json/],
])('a file that %s is said to be so', async (_, name, message) => {
  if (name !== 'rows.csv') await write(name, '')
  expect(await faultOf(await reading(name))).toMatch(message)
})

test('an empty file is no fault', async () => {
  await write('rows.csv', '')
  expect(await sync(await reading('rows.csv'))).toMatchObject({ received: 0, warnings: [] })
})

test('a pipe is refused, and nobody waits for who might write to it', async () => {
  execFileSync('mkfifo', [join(folder, 'rows.csv')])
  expect(await faultOf(await reading('rows.csv'))).toMatch(/rows\.csv is no file/)
})

test('how many rows there are is told, and how far it is', async () => {
  await write(
    'rows.csv',
    [HEADER, ...Array.from({ length: 5_001 }, (_, i) => `${i},2026-03-02,1,VA,s-coding,u-ann`)].join('\n'),
  )
  const service = await reading('rows.csv')
  expect(await progressOf(service)).toEqual([0, 5_000, 5_001].map((rows) => ({ rows, total: 5_001 })))
  expect(await progressOf(service)).toEqual([{ rows: 0, total: 0 }])
})
