import { biggestMove, kindName } from '../../../src/web/views/overview/moves.ts'

const kind = (stereotypeCode: string, nvaSeconds: number) => ({
  stereotypeCode,
  stereotypes: [{ name: `The ${stereotypeCode}` }],
  nvaSeconds,
})

test('what moved most is the kind that went furthest the way that all went', () => {
  const before = [kind('meeting', 100), kind('rework', 50), kind('waiting', 10)]
  const now = [kind('meeting', 40), kind('rework', 130), kind('waiting', 20)]
  expect(biggestMove(now, before, 30)).toEqual({ name: 'The rework', seconds: 80 })
  expect(biggestMove(now, before, -1)).toEqual({ name: 'The meeting', seconds: -60 })
})

test('a kind that is gone is known by its code, and where nothing changed nothing moved', () => {
  expect(biggestMove([], [kind('meeting', 100)], -100)).toEqual({ name: 'meeting', seconds: -100 })
  expect(biggestMove([kind('a', 1)], [kind('a', 1)], 0)).toBeUndefined()
})

test('stereotypes of one code are named by their names, each once', () => {
  expect(
    kindName({ stereotypeCode: 'x', stereotypes: [{ name: 'A' }, { name: 'A' }, { name: 'B' }, { name: 'C' }] }),
  ).toBe('A / B')
  expect(kindName({ stereotypeCode: null })).toBe('no kind')
})
