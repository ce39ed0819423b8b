import { cut, few, quoted } from '../../src/model/excerpts.ts'

test('five are named, and how many more there are', () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `n${i}`)
  expect(few(names)).toBe('n0, n1, n2, n3, n4 and 19,995 more')
  expect(few(names.slice(0, 5), '; ')).toBe('n0; n1; n2; n3; n4')
  expect(few([])).toBe('')
})

test('a long text is cut in its quotes', () => {
  expect(quoted('short')).toBe('"short"')
  expect(quoted('x'.repeat(100))).toBe(`"${'x'.repeat(100)}"`)
  expect(quoted('x'.repeat(1_000_000))).toBe(`"${'x'.repeat(100)}…"`)
})

test('no character is cut in half', () => {
  expect(cut('ab😀d', 3)).toBe('ab…')
  expect(cut('ab😀d', 4)).toBe('ab😀…')
})
