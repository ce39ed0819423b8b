import { jest } from '@jest/globals'
import type { Sql } from '../../src/cache/database.ts'
import { Standing } from '../../src/sight/standing.ts'

beforeEach(() => jest.useFakeTimers())

afterEach(() => jest.useRealTimers())

/** A cache that answers each time after so many milliseconds; never, where it is infinite. */
function answering(...after: number[]) {
  let asked = 0
  const sqlInSession: Sql = async <Row extends object>() => {
    const ms = after[asked++] ?? 0
    await new Promise((resolve) => ms < Number.POSITIVE_INFINITY && setTimeout(resolve, ms))
    return [{ quarantine: [{ source: 's', code: 'X', rows: asked }] }] as unknown as Row[]
  }
  const standing = new Standing({ sqlInSession }, { sqlInSession }, [])
  const rows = async (waitMs = 0) => {
    const looked = standing.now()
    await jest.advanceTimersByTimeAsync(waitMs)
    return (await looked)?.quarantine[0]?.rows
  }
  return { rows, asked: () => asked }
}

test('all who look within five seconds see the same, which is read once', async () => {
  const { rows, asked } = answering()
  expect([await rows(), await rows(), await rows()]).toEqual([1, 1, 1])
  await jest.advanceTimersByTimeAsync(4_900)
  expect(await rows()).toBe(1)
  await jest.advanceTimersByTimeAsync(200)
  expect(await rows()).toBe(2)
  expect(asked()).toBe(2)
})

test('what takes long to read is read seldom', async () => {
  const { rows } = answering(1_500)
  expect(await rows(1_500)).toBe(1)
  await jest.advanceTimersByTimeAsync(14_000)
  expect(await rows()).toBe(1)
  await jest.advanceTimersByTimeAsync(1_500)
  expect(await rows()).toBe(2)
})

test('nobody waits for more than two seconds: what was read before is told for a minute, then nothing', async () => {
  const { rows } = answering(0, Number.POSITIVE_INFINITY)
  expect(await rows()).toBe(1)
  await jest.advanceTimersByTimeAsync(6_000)
  expect(await rows(2_000)).toBe(1)
  await jest.advanceTimersByTimeAsync(60_000)
  expect(await rows(2_000)).toBeUndefined()
})
