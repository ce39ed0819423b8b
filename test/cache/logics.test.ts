import { type DefinedLogic, keepLogics } from '../../src/cache/logics.ts'
import { stages } from '../../src/stages/index.ts'
import { stageGraph } from '../../src/stages/stage-graph.ts'
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
  const rows = await service.database.sql<Kept>('SELECT * FROM logic ORDER BY stage, version')
  return rows.map(({ stage, version, state }) => `${stage} ${version} ${state}`)
}

function defined(stage: string, version: number): DefinedLogic {
  return { logic: `${stage}-${version}`, stage, version, definition: { name: stage, version } }
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

test('the logic of another version takes the place of the one before, and gives it back', async () => {
  await service.database.sql('DELETE FROM logic')
  const keep = (...logics: DefinedLogic[]) => service.database.transaction((sql) => keepLogics(sql, logics))
  expect(await keep(defined('a', 1), defined('b', 1))).toEqual([])
  expect(await keep(defined('a', 2), defined('b', 1))).toEqual(['a-2'])
  expect(await kept()).toEqual(['a 1 RETIRED', 'a 2 ACTIVE', 'b 1 ACTIVE'])
  expect(await keep(defined('a', 1), defined('b', 1))).toEqual([])
  expect(await kept()).toEqual(['a 1 ACTIVE', 'a 2 RETIRED', 'b 1 ACTIVE'])
})

test('since when a logic was used stays as it is', async () => {
  const first = await service.database.sql('SELECT first_used_at FROM logic ORDER BY logic')
  const again = await testService({ url: service.url })
  await again.stop()
  expect(await service.database.sql('SELECT first_used_at FROM logic ORDER BY logic')).toEqual(first)
})
