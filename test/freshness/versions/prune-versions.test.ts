import { withCandidates, withPto } from '../../support/candidates.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addPeople, BEN, ingest, row } from '../../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'
const ASKED = `{ wasteTrends(${MARCH}) { wasteRatio } monthSummaryTotals(${MARCH}) { nvaSeconds } }`

let candidate: TestService
let service: TestService

/** A candidate's values of six days are there, but it is in code no more. */
beforeEach(async () => {
  candidate = await testService({ stages: withCandidates(withPto) })
  await addPeople(candidate)
  await ingest(
    candidate,
    [1, 2, 3].flatMap((day) => [
      row(`a${day}`, { activity_date: `2026-03-0${day + 1}` }),
      row(`b${day}`, { activity_date: `2026-03-0${day + 1}`, user_id: BEN }),
    ]),
  )
  await candidate.get(ASKED)
  await candidate.get(`{ wasteTrends(${MARCH}, versions: [{ stage: "nva_summary", version: 3 }]) { wasteRatio } }`)
  service = await testService({ url: candidate.url })
})

afterEach(async () => {
  await service.stop()
  await candidate.stop()
})

async function prune(dryRun = false) {
  const told: number[] = []
  const logics = await service.versions.retired()
  const pruned = await service.freshness.prune(logics, { dryRun, tell: ({ slices }) => told.push(slices) })
  return { pruned, told }
}

async function stored(): Promise<string[]> {
  const rows = await service.database.sql<{ stage: string; version: number; count: number }>(
    `SELECT stage, version, count(*) AS count FROM slice JOIN logic USING (logic) GROUP BY logic, stage, version ORDER BY stage, version, count`,
  )
  return rows.map(({ stage, version, count }) => `${stage} ${version}: ${count}`)
}

test('what retired versions made is dropped, all of it, and nothing else', async () => {
  expect(await prune(true)).toEqual({ pruned: { slices: 8, annotations: 8 }, told: [] })
  const before = await stored()
  expect(before).toContain('nva_summary 3: 6')
  expect(await prune()).toEqual({ pruned: { slices: 8, annotations: 8 }, told: [8] })
  expect(await stored()).toEqual(
    before
      .filter((each) => each !== 'nva_summary 3: 6' && each !== 'waste_trend 1: 2')
      .concat('waste_trend 1: 2')
      .sort(),
  )
  expect(await service.receipt(ASKED)).toMatchObject({ recomputed: 0 })
  expect(await prune()).toEqual({ pruned: { slices: 0, annotations: 0 }, told: [] })
})

test('whoever still reads a version that is pruned is answered meanwhile, and computes it anew', async () => {
  const asked = `{ wasteTrends(${MARCH}, versions: [{ stage: "nva_summary", version: 3 }]) { wasteRatio } }`
  const expected = await candidate.get(asked)
  let isOver = false
  const read = async () => {
    let day = 10
    while (!isOver) {
      await ingest(candidate, [row('c', { activity_date: `2026-03-${(day++ % 10) + 10}`, duration_seconds: 0 })])
      expect((await candidate.get(asked)).wasteTrends.length).toBeGreaterThanOrEqual(2)
    }
  }
  const reading = [read(), read()]
  for (let i = 0; i < 8; i++) await prune()
  isOver = true
  await Promise.all(reading)
  await candidate.get('mutation { deleteActivities(source: "timesheets", externalIds: ["c"]) }')
  expect(
    (await candidate.get(asked)).wasteTrends.filter(
      ({ wasteRatio }: { wasteRatio: number | null }) => wasteRatio !== null,
    ),
  ).toEqual(expected.wasteTrends)
})

test('a version that answers elsewhere is kept, though this build does not have it', async () => {
  await candidate.get('mutation { promoteStage(stage: "nva_summary", version: 3) { version } }')
  const { pruned } = await prune()
  expect(pruned.slices).toBe(0)
})
