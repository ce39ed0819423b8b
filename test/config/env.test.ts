import { readEnv } from '../../src/config/env.ts'

afterEach(() => {
  delete process.env.STEELTHREAD_TEST_SET
  delete process.env.STEELTHREAD_TEST_EMPTY
})

test('an empty variable counts as not set', () => {
  process.env.STEELTHREAD_TEST_SET = '1'
  process.env.STEELTHREAD_TEST_EMPTY = ''
  const env = readEnv()
  expect(env.STEELTHREAD_TEST_SET).toBe('1')
  expect(Object.hasOwn(env, 'STEELTHREAD_TEST_EMPTY')).toBe(false)
})

test('what was read stays as it was read', () => {
  const env = readEnv()
  process.env.STEELTHREAD_TEST_SET = '1'
  expect(env.STEELTHREAD_TEST_SET).toBeUndefined()
  expect(Object.isFrozen(env)).toBe(true)
})
