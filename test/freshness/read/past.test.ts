import { setTimeout as wait } from 'node:timers/promises'
import { withCandidates, withPto } from '../../support/candidates.ts'
import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

let service: TestService
let ids: Record<string, string>

beforeEach(async () => {
  service = await testService({ stages: withCandidates(withPto), today: () => '2026-06-01' })
  ids = await addPeople(service)
})

afterEach(() => service.stop())

/** The moment in which all is as it is now. */
async function now(): Promise<string> {
  // Rounded up, as times of changes are: a change of the same millisecond came before it.
  const [row] = await service.database.sql<{ now: Date }>(
    `SELECT date_trunc('milliseconds', clock_timestamp() + interval '999 microseconds') AS now`,
  )
  await wait(2)
  return row?.now.toISOString() ?? ''
}

async function nva(asOf?: string, more = ''): Promise<number> {
  const { nvaSummaryTotals } = await service.get(
    `query ($asOf: DateTime) { nvaSummaryTotals(${MARCH}, groupBy: [], asOf: $asOf ${more}) { nvaSeconds } }`,
    { asOf: asOf ?? null },
  )
  return nvaSummaryTotals[0]?.nvaSeconds ?? 0
}

describe('a past', () => {
  let [first, second] = ['', '']

  /** An hour of Ann's; then it is half an hour and of another day, and there is one of Ben's; then Ann's is deleted. */
  beforeEach(async () => {
    await ingest(service, [row(1)])
    first = await now()
    await ingest(service, [row(1, { duration_seconds: 1800, activity_date: '2026-03-03' }), row(2, { user_id: BEN })])
    second = await now()
    await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1"]) }')
  })

  test('is answered as it was, by whatever way it is asked for', async () => {
    expect([await nva(first), await nva(second), await nva()]).toEqual([3600, 5400, 3600])
    const asked = (
      asOf: string,
    ) => `nvaSummaries(${MARCH}, asOf: "${asOf}") { totalCount nodes { date user { name } totalSeconds
        freshness { status } provenance { isExact activities { totalCount nodes { activity { externalId durationSeconds } contribution { totalSeconds } } } } } }
      wasteTrends(${MARCH}, asOf: "${asOf}") { wasteRatio user { name } }
      wasteByStereotype(${MARCH}, asOf: "${asOf}") { stereotype { code } totalSeconds activityCount }
      waste(${MARCH}, groupBy: [USER], asOf: "${asOf}") { nodes { user { name } totalSeconds provenance { activities { totalCount } } } }
      activities(asOf: "${asOf}") { totalCount nodes { externalId date nvaSummary { totalSeconds } wasteTrend { wasteRatio } timeSplit { totalSeconds } } }`
    const then = await service.get(`{ ${asked(first)} }`)
    expect(then).toEqual({
      nvaSummaries: {
        totalCount: 1,
        nodes: [
          {
            ...{ date: '2026-03-02', user: { name: 'Ann' }, totalSeconds: 3600, freshness: { status: 'FRESH' } },
            provenance: {
              isExact: true,
              activities: {
                totalCount: 1,
                nodes: [{ activity: { externalId: '1', durationSeconds: 3600 }, contribution: { totalSeconds: 3600 } }],
              },
            },
          },
        ],
      },
      wasteTrends: [{ wasteRatio: 1, user: { name: 'Ann' } }],
      wasteByStereotype: [{ stereotype: { code: 'meeting' }, totalSeconds: 3600, activityCount: 1 }],
      waste: { nodes: [{ user: { name: 'Ann' }, totalSeconds: 3600, provenance: { activities: { totalCount: 1 } } }] },
      activities: {
        totalCount: 1,
        nodes: [
          {
            ...{ externalId: '1', date: '2026-03-02', nvaSummary: { totalSeconds: 3600 } },
            ...{ wasteTrend: { wasteRatio: 1 }, timeSplit: { totalSeconds: 3600 } },
          },
        ],
      },
    })
    const later = await service.get(`{ ${asked(second)} }`)
    expect(later.activities.nodes).toMatchObject([
      { externalId: '1', date: '2026-03-03', nvaSummary: { totalSeconds: 1800 } },
      { externalId: '2', date: '2026-03-02', nvaSummary: { totalSeconds: 3600 } },
    ])
    expect(later.waste.nodes).toMatchObject([{ user: { name: 'Ben' } }, { user: { name: 'Ann' }, totalSeconds: 1800 }])
  })

  test('stands beside now in one answer, each of its own moment', async () => {
    const { then, now, data } =
      await service.get(`{ then: nvaSummaryTotals(${MARCH}, groupBy: [], asOf: "${second}") { nvaSeconds }
      now: nvaSummaryTotals(${MARCH}, groupBy: []) { nvaSeconds } data: activities(asOf: "${first}") { totalCount } }`)
    expect([then, now, data]).toEqual([[{ nvaSeconds: 5400 }], [{ nvaSeconds: 3600 }], { totalCount: 1 }])
  })

  test('is answered by the logic that is asked for', async () => {
    await ingest(service, [row(3, { stereotype_id: PTO })])
    const third = await now()
    await ingest(service, [row(3, { stereotype_id: MEETING, value_type: 'VA' })])
    expect([await nva(third), await nva(third, ', versions: [{ stage: "nva_summary", version: 3 }]')]).toEqual([
      3600, 7200,
    ])
  })

  test('says in its receipt what was computed for it, and stores nothing', async () => {
    const { extensions } = await service.ask(`{ nvaSummaryTotals(${MARCH}, asOf: "${second}") { nvaSeconds } }`)
    expect(extensions?.receipt).toMatchObject({ recomputed: 4 })
    const [stored] = await service.database.sql('SELECT count(*) AS count FROM nva_summary')
    expect(stored).toEqual({ count: 0 })
    const [temporary] = await service.database.sql(`SELECT count(*) AS count FROM pg_class WHERE relpersistence = 't'`)
    expect(temporary).toEqual({ count: 0 })
  })

  test('has the codes that stereotypes had', async () => {
    await service.get(
      `mutation { upsertStereotypes(input: [{ source: "timesheets", externalId: "${MEETING}", code: "pto", name: "Meeting" }]) { id } }`,
    )
    const renamed = await now()
    expect([await nva(second), await nva(renamed), await nva()]).toEqual([5400, 0, 0])
  })

  test.each([
    ['2999-01-01T00:00:00Z', 'must not lie ahead'],
    ['2020-01-01T00:00:00Z', 'must not be before'],
  ])('of %s is refused', async (asOf, message) => {
    for (const field of [
      `nvaSummaryTotals(${MARCH}, asOf: "${asOf}") { nvaSeconds }`,
      `activities(asOf: "${asOf}") { totalCount }`,
      `waste(${MARCH}, asOf: "${asOf}") { totalCount }`,
      `wasteByStereotype(${MARCH}, asOf: "${asOf}") { totalSeconds }`,
      `wasteTrends(${MARCH}, asOf: "${asOf}") { wasteRatio }`,
    ]) {
      const { errors } = await service.ask(`{ ${field} }`)
      expect(errors).toMatchObject([
        { message: expect.stringContaining(message), extensions: { code: 'BAD_USER_INPUT', argument: 'asOf' } },
      ])
    }
  })

  test('names the oldest moment that can be asked for, and answers that', async () => {
    const { errors } = await service.ask('{ activities(asOf: "2020-01-01T00:00:00Z") { totalCount } }')
    const oldest = String(errors?.[0]?.extensions.oldest)
    expect(
      (await service.get(`{ activities(asOf: "${oldest}") { totalCount } }`)).activities.totalCount,
    ).toBeGreaterThanOrEqual(0)
    const before = new Date(Date.parse(oldest) - 1).toISOString()
    expect((await service.ask(`{ activities(asOf: "${before}") { totalCount } }`)).errors).toHaveLength(1)
  })
})

