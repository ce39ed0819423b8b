import { jest } from '@jest/globals'
import { KeptCounts, type SliceCounts } from '../../../src/freshness/read/count-slices.ts'

const counts = (fresh: number): SliceCounts => ({ fresh, stale: 2, missing: 3 })

let now = 0

beforeEach(() => {
  now = 0
  jest.spyOn(performance, 'now').mockImplementation(() => now)
})

afterEach(() => jest.restoreAllMocks())

test('what was counted is kept for twenty times as long as that took, and says since when', async () => {
  const kept = new KeptCounts()
  let calls = 0
  const count = async () => {
    now += 1_000
    return counts(++calls)
  }
  const first = await kept.of('all', count)
  expect(first).toEqual({ ...counts(1), countedAt: expect.any(Date) })
  now = 20_999
  expect(await kept.of('all', count)).toBe(first)
  expect(await kept.of('other', count)).toMatchObject({ fresh: 2 })
  expect(calls).toBe(2)
})

test('while it is counted again whoever asks is told what was counted before, and all wait for the first', async () => {
  const kept = new KeptCounts()
  const letGo: ((found: SliceCounts) => void)[] = []
  const count = () => new Promise<SliceCounts>((resolve) => letGo.push(resolve))
  const asked = [1, 2].map(() => kept.of('all', count))
  await new Promise(setImmediate)
  letGo[0]?.(counts(1))
  expect(await Promise.all(asked)).toMatchObject([counts(1), counts(1)])
  now = 1
  expect(await kept.of('all', count)).toMatchObject(counts(1))
  await new Promise(setImmediate)
  letGo[1]?.(counts(2))
  await new Promise(setImmediate)
  expect(await kept.of('all', count)).toMatchObject(counts(2))
})

test('what failed is counted again by who asks next', async () => {
  const kept = new KeptCounts()
  const fails = async () => {
    throw new Error('lost')
  }
  await expect(kept.of('all', fails)).rejects.toThrow('lost')
  expect(await kept.of('all', async () => counts(1))).toMatchObject(counts(1))
})
