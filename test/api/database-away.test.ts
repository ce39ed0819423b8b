import { freshDatabase } from '../support/databases.ts'
import { type Gate, gateBefore } from '../support/gate.ts'
import { type Operation, operations } from '../support/operations.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const USERS = '{ users { totalCount } }'

let gate: Gate
let service: TestService

beforeAll(async () => {
  const url = await freshDatabase()
  gate = await gateBefore(url)
  service = await testService({ url: gate.through(url) })
  await addPeople(service)
  await ingest(service, [row(1)])
})

afterEach(async () => {
  await gate.open()
  await until(async () => (await service.ask(USERS)).data !== null)
})

afterAll(async () => {
  await service.stop()
  await gate.close()
})

async function outcome({ name, query, variables }: Operation): Promise<string> {
  const response = await service.server.inject({ method: 'POST', url: '/graphql', payload: { query, variables } })
  const codes = (response.json().errors ?? []).map((error: { extensions: { code: string } }) => error.extensions.code)
  return `${name} ${response.statusCode} ${codes.join(' ')}`
}

test('while Postgres refuses connections whatever is asked is UNAVAILABLE', async () => {
  await gate.shut()
  // Who has no source to pull or rows to keep is told that before the cache is asked, and who asks without it.
  const isRefusedBefore = ({ name }: Operation) =>
    /(previewValueRules|ingestActivities|syncSource|Query\.caller)$/.test(name)
  const asked = operations().filter((operation) => !isRefusedBefore(operation))
  const outcomes = await Promise.all(asked.map(outcome))
  expect(outcomes).toEqual(asked.map(({ name }) => `${name} 503 UNAVAILABLE`))
})
