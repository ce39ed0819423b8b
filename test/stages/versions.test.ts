import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { transformSync } from '@swc/core'
import { stages } from '../../src/stages/index.ts'

interface Known {
  version: number
  code: string
}

const versions = await readFile(new URL('./versions.json', import.meta.url), 'utf8')
const known: Readonly<Record<string, Known | undefined>> = JSON.parse(versions)
const VERSION = /\bversion:\d+/

/** A hash of what the stage's file does: its code without types, comments and formatting, and without the version. */
async function codeOf(name: string): Promise<string> {
  const file = new URL(`../../src/stages/${name.replaceAll('_', '-')}.ts`, import.meta.url)
  return hashOf(await readFile(file, 'utf8'))
}

function hashOf(source: string): string {
  const { code } = transformSync(source, {
    configFile: false,
    swcrc: false,
    jsc: {
      target: 'es2022',
      externalHelpers: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, useDefineForClassFields: true },
      minify: { compress: false, mangle: false, format: { comments: false } },
    },
    module: { type: 'es6' },
    minify: true,
  })
  if (!VERSION.test(code)) throw new Error('A stage’s version must be a literal number in its definition.')
  return createHash('sha256').update(code.replace(VERSION, '')).digest('hex').slice(0, 16)
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
    return `The code of stage "${name}" changed: raise its \`version\` to ${now.version + 1} and ${write(raised)}`
  }
  return undefined
}

test.each(stages.map(({ name }) => [name]))('the version of %s is that of its code', async (name) => {
  const version = stages.find((stage) => stage.name === name)?.version ?? 0
  const fault = faultOf(name, { version, code: await codeOf(name) }, known[name])
  if (fault) throw new Error(fault)
})

test('every version belongs to a stage', () => {
  expect(Object.keys(known)).toEqual(stages.map(({ name }) => name))
})

describe('the guard', () => {
  const source = (version: number, body: string) => `
    import { defineStage } from './define-stage.ts'
    export const a = defineStage({ name: 'a', version: ${version}, annotate: ({ activities }) => ${body} })`
  const seconds = 'activities.derive({ s: (row: { s: number }) => row.s })'
  const before = { version: 1, code: hashOf(source(1, seconds)) }
  const faultAfter = (version: number, body: string) =>
    faultOf('a', { version, code: hashOf(source(version, body)) }, before)

  test('is content with other comments, formatting and types', () => {
    const dressed = `activities
      // As they are.
      .derive({ s: (row: Row) => row.s, })`
    expect(faultAfter(1, dressed)).toBeUndefined()
  })

  test('says what to do when the code alone changed', () => {
    expect(faultAfter(1, seconds.replace('row.s', 'row.s + 1'))).toMatch(
      /raise its `version` to 2 and put this line .*: "a": \{ "version": 2, "code": "[0-9a-f]{16}" \}$/,
    )
  })

  test('says what to do when the version alone changed', () => {
    expect(faultAfter(2, seconds)).toMatch(/became 2, but its code is that of version 1/)
  })

  test('gives the line when both changed', () => {
    expect(faultAfter(2, seconds.replace('row.s', 'row.s + 1'))).toMatch(/"a": \{ "version": 2, "code": /)
  })
})
