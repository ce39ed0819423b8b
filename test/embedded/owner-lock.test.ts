import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { jest } from '@jest/globals'
import { takeOwnerLock } from '../../src/embedded/owner-lock.ts'
import { scratchFolder, start, testWhere, until } from './scratch.ts'
import { compileTo, runService, type Word } from './service.ts'

jest.setTimeout(30_000)

/** Of nobody: higher than any that a system gives. */
const DEAD_PID = String(2 ** 30)

test('a folder has one owner until it is released, twice at will', () => {
  const folder = scratchFolder()
  const lock = takeOwnerLock(folder)
  expect(() => takeOwnerLock(folder)).toThrow(`is in use by process ${process.pid}: `)
  lock.release()
  const next = takeOwnerLock(folder)
  lock.release()
  expect(() => takeOwnerLock(folder)).toThrow(`is in use by process ${process.pid}: `)
  next.release()
})

test('a dead owner leaves the folder to the next, a living one that stands still does not', async () => {
  const folder = scratchFolder()
  const owner = spawn(process.execPath, [script('takeOwnerLock(process.argv[2]); setInterval(() => {}, 1000)'), folder])
  await until(() => ownerOf(folder) === String(owner.pid))
  owner.kill('SIGSTOP')
  expect(() => takeOwnerLock(folder)).toThrow(`is in use by process ${owner.pid}: `)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  expect(ownerOf(folder)).toBe(String(owner.pid))
  takeOwnerLock(folder)
  expect(ownerOf(folder)).toBe(String(process.pid))
})

test('an owner file that a crash has spoilt counts for nobody', () => {
  const folder = scratchFolder()
  writeFileSync(join(folder, 'owner'), '\0\0\0\0')
  takeOwnerLock(folder)
  expect(ownerOf(folder)).toBe(String(process.pid))
})

test('a process that has a dead owner’s pid by now isn’t taken for it', () => {
  const folder = scratchFolder()
  writeFileSync(join(folder, 'owner'), String(process.pid))
  takeOwnerLock(folder)
})

testWhere(
  spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0,
  'may not make containers',
  'an owner whose process another container can’t see is owner nonetheless',
  async () => {
    const folder = scratchFolder()
    const take = script('try { takeOwnerLock(process.argv[2]) } catch ({ code }) { console.log(process.pid, code) }')
    takeOwnerLock(folder)
    const { stdout } = spawnSync('unshare', ['--pid', '--fork', process.execPath, take, folder], { encoding: 'utf8' })
    expect(stdout).toBe('1 EMBEDDED_POSTGRES_IN_USE\n')
  },
)

/** A file that runs the code with `takeOwnerLock` at hand. */
function script(code: string): string {
  const file = join(compileTo(join(scratchFolder(), 'app')), 'script.js')
  writeFileSync(file, `import { takeOwnerLock } from './embedded/owner-lock.js'\n${code}`)
  return file
}

function ownerOf(folder: string): string {
  const file = join(folder, 'owner')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

test('of many that find a dead owner at the same time, exactly one wins, every time', async () => {
  const rounds = 60
  const app = compileTo(join(scratchFolder(), 'app'))
  const folders = Array.from({ length: rounds }, (_, round) => join(app, `round-${round}`))
  for (const folder of folders) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'owner'), DEAD_PID)
  }
  const [arrived, won] = [counters(rounds + 1), counters(rounds)]
  await runRivals(app, { folders, arrived, won }, RIVALS_FOR_EACH)
  expect([...won]).toEqual(folders.map(() => 1))
})

test('while owners come and go, there are never two', async () => {
  const app = compileTo(join(scratchFolder(), 'app'))
  const folder = join(app, 'folder')
  mkdirSync(folder)
  const [inside, seen] = [counters(1), counters(RIVALS + 1)]
  await runRivals(app, { folder, inside, seen }, RIVALS_IN_TURN)
  const [, alone, ...together] = seen
  expect(alone).toBeGreaterThan(100)
  expect(together).toEqual(together.map(() => 0))
})

const RIVALS = 4

/** Each round begins once all rivals are there, and nobody leaves before the last has tried. */
const RIVALS_FOR_EACH = `
const arrive = (round) => {
  Atomics.add(workerData.arrived, round, 1)
  while (Atomics.load(workerData.arrived, round) < workerData.rivals);
}
for (const [round, folder] of workerData.folders.entries()) {
  arrive(round)
  if (take(folder)) Atomics.add(workerData.won, round, 1)
}
arrive(workerData.folders.length)
`

/** Counts how often there were how many owners. */
const RIVALS_IN_TURN = `
for (let turn = 0; turn < 400; turn++) {
  const lock = take(workerData.folder)
  if (!lock) continue
  const owners = Atomics.add(workerData.inside, 0, 1) + 1
  Atomics.add(workerData.seen, owners, 1)
  Atomics.sub(workerData.inside, 0, 1)
  lock.release()
}
`

/** Threads, since to the lock they are as good as processes that live on. */
async function runRivals(app: string, shared: object, script: string): Promise<void> {
  const take = `
import { workerData } from 'node:worker_threads'
import { takeOwnerLock } from './embedded/owner-lock.js'
function take(folder) {
  try {
    return takeOwnerLock(folder)
  } catch (error) {
    if (error.code !== 'EMBEDDED_POSTGRES_IN_USE') throw error
  }
}`
  const file = join(app, 'rival.js')
  writeFileSync(file, take + script)
  const workerData = { ...shared, rivals: RIVALS }
  const workers = Array.from({ length: RIVALS }, () => new Worker(file, { workerData }))
  const exits = await Promise.all(workers.map((worker) => once(worker, 'exit')))
  expect(exits).toEqual(workers.map(() => [0]))
}

function counters(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length))
}

test('of services started at once on one new home, one starts and the others name it', async () => {
  const home = scratchFolder()
  const app = compileTo(join(scratchFolder(), 'app'))
  const services = [1, 2, 3].map(() => runService(app, home))
  const words = await Promise.all(services.map((service) => service.says()))
  const winner = services.find((_, n) => words[n]?.ready)
  const losers = words.filter((word) => !word?.ready)
  expect(losers).toEqual([0, 1].map(() => loser(winner?.process.pid)))

  winner?.process.kill('SIGINT')
  await winner?.ended
  await start(home)
})

function loser(pid: number | undefined): Word {
  return {
    code: 'EMBEDDED_POSTGRES_IN_USE',
    message: expect.stringContaining(` is in use by process ${pid}: `),
  }
}
