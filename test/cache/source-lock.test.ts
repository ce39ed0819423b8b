import { jest } from '@jest/globals'
import { SourceWriters } from '../../src/cache/source-lock.ts'

let writers: SourceWriters
let begun: string[]
let end: Map<string, () => void>

beforeEach(() => {
  writers = new SourceWriters()
  begun = []
  end = new Map()
})

afterEach(() => jest.useRealTimers())

/** Work of these sources, by their names together, that is under way until the test ends it. */
function write(...sources: string[]): Promise<void> {
  const name = sources.join('')
  return writers.run(sources, () => {
    begun.push(name)
    return new Promise((resolve) => end.set(name, resolve))
  })
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('who writes a source waits for those who came before and write one of the same', async () => {
  const all = [write('a'), write('b'), write('b', 'a'), write('c'), write('b', 'c')]
  await turn()
  expect(begun).toEqual(['a', 'b', 'c'])
  for (const name of ['b', 'c', 'a', 'bc', 'ba']) {
    end.get(name)?.()
    await turn()
  }
  await Promise.all(all)
  expect(begun).toEqual(['a', 'b', 'c', 'bc', 'ba'])
})

test('sources that are named in another order, or twice, stop nobody', async () => {
  const all = [write('a', 'b'), write('b', 'a'), write('a', 'a')]
  await turn()
  expect(begun).toEqual(['ab'])
  for (const name of ['ab', 'ba', 'aa']) {
    end.get(name)?.()
    await turn()
  }
  await Promise.all(all)
})

test('who waits as long as for a lock is told that others are at it, and stops nobody', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
  const first = write('a')
  await turn()
  const late = write('a', 'z')
  const outcome = expect(late).rejects.toMatchObject({
    code: 'BUSY',
    message: expect.stringMatching(/within 20 s; ask again/),
  })
  jest.advanceTimersByTime(20_000)
  await outcome
  const next = write('a')
  end.get('a')?.()
  await first
  await turn()
  end.get('a')?.()
  await next
  expect(begun).toEqual(['a', 'a'])
})
