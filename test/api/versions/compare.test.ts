import { op } from 'arquero'
import { defineStage } from '../../../src/stages/define-stage.ts'
import { timeSplit } from '../../../src/stages/time-split.ts'
import { wasteTrend } from '../../../src/stages/waste-trend.ts'
import { sameTrend, withCandidates, withPto } from '../../support/candidates.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addPeople, BEN, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

/** A candidate for time_split that leaves what is short out. */
const withoutShort = defineStage({
  ...timeSplit,
  version: 2,
  annotate: (tables) =>
    timeSplit.annotate(tables).filter((row: { total_seconds: number }) => op.abs(row.total_seconds) > 60),
})

/** A candidate for waste_trend to which every week stands out. */
const allFlagged = defineStage({
  ...wasteTrend,
  version: 3,
  annotate: (tables) => wasteTrend.annotate(tables).derive({ flagged: () => true }),
})

const FIELDS = `stage at base candidate isSameLogic equal different onlyInBase onlyInCandidate
  columns { name differing baseSum candidateSum largest { columns base { ...F } candidate { ...F } } }
  receipt { recomputed }`
const SUMMARY = 'fragment F on NvaSummary { date totalSeconds version user { name } }'

let service: TestService

/** An hour of meetings on Monday of Ann and Ben, and PTO: an hour of Ann's on Monday, two of Ben's on Tuesday. */
beforeEach(async () => {
  service = await testService({
    stages: withCandidates(withoutShort, withPto, sameTrend, allFlagged),
    today: () => '2026-06-01',
  })
  await addPeople(service)
  await ingest(service, [
    row(1),
    row(2, { user_id: BEN }),
    row(3, { stereotype_id: PTO }),
    row(4, { stereotype_id: PTO, user_id: BEN, activity_date: '2026-03-03', duration_seconds: 7200 }),
  ])
})

afterEach(() => service.stop())

async function compared(args: string, fields: string, fragment = '') {
  return (await service.get(`{ compareVersions(${args}, ${MARCH}) { ${fields} } } ${fragment}`)).compareVersions
}

test('two versions are counted, summed up and held against each other by what differs most', async () => {
  const found = await compared('stage: "nva_summary", candidate: 3', FIELDS, SUMMARY)
  const shown = (name: string, date: string, version: number, totalSeconds: number) => {
    return { user: { name }, date, version, totalSeconds }
  }
  const [nva, va, total] = found.columns
  expect(found).toMatchObject({
    ...{ stage: 'nva_summary', at: 'nva_summary', base: 2, candidate: 3, isSameLogic: false },
    ...{ equal: 1, different: 2, onlyInBase: 0, onlyInCandidate: 0 },
  })
  expect(nva).toMatchObject({ name: 'nvaSeconds', differing: 2, baseSum: 7200, candidateSum: 18000 })
  expect(va).toEqual({ name: 'vaSeconds', differing: 0, baseSum: 0, candidateSum: 0, largest: [] })
  expect(total.largest).toEqual([
    {
      columns: ['nvaSeconds', 'totalSeconds'],
      base: shown('Ben', '2026-03-03', 2, 0),
      candidate: shown('Ben', '2026-03-03', 3, 7200),
    },
    {
      columns: ['nvaSeconds', 'totalSeconds'],
      base: shown('Ann', '2026-03-02', 2, 3600),
      candidate: shown('Ann', '2026-03-02', 3, 7200),
    },
  ])
})

test('what was compared once is compared again without computing anything', async () => {
  const args = 'stage: "nva_summary", candidate: 3, at: "waste_trend"'
  const query = `{ compareVersions(${args}, ${MARCH}) { equal different receipt { checked recomputed } } }`
  const first = await service.ask(query)
  // Of four days' parts 4 of time_split (by user and day 3), 3 and 3 of nva_summary, 2 and 2 of waste_trend.
  expect(first.data.compareVersions).toEqual({
    equal: 2,
    different: 0,
    receipt: first.extensions?.receipt && {
      checked: first.extensions.receipt.checked,
      recomputed: 13,
    },
  })
  const again = await service.ask(query)
  expect(again.data.compareVersions.receipt).toMatchObject({ recomputed: 0 })
  expect(again.extensions?.receipt).toMatchObject({ recomputed: 0, verified: 0 })
})

test('stages downstream are compared as they follow from the version', async () => {
  await ingest(service, [row(5, { value_type: 'VA' })])
  const found = await compared(
    'stage: "nva_summary", candidate: 3, at: "waste_trend"',
    FIELDS,
    'fragment F on WasteTrend { wasteRatio user { name } }',
  )
  expect(found).toMatchObject({ at: 'waste_trend', base: 2, candidate: 3, equal: 1, different: 1 })
  expect(found.columns.find(({ name }: { name: string }) => name === 'wasteRatio')).toMatchObject({
    differing: 1,
    largest: [
      {
        columns: ['wasteRatio'],
        base: { wasteRatio: 0.5, user: { name: 'Ann' } },
        candidate: { wasteRatio: 2 / 3, user: { name: 'Ann' } },
      },
    ],
  })
  expect(found.columns.find(({ name }: { name: string }) => name === 'flagged')).toMatchObject({
    baseSum: 0,
    candidateSum: 0,
  })
})

