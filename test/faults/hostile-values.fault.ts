import { addDays } from '../../src/model/calendar.ts'
import { int, pick } from '../support/random.ts'
import { addSprints } from '../support/random-writes.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, row } from '../support/timesheet-rows.ts'
import { expectCleanRun, inProcess, seeded, seen } from './kit.ts'

const TEXTS = [
  `O'Neil "the" \\ Ann`,
  'אבג עברית \u202eabc',
  '𝒜𝓃𝓃 👩‍👩‍👧‍👦 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞',
  '<img src=x onerror=alert(1)>',
  '=HYPERLINK("http://x","y")',
  'null',
  '-0',
  'ＮＵＬＬ',
  'ﬀ ẞ ı İ ſ',
  '\u200b\u200d.',
  'Robert"); DROP TABLE app_user;--',
]
/** Days on which calendars, weeks and clocks are odd. */
const DAYS = [
  '1900-01-01',
  '2200-12-31',
  '2000-02-29',
  '2028-02-29',
  '2020-12-31',
  '2021-01-01',
  '2021-01-03',
  '2026-12-31',
  '2027-01-01',
  '2026-03-29',
  '2026-10-25',
  '1970-01-01',
  '2038-01-19',
  '2011-12-30',
  '1999-12-31',
]
const REFUSED = [
  ...[
    '0000-00-00',
    '1899-12-31',
    '2201-01-01',
    '2026-02-29',
    '1582-10-10',
    '2026-3-2',
    '2026-03-02T25:00:00',
    '+275760-09-13',
  ],
  ...[20260302, Number.POSITIVE_INFINITY, Number.NaN, {}, [], true, 'now', 'epoch', 'infinity', '２０２６-０３-０２'],
]
const DURATIONS = [0, 1, 59, 86_399, 86_400]
const REFUSED_DURATIONS = [-1, 86_401, 1e21, 2 ** 53, '١٢', '1e9999', 'NaN', [60], { seconds: 60 }, -0.5]

test('hostile texts come back as they came, odd days and lengths count right, and what is impossible is quarantined whole', async () => {
  const random = seeded('hostile-values')
  const [service, clean] = [await inProcess({ quarantineLimit: 100 }), await inProcess()]
  for (const api of [service, clean]) {
    await addPeople(api)
    await addSprints(api)
    const users = TEXTS.map((name, i) => ({ source: 'timesheets', externalId: `hostile ${i} ${name}`, name }))
    const { upsertUsers } = await api.get(
      'mutation ($input: [UserInput!]!) { upsertUsers(input: $input) { externalId name } }',
      { input: users },
    )
    expect(upsertUsers.map(({ name }: { name: string }) => name)).toEqual(TEXTS.map((name) => name.trim()))
  }
  const good = Array.from({ length: 400 }, (_, i) =>
    row(`${pick(random, TEXTS)} ${i}`, {
      activity_date: random() < 0.5 ? pick(random, DAYS) : addDays(pick(random, DAYS.slice(2)), int(random, 9)),
      duration_seconds: pick(random, DURATIONS),
      user_id: pick(random, [ANN, BEN, ...TEXTS.map((name, i) => `hostile ${i} ${name}`)]),
      stereotype_id: pick(random, [CODING, MEETING]),
      value_type: pick(random, ['VA', 'NVA']),
    }),
  )
  const bad = [
    ...REFUSED.map((activity_date, i) => row(`date ${i}`, { activity_date })),
    ...REFUSED_DURATIONS.map((duration_seconds, i) => row(`duration ${i}`, { duration_seconds })),
  ]
  const mixed = [...good, ...bad].map((each) => ({ each, place: random() })).sort((a, b) => a.place - b.place)
  const report = await ingest(
    service,
    mixed.map(({ each }) => each),
  )
  expect(report).toMatchObject({ received: good.length + bad.length, inserted: good.length, quarantined: bad.length })
  await ingest(clean, good)
  const keys = await service.database.sql<{ key: string }>('SELECT external_id AS key FROM activity')
  expect(new Set(keys.map(({ key }) => key))).toEqual(new Set(good.map(({ id }) => String(id).trim())))
  await service.get('mutation { discardQuarantineWhere(filter: { source: "timesheets" }, reason: "impossible") }')
  await service.database.transaction((sql) => sql('DELETE FROM quarantined_row'))
  const rows = await expectCleanRun(service.url, service, { url: clean.url, api: clean })
  seen(
    `${TEXTS.length} texts came back as they came, ${good.length} rows on odd days counted, ${bad.length} impossible ones quarantined; ${rows} annotations equal a run without those and the oracle`,
  )
})
