import { readFileSync } from 'node:fs'
import { buildSchema, NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql'
// @ts-expect-error: plain JavaScript for browsers, without types
import { DETAIL, NEWEST, OVERVIEW, PULLS } from '../../src/web/api.js'
// @ts-expect-error: plain JavaScript for browsers, without types
import { examples } from '../../src/web/graphiql-examples.js'

const RULES = [...specifiedRules, NoDeprecatedCustomRule]
const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'))
const problems = (query: string) => validate(schema, parse(query), RULES).map(({ message }) => message)

test.each([
  ['overview', OVERVIEW],
  ['detail', DETAIL],
  ['newest', NEWEST],
  ['pulls', PULLS],
])('the page’s query %s is one that the schema knows, with nothing deprecated in it', (_, query) => {
  expect(problems(query)).toEqual([])
})

const all: { name: string; query: string; variables?: string }[] = examples('2026-03-04')

test.each(all)('the example $name is one that the schema knows, with nothing deprecated in it', ({ query }) => {
  expect(problems(query)).toEqual([])
})

test('the examples are dated by the day on which they are opened', () => {
  const queries = new Map(all.map(({ name, query }) => [name, query]))
  expect(queries.get('activities')).toContain('from: "2026-02-23", to: "2026-03-08"')
  expect(queries.get('flagged')).toContain('from: "2025-09-08", to: "2026-03-08"')
  expect(JSON.parse(all.find(({ name }) => name === 'ingest')?.variables ?? '')).toMatchObject({ day: '2026-03-04' })
})
