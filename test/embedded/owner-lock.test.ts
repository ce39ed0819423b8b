import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { jest } from '@jest/globals'
import { birthOf, takeOwnerLock } from '../../src/embedded/owner-lock.ts'
import { scratchFolder, start, testWhere } from './scratch.ts'
import { compileTo, runService, type Word } from './service.ts'

jest.setTimeout(30_000)

const DEAD = { pid: 2 ** 30, birth: '' }

test('a folder has one owner until it is released', () => {
  const folder = scratchFolder()
  const lock = takeOwnerLock(folder)
  expect(() => takeOwnerLock(folder)).toThrow(`is in use by process ${process.pid}: `)
  lock.release()
  takeOwnerLock(folder)
  expect(readdirSync(folder)).toEqual(['owner.2'])
})

test('a dead owner leaves the folder to the next', () => {
  const folder = scratchFolder()
  writeFileSync(join(folder, 'owner.9'), JSON.stringify(DEAD))
  takeOwnerLock(folder)
  expect(readdirSync(folder)).toEqual(['owner.10'])
})

test('an owner file that a crash has spoilt counts for nobody', () => {
  const folder = scratchFolder()
  writeFileSync(join(folder, 'owner.1'), '\0\0\0\0')
  takeOwnerLock(folder)
})

testWhere(
  birthOf(process.pid) !== '',
  'the system tells no start times',
  'a process that has a dead owner’s pid by now isn’t taken for it',
  async () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'owner.1'), JSON.stringify({ pid: process.pid, birth: 'another boot/1' }))
    takeOwnerLock(folder)
  },
)

test('of many that find a dead owner at the same time, exactly one wins, every time', async () => {
  const rounds = 60
  const app = compileTo(join(scratchFolder(), 'app'))
  const folders = Array.from({ length: rounds }, (_, round) => join(app, `round-${round}`))
  for (const folder of folders) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'owner.1'), JSON.stringify(DEAD))
  }
  const [arrived, won] = [counters(rounds), counters(rounds)]
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

/** Each round begins once all rivals are there. */
const RIVALS_FOR_EACH = `
for (const [round, folder] of workerData.folders.entries()) {
  Atomics.add(workerData.arrived, round, 1)
  while (Atomics.load(workerData.arrived, round) < workerData.rivals);
  if (take(folder)) Atomics.add(workerData.won, round, 1)
}
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
