import { type TestService, testService } from '../support/service.ts'
import { addPeople, BEN, CODING, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const DAY = 'from: "2026-03-02", to: "2026-03-02"'
const WEEK = 'from: "2026-03-02", to: "2026-03-08"'
const FRESHNESS =
  'freshness { status verifiedAt causes { kind stage detail userDays } sourceSeenAt sourceSeenSecondsAgo }'

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
})

afterEach(() => service.stop())

/** Computes what is asked for, and then changes the activity that it is made of. */
async function outdate(query: string): Promise<void> {
  await ingest(service, [row(1)])
  await service.get(query)
  await ingest(service, [row(1, { duration_seconds: 60 })])
}

const first = (mode = '') =>
  `{ activities { nodes { externalId nvaSummary${mode} { totalSum } timeSplit${mode} { totalSeconds } } } }`
const total = (mode = '') => `{ nvaSummary(${DAY}${mode}) { user { name } totalSum } }`
const CACHED = '(freshness: CACHED)'

describe('under CACHED what is stored is shown, at once', () => {
  test('on activities: null where nothing is, and old numbers where those are old', async () => {
    await ingest(service, [row(1)])
    const none = { activities: { nodes: [{ externalId: '1', nvaSummary: null, timeSplit: null }] } }
    expect(await service.ask(first(CACHED))).toEqual({
      data: none,
      extensions: { receipt: { checked: 2, recomputed: 0, unchanged: 0, verified: 0 } },
    })
    await service.get(first())
    await ingest(service, [row(1, { duration_seconds: 60 })])
    const [node] = (await service.get(first(CACHED))).activities.nodes
    expect(node).toEqual({ externalId: '1', nvaSummary: { totalSum: 3600 }, timeSplit: { totalSeconds: 3600 } })
    expect((await service.get(first())).activities.nodes[0].nvaSummary).toEqual({ totalSum: 60 })
  })

  test('in lists, which leave out what is not stored', async () => {
    await ingest(service, [row(1), row(2, { activity_date: '2026-03-03' })])
    const list = (mode = '') =>
      service.get(
        `{ users { nodes { nvaSummaries(${WEEK}${mode}) { date } } } nvaSummaries(${WEEK}${mode}) { totalCount nodes { date } } }`,
      )
    const stored = async () => {
      const { users, nvaSummaries } = await list(', freshness: CACHED')
      return [users.nodes[0].nvaSummaries.length, nvaSummaries.nodes.length, nvaSummaries.totalCount]
    }
    expect(await stored()).toEqual([0, 0, 0])
    await service.get(total())
    expect(await stored()).toEqual([1, 1, 1])
    await list()
    expect(await stored()).toEqual([2, 2, 2])
  })

  test('in sums: null where nothing of a group is stored, and nothing is lacking silently', async () => {
    await ingest(service, [row(1), row(2, { user_id: BEN }), row(3, { user_id: BEN, activity_date: '2026-03-03' })])
    const sums = async () => (await service.get(total(', freshness: CACHED'))).nvaSummary
    expect(await sums()).toEqual([
      { user: { name: 'Ann' }, totalSum: null },
      { user: { name: 'Ben' }, totalSum: null },
    ])
    const [ann] = (await service.get('{ users { nodes { id } } }')).users.nodes
    await service.get(total(`, userIds: ["${ann.id}"]`))
    expect(await sums()).toEqual([
      { user: { name: 'Ann' }, totalSum: 3600 },
      { user: { name: 'Ben' }, totalSum: null },
    ])
  })

  test('by stereotype', async () => {
    await ingest(service, [row(1), row(2, { activity_date: '2026-03-03', stereotype_id: CODING })])
    const waste = (mode = '', range = WEEK) =>
      service.get(`{ wasteByStereotype(${range}${mode}) { stereotype { code } totalSum activityCount } }`)
    await waste('', DAY)
    expect((await waste(', freshness: CACHED')).wasteByStereotype).toEqual([
      { stereotype: { code: 'meeting' }, totalSum: 3600, activityCount: 1 },
      { stereotype: { code: 'coding' }, totalSum: null, activityCount: null },
    ])
  })

  test('never what is torn', async () => {
    await outdate(first())
    await service.database.sql(
      `WITH torn AS (UPDATE slice SET source_sum = NULL WHERE logic = $1 RETURNING 1) SELECT count(*) FROM torn`,
      [service.freshness.graph.get('nva_summary')?.logic],
    )
    expect((await service.get(first(CACHED))).activities.nodes[0]).toMatchObject({
      nvaSummary: null,
      timeSplit: { totalSeconds: 3600 },
    })
    expect((await service.get(total(', freshness: CACHED'))).nvaSummary).toEqual([
      { user: { name: 'Ann' }, totalSum: null },
    ])
  })
})

