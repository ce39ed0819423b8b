import { Kind, parse } from 'graphql'
import { fillDemoSource } from '../../../src/demo-source/fill-demo-source.ts'
import { type Example, examples } from '../../../src/web/graphiql/examples.ts'
import { freshDatabase, onDatabase } from '../../support/databases.ts'
import { type TestService, testService } from '../../support/service.ts'
import { bySse } from '../../support/subscribers.ts'
import { until } from '../../support/until.ts'

const TODAY = '2026-03-04'

let service: TestService
const all: Example[] = examples(TODAY)

beforeAll(async () => {
  const url = await freshDatabase('nothing')
  await onDatabase(url, (client) => fillDemoSource(client, { today: TODAY }))
  service = await testService({ sources: [{ name: 'demo', adapter: 'timesheets', url }], today: () => TODAY })
  await service.get('mutation { syncSource(name: "demo") { id } }')
})

afterAll(() => service.stop())

/** What each operation of an example answers, by its name, in the order in which they stand there. */
async function answersOf(name: string) {
  const { query = '', variables = '{}' } = all.find((example) => example.name === name) ?? {}
  const answers = new Map()
  for (const definition of parse(query).definitions) {
    const operationName = definition.kind === Kind.OPERATION_DEFINITION ? (definition.name?.value ?? '') : ''
    const payload = { query, operationName, variables: JSON.parse(variables) }
    const answer = (await service.server.inject({ method: 'POST', url: '/graphql', payload })).json()
    expect({ operationName, errors: answer.errors }).toEqual({ operationName, errors: undefined })
    answers.set(operationName, answer)
  }
  return answers
}

test('every example is run here', () => {
  expect(all.map(({ name }) => name)).toEqual(['activities', 'waste', 'flagged', 'ingest', 'quarantine', 'live'])
})

test('activities come with what the stages added, computed once', async () => {
  const first = (await answersOf('activities')).get('Activities')
  expect(first.data.activities.nodes).toHaveLength(10)
  for (const node of first.data.activities.nodes) {
    expect(node.annotations.map(({ stage }: { stage: string }) => stage)).toContain('waste_trend')
  }
  expect(first.extensions.receipt.recomputed).toBeGreaterThan(0)
  expect((await answersOf('activities')).get('Activities').extensions.receipt.recomputed).toBe(0)
})

test('half a year of waste is there for everybody', async () => {
  const { data } = (await answersOf('waste')).get('Waste')
  expect(data.nvaSummaryTotals).toHaveLength(25)
  expect(data.wasteByStereotype.length).toBeGreaterThan(5)
})

test('some weeks are flagged', async () => {
  const { data } = (await answersOf('flagged')).get('Flagged')
  expect(data.wasteTrends.length).toBeGreaterThan(0)
  const weeks: string[] = data.wasteTrends.map(({ weekStart }: { weekStart: string }) => weekStart)
  expect(weeks.filter((week) => week >= '2026-03-02')).toEqual([])
})

test('of two rows one is taken in and one refused whole, and the first can be taken out again', async () => {
  const answers = await answersOf('ingest')
  const row = { activity_date: TODAY, duration_seconds: 90_000, value_type: 'MAYBE', stereotype_id: 3, user_id: 1 }
  expect(answers.get('Ingest').data.ingestActivities).toMatchObject({
    ...{ received: 2, inserted: 1, updated: 0, unchanged: 0, quarantined: 1 },
    rejections: { nodes: [{ rowIndex: 1, row: { id: 'graphiql-2', ...row } }] },
  })
  expect(answers.get('TakeOut').data).toEqual({ deleteActivities: 1 })
})

test('the quarantine shows what the demo source has of dirt, and the stages how fresh they stand', async () => {
  const { data } = (await answersOf('quarantine')).get('Quarantine')
  expect(data.quarantine.nodes).toHaveLength(20)
  expect(data.stages.every(({ counts }: { counts: { fresh: number } }) => counts.fresh >= 0)).toBe(true)
})

test('what the example "ingest" does is told to who runs "live"', async () => {
  const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
  const { query = '' } = all.find(({ name }) => name === 'live') ?? {}
  const subscribers = ['Live', 'Refreshes'].map((operationName) => bySse(address, query, {}, operationName))
  const told = subscribers.map((subscriber) => subscriber.next())
  await until(() => service.live.subscriberCount === 2)
  await answersOf('ingest')
  await answersOf('waste')
  const [changes, refreshes] = await Promise.all(told)
  expect(changes?.data.activitiesIngested).toMatchObject({ source: 'demo', inserted: 1, touched: { windowCount: 1 } })
  expect(refreshes?.data.slicesRefreshed.receipt.recomputed).toBeGreaterThan(0)
  for (const subscriber of subscribers) await subscriber.leave()
})