test('a past may not be larger than a request may look at', async () => {
  const tight = await testService({
    url: service.url,
    stages: withCandidates(withPto),
    limits: { MAX_QUERY_PAST_DAYS: 3 },
  })
  await ingest(
    service,
    [1, 2, 3, 4].map((day) => row(day, { activity_date: `2026-03-0${day}` })),
  )
  const asOf = await now()
  const ask = (to: string) =>
    tight.ask(`{ nvaSummaryTotals(from: "2026-03-01", to: "${to}", asOf: "${asOf}") { nvaSeconds } }`)
  expect((await ask('2026-03-03')).errors).toBeUndefined()
  expect((await ask('2026-03-04')).errors).toMatchObject([
    { extensions: { code: 'LIMIT_EXCEEDED', limit: 'MAX_QUERY_PAST_DAYS', allowed: 3, asked: 4 } },
  ])
  await tight.stop()
})

test('days that several stages of a past need count once against what may be looked at', async () => {
  const tight = await testService({
    url: service.url,
    stages: withCandidates(withPto),
    limits: { MAX_QUERY_PAST_DAYS: 60 },
  })
  const days = Array.from({ length: 50 }, (_, i) => new Date(Date.UTC(2026, 1, 4 + i)).toISOString().slice(0, 10))
  await ingest(
    service,
    days.map((day) => row(day, { activity_date: day })),
  )
  const asOf = await now()
  const page = (more: string) =>
    `activities(first: 40, orderBy: DATE_ASC ${more}) { nodes { externalId nvaSummary { totalSeconds } monthSummary { totalSeconds } } }`
  expect(await tight.get(`{ ${page(`, asOf: "${asOf}"`)} }`)).toEqual(await tight.get(`{ ${page('')} }`))
  await tight.stop()
})

