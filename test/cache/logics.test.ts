import { stages } from '../../src/stages/index.ts'
import { stageGraph } from '../../src/stages/stage-graph.ts'
import { withCandidates, withPto } from '../support/candidates.ts'
import { type TestService, testService } from '../support/service.ts'

let service: TestService

beforeEach(async () => {
  service = await testService()
})

afterEach(() => service.stop())

interface Kept {
  logic: string
  stage: string
  version: number
  state: string
}

async function kept(): Promise<string[]> {
  const rows = await service.database.sql<Kept>('SELECT * FROM logic ORDER BY stage, version, state')
  return rows.map(({ stage, version, state }) => `${stage} ${version} ${state}`)
}

test('a service keeps the logic of each of its stages, and all that it is the hash of', async () => {
  const graph = [...stageGraph(stages).values()]
  const rows = await service.database.sql<Kept & { definition: object }>('SELECT * FROM logic')
  expect(rows.length).toBe(graph.length)
  for (const { logic, definition, logicDefinition } of graph) {
    const { name: stage, version } = definition
    const row = rows.find((row) => row.logic === logic)
    expect(row).toMatchObject({ stage, version, state: 'ACTIVE', definition: logicDefinition })
  }
})

test('the logics of candidates are kept beside, and those that are in code no more are retired', async () => {
  const candidates = await testService({ url: service.url, stages: withCandidates(withPto) })
  await candidates.stop()
  expect(await kept()).toEqual([
    ...['month_summary 1 ACTIVE', 'month_summary 1 CANDIDATE', 'nva_summary 2 ACTIVE', 'nva_summary 3 CANDIDATE'],
    ...['project_summary 1 ACTIVE', 'sprint_summary 2 ACTIVE', 'sprint_summary 2 CANDIDATE'],
    ...['stereotype_summary 1 ACTIVE', 'time_split 1 ACTIVE', 'waste_trend 1 ACTIVE', 'waste_trend 1 CANDIDATE'],
  ])
  const without = await testService({ url: service.url })
  await without.stop()
  expect((await kept()).filter((each) => !each.endsWith('ACTIVE'))).toEqual([
    ...['month_summary 1 RETIRED', 'nva_summary 3 RETIRED', 'sprint_summary 2 RETIRED', 'waste_trend 1 RETIRED'],
  ])
})

test('the logic of another version takes the place of the one before, and gives it back', async () => {
  const both = await testService({ url: service.url, stages: withCandidates(withPto) })
  const promote = (version: number) =>
    both.get(`mutation { promoteStage(stage: "nva_summary", version: ${version}) { version } }`)
  const ofSummary = async () => (await kept()).filter((each) => each.startsWith('nva_summary'))
  await promote(3)
  expect(await ofSummary()).toEqual(['nva_summary 2 CANDIDATE', 'nva_summary 3 ACTIVE'])
  expect((await kept()).filter((each) => each.startsWith('waste_trend'))).toHaveLength(2)
  await promote(2)
  expect(await ofSummary()).toEqual(['nva_summary 2 ACTIVE', 'nva_summary 3 CANDIDATE'])
  await both.stop()
})

test('one whose definition is another under the same version is retired', async () => {
  const lacking = withCandidates().map((stage) => (stage.name === 'waste_trend' ? { ...stage, lookback: 7 } : stage))
  const other = await testService({ url: service.url, stages: lacking })
  await other.stop()
  expect((await kept()).filter((each) => each.startsWith('waste_trend'))).toEqual([
    'waste_trend 1 ACTIVE',
    'waste_trend 1 RETIRED',
  ])
})

test('since when a logic was used stays as it is', async () => {
  const first = await service.database.sql('SELECT first_used_at FROM logic ORDER BY logic')
  const again = await testService({ url: service.url })
  await again.stop()
  expect(await service.database.sql('SELECT first_used_at FROM logic ORDER BY logic')).toEqual(first)
})
