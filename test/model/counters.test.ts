import { Counters, OTHER } from '../../src/model/counters.ts'

test('what is counted by more words than anybody has is counted together', () => {
  const counters = new Counters()
  const timed = new Set<string>()
  counters.listen((_, of) => timed.add(of))
  for (let i = 0; i < 1_500; i++) {
    counters.add('graphqlErrors', `CODE_${i}`)
    counters.time('httpMs', `/route/${i}`, 1)
  }
  counters.add('graphqlErrors', 'CODE_7')
  const { graphqlErrors, httpMs } = counters.read()
  expect([Object.keys(graphqlErrors ?? {}).length, Object.keys(httpMs ?? {}).length, timed.size]).toEqual([
    1_001, 1_001, 1_001,
  ])
  expect(graphqlErrors).toMatchObject({ CODE_7: 2, [OTHER]: 500 })
})
