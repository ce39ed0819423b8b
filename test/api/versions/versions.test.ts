import { sameTrend, withCandidates, withPto } from '../../support/candidates.ts'
import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'
const V3 = 'versions: [{ stage: "nva_summary", version: 3 }]'

let service: TestService
let ids: Record<string, string>

/** An hour of meetings on Monday, and one of PTO that is called waste; half an hour of meetings on Tuesday. */
beforeEach(async () => {
  service = await testService({ stages: withCandidates(withPto, sameTrend), today: () => '2026-06-01' })
  ids = await addPeople(service)
  await ingest(service, [
    row(1),
    row(2, { stereotype_id: PTO }),
    row(3, { activity_date: '2026-03-03', duration_seconds: 1800 }),
  ])
})

afterEach(() => service.stop())

async function totals(args = ''): Promise<unknown> {
  const { nvaSummaryTotals } = await service.get(`{ nvaSummaryTotals(${MARCH} ${args}) { nvaSeconds } }`)
  return nvaSummaryTotals.map(({ nvaSeconds }: { nvaSeconds: number }) => nvaSeconds)
}

describe('fields that give annotations', () => {
  test('give those of the active version unless told', async () => {
    expect(await totals()).toEqual([5400])
    expect(await totals(V3)).toEqual([9000])
  })

  test('give several versions of one stage side by side on an activity', async () => {
    const { activities } = await service.get(`{ activities(first: 10) { nodes { externalId
      now: nvaSummary { version totalSeconds } next: nvaSummary(${V3}) { version totalSeconds }
      annotations(stages: ["nva_summary"], ${V3}) { version } week: wasteTrend(${V3}) { wasteRatio } } } }`)
    expect(activities.nodes[0]).toEqual({
      externalId: '3',
      now: { version: 2, totalSeconds: 1800 },
      next: { version: 3, totalSeconds: 1800 },
      annotations: [{ version: 3 }],
      week: { wasteRatio: 1 },
    })
    expect(activities.nodes[1]).toMatchObject({ now: { totalSeconds: 3600 }, next: { totalSeconds: 7200 } })
  })

  test('give what reads the stage as it follows from the version', async () => {
    await ingest(service, [row(4, { stereotype_id: PTO, value_type: 'VA' })])
    const { user, now, next, waste } = await service.get(`{
      now: wasteTrends(${MARCH}) { wasteRatio } next: wasteTrends(${MARCH}, ${V3}) { wasteRatio version }
      user(id: "${ids[ANN]}") { nvaSummaries(${MARCH}, ${V3}) { totalSeconds freshness { status } quarantinedRows
        provenance { version reads { stage } activities(first: 9) { totalCount } } } }
      waste(${MARCH}, groupBy: [USER], ${V3}) { nodes { totalSeconds } } }`)
    expect([now, next]).toEqual([[{ wasteRatio: 1 }], [{ wasteRatio: 9000 / 12600, version: 1 }]])
    expect(waste.nodes).toEqual([{ totalSeconds: 12600 }])
    expect(user.nvaSummaries).toEqual([
      {
        totalSeconds: 10800,
        freshness: { status: 'FRESH' },
        quarantinedRows: 0,
        provenance: { version: 3, reads: [{ stage: 'time_split' }], activities: { totalCount: 3 } },
      },
      expect.objectContaining({ totalSeconds: 1800 }),
    ])
  })

  test('compute nothing twice that has the same logic', async () => {
    expect(await service.receipt(`{ nvaSummaryTotals(${MARCH}) { nvaSeconds } }`)).toMatchObject({ recomputed: 4 })
    expect(await service.receipt(`{ nvaSummaryTotals(${MARCH}, ${V3}) { nvaSeconds } }`)).toMatchObject({
      recomputed: 2,
    })
    const again = 'versions: [{ stage: "nva_summary", version: 3 }, { stage: "time_split", version: 1 }]'
    expect(await service.receipt(`{ nvaSummaryTotals(${MARCH}, ${again}) { nvaSeconds } }`)).toMatchObject({
      recomputed: 0,
    })
  })

  test.each([
    ['[{ stage: "nva_summary", version: 9 }]', 'This build has no version 9 of stage "nva_summary"; it has 2, 3.'],
    ['[{ stage: "nothing", version: 1 }]', /^There is no stage "nothing"; there is time_split, /],
    [
      '[{ stage: "nva_summary", version: 2 }, { stage: "nva_summary", version: 3 }]',
      'versions names stage "nva_summary" twice.',
    ],
  ])('refuse %s', async (versions, message) => {
    for (const field of [
      `nvaSummaryTotals(${MARCH}, versions: ${versions}) { nvaSeconds }`,
      `activities(first: 1) { nodes { nvaSummary(versions: ${versions}) { totalSeconds } } }`,
    ]) {
      const { errors } = await service.ask(`{ ${field} }`)
      expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument: 'versions' } })
      expect(errors?.[0]?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
    }
  })
})

