import { Refresher } from '../../src/freshness/refresh.ts'
import { stages } from '../../src/stages/index.ts'
import { stageGraph } from '../../src/stages/stage-graph.ts'
import { timeSplit } from '../../src/stages/time-split.ts'
import { type TestService, testService } from '../support/service.ts'
import { ANN, addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'

const DAYS = ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05', '2026-03-06', '2026-03-07']

let service: TestService
let windows: { userId: string; from: string; to: string }[]

beforeEach(async () => {
  service = await testService()
  const people = await addPeople(service)
  await ingest(
    service,
    DAYS.flatMap((date) => [
      row(`ann ${date}`, { activity_date: date }),
      row(`ben ${date}`, { activity_date: date, user_id: BEN }),
    ]),
  )
  windows = [ANN, BEN].map((key) => ({ userId: people[key] ?? '', from: '2026-03-02', to: '2026-03-08' }))
})

afterEach(() => service.stop())

/** Refreshes in batches of one slice, with a time_split that does `before` each time that it runs. */
function refresher(before: () => void): Refresher {
  const annotate: typeof timeSplit.annotate = (tables) => {
    before()
    return timeSplit.annotate(tables)
  }
  const definitions = stages.map((stage) => (stage.name === timeSplit.name ? { ...stage, annotate } : stage))
  return new Refresher(service.database, stageGraph(definitions), 1)
}

async function computed(): Promise<number> {
  const { stages: found } = await service.get('{ stages { name counts { fresh stale missing } } }')
  return found.find((stage: { name: string }) => stage.name === timeSplit.name).counts.fresh
}

test('batches that are under way together run the stage once for each slice', async () => {
  let runs = 0
  const receipt = await refresher(() => runs++).refresh(timeSplit.name, windows)
  expect(receipt).toEqual({ checked: 12, recomputed: 12, unchanged: 0, verified: 0 })
  expect(runs).toBe(12)
  expect(await computed()).toBe(12)
})

test('a batch that fails is left out, those under way are finished, and none is begun after it', async () => {
  let runs = 0
  const failing = refresher(() => {
    runs++
    if (runs === 3) throw new Error('the third fails')
  })
  await expect(failing.refresh(timeSplit.name, windows)).rejects.toThrow('the third fails')
  const left = runs
  expect(left).toBeLessThanOrEqual(4)
  expect(await computed()).toBe(left - 1)
  expect(runs).toBe(left)
})

test('what a stage reads is refreshed once, however many batches read it', async () => {
  let runs = 0
  const receipt = await refresher(() => runs++).refresh('waste_trend', windows)
  expect(runs).toBe(12)
  expect(receipt?.recomputed).toBe(12 + 12 + 2)
})
