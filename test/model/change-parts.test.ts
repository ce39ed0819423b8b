import { type ChangeMetric, changeOf, type GroupChange } from '../../src/model/change-parts.ts'
import { int, pick, randomOf } from '../support/random.ts'

const side = (nvaSeconds: number, totalSeconds: number) => ({ nvaSeconds, totalSeconds })
const change = (group: string, before: [number, number], after: [number, number]): GroupChange<string> => ({
  group,
  before: side(...before),
  after: side(...after),
})

test('more time for a group that wastes more than others is mix, a group that wastes more of its own time is rate', () => {
  const mix = changeOf('WASTE_RATIO', [change('meeting', [100, 100], [300, 300]), change('coding', [0, 300], [0, 100])])
  expect(mix).toMatchObject({ before: 0.25, after: 0.75, change: 0.5 })
  expect(mix.lines).toEqual([
    { kind: 'MIX', group: 'meeting', contribution: 0.25 },
    { kind: 'MIX', group: 'coding', contribution: 0.25 },
  ])
  const rate = changeOf('WASTE_RATIO', [
    change('meeting', [100, 100], [100, 100]),
    change('coding', [0, 100], [50, 100]),
  ])
  expect(rate.lines).toEqual([{ kind: 'RATE', group: 'coding', contribution: 0.25 }])
})

test('seconds without added value move with all time, too', () => {
  const { before, after, change: moved, lines } = changeOf('NVA_SECONDS', [change('meeting', [100, 200], [200, 400])])
  expect([before, after, moved]).toEqual([100, 200, 100])
  expect(lines).toEqual([{ kind: 'VOLUME', group: null, contribution: 100 }])
})

test('a group that comes or goes moves the mix alone', () => {
  const { lines } = changeOf('WASTE_RATIO', [change('old', [10, 100], [0, 0]), change('new', [0, 0], [50, 100])])
  expect(lines.map(({ kind }) => kind)).toEqual(['MIX', 'MIX'])
})

test('of a period without time there is no ratio, and what came of it is volume', () => {
  const groups = [change('meeting', [0, 0], [50, 100])]
  expect(changeOf('WASTE_RATIO', groups)).toEqual({ before: null, after: 0.5, change: null, lines: [] })
  expect(changeOf('NVA_SECONDS', groups).lines).toEqual([{ kind: 'VOLUME', group: null, contribution: 50 }])
  expect(changeOf('NVA_SECONDS', [])).toEqual({ before: 0, after: 0, change: 0, lines: [] })
})

test.each(['WASTE_RATIO', 'NVA_SECONDS'] satisfies ChangeMetric[])(
  'lines of %s add up to the change exactly, in any order',
  (metric) => {
    const random = randomOf(7)
    for (let i = 0; i < 2_000; i++) {
      const seconds = () => int(random, pick(random, [1, 10, 86_400, 1_000_000_000]))
      const sideAt = (): [number, number] => {
        const total = random() < 0.2 ? 0 : seconds()
        return [int(random, total + 1), total]
      }
      const groups = Array.from({ length: 1 + int(random, 12) }, (_, g) => change(`g${g}`, sideAt(), sideAt()))
      const { before, after, change: moved, lines } = changeOf(metric, groups)
      const all = (of: 'before' | 'after', what: 'nvaSeconds' | 'totalSeconds') =>
        groups.reduce((sum, group) => sum + group[of][what], 0)
      if (moved === null || before === null || after === null) {
        expect([metric, all('before', 'totalSeconds') === 0 || all('after', 'totalSeconds') === 0]).toEqual([
          'WASTE_RATIO',
          true,
        ])
        continue
      }
      expect(after - before).toBe(moved)
      const shuffled = [...lines].sort(() => random() - 0.5)
      for (const order of [lines, [...lines].reverse(), shuffled]) {
        expect(order.reduce((sum, { contribution }) => sum + contribution, 0)).toBe(moved)
      }
      const sizes = lines.map(({ contribution }) => Math.abs(contribution))
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
      if (metric === 'WASTE_RATIO') {
        expect(before).toBeCloseTo(all('before', 'nvaSeconds') / all('before', 'totalSeconds'), 11)
      } else expect(moved).toBe(all('after', 'nvaSeconds') - all('before', 'nvaSeconds'))
    }
  },
)
