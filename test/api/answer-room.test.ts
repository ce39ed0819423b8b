import { AnswerRoom } from '../../src/api/answer-room.ts'

const GONE = new Error('gone')
const never = new AbortController().signal

/** Enters, and says whether it is in by now. */
function entering(room: AnswerRoom, values: number, signal = never) {
  const state = { isIn: false, leave: () => {} }
  const entered = room.enter(values, signal).then((leave) => Object.assign(state, { isIn: true, leave }))
  return { state, entered }
}

/** Nothing here waits for more than promises do. */
const settle = () => new Promise(setImmediate)

test('answers wait for room, first come, first served', async () => {
  const room = new AnswerRoom(100)
  const all = [60, 30, 50, 10].map((values) => entering(room, values).state)
  await settle()
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, false, false])
  all[1]?.leave()
  await settle()
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, false, false])
  all[0]?.leave()
  await settle()
  expect(all.map(({ isIn }) => isIn)).toEqual([true, true, true, true])
})

test('who needs little doesn’t wait', async () => {
  const room = new AnswerRoom(100)
  const states = [100, 1, 2].map((values) => entering(room, values).state)
  await settle()
  expect(states.map(({ isIn }) => isIn)).toEqual([true, true, false])
})

test('it is known who would wait', async () => {
  const room = new AnswerRoom(100)
  expect([1, 60, 500].map((values) => room.isFreeFor(values))).toEqual([true, true, true])
  entering(room, 60)
  await settle()
  expect([1, 40, 41].map((values) => room.isFreeFor(values))).toEqual([true, true, false])
  entering(room, 50)
  await settle()
  expect([1, 2].map((values) => room.isFreeFor(values))).toEqual([true, false])
})

test('what is larger than the room has it alone', async () => {
  const room = new AnswerRoom(100)
  const [first, large] = [entering(room, 2).state, entering(room, 500).state]
  await settle()
  expect(large.isIn).toBe(false)
  first.leave()
  await settle()
  expect(large.isIn).toBe(true)
})

test('room is given back once', async () => {
  const room = new AnswerRoom(100)
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
  const room = new AnswerRoom(100)
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
  await expect(room.enter(1, asker.signal)).rejects.toBe(GONE)
})
