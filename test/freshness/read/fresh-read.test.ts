import type { Window } from '../../../src/model/window.ts'
import { stageOf } from '../../../src/stages/stage-graph.ts'
import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, ingest, PTO, row } from '../../support/timesheet-rows.ts'

const YEAR = '{ nvaSummary(from: "2026-01-01", to: "2026-12-31") { totalSum } }'
const FIRST = `{ activities(first: 1) {
  nodes { externalId durationSeconds timeSplit { nvaSeconds } nvaSummary { totalSum } }
} }`

let service: TestService
let people: Record<string, string>

beforeEach(async () => {
  service = await testService()
  people = await addPeople(service)
})

afterEach(() => service.stop())

/** Does `work` each time that a refresh ended, before the reader reads again. Returns what was asked for. */
function afterRefreshes(work: (count: number) => Promise<unknown>): { stage: string; windows: Window[] }[] {
  const asked: { stage: string; windows: Window[] }[] = []
  const { dispatcher } = service
  const request = dispatcher.request.bind(dispatcher)
  dispatcher.request = async (type, payload) => {
    const answer = await request(type, payload)
    asked.push(payload)
    await work(asked.length)
    return answer
  }
  return asked
}

const remove = (externalId: string) =>
  service.get(`mutation { deleteActivities(source: "timesheets", externalIds: ["${externalId}"]) }`)
const discard = (stage: string) => service.get(`mutation { discardAnnotations(stage: "${stage}") }`)
const day = (count: number) => `2026-04-${String(count).padStart(2, '0')}`

describe('a read reflects every change that was committed before it began', () => {
  test('on a page that gets other activities while it is refreshed', async () => {
    const a = { activity_date: '2026-03-03' }
    await ingest(service, [row('a', a), row('b')])
    await service.get(FIRST.replace('first: 1', 'first: 2'))
    await ingest(service, [row('a', { ...a, duration_seconds: 100 }), row('b', { duration_seconds: 200 })])
    afterRefreshes((count) => (count === 1 ? remove('a') : Promise.resolve()))
    expect((await service.get(FIRST)).activities.nodes).toEqual([
      { externalId: 'b', durationSeconds: 200, timeSplit: { nvaSeconds: 200 }, nvaSummary: { totalSum: 200 } },
    ])
  })

  test('in a slice that is discarded and computed again', async () => {
    await ingest(service, [row('a')])
    await service.get(YEAR)
    await ingest(service, [row('a', { duration_seconds: 60 })])
    afterRefreshes((count) => (count < 6 ? discard('nva_summary') : Promise.resolve()))
    expect((await service.get(YEAR)).nvaSummary).toEqual([{ totalSum: 60 }])
  })

  test('in a slice that is pruned while others come to be', async () => {
    await ingest(service, [row('a')])
    const { logic } = stageOf(service.freshness.graph, 'nva_summary')
    afterRefreshes(async (count) => {
      await ingest(service, [row(`n${count}`, { activity_date: day(count) })])
      if (count === 3) await service.freshness.prune([logic], { dryRun: false, tell: () => undefined })
    })
    // It, and those of the rounds until it was there again.
    expect((await service.get(YEAR)).nvaSummary).toEqual([{ totalSum: 4 * 3600 }])
  })
})

test('what a stage makes of two tables that are not of one moment is not shown', async () => {
  const timeOff = (seconds: number) => row('a', { stereotype_id: PTO, duration_seconds: seconds })
  await ingest(service, [timeOff(3600)])
  const derivation = service.database.derivation.bind(service.database)
  let count = 0
  service.database.derivation = async (work) => {
    const result = await derivation(work)
    count++
    // Between the times of the activities and their sum, which looks again which of them are PTO; five times over.
    if (count <= 10) await ingest(service, [count % 2 === 1 ? row('a', { duration_seconds: 60 }) : timeOff(count)])
    return result
  }
  expect((await service.get(YEAR)).nvaSummary).toEqual([{ totalSum: 0 }])
})

describe('a read ends, although', () => {
  test('days come to be all the time in its range', async () => {
    await ingest(service, [row('a')])
    const asked = afterRefreshes((count) => ingest(service, [row(`n${count}`, { activity_date: day(count) })]))
    // Those of its first rounds are in it.
    expect((await service.get(YEAR)).nvaSummary).toEqual([{ totalSum: 3 * 3600 }])
    expect(asked).toHaveLength(3)
  })

  test('its slices are edited all the time', async () => {
    await ingest(service, [row('a')])
    const asked = afterRefreshes((count) => ingest(service, [row('a', { duration_seconds: count })]))
    expect((await service.get(YEAR)).nvaSummary).toEqual([{ totalSum: 2 }])
    expect(asked).toHaveLength(3)
  })

  test('activities come to be all the time at the head of its page', async () => {
    await ingest(service, [row('a')])
    afterRefreshes((count) => ingest(service, [row(`n${count}`, { activity_date: day(count), duration_seconds: 60 })]))
    const [node] = (await service.get(FIRST)).activities.nodes
    expect(node).toEqual({
      externalId: expect.stringMatching(/^n/),
      durationSeconds: 60,
      timeSplit: { nvaSeconds: 60 },
      nvaSummary: { totalSum: 60 },
    })
  })
})

test('what became stale again is asked for by itself, not by the windows that were asked for', async () => {
  await ingest(service, [row('a'), row('b', { activity_date: '2026-03-03' })])
  const asked = afterRefreshes((count) =>
    count === 1
      ? ingest(service, [row('b', { activity_date: '2026-03-03', duration_seconds: 60 })])
      : Promise.resolve(),
  )
  await service.get(YEAR)
  expect(asked[1]?.windows).toEqual([{ subjectId: people[ANN], from: '2026-03-03', to: '2026-03-03' }])
})

describe('a read that can not end says why:', () => {
  test('values were discarded', async () => {
    await ingest(service, [row('a')])
    afterRefreshes(() => discard('nva_summary'))
    const { errors } = await service.ask(YEAR)
    expect(errors).toMatchObject([{ extensions: { code: 'CONTENTION', stages: ['nva_summary'] } }])
    expect(errors?.[0]?.message).toMatch(/^Values of nva_summary were discarded/)
  })

  test('a page got other activities', async () => {
    await ingest(service, [row('n0')])
    afterRefreshes(async (count) => {
      await ingest(service, [row(`n${count}`, { activity_date: day(count) })])
      await service.get('{ activities(first: 5) { nodes { id } } }')
      await remove(`n${count - 1}`)
    })
    const { errors } = await service.ask('{ activities(first: 1) { nodes { timeSplit { nvaSeconds } } } }')
    expect(errors).toMatchObject([{ extensions: { code: 'CONTENTION' } }])
    expect(errors?.[0]?.message).toMatch(/^Activities of the page .* time_split/)
  })
})
