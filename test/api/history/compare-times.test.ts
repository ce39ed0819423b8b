import { setTimeout as wait } from 'node:timers/promises'
import { withCandidates, withPto } from '../../support/candidates.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addPeople, BEN, CODING, ingest, MEETING, PTO, row } from '../../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

let service: TestService
let closed: string

async function now(): Promise<string> {
  const [row] = await service.database.sql<{ now: Date }>(`SELECT date_trunc('milliseconds', clock_timestamp()) AS now`)
  await wait(2)
  return row?.now.toISOString() ?? ''
}

/** After March was closed an hour came late, one became half, one moved to April, and one was deleted. */
beforeEach(async () => {
  service = await testService({ stages: withCandidates(withPto), today: () => '2026-06-01' })
  await addPeople(service)
  await ingest(service, [
    row('same'),
    row('half', { activity_date: '2026-03-03' }),
    row('moved', { activity_date: '2026-03-04', user_id: BEN }),
    row('deleted', { activity_date: '2026-03-05', value_type: 'VA', stereotype_id: CODING }),
    row('time off', { activity_date: '2026-03-06', stereotype_id: PTO, value_type: 'VA' }),
  ])
  closed = await now()
  await ingest(service, [
    row('half', { activity_date: '2026-03-03', duration_seconds: 1800 }),
    row('moved', { activity_date: '2026-04-04', user_id: BEN }),
    row('late', { activity_date: '2026-03-10', duration_seconds: 7200 }),
  ])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["deleted"]) }')
})

afterEach(() => service.stop())

const SIDES = 'before { nvaSeconds totalSeconds } after { nvaSeconds totalSeconds } change { nvaSeconds totalSeconds }'

test('the same days at two moments differ by what was edited between', async () => {
  const { compareTimes } = await service.get(`{ compareTimes(${MARCH}, before: "${closed}") { ${SIDES}
    sums { kind count nvaSeconds totalSeconds }
    edits { totalCount nodes { kind externalId nvaSeconds totalSeconds before { date durationSeconds user { name } rowIndex batch { received } }
      after { date durationSeconds stereotypeCode } } } } }`)
  expect(compareTimes).toMatchObject({
    before: { nvaSeconds: 10800, totalSeconds: 14400 },
    after: { nvaSeconds: 12600, totalSeconds: 12600 },
    change: { nvaSeconds: 1800, totalSeconds: -1800 },
    sums: [
      { kind: 'EDITED_ROWS', count: 1, nvaSeconds: -1800, totalSeconds: -1800 },
      { kind: 'LATE_ROWS', count: 1, nvaSeconds: 7200, totalSeconds: 7200 },
      { kind: 'REMOVED_ROWS', count: 2, nvaSeconds: -3600, totalSeconds: -7200 },
    ],
  })
  const before = {
    date: '2026-03-04',
    durationSeconds: 3600,
    user: { name: 'Ben' },
    rowIndex: 2,
    batch: { received: 5 },
  }
  expect(compareTimes.edits.totalCount).toBe(4)
  expect(compareTimes.edits.nodes).toEqual([
    {
      ...{ kind: 'LATE_ROWS', externalId: 'late', nvaSeconds: 7200, totalSeconds: 7200, before: null },
      after: { date: '2026-03-10', durationSeconds: 7200, stereotypeCode: 'meeting' },
    },
    { kind: 'REMOVED_ROWS', externalId: 'moved', nvaSeconds: -3600, totalSeconds: -3600, before, after: null },
    expect.objectContaining({ kind: 'EDITED_ROWS', externalId: 'half', nvaSeconds: -1800 }),
    expect.objectContaining({ kind: 'REMOVED_ROWS', externalId: 'deleted', nvaSeconds: 0, totalSeconds: -3600 }),
  ])
})

test('the edits of each kind add up to the change, also of two pasts and with codes that changed', async () => {
  const between = await now()
  await service.get(
    `mutation { upsertStereotypes(input: [{ source: "timesheets", externalId: "${MEETING}", code: "PTO", name: "x" }]) { id } }`,
  )
  await ingest(service, [row('same', { value_type: 'VA', stereotype_id: CODING })])
  const ask = async (args: string) => {
    const { compareTimes } = await service.get(
      `{ compareTimes(${MARCH}, ${args}) { ${SIDES} sums { nvaSeconds totalSeconds } } }`,
    )
    const sum = (name: 'nvaSeconds' | 'totalSeconds') =>
      compareTimes.sums.reduce((all: number, each: Record<string, number>) => all + (each[name] ?? 0), 0)
    expect([sum('nvaSeconds'), sum('totalSeconds')]).toEqual([
      compareTimes.change.nvaSeconds,
      compareTimes.change.totalSeconds,
    ])
    return compareTimes.change
  }
  expect(await ask(`before: "${closed}"`)).toEqual({ nvaSeconds: -10800, totalSeconds: -10800 })
  expect(await ask(`before: "${closed}", after: "${between}"`)).toEqual({ nvaSeconds: 1800, totalSeconds: -1800 })
  expect(await ask(`before: "${closed}", after: "${closed}"`)).toEqual({ nvaSeconds: 0, totalSeconds: 0 })
})

test('edits come in pages, forward and backward', async () => {
  const keys = async (page: string) => {
    const { compareTimes } = await service.get(
      `{ compareTimes(${MARCH}, before: "${closed}") { edits(${page}) { nodes { externalId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
    )
    const { nodes, pageInfo } = compareTimes.edits
    return { keys: nodes.map(({ externalId }: { externalId: string }) => externalId), ...pageInfo }
  }
  const first = await keys('first: 3')
  expect(first).toMatchObject({ keys: ['late', 'moved', 'half'], hasNextPage: true })
  expect(await keys(`first: 3, after: "${first.endCursor}"`)).toMatchObject({ keys: ['deleted'], hasNextPage: false })
  const last = await keys('last: 2')
  expect(last).toMatchObject({ keys: ['half', 'deleted'], hasPreviousPage: true })
  expect(await keys(`last: 1, before: "${last.startCursor}"`)).toMatchObject({ keys: ['moved'], hasPreviousPage: true })
})

test('moments in the wrong order, ahead, or before all that is known are refused', async () => {
  const refused = async (args: string) =>
    (await service.ask(`{ compareTimes(${MARCH}, ${args}) { change { nvaSeconds } } }`)).errors?.[0]?.extensions
  expect(await refused(`before: "${await now()}", after: "${closed}"`)).toMatchObject({ argument: 'before' })
  expect(await refused('before: "2999-01-01T00:00:00Z"')).toMatchObject({ argument: 'before' })
  expect(await refused('before: "2001-01-01T00:00:00Z"')).toMatchObject({ argument: 'before' })
})

test('what edits do not account for is told apart from them', async () => {
  await ingest(service, [row('time off', { activity_date: '2026-03-06', stereotype_id: PTO, duration_seconds: 60 })])
  const { compareTimes } = await service.get(
    `{ compareTimes(${MARCH}, before: "${closed}", versions: [{ stage: "nva_summary", version: 3 }]) {
      change { nvaSeconds totalSeconds } rest { nvaSeconds totalSeconds } sums { nvaSeconds totalSeconds } } }`,
  )
  expect(compareTimes.rest).toEqual({ nvaSeconds: 60, totalSeconds: -3540 })
  const sum = compareTimes.sums.reduce((all: number, { nvaSeconds }: { nvaSeconds: number }) => all + nvaSeconds, 0)
  expect(sum + compareTimes.rest.nvaSeconds).toBe(compareTimes.change.nvaSeconds)
})
