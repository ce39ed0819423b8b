import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { JoinedReads } from '../../src/api/joined-reads.ts'
import { emptyReceipt, type Receipt } from '../../src/model/receipt.ts'

const GONE = new Error('gone')

/** Reads of one key, each of which ends when it is told to. */
function reads() {
  const joined = new JoinedReads()
  const begun: { end(value: string): void; fail(error: Error): void; signal: AbortSignal }[] = []
  const read = (receipt: Receipt, signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      receipt.checked += 7
      receipt.recomputed += 3
      begun.push({ end: resolve, fail: reject, signal })
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  const ask = async (signal?: AbortSignal, key = 'key') => {
    const receipt = emptyReceipt()
    const value = await joined.read(key, receipt, read, signal)
    return { value, receipt }
  }
  const begin = async (count: number) => {
    // Nothing here waits for more than promises do.
    await new Promise(setImmediate)
    expect(begun).toHaveLength(count)
    return begun.at(-1) as (typeof begun)[number]
  }
  return { ask, begin }
}

test('reads of one key that are asked for at once are one, and one of them counts what it took', async () => {
  const { ask, begin } = reads()
  const answers = [ask(), ask(), ask()]
  ;(await begin(1)).end('a')
  expect(await Promise.all(answers)).toEqual([
    { value: 'a', receipt: { ...emptyReceipt(), checked: 7, recomputed: 3 } },
    { value: 'a', receipt: { ...emptyReceipt(), checked: 7 } },
    { value: 'a', receipt: { ...emptyReceipt(), checked: 7 } },
  ])
})

test('who asks while one is under way is answered by the next, which begins after it and is one for all', async () => {
  const { ask, begin } = reads()
  const first = ask()
  const underWay = await begin(1)
  const later = [ask(), ask()]
  await begin(1)
  underWay.end('old')
  expect(await first).toMatchObject({ value: 'old' })
  ;(await begin(2)).end('new')
  expect(await Promise.all(later)).toMatchObject([{ value: 'new' }, { value: 'new' }])
  const last = ask()
  ;(await begin(3)).end('newest')
  expect(await last).toMatchObject({ value: 'newest' })
})

test('reads of other keys are not waited for', async () => {
  const { ask, begin } = reads()
  const first = ask()
  const one = await begin(1)
  const other = ask(undefined, 'another key')
  ;(await begin(2)).end('other')
  expect(await other).toMatchObject({ value: 'other' })
  one.end('first')
  expect(await first).toMatchObject({ value: 'first' })
})

test('a read that fails does so for those who joined it; the next is tried', async () => {
  const { ask, begin } = reads()
  const failing = [ask(), ask()].map((answer) => answer.catch((error: unknown) => error))
  const underWay = await begin(1)
  const later = ask()
  const broken = new Error('broken')
  underWay.fail(broken)
  expect(await Promise.all(failing)).toEqual([broken, broken])
  ;(await begin(2)).end('better')
  expect(await later).toMatchObject({ value: 'better' })
})

test('where somebody always asks, no value is held longer than it is needed', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const turn = () => new Promise(setImmediate)
  const joined = new JoinedReads()
  const values: WeakRef<object>[] = []
  const read = async () => {
    for (let i = 0; i < 3; i++) await turn()
    const value = {}
    values.push(new WeakRef(value))
    return value
  }
  const asked = new Set<Promise<unknown>>()
  // In each turn somebody asks, so each read follows another.
  while (values.length < 100) {
    const answer: Promise<unknown> = joined.read('key', emptyReceipt(), read).finally(() => asked.delete(answer))
    asked.add(answer)
    await turn()
  }
  gc()
  const held = values.filter((value) => value.deref()).length
  await Promise.all(asked)
  expect(held).toBeLessThan(10)
})

describe('who goes', () => {
  test('is told so at once; the read goes on for who stays, and counts for that one', async () => {
    const { ask, begin } = reads()
    const asker = new AbortController()
    const going = ask(asker.signal)
    const staying = ask()
    const underWay = await begin(1)
    asker.abort(GONE)
    await expect(going).rejects.toBe(GONE)
    underWay.end('a')
    expect(await staying).toEqual({ value: 'a', receipt: { ...emptyReceipt(), checked: 7, recomputed: 3 } })
  })

  test('last, ends it', async () => {
    const { ask, begin } = reads()
    const askers = [new AbortController(), new AbortController()]
    const going = askers.map(({ signal }) => ask(signal))
    const underWay = await begin(1)
    for (const [i, asker] of askers.entries()) {
      expect(underWay.signal.aborted).toBe(false)
      asker.abort(GONE)
      await expect(going[i]).rejects.toBe(GONE)
    }
    expect(underWay.signal.aborted).toBe(true)
    const next = ask()
    ;(await begin(2)).end('a')
    expect(await next).toMatchObject({ value: 'a' })
  })

  test('leaves it to those who wait for the next, until they go too', async () => {
    const { ask, begin } = reads()
    const [first, second] = [new AbortController(), new AbortController()]
    const going = ask(first.signal)
    const underWay = await begin(1)
    const waiting = ask(second.signal)
    first.abort(GONE)
    await expect(going).rejects.toBe(GONE)
    expect(underWay.signal.aborted).toBe(false)
    second.abort(GONE)
    await expect(waiting).rejects.toBe(GONE)
    expect(underWay.signal.aborted).toBe(true)
    await begin(1)
  })

  test('before asking, is not answered', async () => {
    const { ask, begin } = reads()
    await expect(ask(AbortSignal.abort(GONE))).rejects.toBe(GONE)
    await begin(0)
  })
})
