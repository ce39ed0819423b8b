import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildSchema, NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql'
import { type Example, examples } from '../../src/web/graphiql/examples.ts'
import { scratchFolder } from '../embedded/scratch.ts'

const ROOT = join(import.meta.dirname, '../..')
const RULES = [...specifiedRules, NoDeprecatedCustomRule]
const schema = buildSchema(readFileSync(join(ROOT, 'schema/schema.graphql'), 'utf8'))
const all: Example[] = examples('2026-03-04')

test.each(all)('the example $name is one that the schema knows, with nothing deprecated in it', ({ query }) => {
  expect(validate(schema, parse(query), RULES).map(({ message }) => message)).toEqual([])
})

test('the examples are dated by the day on which they are opened', () => {
  const queries = new Map(all.map(({ name, query }) => [name, query]))
  expect(queries.get('activities')).toContain('from: "2026-02-23", to: "2026-03-08"')
  expect(queries.get('flagged')).toContain('from: "2025-09-08", to: "2026-03-08"')
  expect(JSON.parse(all.find(({ name }) => name === 'ingest')?.variables ?? '')).toMatchObject({ day: '2026-03-04' })
})

describe('a query of the page fails the build', () => {
  let copy: string

  beforeEach(() => {
    copy = scratchFolder()
    for (const name of ['src/web', 'schema', 'vite.config.ts', 'package.json', 'tsconfig.json']) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true })
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  })

  const build = () => promisify(execFile)('node_modules/.bin/vite', ['build', '--logLevel', 'error'], { cwd: copy })
  const asking = (query: string) => writeFileSync(join(copy, 'src/web/strange.graphql'), query)

  test('not as they are', async () => {
    await build()
    expect(readdirSync(join(copy, 'dist/web')).sort()).toEqual([
      'assets',
      'documents.json',
      'graphiql.html',
      'index.html',
    ])
  })

  test('when it asks for what the schema doesn’t have', async () => {
    asking('query Strange { sources { colour } }')
    await expect(build()).rejects.toThrow('Cannot query field "colour" on type "Source"')
  })

  test('when it asks for what is deprecated', async () => {
    asking('query Strange { projects { id } }')
    await expect(build()).rejects.toThrow('The field Query.projects is deprecated')
  })
})
