import { int, pick, randomOf } from '../support/random.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../support/timesheet-rows.ts'

const BEFORE = 'before: { from: "2026-03-02", to: "2026-03-08" }'
const AFTER = 'after: { from: "2026-03-09", to: "2026-03-15" }'
const PART =
  'kind contribution label stereotypeCode user { name } teams { name } project { name } before { nvaSeconds totalSeconds wasteRatio share } after { nvaSeconds totalSeconds wasteRatio share }'

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
})

afterEach(() => service.stop())

async function explain(args: string, fields = PART) {
  const { explainChange } = await service.get(
    `{ explainChange(${BEFORE}, ${AFTER}${args}) { metric before after change parts { ${fields} } rest { count contribution } } }`,
  )
  return explainChange
}

test('a change is taken apart by group and by kind of cause, the largest first', async () => {
  await ingest(service, [
    row(1, { duration_seconds: 3000 }),
    row(2, { duration_seconds: 9000, stereotype_id: CODING, value_type: 'VA' }),
    row(3, { duration_seconds: 9000, activity_date: '2026-03-09' }),
    row(4, { duration_seconds: 3000, stereotype_id: CODING, value_type: 'VA', activity_date: '2026-03-09' }),
    row(5, { duration_seconds: 8000, stereotype_id: PTO, activity_date: '2026-03-10' }),
  ])
  expect(await explain('')).toEqual({
    ...{ metric: 'WASTE_RATIO', before: 0.25, after: 0.75, change: 0.5 },
    parts: [
      {
        ...{
          kind: 'MIX',
          contribution: 0.25,
          label: 'meeting',
          stereotypeCode: 'meeting',
          user: null,
          teams: [],
          project: null,
        },
        before: { nvaSeconds: 3000, totalSeconds: 3000, wasteRatio: 1, share: 0.25 },
        after: { nvaSeconds: 9000, totalSeconds: 9000, wasteRatio: 1, share: 0.75 },
      },
      {
        ...{
          kind: 'MIX',
          contribution: 0.25,
          label: 'coding',
          stereotypeCode: 'coding',
          user: null,
          teams: [],
          project: null,
        },
        before: { nvaSeconds: 0, totalSeconds: 9000, wasteRatio: 0, share: 0.75 },
        after: { nvaSeconds: 0, totalSeconds: 3000, wasteRatio: 0, share: 0.25 },
      },
    ],
    rest: { count: 0, contribution: 0 },
  })
  const seconds = await explain(', metric: NVA_SECONDS, first: 1')
  expect([seconds.before, seconds.after, seconds.change, seconds.parts.length]).toEqual([3000, 9000, 6000, 1])
  expect(seconds.parts[0].contribution + seconds.rest.contribution).toBe(6000)
})

test('lines and the rest add up to the change exactly, however it is taken apart', async () => {
  const random = randomOf(5)
  const { upsertTeams } = await service.get(`mutation { upsertTeams(input: [{ name: "T" }, { name: "U" }]) { id } }`)
  expect(upsertTeams).toHaveLength(2)
  const { users } = await service.get('{ users { nodes { id } } }')
  await service.get('mutation ($teams: [TeamInput!]!) { upsertTeams(input: $teams) { id } }', {
    teams: ['T', 'U'].map((name) => ({ name, members: [{ userId: users.nodes[0].id, from: '2026-03-05' }] })),
  })
  await ingest(
    service,
    Array.from({ length: 60 }, (_, i) =>
      row(i, {
        activity_date: `2026-03-${String(2 + int(random, 14)).padStart(2, '0')}`,
        duration_seconds: int(random, 20_000),
        stereotype_id: pick(random, [MEETING, CODING, PTO]),
        value_type: pick(random, ['VA', 'NVA']),
        user_id: pick(random, [ANN, BEN]),
      }),
    ),
  )
  const { data } = await service.ask(
    `{ a: waste(from: "2026-03-02", to: "2026-03-08") { nodes { nvaSeconds wasteRatio } } b: waste(from: "2026-03-09", to: "2026-03-15") { nodes { nvaSeconds wasteRatio } } }`,
  )
  for (const metric of ['WASTE_RATIO', 'NVA_SECONDS']) {
    for (const by of ['[]', '[STEREOTYPE]', '[USER]', '[TEAM]', '[PROJECT]', '[STEREOTYPE, USER, TEAM, PROJECT]']) {
      for (const first of [0, 1, 3, 1000]) {
        const { before, after, change, parts, rest } = await explain(`, metric: ${metric}, by: ${by}, first: ${first}`)
        const sum = parts.reduce((all: number, { contribution }: { contribution: number }) => all + contribution, 0)
        expect({ metric, by, first, sum: sum + rest.contribution, moved: after - before }).toEqual({
          metric,
          by,
          first,
          sum: change,
          moved: change,
        })
        expect(parts.length).toBeLessThanOrEqual(first)
        const [a, b] = [data.a.nodes[0], data.b.nodes[0]].map((each) =>
          metric === 'NVA_SECONDS' ? each.nvaSeconds : each.wasteRatio,
        )
        expect(before).toBeCloseTo(a, 10)
        expect(after).toBeCloseTo(b, 10)
      }
    }
  }
  const teams = await explain(', by: [TEAM]')
  expect(new Set(teams.parts.map(({ label }: { label: string }) => label))).toEqual(new Set(['T + U', 'no team']))
})

test('it says how fresh it is, and takes what is stored if asked to', async () => {
  await ingest(service, [row(1), row(2, { activity_date: '2026-03-09', value_type: 'VA' })])
  const ask = async (mode: string) =>
    (
      await service.get(
        `{ explainChange(${BEFORE}, ${AFTER}${mode}) { before after freshness { status causes { kind stage userDays } } } }`,
      )
    ).explainChange
  expect(await ask(', freshness: CACHED')).toMatchObject({ before: null, after: null, freshness: { status: 'STALE' } })
  const seconds = ', metric: NVA_SECONDS, freshness: CACHED'
  expect(await explain(seconds)).toMatchObject({ before: null, after: null, change: null, parts: [] })
  await service.get('{ nvaSummary(from: "2026-03-02", to: "2026-03-08") { totalSum } }')
  expect(await explain(`${seconds}, by: []`)).toMatchObject({ before: 3600, after: null, change: null, parts: [] })
  expect(await ask('')).toEqual({ before: 1, after: 0, freshness: { status: 'FRESH', causes: [] } })
})

test('what is wrong is named', async () => {
  const wrong: [string, string][] = [
    [`before: { from: "2026-03-02", to: "2026-03-01" }, ${AFTER}`, 'before'],
    [`${BEFORE}, ${AFTER}, first: 1001`, 'first'],
    [`${BEFORE}, ${AFTER}, by: [MOON]`, 'by'],
    [`${BEFORE}, ${AFTER}, filter: { userIds: ["x"] }`, 'userIds'],
  ]
  for (const [args, argument] of wrong) {
    const { errors } = await service.ask(`{ explainChange(${args}) { change } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument } }])
  }
})
