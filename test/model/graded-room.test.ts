import { GradedRoom } from '../../src/model/graded-room.ts'

const GONE = new Error('gone')
const never = new AbortController().signal

/** Enters, and says whether it is in by now. */
function entering(room: GradedRoom, need: number, signal = never) {
  const state = { isIn: false, leave: () => {} }
  const entered = room.enter(need, signal, 'somebody').then((leave) => Object.assign(state, { isIn: true, leave }))
  return { state, entered }
}

/** Nothing here waits for more than promises do. */
const settle = () => new Promise(setImmediate)

test('who needs much waits for room, first come, first served', async () => {
  const room = new GradedRoom(100)
  const all = [60, 30, 50, 10].map((need) => entering(room, need).state)
  await settle()
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, false, false])
  all[1]?.leave()
  await settle()
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, false, false])
  all[0]?.leave()
  await settle()
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, true, true])
})

test('who needs little doesn’t wait behind who needs much, but for others who need little', async () => {
  const room = new GradedRoom(100)
  const much = [100, 6].map((need) => entering(room, need).state)
  const little = Array.from({ length: 6 }, () => entering(room, 5).state)
  const nothing = entering(room, 1).state
  await settle()
  expect(much.map(({ isIn }) => isIn)).toEqual([true, false])
  expect(little.map(({ isIn }) => isIn)).toEqual([true, true, true, true, true, false])
  expect(nothing.isIn).toBe(true)
  little[0]?.leave()
  await settle()
  expect([much[1]?.isIn, little[5]?.isIn]).toEqual([false, true])
})

test('it is known who would wait', async () => {
  const room = new GradedRoom(100)
  expect([1, 60, 500].map((need) => room.isFreeFor(need))).toEqual([true, true, true])
  entering(room, 60)
  await settle()
  expect([1, 40, 41].map((need) => room.isFreeFor(need))).toEqual([true, true, false])
  entering(room, 50)
  await settle()
  expect([1, 5, 6].map((need) => room.isFreeFor(need))).toEqual([true, true, false])
})

test('what is larger than the room has it alone', async () => {
  const room = new GradedRoom(100)
  const [first, large] = [entering(room, 20).state, entering(room, 500).state]
  await settle()
  expect(large.isIn).toBe(false)
  first.leave()
  await settle()
  expect(large.isIn).toBe(true)
})

test('room is given back once', async () => {
  const room = new GradedRoom(100)
  const [first, second] = [entering(room, 60).state, entering(room, 40).state]
  await settle()
  first.leave()
  first.leave()
  const third = entering(room, 90).state
  await settle()
  expect(third.isIn).toBe(false)
  second.leave()
  await settle()
  expect(third.isIn).toBe(true)
})

test('who goes while waiting is told so, and holds nobody up', async () => {
  const room = new GradedRoom(100)
  const asker = new AbortController()
  entering(room, 60)
  const going = entering(room, 90, asker.signal)
  const behind = entering(room, 40).state
  await settle()
  expect(behind.isIn).toBe(false)
  asker.abort(GONE)
  await expect(going.entered).rejects.toBe(GONE)
  await settle()
  expect(behind.isIn).toBe(true)
  await expect(room.enter(1, asker.signal, 'somebody')).rejects.toBe(GONE)
})
