import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { scratchFolder } from './embedded/scratch.ts'

const ROOT = join(import.meta.dirname, '..')

/** What git has, but for what only making it needs. */
const COPIED = ['bin', 'deploy', 'docs', 'migrations', 'schema', 'src']

/** npm tells programs that it runs how it was called itself, which is nothing for those that are called here. */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|NODE_ENV$)/.test(name)),
)

interface Packed {
  filename: string
  size: number
  files: { path: string }[]
}

/** Packs a copy, as the build that comes before it would take away the one that other tests run. */
async function pack(): Promise<Packed & { tarball: string }> {
  const copy = scratchFolder()
  const files = readdirSync(ROOT).filter((name) => /\.(json|md|ts)$|^LICENSE$/.test(name))
  for (const name of [...COPIED, ...files]) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json'], { cwd: copy, env: ENV })
  const [packed]: Packed[] = JSON.parse(stdout)
  if (!packed) throw new Error('npm packed nothing.')
  return { ...packed, tarball: join(copy, packed.filename) }
}

test('the package has what is run and what says how, and runs where it is installed without the rest', async () => {
  const { tarball, files, size } = await pack()
  const paths = files.map(({ path }) => path)
  expect(paths.filter((path) => !/^(bin|deploy|dist|docs|schema)\//.test(path)).sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'package.json',
  ])
  expect(paths).toEqual(
    expect.arrayContaining(['bin/steelthread.js', 'dist/web/index.html', 'schema/sources.schema.json']),
  )
  expect(paths.filter((path) => /\.(map|ts|tsx|png|mjs)$/.test(path))).toEqual([])
  expect(size).toBeLessThan(1_200_000)

  const folder = scratchFolder()
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--prefix', folder, tarball]
  await promisify(execFile)('npm', install, { cwd: folder, env: ENV })
  const installed = join(folder, 'node_modules/steelthread')
  expect(undeclaredIn(installed)).toEqual([])

  const npx = async (...words: string[]) =>
    (await promisify(execFile)('npx', ['steelthread', ...words], { cwd: folder, env: ENV })).stdout
  expect(await npx('--version')).toBe(`${JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version}\n`)
  expect(await npx('--help')).toMatch(/^Usage: steelthread/)
  await serve(folder)
}, 420_000)

/**
 * Serves out of the folder, with a Postgres of its own, until everything has answered and it is told to stop. By the command
 * itself: the shell that npx starts keeps signals to itself.
 */
async function serve(folder: string): Promise<void> {
  const service = spawn(join(folder, 'node_modules/.bin/steelthread'), ['serve'], {
    cwd: folder,
    env: { ...ENV, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(service, 'exit')
  const postmaster = join(folder, '.steelthread/postgres/data/postmaster.pid')
  try {
    let address: string | undefined
    for await (const line of createInterface(service.stdout)) {
      address = /the page is at (http\S+?)\/ /.exec(line)?.[1]
      if (address) break
    }
    // Whatever else it says must not stop it.
    service.stdout.resume()
    const get = async (path: string, options?: RequestInit) => {
      const response = await fetch(`${address}${path}`, options)
      return { status: response.status, text: await response.text() }
    }
    expect((await get('/readyz')).status).toBe(200)
    expect(await get('/')).toEqual({ status: 200, text: expect.stringContaining('<title>Steelthread') })
    expect((await get('/graphiql/graphiql.min.js')).status).toBe(200)
    const body = JSON.stringify({ query: '{ stages { name } }' })
    const headers = { 'content-type': 'application/json' }
    expect((await get('/graphql', { method: 'POST', headers, body })).text).toContain('{"name":"nva_summary"}')
    expect(existsSync(postmaster)).toBe(true)
    service.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(existsSync(postmaster)).toBe(false)
  } finally {
    service.kill('SIGKILL')
  }
}

/** Packages that its code imports and its package.json doesn't ask for. */
function undeclaredIn(folder: string): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const code = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.js') && !file.startsWith('web'),
  )
  const imported = code.flatMap((file) => {
    const text = readFileSync(join(folder, 'dist', file), 'utf8')
    return [
      ...text.matchAll(
        /^(?:import|export|}).* from '([\w@][^']*)';$|^import '([\w@][^']*)';$|\bimport\('([\w@][^']*)'\)/gm,
      ),
    ].map(([, ...names]) => names.find(Boolean) ?? '')
  })
  const packages = imported
    .filter((name) => !isBuiltin(name))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name)
  expect(new Set(packages).size).toBeGreaterThan(20)
  return [...new Set(packages)].filter((name) => !Object.hasOwn(dependencies, name))
}
