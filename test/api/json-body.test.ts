import { JsonBodies } from '../../src/api/json-body.ts'
import { DEFAULT_LIMITS } from '../../src/model/limits.ts'

const asker = { signal: new AbortController().signal, caller: 'somebody' }

/** What the only request reads in its body. */
function read(text: string, limits = { ...DEFAULT_LIMITS, MAX_BODY_VALUES: 4 }): Promise<unknown> {
  return new JsonBodies(limits).read(Buffer.from(text), asker, async (json) => json)
}

test.each([
  ['lists', '[[],[],[],[]]'],
  ['objects', '[{},{},{},{}]'],
  ['numbers', '[1,2,3,4,5,6]'],
  ['fields', '{"a":1,"b":2,"c":3,"d":4,"e":5}'],
  ['nested lists', '[[[[[]]]]]'],
  ['texts that end in backslashes', '["\\\\","\\\\",1,2,3]'],
  ['what is no JSON', '[[[[[[[[['],
])('a body with more values than it may have, of %s, is refused before it is read', async (_, text) => {
  await expect(read(text)).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    extensions: { http: { status: 413 } },
    message: 'A request has at most 4 values. Send fewer rows at a time. MAX_BODY_VALUES sets the limit.',
  })
})

test.each(['[1,     2,     3]', '["a,b,[{c","\\",[{,",1]', '{"a":"[[[[,,,,","b":"{{{{"}', '"[[[[[[[[[[\\\\"'])(
  '%s has as many values as it may',
  async (text) => {
    expect(await read(text)).toEqual(JSON.parse(text))
  },
)

test('10,000 rows of 90 columns are within the limit', async () => {
  const columns = Array.from({ length: 90 }, (_, i) => [`c${i}`, i])
  const rows = Array.from({ length: 10_000 }, () => Object.fromEntries(columns))
  expect(await read(JSON.stringify({ variables: { rows } }), DEFAULT_LIMITS)).toEqual({ variables: { rows } })
})

describe('bodies that come at the same time', () => {
  const limits = { ...DEFAULT_LIMITS, MAX_BODY_BYTES: 1_000, MAX_BODY_VALUES: 100 }
  const bytes = (count: number) => JSON.stringify('x'.repeat(count - 2))
  const values = (count: number) => JSON.stringify(Array(count - 1).fill(1))

  test.each([
    ['of many bytes', bytes(600)],
    ['of many values', values(60)],
  ])('%s are read one after the other, also where one fails', async (_, large) => {
    const bodies = new JsonBodies(limits)
    const begun: string[] = []
    const ends: ((error?: Error) => void)[] = []
    const reading = (name: string, text: string) =>
      bodies.read(Buffer.from(text), asker, (): Promise<void> => {
        begun.push(name)
        return new Promise((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve())))
      })
    const first = reading('first', large)
    const second = reading('second', large)
    const small = reading('small', '[1]')
    await new Promise(setImmediate)
    expect(begun).toEqual(['first', 'small'])
    ends[0]?.(new Error('no'))
    await expect(first).rejects.toThrow('no')
    expect(begun).toHaveLength(2)
    await new Promise(setImmediate)
    expect(begun).toEqual(['first', 'small', 'second'])
    for (const end of ends) end()
    await Promise.all([second, small])
  })

  test('give their room back where they are no JSON', async () => {
    const bodies = new JsonBodies(limits)
    for (let i = 0; i < 3; i++) {
      await expect(bodies.read(Buffer.from('x'.repeat(900)), asker, async () => {})).rejects.toThrow(/must be JSON/)
    }
  })
})
