import { jest } from '@jest/globals'
import { LONGEST_LOCK_WAIT_MS, stillLocked } from '../../src/cache/connection-loss.ts'
import { KeyedLanes, Lanes } from '../../src/model/lanes.ts'

const { signal } = new AbortController()

let lanes: Lanes
let begun: string[]
let end: Map<string, (error?: Error) => void>

beforeEach(() => {
  lanes = new Lanes(2)
  begun = []
  end = new Map()
})

/** Work that is under way until the test ends it. */
function run(name: string, by = signal, since?: number): Promise<void> {
  const work = () => {
    begun.push(name)
    return new Promise<void>((resolve, reject) => {
      end.set(name, (error) => (error ? reject(error) : resolve()))
    })
  }
  return lanes.run(by, work, since)
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('as many are under way as there are lanes; the others follow in the order in which they came', async () => {
  const all = ['a', 'b', 'c', 'd'].map((name) => run(name))
  await turn()
  expect(begun).toEqual(['a', 'b'])
  end.get('b')?.()
  await turn()
  expect(begun).toEqual(['a', 'b', 'c'])
  end.get('a')?.()
  await turn()
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
  for (const finish of end.values()) finish()
  await Promise.all(all)
})

test('who comes again comes before who came later', async () => {
  const first = performance.now() - 1
  const all = ['a', 'b', 'c'].map((name) => run(name))
  all.push(run('again', signal, first), run('d'), run('again, too', signal, first))
  for (const name of ['a', 'b', 'again', 'again, too', 'c', 'd']) {
    await turn()
    end.get(name)?.()
  }
  await Promise.all(all)
  expect(begun).toEqual(['a', 'b', 'again', 'again, too', 'c', 'd'])
})

test('work that fails gives its lane away', async () => {
  const [first, ...others] = ['a', 'b', 'c'].map((name) => run(name))
  await turn()
  end.get('a')?.(new Error('failed'))
  await expect(first).rejects.toThrow('failed')
  await turn()
  expect(begun).toEqual(['a', 'b', 'c'])
  for (const finish of end.values()) finish()
  await Promise.all(others)
})

test('work that is aborted while it waits is never begun, and nobody behind it waits for it', async () => {
  const asker = new AbortController()
  const others = ['a', 'b'].map((name) => run(name))
  const aborted = run('c', asker.signal)
  others.push(run('d'))
  asker.abort(new Error('gone'))
  await expect(aborted).rejects.toThrow('gone')
  end.get('a')?.()
  await turn()
  expect(begun).toEqual(['a', 'b', 'd'])
  for (const finish of end.values()) finish()
  await Promise.all(others)
})

describe('lanes by key', () => {
  let keyed: KeyedLanes

  beforeEach(() => {
    keyed = new KeyedLanes()
  })

  afterEach(() => jest.useRealTimers())

  /** Work of these keys, by their names together, that is under way until the test ends it. */
  function work(...keys: string[]): Promise<void> {
    const name = keys.join('')
    return keyed.run(keys, { longestWaitMs: LONGEST_LOCK_WAIT_MS, late: stillLocked }, () => {
      begun.push(name)
      return new Promise((resolve) => end.set(name, () => resolve()))
    })
  }

  test('work of keys waits for what came before and has one of the same', async () => {
    const all = [work('a'), work('b'), work('b', 'a'), work('c'), work('b', 'c')]
    await turn()
    expect(begun).toEqual(['a', 'b', 'c'])
    for (const name of ['b', 'c', 'a', 'bc', 'ba']) {
      end.get(name)?.()
      await turn()
    }
    await Promise.all(all)
    expect(begun).toEqual(['a', 'b', 'c', 'bc', 'ba'])
  })

  test('keys that are named in another order, or twice, stop nobody', async () => {
    const all = [work('a', 'b'), work('b', 'a'), work('a', 'a')]
    await turn()
    expect(begun).toEqual(['ab'])
    for (const name of ['ab', 'ba', 'aa']) {
      end.get(name)?.()
      await turn()
    }
    await Promise.all(all)
  })

  test('who waits too long is told so, never begins, and stops nobody', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
    const first = work('a')
    await turn()
    const late = work('a', 'z')
    const outcome = expect(late).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringMatching(/within 20 s; ask again/),
    })
    jest.advanceTimersByTime(20_000)
    await outcome
    const next = work('a')
    end.get('a')?.()
    await first
    await turn()
    end.get('a')?.()
    await next
    expect(begun).toEqual(['a', 'a'])
  })
})
