import { withCandidates, withPto } from '../../support/candidates.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addPeople, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

/** By which versions an answer is; each activity is an hour, and one of the two on its day is PTO. */
const ASKED = `{ a: nvaSummaryTotals(${MARCH}, groupBy: []) { nvaSeconds }
  b: waste(${MARCH}) { nodes { nvaSeconds } }
  c: activities(first: 20) { nodes { nvaSummary { version totalSeconds } } } d: wasteTrends(${MARCH}) { wasteRatio } }`

const services: TestService[] = []

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

test('no answer mixes versions, whoever promotes them meanwhile, and none is of a version before the question', async () => {
  const stages = withCandidates(withPto)
  const first = await testService({ stages })
  services.push(first, await testService({ url: first.url, stages }), await testService({ url: first.url, stages }))
  await addPeople(first)
  await ingest(
    first,
    Array.from({ length: 16 }, (_, i) =>
      row(i, { activity_date: `2026-03-${10 + (i >> 1)}`, ...(i % 2 && { stereotype_id: PTO }) }),
    ),
  )
  let [before, isOver] = [2, false]
  const promote = async () => {
    for (let i = 0; i < 12; i++) {
      const version = before === 2 ? 3 : 2
      const [service] = [services[i % 3] as TestService]
      await service.get(`mutation { promoteStage(stage: "nva_summary", version: ${version}) { version } }`)
      before = version
      // Nobody else promotes now: whoever asks is answered by that version.
      for (const each of services) expect(versionOf(await each.get(ASKED))).toBe(version)
      await ingest(service, [row(100 + i, { activity_date: '2026-03-30', duration_seconds: 0 })])
    }
    isOver = true
  }
  const seen = new Set<number>()
  const read = async (service: TestService) => {
    while (!isOver) seen.add(versionOf(await service.get(ASKED)))
  }
  await Promise.all([promote(), ...services.map(read)])
  expect([...seen].sort()).toEqual([2, 3])
}, 60_000)

// biome-ignore lint/suspicious/noExplicitAny: an answer.
function versionOf({ a, b, c, d }: any): number {
  const [{ version }] = c.nodes.map(({ nvaSummary }: { nvaSummary: { version: number } }) => nvaSummary)
  const hours = version === 2 ? 8 : 16
  expect(a).toEqual([{ nvaSeconds: hours * 3600 }])
  expect(b.nodes).toEqual([{ nvaSeconds: hours * 3600 }])
  for (const { nvaSummary } of c.nodes) {
    expect(nvaSummary.version).toBe(version)
    expect([0, (hours / 8) * 3600]).toContain(nvaSummary.totalSeconds)
  }
  for (const { wasteRatio } of d) expect([1, null]).toContain(wasteRatio)
  return version
}
