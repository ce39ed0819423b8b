import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { scratchFolder } from './embedded/scratch.ts'
import { inSource, pullingProcess, STALLING, sourceDatabase } from './source/source-database.ts'
import { freshDatabase, onDatabase, waitingForLocks } from './support/databases.ts'
import { type ServiceProcess, serviceProcess } from './support/service-process.ts'
import { addPeople, row } from './support/timesheet-rows.ts'

const MAIN = new URL('../dist/src/main.js', import.meta.url).pathname

/** What the command prints and how it ends, where it ends by itself. */
async function run(words: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, ...words], { env: { PATH: process.env.PATH, ...settings } })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code }
}

describe('the command line', () => {
  test('--help says how it is used', async () => {
    expect(await run(['--help'])).toMatchObject({ out: expect.stringMatching(/^Usage: steelthread/), err: '', code: 0 })
  })

  test('--version says the version of the package', async () => {
    expect(await run(['--version'])).toEqual({ out: '0.1.0\n', err: '', code: 0 })
  })
})

test('a port that is taken is found before anything else is started', async () => {
  const home = `${scratchFolder()}/home`
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { out, err, code } = await run([], { PORT: String(port), STEELTHREAD_HOME: home })
  other.close()
  expect({ out, code }).toEqual({ out: '', code: 1 })
  expect(err).toBe(`steelthread: PORT: ${port} is taken on 127.0.0.1; set PORT to another one, or 0 for any.\n`)
  expect(existsSync(home)).toBe(false)
})

test.each([
  'postgres:me:secret@db/cache',
  'postgres:/me:secret@db',
  'postgres://me:se%cret@db/cache',
  'postgres://me:12/secret@db/cache',
  'me:secret@db',
])('the password of the malformed URL %s is not printed', async (url) => {
  for (const variable of ['DATABASE_URL', 'SOURCE_TIMESHEETS_URL']) {
    const { out, err, code } = await run([], { [variable]: url, PORT: '0' })
    expect({ out, code }).toEqual({ out: '', code: 1 })
    expect(err).toMatch(new RegExp(`^steelthread: ${variable} must be a URL such as`))
    expect(err).not.toMatch(/secret|se%cret/)
  }
})

test('a database that is not there is said in one line', async () => {
  const url = Object.assign(new URL(process.env.TEST_POSTGRES_URL ?? ''), { pathname: '/nope' })
  for (let i = 0; i < 4; i++) {
    const { out, err, code } = await run([], { DATABASE_URL: url.href, PORT: '0' })
    expect({ out, code }).toEqual({ out: '', code: 1 })
    expect(err).toMatch(
      /^steelthread: DATABASE_URL: the database [^\n]*nope can't be used: database "nope" does not exist\n$/,
    )
  }
})

describe('stopping', () => {
  const INGEST = 'mutation ($input: IngestActivitiesInput!) { ingestActivities(input: $input) { inserted } }'
  let url: string
  let service: ServiceProcess

  async function start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    url = await freshDatabase()
    service = await serviceProcess(url, { env: settings })
    await addPeople(service)
  }

  function ingest(id: number): Promise<Response> {
    const variables = { input: { source: 'timesheets', rows: [row(id)] } }
    return fetch(`${service.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: INGEST, variables }),
    })
  }

  function count(): Promise<number> {
    return onDatabase(url, async (client) => (await client.query('SELECT FROM activity')).rowCount ?? 0)
  }

  /** Holds what ingests need until so many of them have come in, and on until `work` is done. */
  async function holdingIngests(many: number, work: () => Promise<void>): Promise<void> {
    await onDatabase(url, async (client) => {
      await client.query('BEGIN; LOCK TABLE activity IN SHARE MODE')
      const begun = [...Array(many).keys()].map(ingest)
      outcomes = Promise.allSettled(begun)
      // One waits in Postgres, the others for their turn.
      while ((await waitingForLocks(client)) === 0) await healthz()
      for (let i = 0; i < 5; i++) await healthz()
      await work()
      await client.query('COMMIT')
    })
  }

  let outcomes: Promise<PromiseSettledResult<Response>[]>

  test('what is under way is answered, nothing more is taken on, and it ends with 0', async () => {
    await start()
    await holdingIngests(40, async () => {
      process.kill(service.pid, 'SIGTERM')
      await refused()
    })
    const answers = await outcomes
    const statuses = answers.map((each) => (each.status === 'fulfilled' ? each.value.status : String(each.reason)))
    expect(statuses).toEqual(Array(40).fill(200))
    expect(await service.ended).toBe(0)
    expect(await count()).toBe(40)
  })

  test('what does not end within the grace time is cancelled, which the log says, and it ends with 0', async () => {
    await start({ STOP_GRACE: '1s' })
    await holdingIngests(3, async () => {
      process.kill(service.pid, 'SIGTERM')
      expect(await service.ended).toBe(0)
    })
    const answers = await outcomes
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(service.said.join('\n')).toMatch(/"cancelled":3,"msg":"requests were cancelled: they didn't end within 1 s"/)
    expect(await count()).toBe(0)
  })

  test('what comes while it starts is heeded once it has: it serves nobody, and ends with 0', async () => {
    const database = await freshDatabase()
    await onDatabase(database, async (client) => {
      await client.query('BEGIN; LOCK TABLE migrations')
      const env = { PATH: process.env.PATH, DATABASE_URL: database, PORT: '0' }
      const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = once(child, 'exit')
      while ((await waitingForLocks(client)) === 0);
      child.kill('SIGTERM')
      const said = text(child.stdout)
      await once(child.stdout, 'data')
      await client.query('COMMIT')
      expect(await ended).toEqual([0, null])
      expect(await said).toMatch(/^[^\n]*"msg":"stopping"}\n$/)
    })
  })

  test('a second signal ends it at once', async () => {
    await start()
    await holdingIngests(1, async () => {
      process.kill(service.pid, 'SIGTERM')
      await refused()
      process.kill(service.pid, 'SIGINT')
      expect(await service.ended).toBe(1)
    })
  })

  test('a pull that somebody asked for is broken off, and says so in its answer and its report', async () => {
    const source = await sourceDatabase(...STALLING)
    await start({ SOURCE_TIMESHEETS_URL: source, SOURCE_TIMESHEETS_EVERY: 'off' })
    await pullingProcess(source, '%max(%')
    const asked = service.ask('mutation { syncSource(name: "timesheets") { id } }')
    // The first pull, that of the start, ends; the one that was asked for has its turn.
    await inSource(source, `SELECT pg_terminate_backend(${await pullingProcess(source, '%max(%')})`)
    const reports = () => onDatabase(url, async (client) => (await client.query('SELECT error FROM ingest_batch')).rows)
    while ((await reports()).length < 2);
    await pullingProcess(source, '%max(%')
    process.kill(service.pid, 'SIGTERM')
    const error = 'Broken off, as the service stopped.'
    expect((await asked).errors).toMatchObject([{ message: error, extensions: { code: 'CANCELLED' } }])
    expect(await service.ended).toBe(0)
    expect(await reports()).toContainEqual({ error })
  })

  /** Resolves once nobody is let in any more. */
  async function refused(): Promise<void> {
    while (await healthz());
  }

  function healthz(): Promise<boolean> {
    return fetch(`${service.address}/healthz`, { headers: { connection: 'close' } }).then(
      ({ ok }) => ok,
      () => false,
    )
  }
})
