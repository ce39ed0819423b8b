import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ask, scratchFolder, start } from './embedded/scratch.ts'
import { freshDatabase, onDatabase } from './support/databases.ts'

const CLI = join(import.meta.dirname, '../dist/src/typeorm.js')

/** Runs the CLI as the npm scripts do. */
async function typeorm(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { env: { PATH: process.env.PATH, ...env } })
  const code = new Promise((resolve) => child.once('exit', resolve))
  return { said: await text(child.stdout), failed: await text(child.stderr), code: await code }
}

test('a cache without tables is migrated first, so that nothing is generated that migrations make already', async () => {
  const file = join(scratchFolder(), 'Nothing')
  const url = await freshDatabase('nothing')
  const first = await typeorm({ DATABASE_URL: url }, 'migration:generate', file)
  expect(first).toMatchObject({ code: 0, failed: '' })
  expect(first.said).toMatch(
    /^Migrated the cache first, as it lacked CreateCache1795305600000, .* more\.\nThere is nothing to generate: .*\n$/,
  )
  const second = await typeorm({ DATABASE_URL: url }, 'migration:generate', file)
  expect(second.said).toMatch(/^There is nothing to generate/)
  expect(existsSync(join(file, '..', 'Nothing.ts'))).toBe(false)
})

test('what the tables lack is generated, and nothing else', async () => {
  const folder = scratchFolder()
  const url = await freshDatabase()
  await onDatabase(url, (client) => client.query('ALTER TABLE time_split DROP COLUMN va_seconds'))
  const { said, code } = await typeorm({ DATABASE_URL: url }, 'migration:generate', join(folder, 'AddIt'), '-t', '1')
  expect(code).toBe(0)
  expect(said).toContain('1-AddIt.ts')
  const statements = readFileSync(join(folder, '1-AddIt.ts'), 'utf8').match(/queryRunner\.query\(`[^`]*`/g)
  expect(statements).toEqual([
    expect.stringMatching(/ADD "va_seconds"/),
    expect.stringMatching(/DROP COLUMN "va_seconds"/),
  ])
})

test('a server that a service runs in the same home is used, and goes on', async () => {
  const home = scratchFolder()
  const server = await start(home)
  const { said, failed, code } = await typeorm({ STEELTHREAD_HOME: home }, 'migration:run')
  expect({ failed, code }).toEqual({ failed: '', code: 0 })
  expect(said).toContain('CreateCache1795305600000')
  expect(await ask(server.url('steelthread'), 'SELECT count(*)::int FROM waste_trend')).toEqual([{ count: 0 }])
})

test('without a service the server is started, and ended after it', async () => {
  const home = scratchFolder()
  expect(await typeorm({ STEELTHREAD_HOME: home }, 'migration:run')).toMatchObject({ failed: '', code: 0 })
  await start(home)
})
