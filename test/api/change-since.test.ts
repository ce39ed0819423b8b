import { setTimeout as wait } from 'node:timers/promises'
import { withCandidates, withPto } from '../support/candidates.ts'
import { int, pick, randomOf } from '../support/random.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../support/timesheet-rows.ts'

const BEFORE = 'before: { from: "2026-03-02", to: "2026-03-08" }'
const AFTER = 'after: { from: "2026-03-09", to: "2026-03-15" }'
const OLDER = 'beforeVersions: [{ stage: "nva_summary", version: 3 }]'

let service: TestService

beforeEach(async () => {
  service = await testService({ stages: withCandidates(withPto) })
  await addPeople(service)
})

afterEach(() => service.stop())

async function now(): Promise<string> {
  const [row] = await service.database.sql<{ now: Date }>(`SELECT date_trunc('milliseconds', clock_timestamp()) AS now`)
  await wait(2)
  return row?.now.toISOString() ?? ''
}

async function explain(args: string) {
  const { explainChange } = await service.get(
    `{ explainChange(${BEFORE}, ${AFTER}, ${args}) { before after change parts { kind contribution label } rest { count } } }`,
  )
  return explainChange
}

test('late, removed and edited rows are parts of their own', async () => {
  await ingest(service, [row(1), row(2, { activity_date: '2026-03-03' }), row(3, { activity_date: '2026-03-10' })])
  const told = await now()
  await ingest(service, [
    row(4, { duration_seconds: 600, activity_date: '2026-03-05' }),
    row(1, { duration_seconds: 1200 }),
  ])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["2"]) }')
  expect(await explain(`metric: NVA_SECONDS, beforeAsOf: "${told}"`)).toEqual({
    ...{ before: 7200, after: 3600, change: -3600, rest: { count: 0 } },
    parts: [
      { kind: 'REMOVED_ROWS', contribution: -3600, label: '' },
      { kind: 'EDITED_ROWS', contribution: -2400, label: '' },
      { kind: 'VOLUME', contribution: 1800, label: '' },
      { kind: 'LATE_ROWS', contribution: 600, label: '' },
    ],
  })
  expect((await explain('metric: NVA_SECONDS')).before).toBe(1800)
})

test('new logic is a part of its own', async () => {
  await ingest(service, [row(1), row(2, { stereotype_id: PTO }), row(3, { activity_date: '2026-03-10' })])
  expect(await explain(`metric: NVA_SECONDS, ${OLDER}`)).toEqual({
    ...{ before: 7200, after: 3600, change: -3600, rest: { count: 0 } },
    parts: [{ kind: 'NEW_LOGIC', contribution: -3600, label: '' }],
  })
})

test('where nothing became of the days before, nothing is added', async () => {
  await ingest(service, [row(1), row(3, { activity_date: '2026-03-10', duration_seconds: 60 })])
  const told = await now()
  const plain = await explain('metric: NVA_SECONDS')
  expect(await explain(`metric: NVA_SECONDS, beforeAsOf: "${told}", beforeVersions: []`)).toEqual(plain)
})

test.each([1, 2])(
  'all parts add up to the change exactly, whatever was edited, and by any filter (seed %s)',
  async (seed) => {
    const random = randomOf(seed)
    const rows = (count: number) =>
      Array.from({ length: count }, () =>
        row(`k${int(random, 40)}`, {
          activity_date: `2026-03-${String(2 + int(random, 14)).padStart(2, '0')}`,
          ...{ duration_seconds: int(random, 9_000), value_type: pick(random, ['VA', 'NVA']) },
          ...{ user_id: pick(random, [ANN, BEN]), stereotype_id: pick(random, [MEETING, CODING, PTO]) },
        }),
      )
    await ingest(service, rows(60))
    const told = await now()
    await ingest(service, rows(20))
    const keys = ['k1', 'k2', 'k3']
    await service.get('mutation ($keys: [String!]!) { deleteActivities(source: "timesheets", externalIds: $keys) }', {
      keys,
    })
    for (const metric of ['WASTE_RATIO', 'NVA_SECONDS']) {
      const newer = 'versions: [{ stage: "nva_summary", version: 3 }]'
      for (const args of [
        '',
        OLDER,
        newer,
        `${newer}, by: [USER]`,
        'filter: { stereotypeCodes: ["MEETING"] }',
        'by: [USER, STEREOTYPE]',
      ]) {
        const { before, after, change, parts, rest } = await explain(
          `metric: ${metric}, first: 1000, beforeAsOf: "${told}", ${args}`,
        )
        expect(rest.count).toBe(0)
        expect(after - before).toBe(change)
        const sum = parts.reduce((all: number, { contribution }: { contribution: number }) => all + contribution, 0)
        expect(sum).toBe(change)
      }
    }
  },
)

test('a moment that is refused is named as it was given', async () => {
  const { errors } = await service.ask(
    `{ explainChange(${BEFORE}, ${AFTER}, beforeAsOf: "2999-01-01T00:00:00Z") { change } }`,
  )
  expect(errors).toMatchObject([
    { message: expect.stringMatching(/^beforeAsOf /), extensions: { code: 'BAD_USER_INPUT', argument: 'beforeAsOf' } },
  ])
})
