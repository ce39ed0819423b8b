import { setMaxListeners } from 'node:events'
import { FairRoom, MOST_WAITING } from '../../src/model/fair-room.ts'

let over: AbortController

beforeEach(() => {
  over = new AbortController()
  // All who wait here listen to it.
  setMaxListeners(0, over.signal)
})

// Nobody waits on behind a test.
afterEach(() => over.abort())

/** Nothing here waits for more than promises do. */
const settle = () => new Promise(setImmediate)

/** Enters, and says in what order who came in. */
function counter(room: FairRoom) {
  const entered: string[] = []
  const leaves: (() => void)[] = []
  const enter = (caller: string, need = 10, signal = over.signal) => {
    const coming = room.enter(need, signal, caller).then((leave) => {
      entered.push(caller)
      leaves.push(leave)
    })
    coming.catch(() => undefined)
    return coming
  }
  /** The one that has been in the longest leaves. */
  const leave = () => {
    leaves.shift()?.()
    return settle()
  }
  return { entered, enter, leave }
}

test('who comes while another floods it waits for one of the flood at most, beside those that are in', async () => {
  const { entered, enter, leave } = counter(new FairRoom(30))
  for (let i = 0; i < 50; i++) void enter('flood')
  void enter('other')
  await settle()
  expect(entered).toEqual(['flood', 'flood', 'flood'])
  await leave()
  await leave()
  expect(entered).toEqual(['flood', 'flood', 'flood', 'flood', 'other'])
})

test('callers take turns, and each of them in the order in which it came', async () => {
  const { entered, enter, leave } = counter(new FairRoom(10))
  void enter('in')
  for (const caller of ['a', 'a', 'a', 'b', 'b', 'c']) void enter(caller)
  await settle()
  for (let i = 0; i < 6; i++) await leave()
  expect(entered).toEqual(['in', 'a', 'b', 'c', 'a', 'b', 'a'])
})

test('whose turn it is who needs more than is free has it once there is as much, and nobody passes', async () => {
  const { entered, enter, leave } = counter(new FairRoom(30))
  for (const need of [10, 10, 10]) void enter('in', need)
  void enter('large', 30)
  void enter('small', 10)
  await settle()
  await leave()
  await leave()
  expect(entered).toEqual(['in', 'in', 'in'])
  await leave()
  expect(entered).toEqual(['in', 'in', 'in', 'large'])
  await leave()
  expect(entered).toEqual(['in', 'in', 'in', 'large', 'small'])
})

test('a caller has so many waiting at most, and others may come', async () => {
  const { enter } = counter(new FairRoom(10))
  void enter('flood')
  for (let i = 0; i < MOST_WAITING; i++) void enter('flood')
  await settle()
  await expect(enter('flood')).rejects.toMatchObject({ code: 'BUSY', details: { retryAfterSeconds: 5 } })
  const other = enter('other')
  await expect(Promise.race([other, settle().then(() => 'waits')])).resolves.toBe('waits')
})

test('who waits for too long is told to ask again, and holds nobody up', async () => {
  const room = new FairRoom(10, { longestWaitMs: 1 })
  const { enter, leave, entered } = counter(room)
  await enter('in')
  await expect(enter('late')).rejects.toMatchObject({
    code: 'BUSY',
    extensions: { http: { status: 503, headers: new Map([['retry-after', '5']]) } },
  })
  expect(room.isFreeFor(1)).toBe(false)
  await leave()
  expect(room.isFreeFor(10)).toBe(true)
  await enter('next')
  expect(entered).toEqual(['in', 'next'])
})

test('who goes while waiting is told so, and its turn is the next one’s', async () => {
  const { entered, enter, leave } = counter(new FairRoom(10))
  const asker = new AbortController()
  void enter('in')
  const going = enter('going', 10, asker.signal)
  void enter('next')
  asker.abort(new Error('gone'))
  await expect(going).rejects.toThrow('gone')
  await leave()
  expect(entered).toEqual(['in', 'next'])
})
