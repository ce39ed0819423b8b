import { makeDemoTeams } from '../src/make-demo-teams.ts'
import { entries, sourceDatabase } from './source/source-database.ts'
import { type TestService, testService } from './support/service.ts'

const TEAMS = [
  {
    name: 'Web',
    members: [
      { employeeId: 1, employeeName: 'Ann', from: '2026-01-05', to: null },
      { employeeId: 2, employeeName: 'Ben', from: '2026-01-05', to: '2026-02-01' },
    ],
  },
  { name: 'Mobile', members: [{ employeeId: 2, employeeName: 'Ben', from: '2026-02-02', to: null }] },
]
const MADE = [
  { name: 'Mobile', members: [{ from: '2026-02-02', to: null, user: { name: 'Ben' } }] },
  {
    name: 'Web',
    members: [
      { from: '2026-01-05', to: null, user: { name: 'Ann' } },
      { from: '2026-01-05', to: '2026-02-01', user: { name: 'Ben' } },
    ],
  },
]

let service: TestService

beforeEach(async () => {
  const url = await sourceDatabase(entries(3, 'a', '2026-03-02 10:00Z'))
  service = await testService({ sources: [{ name: 'demo', adapter: 'timesheets', url }] })
})

afterEach(() => service.stop())

const make = () => makeDemoTeams(service.acl, 'demo', TEAMS)
const pull = () => service.get('mutation { syncSource(name: "demo") { inserted quarantined } }')

async function teams(): Promise<unknown> {
  return (await service.get('{ teams { name members { from to user { name } } } }')).teams
}

test('teams are made before the first pull, of the very users that it brings', async () => {
  await make()
  expect(await teams()).toEqual(MADE)
  const { users } = await service.get('{ users { nodes { id source externalId } } }')
  expect(await pull()).toEqual({ syncSource: { inserted: 3, quarantined: 0 } })
  const after = await service.get('{ users { nodes { id source externalId } } }')
  expect(after.users.nodes).toEqual(expect.arrayContaining(users.nodes))
})

test('by a service that broke off before its first pull they are made again, by two at once the same', async () => {
  await make()
  await Promise.all([make(), make()])
  expect(await teams()).toEqual(MADE)
})

test('what somebody changed or deleted stays so at the next start', async () => {
  await make()
  await pull()
  const { teams: made } = await service.get('{ teams { id name } }')
  const mobile = made.find(({ name }: { name: string }) => name === 'Mobile')
  await service.get(`mutation {
    deleteTeams(ids: ["${mobile.id}"])
    upsertTeams(input: [{ name: "Web", members: [] }]) { id }
  }`)
  await make()
  expect(await teams()).toEqual([{ name: 'Web', members: [] }])
})

test('a team of that name that was there before stays as it is', async () => {
  await service.get('mutation { upsertTeams(input: [{ name: "Web", members: [] }]) { id } }')
  await make()
  expect(await teams()).toEqual([MADE[0], { name: 'Web', members: [] }])
})

test('once the source was removed they come again with it', async () => {
  await make()
  await pull()
  const { teams: made } = await service.get('{ teams { id } }')
  await service.get(`mutation { removeSource(name: "demo") { users } }`)
  await service.get('mutation ($ids: [ID!]!) { deleteTeams(ids: $ids) }', {
    ids: made.map(({ id }: { id: string }) => id),
  })
  await make()
  expect(await teams()).toEqual(MADE)
})

test('a demo that was made before there were teams has none', async () => {
  await makeDemoTeams(service.acl, 'demo', [])
  expect(await teams()).toEqual([])
})
