import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { jest } from '@jest/globals'
import pg from 'pg'
import { shareEmbeddedPostgres } from '../../src/embedded/embedded-postgres.ts'
import { serverUser } from '../../src/embedded/server-user.ts'
import { isAlive } from '../../src/embedded/shut-down.ts'
import { ask, isRoot, refusal, scratchFolder, start, testWhere, until, usedHome } from './scratch.ts'

jest.setTimeout(30_000)

test('data outlive the server, in a home that is relative and has spaces', async () => {
  const home = relative(process.cwd(), await usedHome())
  const first = await start(home)
  expect(await first.createDatabase('it"s mine')).toBe(true)
  await ask(first.url('it"s mine'), 'create table kept as select 42 as answer')
  await first.stop()

  const second = await start(home)
  expect(await second.createDatabase('it"s mine')).toBe(false)
  expect(await ask(second.url('it"s mine'), 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a database asked for twice at once is made once', async () => {
  const server = await start(await usedHome())
  const made = await Promise.all(['a', 'a', 'b'].map(server.createDatabase))
  expect([made.slice(0, 2).sort(), made[2]]).toEqual([[false, true], true])
})

test('the server has its settings and its caller’s', async () => {
  const server = await start(await usedHome(), { settings: { work_mem: '7MB' } })
  const names = [
    'fsync',
    'listen_addresses',
    'max_connections',
    'synchronous_commit',
    'unix_socket_directories',
    'work_mem',
  ]
  const settings = await ask(
    server.url('postgres'),
    `select name, current_setting(name) as value from unnest(array['${names.join("','")}']) as name`,
  )
  expect(settings.map(({ value }) => value)).toEqual(['off', '127.0.0.1', '50', 'on', '', '7MB'])
})

test('only the password lets in, and only its owner can read it', async () => {
  const home = await usedHome()
  const server = await start(home)
  const wrong = new URL(server.url('postgres'))
  wrong.password = 'guess'
  await expect(ask(wrong.href, 'select')).rejects.toMatchObject({ code: '28P01' })
  expect(statSync(join(home, 'postgres/password')).mode & 0o777).toBe(0o600)
})

testWhere(isRoot, 'needs root', 'for root, Postgres runs as another user, who owns nothing but the data', async () => {
  const home = await usedHome()
  const [owner, ...owners] = ['postgres/data', 'postgres', ''].map((folder) => statSync(join(home, folder)).uid)
  expect(owner).toBe(serverUser(join(home, 'none'))?.uid)
  expect(owner).not.toBe(0)
  expect(owners).toEqual([0, 0])
})

test('a home has one server: the second start names the first’s process and harms nothing', async () => {
  const home = await usedHome()
  const server = await start(home)
  const { code, message } = await refusal(start(home))
  expect(code).toBe('EMBEDDED_POSTGRES_IN_USE')
  expect(message).toBe(
    `The embedded Postgres in ${home}/postgres is in use by process ${process.pid}: stop that one, or set STEELTHREAD_HOME to another folder.`,
  )
  expect(await ask(server.url('postgres'), 'select 1 as up')).toEqual([{ up: 1 }])
})

test('stop ends open transactions, and may be called again', async () => {
  const server = await start(await usedHome())
  const client = new pg.Client({ connectionString: server.url('postgres') })
  const dropped = new Promise((resolve) => client.on('error', resolve))
  await client.connect()
  await client.query('begin')
  const began = performance.now()
  await Promise.all([server.stop(), server.stop()])
  expect(performance.now() - began).toBeLessThan(2000)
  await server.stop()
  await dropped
  await expect(ask(server.url('postgres'), 'select')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('a server that hangs is stopped within 3 s, and its data open again at once', async () => {
  const home = await usedHome()
  const { log, started } = recorder()
  const server = await start(home, { log })
  await ask(server.url('postgres'), 'create table before_hang as select 42 as answer')
  process.kill(started().pid, 'SIGSTOP')
  const began = performance.now()
  await server.stop()
  expect(performance.now() - began).toBeLessThan(3000)
  expect(isAlive(started().pid)).toBe(false)

  const next = await start(home)
  expect(await ask(next.url('postgres'), 'select answer from before_hang')).toEqual([{ answer: 42 }])
})

test('a server that dies is told to the log, and its home can be used again', async () => {
  const home = await usedHome()
  const { log, started, warned } = recorder()
  const server = await start(home, { log })
  process.kill(started().pid, 'SIGKILL')
  await until(() => warned.length > 0)
  // By now it may be started again, too.
  expect(warned[0]).toBe('the embedded Postgres is gone')
  await server.stop()
  await start(home)
})

test('data of another Postgres are left alone', async () => {
  const home = scratchFolder()
  mkdirSync(join(home, 'postgres/data'), { recursive: true })
  writeFileSync(join(home, 'postgres/data/PG_VERSION'), '17\n')
  const { code, message } = await refusal(start(home))
  expect(code).toBe('EMBEDDED_POSTGRES_VERSION')
  expect(message).toMatch(
    /^The data in .*\/postgres\/data are of Postgres 17, but this Steelthread comes with Postgres 18: /,
  )
  expect(readFileSync(join(home, 'postgres/data/PG_VERSION'), 'utf8')).toBe('17\n')
})

test('a home that can’t be a folder is refused', async () => {
  const file = join(scratchFolder(), 'file')
  writeFileSync(file, '')
  for (const home of [file, join(file, 'home')]) {
    const { code, message } = await refusal(start(home))
    expect(code).toBe('EMBEDDED_POSTGRES_UNWRITABLE')
    expect(message).toMatch(/^No place for the embedded Postgres in .* set STEELTHREAD_HOME to one\.$/)
  }
})

test('a password that is lost or wrong is named, and the right one opens the data again', async () => {
  const home = await usedHome()
  const file = join(home, 'postgres/password')
  const right = readFileSync(file)

  writeFileSync(file, 'guess')
  expect((await refusal(start(home))).message).toMatch(/password does not hold the password of the data in /)
  rmSync(file)
  expect((await refusal(start(home))).message).toMatch(/^The password of the data in .* is missing: /)

  writeFileSync(file, right)
  await start(home)
})

test('what Postgres says against a start is in the message, on one line', async () => {
  const home = await usedHome()
  const { code, message } = await refusal(start(home, { settings: { work_mem: 'plenty' } }))
  expect(code).toBe('EMBEDDED_POSTGRES_FAILED')
  expect(message).toBe(
    `The embedded Postgres could not start: FATAL: invalid value for parameter "work_mem": "plenty" (more in ${home}/postgres/postgres.log)`,
  )
  await start(home)
})

function recorder() {
  const said: { pid: number }[] = []
  const warned: string[] = []
  const log = {
    info: (o: object) => void said.push({ pid: 0, ...o }),
    warn: (_: object, m: string) => void warned.push(m),
  }
  return { log, warned, started: () => said[0] ?? { pid: 0 } }
}

test('a server that is shared is stopped when nobody shares it any more', async () => {
  const home = await usedHome()
  const one = await shareEmbeddedPostgres({ home })
  const other = await shareEmbeddedPostgres({ home })
  let isStopped = false
  const stopping = one.stop().then(() => {
    isStopped = true
  })
  expect(await ask(other.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }])
  const third = await shareEmbeddedPostgres({ home })
  await other.stop()
  expect(await ask(third.url('postgres'), 'select 1 as one')).toEqual([{ one: 1 }])
  expect(isStopped).toBe(false)
  await third.stop()
  await stopping
  await expect(ask(third.url('postgres'), 'select 1 as one')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