test('modes mix within one query: what one field needs fresh is fresh', async () => {
  await outdate(first())
  await ingest(service, [row(2, { activity_date: '2026-03-03' })])
  const data = await service.get(`{
    a: nvaSummary(${DAY}) { totalSum }
    b: nvaSummary(from: "2026-03-03", to: "2026-03-03", freshness: CACHED) { totalSum }
    activities(filter: { externalIds: ["1"] }) { nodes {
      cached: timeSplit(freshness: CACHED) { totalSeconds } week: wasteTrend(freshness: CACHED) { wasteRatio }
      annotations(stages: ["time_split", "waste_trend"], freshness: CACHED) { stage }
    } }
  }`)
  expect(data).toEqual({
    a: [{ totalSum: 60 }],
    b: [{ totalSum: null }],
    activities: { nodes: [{ cached: { totalSeconds: 60 }, week: null, annotations: [{ stage: 'time_split' }] }] },
  })
})

describe('under IF_FAST', () => {
  const IF_FAST = (ms: number) => `, freshness: IF_FAST, withinMs: ${ms}`

  test('what can be brought up to date in time is', async () => {
    await outdate(total())
    expect(await service.ask(total(IF_FAST(30_000)))).toEqual({
      data: { nvaSummary: [{ user: { name: 'Ann' }, totalSum: 60 }] },
      extensions: { receipt: { checked: 2, recomputed: 2, unchanged: 0, verified: 0 } },
    })
  })

  test('else what is stored is shown, and the refresh goes on behind', async () => {
    await outdate(total())
    const { dispatcher } = service
    const request = dispatcher.request.bind(dispatcher)
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    dispatcher.request = async (type, payload, signal) => {
      await held
      return request(type, payload, signal)
    }
    const ask = async (ms: number) => (await service.get(total(IF_FAST(ms)))).nvaSummary[0].totalSum
    expect(await ask(0)).toBe(3600)
    expect(await ask(20)).toBe(3600)
    letGo()
    const stored = total(', freshness: CACHED')
    await until(async () => (await service.get(stored)).nvaSummary[0].totalSum === 60)
    expect(await service.receipt(total())).toMatchObject({ recomputed: 0 })
  })

  test('what fails behind is shown as it is stored', async () => {
    await outdate(total())
    service.dispatcher.request = async () => {
      throw new Error('It failed.')
    }
    expect((await service.get(total(IF_FAST(30_000)))).nvaSummary).toEqual([{ user: { name: 'Ann' }, totalSum: 3600 }])
  })

  test.each([-1, 60_001])('withinMs: %d is refused', async (ms) => {
    await ingest(service, [row(1)])
    for (const query of [total(IF_FAST(ms)), first(`(${IF_FAST(ms).slice(2)})`)]) {
      expect((await service.ask(query)).errors).toMatchObject([
        {
          message: `withinMs must be from 0 to 60000, not ${ms}.`,
          extensions: { code: 'BAD_USER_INPUT', argument: 'withinMs' },
        },
      ])
    }
  })
})

