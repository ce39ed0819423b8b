import { configOf } from '../../src/config/config.ts'
import { ROLES, Role } from '../../src/model/caller.ts'

const KEYS = { AUTH: 'keys', TRUSTED_DOCUMENTS: 'persisted.json' }
const OF_APOLLO = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [{ id: 'ab12', name: 'Users', type: 'query', body: 'query Users { users { totalCount } }' }],
}

const trustedOf = (content: unknown, env: Record<string, string> = KEYS) =>
  configOf(env, undefined, {
    name: 'persisted.json',
    text: typeof content === 'string' ? content : JSON.stringify(content),
  }).restrictions.trusted

test.each<[what: string, content: unknown]>([
  ['texts by their names', { ab12: 'query Users { users { totalCount } }' }],
  ['Apollo’s manifest', OF_APOLLO],
])('%s are documents', (_, content) => {
  expect(trustedOf(content)).toEqual({
    documents: new Map([['ab12', 'query Users { users { totalCount } }']]),
    held: [Role.VIEWER, Role.INGESTER],
  })
})

test('all can be held to them', () => {
  expect(trustedOf({ a: '{ users }' }, { ...KEYS, TRUSTED_DOCUMENTS_FOR: 'all' })?.held).toEqual(ROLES)
})

test.each<[content: unknown]>([['{'], [''], [[]], [{}], [{ a: 1 }], [{ ...OF_APOLLO, operations: [{ id: 'a' }] }]])(
  '%j is no file of documents',
  (content) => {
    expect(() => trustedOf(content)).toThrow(
      /^TRUSTED_DOCUMENTS: persisted.json must be JSON that has documents by their names, .* or Apollo's manifest/,
    )
  },
)

test.each<[fault: string, env: Record<string, string>]>([
  ['TRUSTED_DOCUMENTS_FOR does nothing without TRUSTED_DOCUMENTS', { TRUSTED_DOCUMENTS_FOR: 'all' }],
  ['TRUSTED_DOCUMENTS_FOR must be viewers or all', { ...KEYS, TRUSTED_DOCUMENTS_FOR: 'some' }],
  ['TRUSTED_DOCUMENTS holds nobody to it where nobody is asked who asks', { TRUSTED_DOCUMENTS: 'persisted.json' }],
])('%s', (fault, env) => {
  expect(() => configOf(env)).toThrow(fault)
})