describe('promoteStage', () => {
  const promote = (version: number, more = '') =>
    service.ask(`mutation { promoteStage(stage: "nva_summary", version: ${version} ${more}) {
      stage version formerVersion promotedBy reason checklist } }`)

  test('has the version answer from then on, and back', async () => {
    expect(await totals()).toEqual([5400])
    const why = ', by: "Ann", reason: "PTO counts", checklist: ["compared March"]'
    expect((await promote(3, why)).data.promoteStage).toEqual({
      ...{ stage: 'nva_summary', version: 3, formerVersion: 2 },
      ...{ promotedBy: 'Ann', reason: 'PTO counts', checklist: ['compared March'] },
    })
    expect(await totals()).toEqual([9000])
    expect(await totals('versions: [{ stage: "nva_summary", version: 2 }]')).toEqual([5400])
    expect((await promote(2)).data.promoteStage).toMatchObject({ version: 2, formerVersion: 3, promotedBy: null })
    expect(await totals()).toEqual([5400])
    const { stages } = await service.get(
      '{ stages { name version promotions { version } versions { version state isInCode stored } } }',
    )
    expect(stages.find(({ name }: { name: string }) => name === 'nva_summary')).toEqual({
      name: 'nva_summary',
      version: 2,
      promotions: [{ version: 2 }, { version: 3 }],
      versions: [
        { version: 2, state: 'ACTIVE', isInCode: true, stored: 2 },
        { version: 3, state: 'CANDIDATE', isInCode: true, stored: 2 },
      ],
    })
  })

  test.each([
    [9, '', 'version', 'This build has no version 9 of stage "nva_summary"; it has 2, 3.'],
    [2, '', 'version', 'Version 2 of stage "nva_summary" is active already.'],
    [3, ', by: " "', 'by', /^by /],
    [3, ', checklist: ["a", ""]', 'checklist[1]', /^checklist\[1\] /],
  ])('refuses version %s%s', async (version, more, argument, message) => {
    const { errors } = await promote(version, more)
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument } })
    expect(errors?.[0]?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
  })

  test('is told to all processes, whose next answer is by it', async () => {
    const other = await testService({ url: service.url, stages: withCandidates(withPto, sameTrend) })
    try {
      const ofOther = () => other.get(`{ nvaSummaryTotals(${MARCH}) { nvaSeconds } }`)
      expect((await ofOther()).nvaSummaryTotals).toEqual([{ nvaSeconds: 5400 }])
      const events = await other.live.subscribe({ 'stage.promoted': () => true })
      await promote(3)
      expect((await ofOther()).nvaSummaryTotals).toEqual([{ nvaSeconds: 9000 }])
      expect((await events.next()).value).toEqual({
        type: 'stage.promoted',
        event: { stage: 'nva_summary', version: 3, formerVersion: 2 },
      })
      events.end()
    } finally {
      await other.stop()
    }
  })
})

describe('a process that lacks the active version', () => {
  let other: TestService

  beforeEach(async () => {
    other = await testService({ url: service.url })
    await service.get('mutation { promoteStage(stage: "nva_summary", version: 3) { version } }')
  })

  afterEach(() => other.stop())

  test('refuses reads of the stage and of what reads it, and answers all else', async () => {
    const refused = {
      message: expect.stringContaining('version 3 of "nva_summary" is active, and this build doesn\'t have it'),
      extensions: expect.objectContaining({ code: 'STAGE_VERSION_UNKNOWN' }),
    }
    for (const field of [
      `nvaSummaryTotals(${MARCH}) { nvaSeconds }`,
      `wasteTrends(${MARCH}) { wasteRatio }`,
      `waste(${MARCH}) { nodes { nvaSeconds } }`,
      'activities(first: 1) { nodes { nvaSummary { totalSeconds } } }',
      'activities(first: 1) { nodes { annotations { stage } } }',
    ]) {
      expect((await other.ask(`{ ${field} }`)).errors).toMatchObject([refused])
    }
    const counted = await other.get(
      '{ stages { name versions { version counts { fresh } } } planPromotion(stage: "nva_summary", version: 2) { toCompute changes { formerVersion version } } }',
    )
    expect(counted.stages[1].versions).toMatchObject([
      { version: 2, counts: { fresh: 0 } },
      { version: 3, counts: null },
    ])
    expect(counted.planPromotion.changes[0]).toEqual({ formerVersion: 3, version: 2 })
    const { activities, stages } = await other.get(`{ activities(first: 1) { nodes { timeSplit { totalSeconds } } }
      stages { name version versions { version state isInCode } } }`)
    expect(activities.nodes).toEqual([{ timeSplit: { totalSeconds: 1800 } }])
    expect(stages[1]).toEqual({
      name: 'nva_summary',
      version: 3,
      versions: [
        { version: 2, state: 'CANDIDATE', isInCode: true },
        { version: 3, state: 'ACTIVE', isInCode: false },
      ],
    })
  })

  test('is not ready, and says why', async () => {
    const probe = () => other.server.inject('/readyz')
    expect((await service.server.inject('/readyz')).statusCode).toBe(200)
    expect((await probe()).statusCode).toBe(503)
    expect((await probe()).json().reason).toContain('version 3 of "nva_summary" is active')
    await other.get('mutation { promoteStage(stage: "nva_summary", version: 2) { version } }')
    expect((await probe()).statusCode).toBe(200)
  })
})

