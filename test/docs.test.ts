import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, NoDeprecatedCustomRule, parse, validate } from 'graphql'

const ROOT = join(import.meta.dirname, '..')
const files = readdirSync(join(ROOT, 'src'), { recursive: true }).map((name) => `src/${name}`)

test('every file that the architecture names is there', () => {
  const named = [...readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').matchAll(/`([\w./-]+\.(?:ts|graphql))`/g)]
  const names = named.map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(20)
  expect(
    names.filter((name) => !existsSync(join(ROOT, name)) && !files.some((file) => file.endsWith(`/${name}`))),
  ).toEqual([])
})

test.each([
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
])('the queries of %s name nothing that is deprecated', (name) => {
  const schema = buildSchema(readFileSync(join(ROOT, 'schema/schema.graphql'), 'utf8'))
  const queries = [...readFileSync(join(ROOT, name), 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)]
  const deprecated = queries.flatMap(([, query = '']) => validate(schema, parse(query), [NoDeprecatedCustomRule]))
  expect(deprecated.map(({ message }) => message)).toEqual([])
})
