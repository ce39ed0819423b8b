import { jsonBody } from '../../src/api/json-body.ts'
import { DEFAULT_LIMITS } from '../../src/model/limits.ts'

const limits = { ...DEFAULT_LIMITS, MAX_BODY_VALUES: 4 }
const read = (text: string) => jsonBody(Buffer.from(text), limits)
const tooManyValues = expect.objectContaining({
  code: 'LIMIT_EXCEEDED',
  statusCode: 413,
  message: 'A request has at most 4 values. Send fewer rows at a time. MAX_BODY_VALUES sets the limit.',
})

function refusalOf(text: string): unknown {
  try {
    return { read: read(text) }
  } catch (error) {
    return error
  }
}

test.each([
  ['lists', '[[],[],[],[]]'],
  ['objects', '[{},{},{},{}]'],
  ['numbers', '[1,2,3,4,5,6]'],
  ['fields', '{"a":1,"b":2,"c":3,"d":4,"e":5}'],
  ['nested lists', '[[[[[]]]]]'],
  ['texts that end in backslashes', '["\\\\","\\\\",1,2,3]'],
  ['what is no JSON', '[[[[[[[[['],
])('a body with more values than it may have, of %s, is refused before it is read', (_, text) => {
  expect(refusalOf(text)).toEqual(tooManyValues)
})

test.each(['[1,     2,     3]', '["a,b,[{c","\\",[{,",1]', '{"a":"[[[[,,,,","b":"{{{{"}', '"[[[[[[[[[[\\\\"'])(
  '%s has as many values as it may',
  (text) => {
    expect(read(text)).toEqual(JSON.parse(text))
  },
)

test('10,000 rows of 90 columns are within the limit', () => {
  const rows = Array.from({ length: 10_000 }, () =>
    Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`c${i}`, i])),
  )
  expect(jsonBody(Buffer.from(JSON.stringify({ variables: { rows } })), DEFAULT_LIMITS)).toEqual({
    variables: { rows },
  })
})
