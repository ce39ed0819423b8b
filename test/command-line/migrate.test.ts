import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { ask, scratchFolder, start } from '../embedded/scratch.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'

const BIN = new URL('../../bin/steelthread.js', import.meta.url).pathname
const NOTHING = 'The cache has all migrations of this build: nothing was done.\n'

async function migrate(env: Record<string, string>, ...words: string[]) {
  const child = spawn(process.execPath, [BIN, 'migrate', ...words], { env: { PATH: process.env.PATH, ...env } })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code }
}

test('of several that migrate an empty database at once one does it, and the others find it done', async () => {
  const url = await freshDatabase('nothing')
  const said = await Promise.all([1, 2, 3].map(() => migrate({ DATABASE_URL: url })))
  expect(said.map(({ err, code }) => ({ err, code }))).toEqual(Array(3).fill({ err: '', code: 0 }))
  const [first, ...others] = said.map(({ out }) => out).sort((a, b) => b.length - a.length)
  expect(first).toMatch(/^Migrated the cache, as it lacked CreateCache1795305600000, .* more\.\n$/)
  expect(others).toEqual([NOTHING, NOTHING])
  // It serves nobody and deploys nothing: no version of a stage was offered.
  expect(await onDatabase(url, async (client) => (await client.query('SELECT FROM stage_version')).rowCount)).toBe(0)
})

test('--json lists what ran, and what could not be', async () => {
  const url = await freshDatabase()
  const forget = (name: string) =>
    onDatabase(url, (client) => client.query('DELETE FROM migrations WHERE name = $1', [name]))
  await forget('KeepRowsAsText1795478410000')
  expect(JSON.parse((await migrate({ DATABASE_URL: url }, '--json')).out)).toEqual({
    ran: ['KeepRowsAsText1795478410000'],
  })
  expect(JSON.parse((await migrate({ DATABASE_URL: url }, '--json')).out)).toEqual({ ran: [] })
  await forget('CreateCache1795305600000')
  const { out, err, code } = await migrate({ DATABASE_URL: url }, '--json')
  expect({ out, code }).toEqual({ out: '', code: 1 })
  expect(JSON.parse(err).error).toEqual({ code: 'FAILED', message: expect.stringMatching(/already exists$/) })
})

test('a database that is not there is said in one line', async () => {
  const url = Object.assign(new URL(process.env.TEST_POSTGRES_URL ?? ''), { pathname: '/nope' })
  expect(await migrate({ DATABASE_URL: url.href })).toEqual({
    out: '',
    err: expect.stringMatching(/^steelthread: DATABASE_URL: the database [^\n]*\/nope can't be used: [^\n]*\n$/),
    code: 1,
  })
})

test('without DATABASE_URL the embedded cache is migrated, and its server ended', async () => {
  const home = scratchFolder()
  expect(await migrate({ STEELTHREAD_HOME: home })).toMatchObject({ err: '', code: 0 })
  const server = await start(home)
  expect(await ask(server.url('steelthread'), 'SELECT count(*)::int FROM activity')).toEqual([{ count: 0 }])
})
