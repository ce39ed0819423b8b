import { configOf } from '../src/config/config.ts'
import { serviceLog } from '../src/log.ts'
import { type RunningService, startService } from '../src/start-service.ts'
import { scratchFolder } from './embedded/scratch.ts'
import { entries, sourceDatabase } from './source/source-database.ts'
import { freshDatabase } from './support/databases.ts'

const TREND = '{ stages { name versions { version state } } }'
const SYNC = 'mutation ($name: String!) { syncSource(name: $name) { inserted } }'

/** Starts a service as it is configured, asks it, and stops it. */
async function asking(env: Record<string, string>, work: (get: Get) => Promise<void>): Promise<void> {
  const service = await startService(configOf(env), serviceLog('silent'))
  try {
    await work((query, variables = {}) => get(service, query, variables))
  } finally {
    await service.stop()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a test says by its expectation what it expects to be there.
type Get = (query: string, variables?: object) => Promise<any>

async function get({ server }: RunningService, query: string, variables: object) {
  const { data, errors } = (
    await server.inject({ method: 'POST', url: '/graphql', payload: { query, variables } })
  ).json()
  expect(errors).toBeUndefined()
  return data
}

async function versionsOfTrend(ask: Get): Promise<unknown> {
  const { stages } = await ask(TREND)
  return stages.find(({ name }: { name: string }) => name === 'waste_trend').versions
}

const ACTIVE = { version: 1, state: 'ACTIVE' }
const CANDIDATE = { version: 2, state: 'CANDIDATE' }

test('the demo has projects, teams and a candidate, which answers once it is promoted, also beside a source of one’s own', async () => {
  const STEELTHREAD_HOME = `${scratchFolder()}/home`
  await asking({ STEELTHREAD_HOME }, async (ask) => {
    expect(await versionsOfTrend(ask)).toEqual([ACTIVE, CANDIDATE])
    const { teams } = await ask('{ teams { name } }')
    expect(teams.map(({ name }: { name: string }) => name)).toEqual(['Customer Care', 'Mobile', 'Platform', 'Web'])
    expect((await ask(SYNC, { name: 'demo' })).syncSource.inserted).toBeGreaterThan(38_000)
    const { users, projects } = await ask('{ users { totalCount } projects { name client } }')
    expect(users.totalCount).toBe(25)
    expect(projects).toContainEqual({ name: 'Loyalty app', client: 'Montrose Coffee' })
    expect(projects).toContainEqual({ name: 'Build platform', client: null })
    await ask(`mutation { deleteTeams(ids: ["${(await ask('{ teams { id } }')).teams[0].id}"]) }`)
    await ask('mutation { promoteStage(stage: "waste_trend", version: 2) { version } }')
  })

  await asking({ STEELTHREAD_HOME }, async (ask) => {
    expect((await ask('{ teams { name } }')).teams).toHaveLength(3)
    expect(await versionsOfTrend(ask)).toEqual([
      { version: 1, state: 'CANDIDATE' },
      { version: 2, state: 'ACTIVE' },
    ])
  })

  const SOURCE_TIMESHEETS_URL = await sourceDatabase(entries(3, 'a', '2026-03-02 10:00Z'))
  await asking({ STEELTHREAD_HOME, SOURCE_TIMESHEETS_URL }, async (ask) => {
    expect(await ask(SYNC, { name: 'timesheets' })).toEqual({ syncSource: { inserted: 3 } })
    const { wasteTrends } = await ask('{ wasteTrends(from: "2026-03-02", to: "2026-03-08") { wasteRatio } }')
    expect(wasteTrends.length).toBeGreaterThan(0)
  })
})

test('who has a source of their own, or a database, gets no candidate and no teams', async () => {
  const SOURCE_TIMESHEETS_URL = await sourceDatabase(entries(3, 'a', '2026-03-02 10:00Z'))
  const home: Record<string, string> = { STEELTHREAD_HOME: `${scratchFolder()}/home` }
  for (const cache of [home, { DATABASE_URL: await freshDatabase() }]) {
    await asking({ ...cache, SOURCE_TIMESHEETS_URL }, async (ask) => {
      expect(await versionsOfTrend(ask)).toEqual([ACTIVE])
      expect((await ask('{ teams { name } }')).teams).toEqual([])
    })
  }
})
