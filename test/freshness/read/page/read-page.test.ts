import { InProcessDispatcher } from '../../../../src/dispatch/in-process-dispatcher.ts'
import { Freshness } from '../../../../src/freshness/freshness.ts'
import { FRESH } from '../../../../src/freshness/read/freshness-mode.ts'
import { emptyReceipt } from '../../../../src/model/receipt.ts'
import { stages } from '../../../../src/stages/index.ts'
import { type NvaSummary, nvaSummary } from '../../../../src/stages/nva-summary.ts'
import { stageGraph, stageOf } from '../../../../src/stages/stage-graph.ts'
import { type TestService, testService } from '../../../support/service.ts'
import { addPeople, ingest, row } from '../../../support/timesheet-rows.ts'

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
})

afterEach(() => service.stop())

test('a page can have the annotations of many day stages at once', async () => {
  await ingest(service, [row(1), row(2, { activity_date: '2026-03-03', duration_seconds: 60 })])
  const names = Array.from({ length: 20 }, (_, i) => `sums_of_a_stage_whose_name_takes_all_the_room_that_there_is_${i}`)
  const many = names.map((name) => ({ ...nvaSummary, name }))
  const dispatcher = new InProcessDispatcher()
  const graph = stageGraph([...stages, ...many])
  const asked = names.map((name) => stageOf(graph, name))
  const freshness = new Freshness(service.database, dispatcher, graph)
  freshness.respond()
  const page = { criteria: {}, sort: 'date', descending: true, after: null, limit: 1 } as const
  const receipt = emptyReceipt()
  const [first, second] = await freshness.activities(page, new Map(asked.map((stage) => [stage, FRESH])), receipt)
  expect([...(first?.annotations.keys() ?? [])]).toEqual(asked.map(({ logic }) => logic))
  expect([...(first?.annotations.values() ?? [])].flat().map((one) => (one as NvaSummary).totalSum)).toEqual(
    names.map(() => 60),
  )
  // The one too many only says that the list goes on.
  expect(second?.annotations.size).toBe(0)
  expect(receipt).toMatchObject({ recomputed: 21 })
})
