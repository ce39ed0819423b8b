import { ExactNumber, exactNumber, jsonText, parseJson } from '../../src/model/exact-json.ts'

test.each([
  '9007199254740993',
  '-9007199254740993',
  '1e400',
  '-1E-400',
  '0.1000000000000000055511151231257827',
  '123456789012345678901234567890',
  '1.7976931348623159e308',
])('%s keeps its digits', (number) => {
  expect(parseJson(number)).toEqual(new ExactNumber(number))
  for (const text of [`[${number}]`, `{"a":${number},"b":[{"c":${number}}]}`, `{"__proto__":${number}}`]) {
    expect(jsonText(parseJson(text))).toBe(text)
  }
})

test.each([
  ['0', 0],
  ['5.0', 5],
  ['1e5', 100_000],
  ['0.1', 0.1],
  ['-0.30000000000000004', -0.30000000000000004],
  ['9007199254740992', 9007199254740992],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  ['5e-324', Number.MIN_VALUE],
  ['100000000000000000000', 1e20],
  ['0.000000000000000000', 0],
])('%s is the number %d', (text, number) => {
  expect(exactNumber(text)).toBe(number)
  expect(parseJson(`[${text}]`)).toEqual([number])
})

test('numbers inside of texts are text', () => {
  const text =
    '{"a":"x 9007199254740993","b":"\\\\","c":"\\"1e400, 9007199254740993\\\\\\"","9007199254740993":[1e400]}'
  expect(jsonText(parseJson(text))).toBe(text)
  expect(parseJson(text)).toMatchObject({ a: 'x 9007199254740993', c: '"1e400, 9007199254740993\\"' })
})

test.each([
  '',
  '{',
  '[01]',
  '[1.]',
  '[9007199254740993.]',
  '[09007199254740993]',
  '[--9007199254740993]',
  '[9007199254740993e]',
  '[9007199254740993 1e400]',
  '"9007199254740993',
  '{9007199254740993:1}',
  '[NaN, 1e400]',
])('%s is no JSON, and the reason speaks of it', (text) => {
  const reason = (() => {
    try {
      return JSON.parse(text)
    } catch (error) {
      return error
    }
  })()
  expect(() => parseJson(text)).toThrow(reason)
})

test('all else is written as JSON.stringify writes it', () => {
  const value = {
    a: [undefined, () => 1, null, Number.NaN],
    b: undefined,
    c: new Date(0),
    d: 'ü\ud800',
    e: { toJSON: () => 7 },
  }
  expect(jsonText(value)).toBe(JSON.stringify(value))
  expect(jsonText({ ...value, exact: new ExactNumber('1e400') })).toBe(
    JSON.stringify({ ...value, exact: 0 }).replace(/0}$/, '1e400}'),
  )
  expect(JSON.stringify([new ExactNumber('1e400')])).toBe('["1e400"]')
})

test.each([
  ['[', '1e400', ']'],
  ['{"a":', '1', '}'],
])('a million levels of %s are read and written', (opening, inside, closing) => {
  const text = `${opening.repeat(1_000_000)}${inside}${closing.repeat(1_000_000)}`
  expect(jsonText(parseJson(text)) === text).toBe(true)
})

test('long numbers take no time', () => {
  const zeros = '0'.repeat(1_000_000)
  const text = `[1${zeros}1,0.${zeros}1,1e-${zeros}1,1e${'9'.repeat(1_000_000)},1e-${'9'.repeat(1_000_000)},"${'\\\\'.repeat(1_000_000)}"]`
  const started = performance.now()
  expect(jsonText(parseJson(text)) === text.replace(`1e-${zeros}1`, '0.1')).toBe(true)
  expect(performance.now() - started).toBeLessThan(2_000)
})
