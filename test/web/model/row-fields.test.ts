import { beginning, fieldsOf, isRounded, valueText } from '../../../src/web/model/row-fields.ts'

const problem = (field: string | null, code = 'INVALID_TYPE') => ({ code, field, message: `${field} is wrong` })

test('each field has what is wrong with it, in the order in which they came; what is missing is last', () => {
  const [twice, other, gone, whole] = [problem('b'), problem('b', 'X'), problem('c', 'MISSING_FIELD'), problem(null)]
  expect(fieldsOf({ b: '', a: null }, [gone, twice, whole, other])).toEqual({
    fields: [
      { name: 'b', value: '', isThere: true, problems: [twice, other] },
      { name: 'a', value: null, isThere: true, problems: [] },
      { name: 'c', value: undefined, isThere: false, problems: [gone] },
    ],
    ofRow: [whole],
  })
})

test('a problem inside a field is of that field; one of a name with a dot is of that name', () => {
  const inside = problem('author.accountId')
  expect(fieldsOf({ author: {} }, [inside]).fields).toEqual([
    { name: 'author', value: {}, isThere: true, problems: [inside] },
  ])
  expect(fieldsOf({ author: 1, 'author.accountId': 2 }, [inside]).fields[1]?.problems).toEqual([inside])
})

test('names that JavaScript has a meaning for are names', () => {
  const row = JSON.parse('{"__proto__": 1, "constructor": 2}')
  expect(fieldsOf(row, [problem('toString')]).fields.map(({ name, isThere }) => [name, isThere])).toEqual([
    ['__proto__', true],
    ['constructor', true],
    ['toString', false],
  ])
})

test.each([
  ['5', '"5"'],
  [5, '5'],
  ['', '""'],
  ['<b>\u0007', '"<b>\\u0007"'],
  [null, 'null'],
  [{ a: [1] }, '{\n  "a": [\n    1\n  ]\n}'],
])('%j is told apart from others', (value, text) => {
  expect(valueText(value)).toBe(text)
})

test('what is nested too deep to be written breaks nothing', () => {
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level++) deep = [deep]
  expect(valueText(deep)).toBe('nested too deep to be shown')
})

test('long texts are cut, by whole characters; those that are hardly longer are not', () => {
  expect(beginning('x'.repeat(250))).toBeUndefined()
  expect(beginning('x'.repeat(251))).toBe('x'.repeat(200))
  expect(beginning(`${'x'.repeat(199)}${'😀'.repeat(99)}`)).toBe('x'.repeat(199))
})

test.each([
  [9007199254740991, false],
  [2 ** 60, true],
  [0.5, false],
  ['12345678901234567890', false],
])('%j is rounded: %j', (value, is) => {
  expect(isRounded(value)).toBe(is)
})