test('what is no number differs, too, and is shown in the order of its keys', async () => {
  const fragment = 'fragment F on WasteTrend { flagged user { name } }'
  const { columns } = await compared('stage: "waste_trend", candidate: 3', FIELDS, fragment)
  expect(columns.find(({ name }: { name: string }) => name === 'flagged')).toMatchObject({
    ...{ differing: 2, baseSum: 0, candidateSum: 2 },
    largest: ['Ann', 'Ben'].map((name) => ({
      columns: ['flagged'],
      base: { flagged: false, user: { name } },
      candidate: { flagged: true, user: { name } },
    })),
  })
})

test('a candidate that differs in nothing is equal, and a version is of the same logic as itself', async () => {
  const counts = 'isSameLogic equal different onlyInBase onlyInCandidate'
  expect(await compared('stage: "waste_trend", candidate: 2', counts)).toEqual({
    ...{ isSameLogic: false, equal: 2, different: 0, onlyInBase: 0, onlyInCandidate: 0 },
  })
  expect(await compared('stage: "waste_trend", candidate: 2, base: 2', counts)).toMatchObject({
    isSameLogic: true,
    equal: 2,
  })
})

test('what one version alone gives is there by that one', async () => {
  await ingest(service, [row(6, { duration_seconds: 60 })])
  const page = 'differences(first: 5) { totalCount nodes { columns base { ...F } candidate { ...F } } }'
  const found = await compared(
    'stage: "time_split", candidate: 2',
    `equal onlyInBase onlyInCandidate ${page}`,
    'fragment F on TimeSplit { totalSeconds }',
  )
  expect(found).toEqual({
    ...{ equal: 4, onlyInBase: 1, onlyInCandidate: 0 },
    differences: { totalCount: 1, nodes: [{ columns: [], base: { totalSeconds: 60 }, candidate: null }] },
  })
  const back = await compared('stage: "time_split", candidate: 1, base: 2', 'onlyInBase onlyInCandidate')
  expect(back).toEqual({ onlyInBase: 0, onlyInCandidate: 1 })
})

test('pages of differences go forward and backward', async () => {
  const days = Array.from({ length: 5 }, (_, i) => row(`p${i}`, { stereotype_id: PTO, activity_date: `2026-03-1${i}` }))
  await ingest(service, days)
  const dates = (page: string) =>
    compared(
      'stage: "nva_summary", candidate: 3, userIds: []'.replace(', userIds: []', ''),
      `differences(${page}) { totalCount pageInfo { hasNextPage endCursor startCursor }
      nodes { base { ... on NvaSummary { date user { name } } } } }`,
    )
  const named = ({ nodes }: { nodes: { base: { date: string; user: { name: string } } }[] }) =>
    nodes.map(({ base }) => `${base.user.name} ${base.date}`)
  const all = (await dates('first: 50')).differences
  expect(named(all)).toHaveLength(7)
  const seen: string[] = []
  for (let page = (await dates('first: 3')).differences; ; ) {
    seen.push(...named(page))
    expect(page.totalCount).toBe(7)
    if (!page.pageInfo.hasNextPage) break
    page = (await dates(`first: 3, after: "${page.pageInfo.endCursor}"`)).differences
  }
  expect(seen).toEqual(named(all))
  expect(named((await dates('last: 2')).differences)).toEqual(seen.slice(-2))
  expect(named((await dates(`last: 2, before: "${all.pageInfo.endCursor}"`)).differences)).toEqual(seen.slice(-3, -1))
})

test.each([
  ['stage: "nothing", candidate: 3', 'stage', /^There is no stage "nothing"/],
  ['stage: "nva_summary", candidate: 9', 'candidate', /^This build has no version 9/],
  ['stage: "nva_summary", candidate: 3, base: 8', 'base', /^This build has no version 8/],
  ['stage: "nva_summary", candidate: 3, at: "time_split"', 'at', /^at must be "nva_summary" or a stage that reads it/],
  ['stage: "nva_summary", candidate: 3, at: "nothing"', 'at', /^There is no stage "nothing"/],
])('%s is refused', async (args, argument, message) => {
  const { errors } = await service.ask(`{ compareVersions(${args}, ${MARCH}) { equal } }`)
  expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument } })
  expect(errors?.[0]?.message).toMatch(message)
})