describe('a build whose own version is raised', () => {
  const raised = withCandidates().map((stage) => (stage.name === 'nva_summary' ? withPto : stage))

  test('takes over when it is started first, and once', async () => {
    const next = await testService({ url: service.url, stages: raised })
    expect((await next.get(`{ nvaSummaryTotals(${MARCH}) { nvaSeconds } }`)).nvaSummaryTotals).toEqual([
      { nvaSeconds: 9000 },
    ])
    await next.stop()
    await service.get('mutation { promoteStage(stage: "nva_summary", version: 2) { version } }')
    const again = await testService({ url: service.url, stages: raised })
    expect((await again.ask(`{ nvaSummaryTotals(${MARCH}) { nvaSeconds } }`)).errors).toMatchObject([
      { extensions: { code: 'STAGE_VERSION_UNKNOWN' } },
    ])
    await again.stop()
  })

  test.each(['manual', 'never'] as const)('is left to be promoted where promotion is %s', async (promotion) => {
    const next = await testService({ url: service.url, stages: raised, promotion })
    expect(await totals()).toEqual([5400])
    expect((await next.server.inject('/readyz')).statusCode).toBe(503)
    await next.get('mutation { promoteStage(stage: "nva_summary", version: 3) { version } }')
    expect((await next.get(`{ nvaSummaryTotals(${MARCH}) { nvaSeconds } }`)).nvaSummaryTotals).toEqual([
      { nvaSeconds: 9000 },
    ])
    await next.stop()
  })
})

test('planPromotion says what would change and what is to be computed, and computes nothing', async () => {
  const plan = `{ planPromotion(stage: "nva_summary", version: 3) { stage version formerVersion numbersChange toCompute activities
    changes { stage version formerVersion from to personPeriods toCompute compared different estimatedSeconds } } }`
  const { data, extensions } = await service.ask(plan)
  expect(extensions?.receipt).toBeUndefined()
  expect(data.planPromotion).toMatchObject({
    ...{ stage: 'nva_summary', version: 3, formerVersion: 2, numbersChange: 'UNKNOWN', activities: 3 },
    ...{ toCompute: 4 },
  })
  const span = { from: '2026-03-02', to: '2026-03-03', compared: 0, different: 0, estimatedSeconds: null }
  expect(data.planPromotion.changes).toEqual([
    { ...span, stage: 'nva_summary', version: 3, formerVersion: 2, personPeriods: 2, toCompute: 2 },
    { ...span, stage: 'waste_trend', version: 1, formerVersion: 1, personPeriods: 1, toCompute: 1 },
    {
      ...span,
      from: null,
      to: null,
      stage: 'sprint_summary',
      version: 2,
      formerVersion: 2,
      personPeriods: 0,
      toCompute: 0,
    },
    { ...span, stage: 'month_summary', version: 1, formerVersion: 1, personPeriods: 1, toCompute: 1 },
  ])
  await totals()
  await totals(V3)
  const { planPromotion } = await service.get(plan)
  expect(planPromotion).toMatchObject({ numbersChange: 'CHANGE', toCompute: 2 })
  expect(planPromotion.changes[0]).toMatchObject({ toCompute: 0, compared: 2, different: 1, estimatedSeconds: 0 })
  const trend = '{ planPromotion(stage: "waste_trend", version: 2) { numbersChange changes { stage toCompute } } }'
  expect((await service.get(trend)).planPromotion).toEqual({
    numbersChange: 'UNKNOWN',
    changes: [{ stage: 'waste_trend', toCompute: 1 }],
  })
  await service.get(`{ a: wasteTrends(${MARCH}) { version }
    b: wasteTrends(${MARCH}, versions: [{ stage: "waste_trend", version: 2 }]) { version } }`)
  expect((await service.get(trend)).planPromotion.numbersChange).toBe('SAME')
})
