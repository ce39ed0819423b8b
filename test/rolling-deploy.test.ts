import { addDays } from '../src/model/calendar.ts'
import { freshDatabase } from './support/databases.ts'
import { otherBuild } from './support/other-build.ts'
import { type ServiceProcess, serviceProcess } from './support/service-process.ts'
import { addPeople, ingest, PTO, row } from './support/timesheet-rows.ts'

const READERS = 4
const TOTAL = `{ nvaSummaryTotals(from: "2026-01-01", to: "2027-12-31", groupBy: []) { totalSeconds } }`

/** A candidate: PTO counts. */
const NVA_SUMMARY_V3 = `
import { op } from 'arquero'
import { defineStage } from './define-stage.ts'
import { nvaSummary } from './nva-summary.ts'

export const nvaSummaryV3 = defineStage({
  ...nvaSummary,
  version: 3,
  reads: ['time_split'],
  annotate: ({ time_split }) =>
    time_split.groupby('user_id', 'date').rollup({
      nva_seconds_sum: (row: any) => op.sum(row.nva_seconds),
      va_seconds_sum: (row: any) => op.sum(row.va_seconds),
      total_sum: (row: any) => op.sum(row.total_seconds),
    }),
})
`

const started: ServiceProcess[] = []

afterEach(async () => {
  for (const service of started.splice(0)) await service.stop()
})

async function start(url: string, main?: string): Promise<ServiceProcess> {
  const service = await serviceProcess(url, main ? { main } : {})
  started.push(service)
  return service
}

test('a build with one more version of a stage takes the place of another, one process after the other: no request fails, no number is wrong', async () => {
  const newer = otherBuild()
  newer.write('src/stages/nva-summary.v3.ts', NVA_SUMMARY_V3)
  newer.edit(
    'src/stages/index.ts',
    ['import { nvaSummary }', "import { nvaSummaryV3 } from './nva-summary.v3.ts'\nimport { nvaSummary }"],
    ['  nvaSummary,\n', '  nvaSummary,\n  nvaSummaryV3,\n'],
  )
  await newer.build()

  const url = await freshDatabase()
  /** Who is sent requests, in turn, as by a load balancer. */
  const live = [await start(url), await start(url)]
  const [first] = live as [ServiceProcess]
  await addPeople(first)
  await ingest(first, [row('off', { stereotype_id: PTO, duration_seconds: 7 })])

  const seen = { reads: 0, writes: 0, whileEnding: 0 }
  let turn = 0
  const next = () => live[turn++ % live.length] as ServiceProcess
  const written = { begun: 0, ended: 0 }
  let isOver = false

  const write = async () => {
    while (!isOver) {
      const day = addDays('2026-01-01', written.begun++ % 700)
      await ingest(next(), [row(written.begun, { activity_date: day, duration_seconds: 60 })])
      written.ended++
      seen.writes++
    }
  }
  const read = async () => {
    while (!isOver) {
      const least = written.ended * 60
      const service = next()
      const [group] = (await service.get(TOTAL)).nvaSummaryTotals
      const total = group?.totalSeconds ?? 0
      if (total < least || total > written.begun * 60 || total % 60 !== 0) {
        throw new Error(`${total} is not from ${least} to ${written.begun * 60}.`)
      }
      seen.reads++
      if (!live.includes(service)) seen.whileEnding++
    }
  }
  const load = Promise.all([write(), ...Array.from({ length: READERS }, read)])

  const replace = async (old: ServiceProcess) => {
    live.push(await start(url, newer.main))
    live.splice(live.indexOf(old), 1)
    old.kill('SIGTERM')
    expect(await old.ended).toBe(0)
  }
  const roll = async () => {
    for (const old of [...live]) await replace(old)
    const before = seen.reads
    while (seen.reads < before + 20) await Promise.race([load, new Promise(setImmediate)])
  }
  await Promise.race([roll(), load]).finally(() => {
    isOver = true
  })
  await load
  expect(seen.reads).toBeGreaterThan(50)
  expect(seen.writes).toBeGreaterThan(20)
  // Some were under way when their process was told to stop.
  expect(seen.whileEnding).toBeGreaterThan(0)

  // Now that every process has it, it may answer.
  const [api] = live as [ServiceProcess]
  const total = async (service: ServiceProcess) => (await service.get(TOTAL)).nvaSummaryTotals[0].totalSeconds
  expect(await total(api)).toBe(written.ended * 60)
  await api.get('mutation { promoteStage(stage: "nva_summary", version: 3) { version } }')
  expect(await Promise.all(live.map(total))).toEqual([written.ended * 60 + 7, written.ended * 60 + 7])
}, 120_000)
