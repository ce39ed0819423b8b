import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { scratchFolder, start } from './embedded/scratch.ts'
import { noOwnPostgres, type OwnPostgres, startOwnPostgres } from './support/own-postgres.ts'
import { type TestService, testService } from './support/service.ts'
import { addSixDays, BEN, ingest, row } from './support/timesheet-rows.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'

/** What there is, how it came to be, and what waits. */
const ALL = `query ($before: DateTime!, $batch: ID!) {
  nvaSummaryTotals(${MARCH}) { user { name } nvaSeconds totalSeconds quarantinedRows freshness { status } }
  nvaSummaries(${MARCH}, first: 50) {
    nodes { date user { name } totalSeconds computedAt changedAt provenance { activities { nodes { rowIndex batch { id } } } } }
  }
  wasteTrends(${MARCH}) { weekStart wasteRatio changedAt }
  then: nvaSummaryTotals(${MARCH}, asOf: $before) { user { name } totalSeconds }
  activityHistory(source: "timesheets", externalId: "1") { since until durationSeconds batch { id } }
  ingestBatch(id: $batch) { rows(first: 9) { nodes { rowIndex row } } }
  quarantine(first: 9) { nodes { id externalId row problems { code message } } }
  stages { name counts { fresh stale missing } }
}`

interface Filled {
  variables: { before: string; batch: string }
  answer: object
}

/** Activities, one that was another before, one that was deleted, one that was refused; and all numbers of them. */
async function fill(service: TestService): Promise<Filled> {
  await addSixDays(service)
  const { id: batch } = await ingest(service, [row(1), row(2, { user_id: BEN }), row(3, { activity_date: 'soon' })])
  const { activityHistory } = await service.get('{ activityHistory(source: "timesheets", externalId: "1") { since } }')
  const variables = { before: activityHistory[0].since, batch }
  await ingest(service, [row(1, { duration_seconds: 60 })])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["ann 2026-03-03"]) }')
  // What is asked for at first is computed.
  await service.get(ALL, variables)
  const answer = await service.get(ALL, variables)
  expect(answer.quarantine.nodes).toHaveLength(1)
  expect(answer.ingestBatch.rows.nodes).toHaveLength(3)
  expect(answer.activityHistory).toHaveLength(2)
  const totals = (groups: { totalSeconds: number }[]) => groups.map(({ totalSeconds }) => totalSeconds)
  expect(totals(answer.then)).not.toEqual(totals(answer.nvaSummaryTotals))
  return { variables, answer }
}

const NUMBERS = `{ nvaSummaryTotals(${MARCH}) { totalSeconds } wasteTrends(${MARCH}) { wasteRatio } }`

/** Everything is as it was, nothing is computed for it, and it goes on from there. */
async function expectSame(service: TestService, { variables, answer }: Filled): Promise<void> {
  expect(await service.receipt(NUMBERS)).toMatchObject({ recomputed: 0, verified: 0 })
  expect(await service.get(ALL, variables)).toEqual(answer)
  await ingest(service, [row(1, { duration_seconds: 120 })])
  // Of Ann's day time_split and nva_summary, and her week.
  expect(await service.receipt(NUMBERS)).toMatchObject({ recomputed: 3, verified: 0 })
}

const services: TestService[] = []

async function serviceOn(url: string): Promise<TestService> {
  const service = await testService({ url, quarantineLimit: 100 })
  services.push(service)
  return service
}

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop()
})

const describeWithPostgres = noOwnPostgres ? describe.skip : describe
if (noOwnPostgres) process.stdout.write(`Dump and restore are not tried: ${noOwnPostgres}.\n`)

describeWithPostgres('a dump', () => {
  let postgres: OwnPostgres

  beforeAll(async () => {
    postgres = await startOwnPostgres()
  })

  afterAll(() => postgres.stop())

  test('of a service that runs has all of a moment; restored into an empty database, nothing is computed anew', async () => {
    await postgres.run('createdb', '--maintenance-db', postgres.url('postgres'), 'cache')
    const service = await serviceOn(postgres.url('cache'))
    const filled = await fill(service)
    const file = join(scratchFolder(0o777), 'cache.dump')
    await postgres.run('pg_dump', '--format=custom', `--file=${file}`, postgres.url('cache'))
    // What comes later is not in it.
    await ingest(service, [row(4, { user_id: BEN })])

    await postgres.run('createdb', '--maintenance-db', postgres.url('postgres'), 'restored')
    const into = `--dbname=${postgres.url('restored')}`
    await postgres.run('pg_restore', '--exit-on-error', '--no-owner', '--no-privileges', into, file)
    await expectSame(await serviceOn(postgres.url('restored')), filled)
  })

  test('goes to another server, whose transactions have other numbers', async () => {
    await postgres.run('createdb', '--maintenance-db', postgres.url('postgres'), 'old')
    const filled = await fill(await serviceOn(postgres.url('old')))
    const file = join(scratchFolder(0o777), 'cache.dump')
    await postgres.run('pg_dump', '--format=custom', `--file=${file}`, postgres.url('old'))
    const other = await startOwnPostgres()
    try {
      await other.run('createdb', '--maintenance-db', other.url('postgres'), 'new')
      await other.run('pg_restore', '--exit-on-error', '--no-owner', `--dbname=${other.url('new')}`, file)
      const service = await serviceOn(other.url('new'))
      await expectSame(service, filled)
      await service.stop()
      services.pop()
    } finally {
      await other.stop()
    }
  })
})

test('the copied home of a service that was stopped is all that the embedded Postgres needs', async () => {
  const [home, copy] = [scratchFolder(), scratchFolder()]
  const server = await start(home)
  await server.createDatabase('steelthread')
  const service = await serviceOn(server.url('steelthread'))
  const filled = await fill(service)
  await service.stop()
  services.pop()
  await server.stop()
  expect(spawnSync('cp', ['-a', `${home}/.`, copy]).status).toBe(0)

  const restored = await start(copy)
  await expectSame(await serviceOn(restored.url('steelthread')), filled)
  for (const each of services.splice(0)) await each.stop()
})
