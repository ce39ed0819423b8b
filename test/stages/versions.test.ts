import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { stages } from '../../src/stages/index.ts'

interface Known {
  version: number
  code: string
}

const versions = await readFile(new URL('./versions.json', import.meta.url), 'utf8')
const known: Readonly<Record<string, Known | undefined>> = JSON.parse(versions)
const arquero: { version: string } = JSON.parse(
  await readFile(new URL('../../node_modules/arquero/package.json', import.meta.url), 'utf8'),
)
const VERSION = /\bversion:\d+/
/** What a stage imports of the classes that outputs extend: where they stand is nothing that it does. */
const PERIODS = /import\{[^}]*\}from"[./]+periods\/[^"]*";/g

/**
 * A hash of what the stage does: its file and all that it calls in ours, without types, comments, formatting and its
 * version, and the version of Arquero. What a file holds beside what is called doesn't count. Nor do the classes that
 * outputs extend: their columns are part of the stage's logic as they are.
 */
async function codeOf(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    packages: 'external',
    external: ['../periods/*'],
    treeShaking: true,
    minifyWhitespace: true,
    legalComments: 'none',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: true } },
  })
  const code = outputFiles.map(({ text }) => text).join('')
  if (!VERSION.test(code)) throw new Error('A stage’s version must be a literal number in its definition.')
  return createHash('sha256')
    .update(code.replace(VERSION, '').replaceAll(PERIODS, ''))
    .update(arquero.version)
    .digest('hex')
    .slice(0, 16)
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(`../../src/stages/${name.replaceAll('_', '-')}.ts`, import.meta.url))
}

/** What must be done before this stage and what is known of it agree; nothing if they do. */
function faultOf(name: string, now: Known, before: Known | undefined): string | undefined {
  const line = `"${name}": ${JSON.stringify(now).replaceAll(':', ': ').replace(',', ', ').replace('{', '{ ').replace('}', ' }')}`
  const write = (entry: string) => `put this line into test/stages/versions.json: ${entry}`
  if (!before) return `Stage "${name}" is new: ${write(line)}`
  if (now.version !== before.version && now.code === before.code) {
    return `The version of stage "${name}" became ${now.version}, but its code is that of version ${before.version}: put it back.`
  }
  if (now.version < before.version) {
    return `The version of stage "${name}" must not go down from ${before.version} to ${now.version}.`
  }
  if (now.version > before.version) return `Stage "${name}" became version ${now.version}: ${write(line)}`
  if (now.code !== before.code) {
    const raised = line.replace(`"version": ${now.version}`, `"version": ${now.version + 1}`)
    return `The code of stage "${name}", of what it calls or of Arquero changed: raise its \`version\` to ${now.version + 1} and ${write(raised)}`
  }
  return undefined
}

test.each(stages.map(({ name }) => [name]))('the version of %s is that of its code', async (name) => {
  const version = stages.find((stage) => stage.name === name)?.version ?? 0
  const fault = faultOf(name, { version, code: await codeOf(fileOf(name)) }, known[name])
  if (fault) throw new Error(fault)
})

test('every version belongs to a stage', () => {
  expect(Object.keys(known)).toEqual(stages.map(({ name }) => name))
})

describe('the guard', () => {
  const defines = (version: number, body: string) => `
    import { secondsOf } from './seconds.ts'
    export const a = { name: 'a', version: ${version}, annotate: ({ activities }) => ${body} }`
  const calls = `
    export function secondsOf(row: { s: number }): number { return minute() * row.s }
    const minute = () => 60`
  const seconds = 'activities.derive({ s: (row: { s: number }) => secondsOf(row) })'
  let folder: string
  let before: Known

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stage-'))
    before = { version: 1, code: await code(defines(1, seconds), calls) }
  })

  afterAll(() => rm(folder, { recursive: true }))

  async function code(stage: string, called: string): Promise<string> {
    await writeFile(join(folder, 'a.ts'), stage)
    await writeFile(join(folder, 'seconds.ts'), called)
    return codeOf(join(folder, 'a.ts'))
  }

  async function faultAfter(version: number, body: string, called = calls): Promise<string | undefined> {
    return faultOf('a', { version, code: await code(defines(version, body), called) }, before)
  }

  test('is content with other comments, formatting and types', async () => {
    const dressed = `activities
      // As they are.
      .derive({ s: (row: Row) => secondsOf(row), })`
    expect(await faultAfter(1, dressed)).toBeUndefined()
  })

  test('is content with what the stage does not call', async () => {
    expect(
      await faultAfter(1, seconds, `${calls}\nexport function hoursOf(s: number) { return s / 3600 }`),
    ).toBeUndefined()
  })

  test('says what to do when the code alone changed', async () => {
    expect(await faultAfter(1, seconds.replace('secondsOf(row)', 'secondsOf(row) + 1'))).toMatch(
      /raise its `version` to 2 and put this line .*: "a": \{ "version": 2, "code": "[0-9a-f]{16}" \}$/,
    )
  })

  test.each([
    ['what the stage calls', calls.replace('* row.s', '+ row.s')],
    ['what that calls', calls.replace('60', '61')],
  ])('says so, too, when %s changed', async (_, called) => {
    expect(await faultAfter(1, seconds, called)).toMatch(/of what it calls .* changed: raise its `version` to 2/)
  })

  test('says what to do when the version alone changed', async () => {
    expect(await faultAfter(2, seconds)).toMatch(/became 2, but its code is that of version 1/)
  })

  test('gives the line when both changed', async () => {
    expect(await faultAfter(2, seconds.replace('secondsOf(row)', '1'))).toMatch(/"a": \{ "version": 2, "code": /)
  })
})
