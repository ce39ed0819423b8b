import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import pg from 'pg'
import { readPostmasterFile } from '../../src/embedded/postmaster.ts'
import { asUser, serverUser } from '../../src/embedded/server-user.ts'
import { isAlive } from '../../src/embedded/shut-down.ts'
import { afterwards, ask, scratchFolder, start, testWhere, until, usedHome } from './scratch.ts'
import { compileTo, runService } from './service.ts'

jest.setTimeout(30_000)

test('Postgres ends with a service that is killed, and the next one has the data', async () => {
  const { home, url, pid, service } = await runningService()
  await ask(url, 'create table before_kill as select 42 as answer')
  service.process.kill('SIGKILL')
  await until(() => !isAlive(pid))
  const server = await start(home)
  expect(await ask(server.url('postgres'), 'select answer from before_kill')).toEqual([{ answer: 42 }])
})

testWhere(
  existsSync('/proc/self/cmdline'),
  'needs /proc',
  'a Postgres that outlived its service is stopped by the next one',
  async () => {
    const { home, url, pid, service } = await runningService()
    await ask(url, 'create table before_leaving as select 42 as answer')
    process.kill(watchdogOf(pid), 'SIGKILL')
    service.process.kill('SIGKILL')
    await service.ended
    expect(isAlive(pid)).toBe(true)

    const warned: unknown[] = []
    const server = await start(home, { log: { info: () => {}, warn: (o) => warned.push(o) } })
    expect([warned, isAlive(pid)]).toEqual([[{ pid }], false])
    expect(await ask(server.url('postgres'), 'select answer from before_leaving')).toEqual([{ answer: 42 }])
  },
)

test('a start waits for the backends of a Postgres that was killed', async () => {
  const home = await usedHome()
  const server = await start(home)
  const client = new pg.Client({ connectionString: server.url('postgres') })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query('select pg_backend_pid() as pid')
  const postmaster = readPostmasterFile(join(home, 'postgres/data'))?.pid ?? 0
  process.kill(rows[0].pid, 'SIGSTOP')
  process.kill(postmaster, 'SIGKILL')
  await until(() => !isAlive(postmaster))
  await server.stop()

  const log = join(home, 'postgres/postgres.log')
  const starting = start(home)
  await until(() => readFileSync(log, 'utf8').includes('pre-existing shared memory block'))
  process.kill(rows[0].pid, 'SIGCONT')
  await starting
})

test('a stale postmaster.pid whose pid another program has by now does not stop a start, nor that program', async () => {
  const home = await usedHome()
  const data = join(home, 'postgres/data')
  const stranger = spawn('sleep', ['60'], asUser(serverUser(data)))
  afterwards(async () => {
    stranger.kill()
    await once(stranger, 'exit')
  })
  writeFileSync(join(data, 'postmaster.pid'), `${stranger.pid}\n${data}\n1\n5432\n\n127.0.0.1\n1 1\nready\n`)
  if (statSync(data).uid === process.getuid?.()) expect(isAlive(stranger.pid ?? 0)).toBe(true)

  await start(home)
  expect(stranger.exitCode ?? stranger.signalCode).toBe(null)
})

test('a first start that was killed within initdb is made good by the next', async () => {
  const home = scratchFolder()
  const service = runService(compileTo(join(scratchFolder(), 'app')), home)
  const folder = join(home, 'postgres')
  await until(() => existsSync(folder) && readdirSync(folder).some((name) => begun(join(folder, name))))
  service.process.kill('SIGKILL')
  await service.ended
  expect(existsSync(join(folder, 'data'))).toBe(false)

  const server = await start(home)
  expect(await ask(server.url('postgres'), 'select 1 as up')).toEqual([{ up: 1 }])
})

test('Ctrl-C reaches the service before its Postgres, and both end', async () => {
  const { pid, service } = await runningService()
  process.kill(-(service.process.pid ?? 0), 'SIGINT')
  expect(await service.says()).toEqual({ lastQuery: 'fine' })
  await service.ended
  expect(isAlive(pid)).toBe(false)
})

async function runningService() {
  const home = await usedHome()
  const service = runService(compileTo(join(scratchFolder(), 'app')), home)
  const word = await service.says()
  if (!word?.ready) throw new Error(`the service did not start: ${word?.message}`)
  return { home, service, ...word.ready }
}

function begun(folder: string): boolean {
  return folder.includes('initdb-') && existsSync(join(folder, 'PG_VERSION'))
}

function watchdogOf(pid: number): number {
  const isIt = (name: string) => commandLine(name).endsWith(`\0steelthread-watchdog\0${pid}\0`)
  return Number(readdirSync('/proc').find(isIt))
}

function commandLine(name: string): string {
  try {
    return readFileSync(`/proc/${name}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