describe('every number says how fresh it is', () => {
  test('an annotation that is up to date: verified now, and when its source was last looked at', async () => {
    await ingest(service, [row(1)])
    const query = `{ activities { nodes { nvaSummary { ${FRESHNESS} } } } }`
    const { freshness } = (await service.get(query)).activities.nodes[0].nvaSummary
    expect(freshness).toMatchObject({ status: 'FRESH', causes: [] })
    expect(Math.abs(Date.now() - Date.parse(freshness.verifiedAt))).toBeLessThan(30_000)
    const [batch] = (await service.get('{ ingestBatches { nodes { finishedAt } } }')).ingestBatches.nodes
    expect(freshness.sourceSeenAt).toBe(batch.finishedAt)
    expect(freshness.sourceSeenSecondsAgo).toBeLessThan(30)
    // It is of its time: nothing of it is remembered.
    const again = (await service.get(query)).activities.nodes[0].nvaSummary.freshness
    const third = (await service.get(query)).activities.nodes[0].nvaSummary.freshness
    expect([again.verifiedAt > freshness.verifiedAt, third.verifiedAt > again.verifiedAt]).toEqual([true, true])
  })

  test('one whose activities changed: of which stage, on how many days', async () => {
    const trend = (mode = '') => `{ wasteTrends(${WEEK}${mode}) { ${FRESHNESS} } }`
    await outdate(trend())
    const [{ freshness }] = (await service.get(trend(', freshness: CACHED'))).wasteTrends
    expect(freshness).toMatchObject({
      status: 'STALE',
      causes: [
        {
          kind: 'DATA',
          stage: 'waste_trend',
          detail: '1 week of waste_trend: what it is made of changed after it was computed.',
          userDays: 1,
        },
        { kind: 'DATA', stage: 'nva_summary', userDays: 1 },
        { kind: 'DATA', stage: 'time_split', userDays: 1 },
      ],
    })
    const { computedAt } = (await service.get(`{ wasteTrends(${WEEK}, freshness: CACHED) { computedAt } }`))
      .wasteTrends[0]
    expect(freshness.verifiedAt).toBe(computedAt)
    const [fresh] = (await service.get(trend())).wasteTrends
    expect(fresh.freshness).toMatchObject({ status: 'FRESH', causes: [] })
  })

  test('a group shows its least fresh part', async () => {
    await ingest(service, [row(1), row(2, { activity_date: '2026-03-03' }), row(3, { user_id: BEN })])
    const groups = async (by: string, mode = ', freshness: CACHED') =>
      (
        await service.get(
          `{ nvaSummary(${WEEK}, groupBy: ${by}${mode}) { user { name } period totalSum ${FRESHNESS} } }`,
        )
      ).nvaSummary
    await service.get(total())
    const missing = (stage: string) => ({
      kind: 'MISSING',
      stage,
      detail: `1 day of ${stage} was never computed, or discarded.`,
      userDays: 1,
    })
    const stale = { status: 'STALE', verifiedAt: null, causes: [missing('nva_summary'), missing('time_split')] }
    const fresh = { status: 'FRESH', causes: [] }
    expect(await groups('[USER]')).toMatchObject([
      { user: { name: 'Ann' }, totalSum: 3600, freshness: stale },
      { user: { name: 'Ben' }, totalSum: 3600, freshness: fresh },
    ])
    expect(await groups('[DAY]')).toMatchObject([
      { period: '2026-03-02', totalSum: 7200, freshness: fresh },
      { period: '2026-03-03', totalSum: null, freshness: stale },
    ])
    expect(await groups('[]')).toMatchObject([{ totalSum: 7200, freshness: stale }])
    expect(await groups('[]', '')).toMatchObject([{ totalSum: 10_800, freshness: fresh }])
  })

  test('by stereotype, of the lines that have activities on days which are not up to date', async () => {
    await ingest(service, [row(1), row(2, { activity_date: '2026-03-03', stereotype_id: CODING })])
    const waste = async (mode = '') =>
      (await service.get(`{ wasteByStereotype(${WEEK}${mode}) { stereotype { code } totalSum ${FRESHNESS} } }`))
        .wasteByStereotype
    expect(await waste()).toMatchObject([{ freshness: { status: 'FRESH' } }, { freshness: { status: 'FRESH' } }])
    await ingest(service, [row(2, { activity_date: '2026-03-03', stereotype_id: CODING, duration_seconds: 1 })])
    expect(await waste(', freshness: CACHED')).toMatchObject([
      {
        stereotype: { code: 'coding' },
        totalSum: 3600,
        freshness: { status: 'STALE', causes: [{ kind: 'DATA', stage: 'time_split', userDays: 1 }] },
      },
      { stereotype: { code: 'meeting' }, freshness: { status: 'FRESH' } },
    ])
  })

  test('one that another logic computed says so', async () => {
    await ingest(service, [row(1)])
    await service.get(total())
    const { logic } = service.freshness.graph.get('nva_summary') ?? {}
    await service.database.transaction(async (sql) => {
      await sql(
        `INSERT INTO logic (logic, stage, version, definition, state) VALUES ('other', 'nva_summary', 1, '{}', 'RETIRED')`,
      )
      await sql(`UPDATE slice SET logic = 'other' WHERE logic = $1`, [logic])
    })
    const [{ freshness }] = (await service.get(`{ nvaSummary(${DAY}, freshness: CACHED) { ${FRESHNESS} } }`)).nvaSummary
    expect(freshness).toMatchObject({
      status: 'STALE',
      verifiedAt: null,
      causes: [
        {
          kind: 'LOGIC',
          stage: 'nva_summary',
          detail: '1 day of nva_summary was computed by version 1, and not yet by the logic of version 2 as it is now.',
          userDays: 1,
        },
      ],
    })
  })

  test('what is verified without being computed is as fresh as that', async () => {
    const query = `{ wasteTrends(${WEEK}) { computedAt freshness { verifiedAt } } }`
    await outdate(query)
    // Back to what it was: nothing that the week reads is different.
    await ingest(service, [row(1)])
    await service.get(query)
    await ingest(service, [row(1, { duration_seconds: 60 })])
    const [trend] = (await service.get(query.replace(')', ', freshness: CACHED)'))).wasteTrends
    expect(Date.parse(trend.freshness.verifiedAt)).toBeGreaterThanOrEqual(Date.parse(trend.computedAt))
  })

  test('behind the interface', async () => {
    await ingest(service, [row(1)])
    const data = await service.get(
      '{ activities { nodes { annotations { stage freshness { status sourceSeenSecondsAgo } } } } }',
    )
    for (const { freshness } of data.activities.nodes[0].annotations) {
      expect(freshness).toEqual({ status: 'FRESH', sourceSeenSecondsAgo: expect.any(Number) })
    }
  })
})
