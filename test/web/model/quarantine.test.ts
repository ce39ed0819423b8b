import { ProblemCode } from '../../../src/model/problem.ts'
import { choosing, daily, deskOf, deskWords, PROBLEMS, replayWords } from '../../../src/web/model/quarantine.ts'

const BATCH = '01a22191-29fa-72cc-9220-6395cef8d625'
const ask = (text: string) => deskOf(new URLSearchParams(text))

test.each([
  ['', { status: 'OPEN', days: 30 }],
  [
    'source=demo&code=UNKNOWN_USER&field=user_id&status=DISCARDED&days=90',
    { source: 'demo', code: 'UNKNOWN_USER', field: 'user_id', status: 'DISCARDED', days: 90 },
  ],
  [`batch=${BATCH}&days=7`, { batch: BATCH, status: 'OPEN', days: 30 }],
  ['source=&code=&status=', { status: 'OPEN', days: 30 }],
])('%p asks for rows', (text, desk) => {
  expect(ask(text)).toEqual({ desk, ignored: [] })
})

test.each([
  ['code=NONSENSE', [{ key: 'code', value: 'NONSENSE' }]],
  ['code=constructor', [{ key: 'code', value: 'constructor' }]],
  [
    'batch=nonsense&status=open',
    [
      { key: 'batch', value: 'nonsense' },
      { key: 'status', value: 'open' },
    ],
  ],
])('%p means nothing: it is left out, and told', (text, ignored) => {
  expect(ask(text)).toEqual({ desk: { status: 'OPEN', days: 30 }, ignored })
})

test('every problem has a name and an advice', () => {
  expect(Object.keys(PROBLEMS).sort()).toEqual(Object.keys(ProblemCode).sort())
})

test('another choice begins at its first page', () => {
  expect(choosing({ code: 'TOO_DEEP' })).toEqual({ after: null, before: null, code: 'TOO_DEEP' })
})

test.each([
  ['', undefined],
  ['source=demo', 'Rows of demo'],
  [`batch=${BATCH}&source=demo`, 'Rows of demo, refused by batch …f8d625'],
  ['code=UNKNOWN_USER&field=user_id&source=demo', 'Unknown person in user_id, of demo'],
  ['field=user_id', 'Problems in user_id'],
  [`code=TOO_DEEP&batch=${BATCH}`, 'Nested too deep, refused by batch …f8d625'],
])('%p is called', (text, words) => {
  expect(deskWords(ask(text).desk)).toBe(words)
})

test('problems are counted by day, those of before left out, days without any kept', () => {
  const groups = [
    {
      code: 'A',
      days: [
        { date: '2026-02-01', count: 9 },
        { date: '2026-02-27', count: 1 },
        { date: '2026-03-01', count: 2 },
      ],
    },
    { code: 'B', days: [{ date: '2026-03-01', count: 4 }] },
  ]
  expect(daily(groups, '2026-03-01', 3, ({ code }) => code === 'B')).toEqual([
    { date: '2026-02-27', chosen: 0, others: 1 },
    { date: '2026-02-28', chosen: 0, others: 0 },
    { date: '2026-03-01', chosen: 4, others: 2 },
  ])
  expect(daily(groups, '2026-03-01', 1)).toEqual([{ date: '2026-03-01', chosen: 6, others: 0 }])
})

const NONE = { received: 0, inserted: 0, updated: 0, unchanged: 0, quarantined: 0, superseded: 0 }

test.each([
  [{ ...NONE, received: 2, quarantined: 2 }, true, 'Of 2 rows none would be released, and 2 would stay.'],
  [{ ...NONE, received: 1, inserted: 1 }, false, 'Of 1 row 1 was released (1 new activity), and none stay.'],
  [
    { received: 9, inserted: 3, updated: 1, unchanged: 1, quarantined: 1, superseded: 2 },
    false,
    'Of 9 rows 8 were released (3 new activities, 1 changed activity, 1 stored like that already, 2 that give way to a newer version), and 1 stays.',
  ],
])('what becomes of replayed rows is said', (outcome, isRehearsal, words) => {
  expect(replayWords(outcome, isRehearsal)).toBe(words)
})
