import { readFile } from 'node:fs/promises'
import { configOf } from '../../src/config/config.ts'
import { sourcesSchemaText } from '../../src/config/emit-sources-schema.ts'
import { ConfigError } from '../../src/model/errors.ts'

const FILE = `
sources:
  erp:
    adapter: redmine
    url: mysql://reader:\${ERP_PASSWORD}@db/redmine
    every: 1h
    timeout: 2m
    value:
      - { kinds: [Meeting, Admin], type: NON_VALUE_ADD }
      - { billable: true, projects: [Bridge], type: VALUE_ADD }
    otherwise: VALUE_ADD
  plant:
    adapter: timesheets
    url: \${PLANT_URL}
    every: off
`
const ENV = { ERP_PASSWORD: 's3cr@t/x', PLANT_URL: 'postgres://db/plant' }

const sourcesOf = (text: string, env: Record<string, string> = {}) =>
  configOf(env, { name: 'sources.yaml', text }).sources

function faultsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    sourcesOf(text, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('; ')
    throw error
  }
  return []
}

test('sources are described by a file, with secrets out of the environment', () => {
  expect(sourcesOf(FILE, ENV)).toEqual([
    {
      name: 'erp',
      adapter: 'redmine',
      url: 'mysql://reader:s3cr%40t%2Fx@db/redmine',
      everySeconds: 3_600,
      timeoutSeconds: 120,
      value: {
        rules: [
          { kinds: ['Meeting', 'Admin'], type: 'NON_VALUE_ADD' },
          { billable: true, projects: ['Bridge'], type: 'VALUE_ADD' },
        ],
        otherwise: 'VALUE_ADD',
      },
    },
    { name: 'plant', adapter: 'timesheets', url: 'postgres://db/plant', everySeconds: 0 },
  ])
})

test('variables say it better than the file, and may describe others', () => {
  const env = {
    ...ENV,
    SOURCE_ERP_EVERY: '5m',
    SOURCE_ERP_URL: 'postgres://db/redmine',
    SOURCE_TIMESHEETS_URL: 'postgres://db/t',
  }
  expect(sourcesOf(FILE, env)).toMatchObject([
    { name: 'erp', adapter: 'redmine', url: 'postgres://db/redmine', everySeconds: 300, timeoutSeconds: 120 },
    { name: 'plant' },
    { name: 'timesheets', url: 'postgres://db/t' },
  ])
})

test('a source may have rules alone: its rows are sent in', () => {
  expect(sourcesOf('sources: { timesheets: { value: [{ kinds: [x], type: VALUE_ADD }] } }')).toEqual([
    {
      name: 'timesheets',
      adapter: 'timesheets',
      value: { rules: [{ kinds: ['x'], type: 'VALUE_ADD' }], otherwise: 'NON_VALUE_ADD' },
    },
  ])
})

test.each([
  ['no YAML', 'sources: {', /^sources\.yaml: .*at line 1/],
  ['an alias of nothing', 'sources: *x', /^sources\.yaml: Unresolved alias/],
  ['nothing', '', /^sources\.yaml: invalid input: expected object/],
  [
    'a key that there is not',
    'sources: { a: { adaptor: redmine } }',
    /^sources\.yaml: sources\.a unrecognized key: "adaptor"/,
  ],
  ['a name that no variable could have', 'sources: { "A b": {} }', /^sources\.yaml: sources/],
  [
    'a time',
    'sources: { a: { every: soon } }',
    /^sources\.yaml: sources\.a\.every must be a time such as 90s, 10m, 2h or 1d, from 1s to 7d, or off$/,
  ],
  ['a URL', 'sources: { a: { url: "http://me:hush@x" } }', /^sources\.yaml: sources\.a\.url must be a URL such as /],
  [
    'a variable that is not set',
    `sources: { a: { url: "postgres://x:\${HUSH}@db/a" } }`,
    /^sources\.yaml: sources\.a\.url names \$\{HUSH\}, which is not set$/,
  ],
  [
    'a rule for everything',
    'sources: { a: { value: [{ type: VALUE_ADD }] } }',
    /^sources\.yaml: sources\.a\.value\[0\] must name billable, kinds or projects/,
  ],
  [
    'a type',
    'sources: { a: { value: [{ kinds: [x], type: VA }] } }',
    /^sources\.yaml: sources\.a\.value\[0\]\.type invalid option: expected one of "VALUE_ADD"\|"NON_VALUE_ADD"/,
  ],
  [
    'no names',
    'sources: { a: { value: [{ kinds: [], type: VALUE_ADD }] } }',
    /^sources\.yaml: sources\.a\.value\[0\]\.kinds too small/,
  ],
])('%s is refused with its place', (_, text, message) => {
  const [fault = ''] = faultsOf(text)
  expect(fault).toMatch(message)
  expect(fault).not.toMatch(/hush/)
})

test('schema/sources.schema.json is the shape that is checked', async () => {
  const committed = await readFile(new URL('../../schema/sources.schema.json', import.meta.url), 'utf8')
  if (committed !== sourcesSchemaText())
    throw new Error('schema/sources.schema.json is old: run `npm run schema` and commit what it writes.')
})

test('a source that is called as JavaScript calls something of its own is not left out in silence', () => {
  expect(faultsOf('sources: { __proto__: { adapter: timesheets }, constructor: { adapter: redmine } }')).toEqual([
    "sources.yaml: sources.__proto__ can't be called so",
  ])
})
