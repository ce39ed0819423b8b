import { type Answer, type TestService, testService } from '../support/service.ts'
import { addPeople, row } from '../support/timesheet-rows.ts'
import { pulling, SYNC, stored, sync } from './pulling.ts'
import { entries, inSource, sourceDatabase } from './source-database.ts'

async function faultOf(service: TestService): Promise<NonNullable<Answer['errors']>[number]> {
  const { errors = [] } = await service.ask(SYNC, { name: 'timesheets' })
  expect(errors).toHaveLength(1)
  return errors[0] ?? { message: '', extensions: { code: '' } }
}

describe('a source that has changed its shape is not pulled: its report names', () => {
  test.each([
    [
      'a column that has another name, and what there is instead',
      'ALTER TABLE time_entries RENAME duration_seconds TO seconds',
      'Source "timesheets": time_entries has no column "duration_seconds". It needs id, activity_date, duration_seconds, ' +
        'value_type, stereotype_id, user_id. Instead it has "seconds", "updated_at". Nothing was pulled.',
      { table: 'time_entries', missingColumns: ['duration_seconds'] },
    ],
    [
      'a column that has another type',
      'ALTER TABLE time_entries ALTER duration_seconds TYPE text USING duration_seconds::text',
      'Source "timesheets": "duration_seconds" of time_entries must be a number, and is a text. Nothing was pulled.',
      { table: 'time_entries', column: 'duration_seconds', type: 'text' },
    ],
    [
      'a day that became a moment',
      'ALTER TABLE time_entries ALTER activity_date TYPE timestamptz USING activity_date::timestamptz',
      'Source "timesheets": "activity_date" of time_entries must be a date or a text, and is a moment. Nothing was pulled.',
      { column: 'activity_date', type: 'moment' },
    ],
  ])('%s', async (_, change, message, details) => {
    const url = await sourceDatabase(entries(3, 'a', '2026-03-02 10:00Z'))
    const service = await pulling({ timesheets: url })
    await sync(service)
    await inSource(url, change, `UPDATE time_entries SET user_id = 2`)
    expect(await faultOf(service)).toMatchObject({ message, extensions: { code: 'SOURCE_PULL_FAILED', ...details } })
    expect(await stored(service)).toEqual(['a00001 1 2026-03-02 1', 'a00002 1 2026-03-02 2', 'a00003 1 2026-03-02 3'])
    const { sources } = await service.get('{ sources { error } }')
    expect(sources).toEqual([{ error: message }])
  })

  test('nothing where a column is new', async () => {
    const url = await sourceDatabase(entries(3, 'a', '2026-03-02 10:00Z'), 'ALTER TABLE time_entries ADD mood jsonb')
    expect(await sync(await pulling({ timesheets: url }))).toMatchObject({ inserted: 3 })
  })
})

describe('a page of many rows', () => {
  const bad = (count: number) => `UPDATE time_entries SET duration_seconds = -1 WHERE right(id, 5)::integer <= ${count}`

  test('is refused whole where more than a fifth of it is bad, and pulled once that is mended', async () => {
    const url = await sourceDatabase(entries(100, 'a', '2026-03-02 10:00Z'), bad(21))
    const service = await pulling({ timesheets: url })
    expect(await faultOf(service)).toMatchObject({
      message:
        '21 of 100 rows of source "timesheets" are bad, more than 20 % (QUARANTINE_LIMIT), the first as duration_seconds must be a whole ' +
        'number of seconds from 0 to 86400, not -1. Rather the source has changed: none of them was written.',
      extensions: {
        code: 'TOO_MANY_BAD_ROWS',
        source: 'timesheets',
        rows: 100,
        bad: 21,
        limit: 20,
        countsByCode: { DURATION_OUT_OF_RANGE: 21 },
      },
    })
    expect(await stored(service)).toEqual([])
    const { quarantine } = await service.get('{ quarantine { nodes { id } } }')
    expect(quarantine.nodes).toEqual([])
    await inSource(url, `UPDATE time_entries SET duration_seconds = 1 WHERE duration_seconds < 0`)
    expect(await sync(service)).toMatchObject({ inserted: 100 })
  })

  test.each([
    ['a fifth of it is bad', bad(20), {}, { inserted: 80, quarantined: 20 }],
    ['it may all be bad', bad(100), { quarantineLimit: 100 }, { inserted: 0, quarantined: 100 }],
    ['its people are not known yet', 'UPDATE time_entries SET user_id = 9', {}, { inserted: 0, quarantined: 100 }],
    [
      'it is of few rows',
      `DELETE FROM time_entries WHERE id = 'a00100'; ${bad(99)}`,
      {},
      { inserted: 0, quarantined: 99 },
    ],
  ])('is taken where %s', async (_, change, options, counts) => {
    const url = await sourceDatabase(entries(100, 'a', '2026-03-02 10:00Z'), change)
    expect(await sync(await pulling({ timesheets: url }, options))).toMatchObject(counts)
  })
})

test('rows that are sent in are refused likewise, and nothing of them is kept', async () => {
  const service = await testService()
  try {
    await addPeople(service)
    const rows = Array.from({ length: 100 }, (_, i) => row(i, i < 21 ? { duration_seconds: '1h' } : {}))
    const { errors } = await service.ask(
      'mutation ($rows: [JSONObject!]!) { ingestActivities(input: { source: "timesheets", rows: $rows }) { id } }',
      { rows },
    )
    expect(errors).toMatchObject([{ extensions: { code: 'TOO_MANY_BAD_ROWS', countsByCode: { INVALID_TYPE: 21 } } }])
    const { ingestBatches, quarantine } = await service.get(
      '{ ingestBatches { nodes { id } } quarantine { nodes { id } } }',
    )
    expect([ingestBatches.nodes, quarantine.nodes]).toEqual([[], []])
  } finally {
    await service.stop()
  }
})
