import { fitOf } from '../../../src/freshness/refresh/column-fit.ts'

test.each<[type: string, fitting: unknown[], others: unknown[]]>([
  ['smallint', [-(2 ** 15), 2 ** 15 - 1], [2 ** 15, -(2 ** 15) - 1, 0.5, '1', null]],
  ['integer', [-(2 ** 31), 2 ** 31 - 1], [2 ** 31, -(2 ** 31) - 1, Number.NaN, 1n]],
  ['bigint', [2 ** 31, 2 ** 53 - 1], [2 ** 53, Number.POSITIVE_INFINITY, 0.5]],
  ['double precision', [0.5, 1e300], [Number.NaN, Number.POSITIVE_INFINITY, '1']],
  ['real', [0.5], [1e300, Number.NaN]],
  ['boolean', [true, false], [0, 'true']],
  ['uuid', ['01938d5e-0000-7000-8000-00000000000a'], ['x', '01938d5e000070008000-00000000000a', 1]],
  ['date', ['2026-03-02'], ['02.03.2026', '2026-02-30', '2026-3-2', new Date(0)]],
  ['text', ['', 'ä'], ['a\0b', 1]],
])('%s', (type, fitting, others) => {
  expect(fitting.filter((value) => !fitOf(type)(value))).toEqual([])
  expect(others.filter(fitOf(type))).toEqual([])
})
