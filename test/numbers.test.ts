import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillDemoSource } from '../src/demo-source/fill-demo-source.ts'
import { withCandidates, withPto } from './support/candidates.ts'
import { freshDatabase, onDatabase } from './support/databases.ts'
import { type TestService, testService } from './support/service.ts'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../docs/numbers.md'), 'utf8')
const EXAMPLES = [...DOCUMENT.matchAll(/^## (.*)$[\s\S]*?^```graphql\n([\s\S]*?)^```/gm)].map(
  ([, title = '', query = '']) => [title, query] as const,
)

let service: TestService

beforeAll(async () => {
  const url = await freshDatabase('nothing')
  await onDatabase(url, (client) => fillDemoSource(client, { today: '2026-11-27' }))
  service = await testService({ sources: [{ name: 'demo', adapter: 'timesheets', url }] })
  await service.get('mutation { syncSource(name: "demo") { id } }')
})

afterAll(() => service.stop())

test('the example of names is answered, whatever has an id by that id', async () => {
  const naming = readFileSync(join(import.meta.dirname, '../docs/naming.md'), 'utf8')
  const [, query = ''] = /^```graphql\n([\s\S]*?)^```/m.exec(naming) ?? []
  const { users } = await service.get(query)
  const data = await service.get(query.replace(/(?<=node\(id: ")[^"]*/, users.nodes[0].id))
  expect(emptyLists(data)).toEqual([])
  expect(data.node).toEqual({ __typename: 'User', name: users.nodes[0].name })
})

test('each chapter has an example', () => {
  expect(EXAMPLES.map(([title]) => title)).toEqual([...DOCUMENT.matchAll(/^## (.*)$/gm)].map(([, title]) => title))
})

test.each(EXAMPLES)('%s: the example is answered, and no list of it is empty', async (_, query) => {
  const data = await service.get(query)
  expect(emptyLists(data)).toEqual([])
})

test('the examples of pasts are answered', async () => {
  const history = readFileSync(join(import.meta.dirname, '../docs/history.md'), 'utf8')
  const examples = [...history.matchAll(/^```graphql\n([\s\S]*?)^```/gm)].map(([, query = '']) => query)
  expect(examples).toHaveLength(2)
  const [row] = await service.database.sql<{ now: Date }>('SELECT clock_timestamp() AS now')
  const [october, edits] = await Promise.all(examples.map((query) => service.get(query, { closed: row?.now })))
  expect(october.told).toEqual(october.now)
  expect(october.byNewLogic).toEqual(october.now)
  expect(october.now[0].nvaSeconds).toBeGreaterThan(0)
  expect(edits.compareTimes).toMatchObject({ before: october.now[0], change: { nvaSeconds: 0 }, edits: { nodes: [] } })
})

test('the examples of versions are answered', async () => {
  const versions = readFileSync(join(import.meta.dirname, '../docs/versions.md'), 'utf8')
  const examples = [...versions.matchAll(/^```graphql\n([\s\S]*?)^```/gm)].map(([, query = '']) => query)
  const other = await testService({ url: service.url, stages: withCandidates(withPto) })
  try {
    for (const query of examples) expect(emptyLists(await other.get(query))).toEqual([])
    expect(examples).toHaveLength(2)
  } finally {
    await other.stop()
  }
})

/** Where lists are empty; of what is up to date there are no causes. */
function emptyLists(value: unknown, path = 'data'): string[] {
  if (Array.isArray(value) && value.length === 0 && !path.endsWith('causes')) return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inside]) => emptyLists(inside, `${path}.${key}`))
}
