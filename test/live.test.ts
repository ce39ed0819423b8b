import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freshDatabase, onDatabase } from './support/databases.ts'
import { type ServiceProcess, serviceProcess } from './support/service-process.ts'
import { ANN, addPeople, ingest, row } from './support/timesheet-rows.ts'
import { until } from './support/until.ts'

const ROOT = join(import.meta.dirname, '..')
const TEXT = readFileSync(join(ROOT, 'docs/live.md'), 'utf8')
const ADDRESS = 'http://127.0.0.1:4000'

let url: string
let asked: ServiceProcess
let other: ServiceProcess
let people: Record<string, string>

beforeAll(async () => {
  url = await freshDatabase()
  ;[asked, other] = await Promise.all([serviceProcess(url), serviceProcess(url)])
  people = await addPeople(other)
})

afterAll(async () => {
  for (const service of [asked, other]) await service?.stop()
})

function block(language: string): string {
  const [, text = ''] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(TEXT) ?? []
  return text
}

/** Resolves once so many processes listen to what others tell. */
async function untilListening(count: number): Promise<void> {
  const locks = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  await until(() => onDatabase(url, async (client) => (await client.query(locks)).rowCount === count))
}

/** What the text asks by curl, asked of the service. */
function curled(): Promise<Response> {
  const command = block('sh')
  expect(command).toContain(`curl -N ${ADDRESS}/graphql`)
  const headers = Object.fromEntries(
    [...command.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name, value]) => [name, value]),
  )
  return fetch(`${asked.address}/graphql`, { method: 'POST', headers, body: /-d '([^']+)'/.exec(command)?.[1] ?? '' })
}

test('the stream that the text asks for tells what another process ingests', async () => {
  const { body } = await curled()
  await ingest(other, [row('1')])
  let told = ''
  for await (const piece of body ?? []) {
    told += Buffer.from(piece)
    if (told.endsWith('}\n\n')) break
  }
  const windows = [{ subjectId: people[ANN], from: '2026-03-02', to: '2026-03-02' }]
  const activitiesIngested = { source: 'timesheets', inserted: 1, touched: { windows } }
  expect(told).toBe(`:\n\nevent: next\ndata: ${JSON.stringify({ data: { activitiesIngested } })}\n\n`)
})

test('the program that the text shows tells what becomes of a source in another process', async () => {
  const program = block('js').replace(ADDRESS.replace('http', 'ws'), asked.address.replace('http', 'ws'))
  await untilListening(0)
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await untilListening(1)
    await ingest(other, [row('2')])
    await other.ask('mutation { removeSource(name: "timesheets") { users } }')
    for await (const line of createInterface(child.stdout)) {
      expect(line).toBe("{ name: 'timesheets', kind: 'REMOVED', changed: 2, error: null }")
      break
    }
  } finally {
    child.kill()
  }
})

test('a process that is told to stop ends its streams, and is gone soon', async () => {
  const { body } = await curled()
  const before = performance.now()
  const stopped = asked.stop()
  let told = ''
  for await (const piece of body ?? []) told += Buffer.from(piece)
  await stopped
  expect(told).toBe(':\n\n')
  expect(performance.now() - before).toBeLessThan(8_000)
  expect(await asked.ended).toBe(0)
})