test('what was done for a project that was deleted since is of none in the past', async () => {
  const { upsertProjects } = await service.get(
    'mutation { upsertProjects(input: [{ source: "timesheets", externalId: "p", name: "P" }]) { id } }',
  )
  const project = (id: string | null) => row(1, { project_id: id } as object)
  await ingest(service, [project('p'), row(2)])
  const asOf = await now()
  await ingest(service, [project(null)])
  await service.get('mutation ($ids: [ID!]!) { deleteProjects(ids: $ids) }', { ids: [upsertProjects[0].id] })
  const { waste } = await service.get(
    `{ waste(${MARCH}, groupBy: [PROJECT], asOf: "${asOf}") { nodes { project { name } totalSeconds } } }`,
  )
  expect(waste.nodes).toEqual([{ project: null, totalSeconds: 7200 }])
})

test('a past that was asked for twice answers the same, whatever happened between', async () => {
  const users = [ANN, BEN]
  const kinds = [MEETING, CODING, PTO]
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  let seed = 7
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed / 2_147_483_648
  }
  const change = async () => {
    const keys = Array.from({ length: 1 + Math.floor(random() * 3) }, () => `k${Math.floor(random() * 12)}`)
    if (random() < 0.2) {
      await service.get('mutation ($keys: [String!]!) { deleteActivities(source: "timesheets", externalIds: $keys) }', {
        keys,
      })
    } else if (random() < 0.1) {
      const [externalId, code] = [pick(kinds), pick(['meeting', 'coding', 'pto'])]
      await service.get(
        `mutation { upsertStereotypes(input: [{ source: "timesheets", externalId: "${externalId}", code: "${code}", name: "x" }]) { id } }`,
      )
    } else {
      await ingest(
        service,
        keys.map((key) =>
          row(key, {
            activity_date: `2026-03-${String(2 + Math.floor(random() * 20)).padStart(2, '0')}`,
            ...{ duration_seconds: 60 * Math.floor(random() * 60), user_id: pick(users), stereotype_id: pick(kinds) },
            value_type: pick(['VA', 'NVA']),
          }),
        ),
      )
    }
  }
  const read = (asOf: string | null) =>
    service.get(
      `query ($asOf: DateTime) {
        nvaSummaryTotals(${MARCH}, asOf: $asOf) { user { name } nvaSeconds vaSeconds totalSeconds }
        wasteTrends(${MARCH}, asOf: $asOf) { weekStart wasteRatio user { id } }
        wasteByStereotype(${MARCH}, asOf: $asOf) { stereotype { id code } nvaSeconds activityCount }
        waste(${MARCH}, groupBy: [USER, STEREOTYPE], asOf: $asOf) { nodes { user { id } stereotypeCode nvaSeconds } }
        activities(first: 50, asOf: $asOf) { nodes { externalId date durationSeconds type nvaSummary { totalSeconds } } }
      }`,
      { asOf },
    )
  await ingest(service, [row('k0')])
  // Days that there were once have sums of nothing now; a past knows nothing of them.
  const plain = (answer: Awaited<ReturnType<typeof read>>) => ({
    ...answer,
    nvaSummaryTotals: answer.nvaSummaryTotals.filter(({ totalSeconds }: { totalSeconds: number }) => totalSeconds > 0),
  })
  const seen: { asOf: string; answer: unknown }[] = []
  for (let step = 0; step < 300; step++) {
    await change()
    const asOf = await now()
    // Reading each time takes long; what a past is held against is read of that very moment.
    if (step % 6 === 0) seen.push({ asOf, answer: plain(await read(null)) })
  }
  for (const { asOf, answer } of seen) expect(plain(await read(asOf))).toEqual(answer)
  expect(ids[ANN]).toBeDefined()
}, 240_000)
