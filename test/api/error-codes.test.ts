/** Every stable code is in docs/errors.md, with the HTTP status that it comes with. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApolloServerErrorCode } from '@apollo/server/errors'
import { ProblemCode } from '../../src/model/problem.ts'
import { WarningCode } from '../../src/model/warning.ts'
import { type TestService, testService } from '../support/service.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCUMENT = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')

/** Rows of the document's tables: codes, and the statuses of those that have some. */
const documented = new Map(
  [...DOCUMENT.matchAll(/^\| `([A-Z_]+)` \| ([^|]*) \|/gm)].map(([, code = '', next = '']) => [
    code,
    /^\d{3}(, \d{3})*$/.test(next) ? next.split(', ').map(Number) : null,
  ]),
)

/** What Apollo Server never answers here: it has persisted queries, and what fails to be introspected fails in the query. */
const NEVER = [ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED]

/** How the code says them: of a class, in an object, in a type, and of requests that are refused before they reach the API. */
const SAID = [
  /\bcode = ('[A-Z_]+')/g,
  /\bcode: ([^,}\n]*)/g,
  /^ {2}\| ('[A-Z_]+')$/gm,
  /\brefuse\(\s*request,[\s\S]*?('[A-Z_]+')/g,
]

function codesInSources(): string[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true }).map(String)
  return (
    files
      // The page knows codes, and has none that it gives to others.
      .filter((file) => file.endsWith('.ts') && !file.startsWith('web/'))
      .flatMap((file) => {
        const text = readFileSync(join(ROOT, 'src', file), 'utf8')
        const said = SAID.flatMap((pattern) => [...text.matchAll(pattern)].map(([, said = '']) => said))
        return said.flatMap((each) => [...each.matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, code = '']) => code))
      })
  )
}

test('the document has every code that there is, and no other', () => {
  const inSources = codesInSources()
  expect(inSources).toEqual(
    expect.arrayContaining(['IN_USE', 'BAD_REQUEST', 'EMBEDDED_POSTGRES_VERSION', 'FORBIDDEN', 'LIMIT_EXCEEDED']),
  )
  const ofApollo = Object.values(ApolloServerErrorCode).filter((code) => !NEVER.includes(code))
  const codes = new Set([...inSources, ...ofApollo, ...Object.values(ProblemCode), ...Object.values(WarningCode)])
  expect([...documented.keys()].sort()).toEqual([...codes].sort())
})

test('no code is there twice', () => {
  expect([...DOCUMENT.matchAll(/^\| `[A-Z_]+` \|/gm)]).toHaveLength(documented.size)
})

describe('over HTTP', () => {
  let service: TestService

  beforeAll(async () => {
    service = await testService({ limits: { MAX_BODY_BYTES: 10_000 } })
  })

  afterAll(() => service.stop())

  const HASH = { persistedQuery: { version: 1, sha256Hash: 'ab' } }
  const NOBODY = '01938d5e-0000-7000-8000-000000000000'

  test.each<[code: string, status: number, payload: object | string, headers?: Record<string, string>]>([
    ['BAD_USER_INPUT', 200, { query: '{ users(first: -1) { totalCount } }' }],
    ['BAD_USER_INPUT', 400, { query: '{ users(first: "many") { totalCount } }' }],
    ['BAD_USER_INPUT', 200, { query: `mutation { deleteUsers(ids: ["${NOBODY}"]) }` }],
    ['BAD_REQUEST', 400, '{'],
    ['BAD_REQUEST', 400, {}],
    ['BAD_REQUEST', 400, { query: '{ __typename }', extensions: HASH }],
    ['BAD_REQUEST', 406, { query: '{ __typename }' }, { accept: 'text/html' }],
    ['BAD_REQUEST', 415, 'query', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['GRAPHQL_PARSE_FAILED', 400, { query: '{ users' }],
    ['GRAPHQL_VALIDATION_FAILED', 400, { query: '{ nothing }' }],
    ['OPERATION_RESOLUTION_FAILURE', 400, { query: 'query A { __typename } query B { __typename }' }],
    ['PERSISTED_QUERY_NOT_FOUND', 200, { extensions: HASH }],
    ['LIMIT_EXCEEDED', 400, { query: `{ ${'a: __typename '.repeat(51)} }` }],
    ['LIMIT_EXCEEDED', 413, { query: '{ __typename }', variables: { long: 'x'.repeat(10_000) } }],
    ['FORBIDDEN', 403, { query: '{ __typename }' }, { host: 'stranger.example' }],
  ])('%s comes with %i, as the document says', async (code, status, payload, headers = {}) => {
    const answer = await service.server.inject({
      method: 'POST',
      url: '/graphql',
      payload,
      headers: { 'content-type': 'application/json', ...headers },
    })
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code } }] })
    expect(answer.statusCode).toBe(status)
    expect(documented.get(code)).toContain(status)
  })

  test('a method that the API does not know is refused, as the document says', async () => {
    const answer = await service.server.inject({ method: 'PUT', url: '/graphql' })
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] })
    expect(documented.get('METHOD_NOT_ALLOWED')).toEqual([answer.statusCode])
  })

  test('a mutation by GET is refused, as the document says', async () => {
    const url = `/graphql?query=${encodeURIComponent('mutation { __typename }')}`
    const answer = await service.server.inject({ method: 'GET', url, headers: { 'apollo-require-preflight': 'yes' } })
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
    expect(documented.get('BAD_REQUEST')).toContain(answer.statusCode)
  })
})
