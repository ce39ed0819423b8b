import { jest } from '@jest/globals'
import { ask, start, until, usedHome } from './scratch.ts'

jest.setTimeout(60_000)

/** A log that remembers the processes that it was told of. */
function remembering() {
  const pids: number[] = []
  const note = (told: object) => {
    if ('pid' in told && !('said' in told)) pids.push(Number(told.pid))
  }
  return { pids, log: { info: note, warn: note } }
}

test('a server that is killed is started again on its port, with what was committed', async () => {
  const { pids, log } = remembering()
  const server = await start(await usedHome(), { log, settings: { fsync: 'on' } })
  const url = server.url('postgres')
  await ask(url, 'create table if not exists kept_on as select 42 as answer')
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await until(() => pids.length === 2)
  expect(await ask(url, 'select answer from kept_on')).toEqual([{ answer: 42 }])
})

test('one that dies again and again is given up, saying so in one line', async () => {
  const { pids, log } = remembering()
  const server = await start(await usedHome(), { log })
  for (let death = 1; death <= 4; death++) {
    process.kill(pids[death - 1] ?? 0, 'SIGKILL')
    if (death < 4) await until(() => pids.length === death + 1)
  }
  const { code, message } = await server.lost
  expect(code).toBe('EMBEDDED_POSTGRES_FAILED')
  expect(message).toMatch(/^The embedded Postgres died 4 times in a row and is not started again: .+$/)
})

test('one that is stopped stays stopped', async () => {
  const { pids, log } = remembering()
  const server = await start(await usedHome(), { log })
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await server.stop()
  await expect(ask(server.url('postgres'), 'select')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
