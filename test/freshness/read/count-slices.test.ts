import { jest } from '@jest/globals'
import { KeptCounts } from '../../../src/freshness/read/count-slices.ts'

const COUNTS = { fresh: 1, stale: 2, missing: 3 }

let now = 0

beforeEach(() => {
  now = 0
  jest.spyOn(performance, 'now').mockImplementation(() => now)
})

afterEach(() => jest.restoreAllMocks())

function countsIn(ms: number) {
  return jest.fn(async () => {
    now += ms
    return COUNTS
  })
}

test('what is counted quickly is counted each time', async () => {
  const kept = new KeptCounts()
  const count = countsIn(50)
  for (let i = 0; i < 3; i++) expect(await kept.of('all', count)).toEqual({ ...COUNTS, countedAt: expect.any(Date) })
  expect(count).toHaveBeenCalledTimes(3)
})

test('what takes long is kept for twenty times as long, and says since when', async () => {
  const kept = new KeptCounts()
  const count = countsIn(1_000)
  const first = await kept.of('all', count)
  now = 20_999
  expect(await kept.of('all', count)).toBe(first)
  expect(count).toHaveBeenCalledTimes(1)
  await kept.of('other', count)
  expect(count).toHaveBeenCalledTimes(2)
  now = 21_000
  await kept.of('all', count)
  expect(count).toHaveBeenCalledTimes(3)
})
