import { pageArgs, pagesBeside } from '../../../src/web/model/cursor.ts'

test.each([
  [null, { first: 5 }],
  ['after.MTI=', { first: 5, after: 'MTI=' }],
  ['before.a.b', { last: 5, before: 'a.b' }],
  ['before.', { first: 5 }],
  ['nonsense', { first: 5 }],
])('%j asks for a page', (text, args) => {
  expect(pageArgs(text, 5)).toEqual(args)
})

test('pages beside one are those that there are', () => {
  const middle = { hasNextPage: true, hasPreviousPage: true, startCursor: 'a', endCursor: 'z' }
  expect(pagesBeside(middle)).toEqual({ before: 'before.a', after: 'after.z' })
  expect(pagesBeside({ ...middle, hasPreviousPage: false })).toEqual({ before: undefined, after: 'after.z' })
  expect(pagesBeside({ ...middle, hasNextPage: false })).toEqual({ before: 'before.a', after: undefined })
})

test('from a page that lost all it had, the first can be found again', () => {
  const empty = { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null }
  expect(pagesBeside(empty)).toEqual({ before: null, after: undefined })
})
