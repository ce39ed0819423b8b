import { barsOf, hasStandout, rangeOf } from '../../../src/web/model/waterfall.ts'

const NAMES = {
  before: 'Before',
  after: 'Now',
  rest: (count: number) => `${count} more`,
  what: ({ kind }: { kind: string }) => kind,
}

const explanation = {
  before: 10,
  after: 13,
  parts: [
    { kind: 'RATE', label: 'Meeting', contribution: 4 },
    { kind: 'MIX', label: 'Coding', contribution: -2 },
  ],
  rest: { count: 3, contribution: 1 },
}

test('each bar begins where the one before ended, and the last ends where all of it is', () => {
  expect(barsOf(explanation, NAMES).map(({ label, from, to }) => [label, from, to])).toEqual([
    ['Before', 0, 10],
    ['Meeting', 10, 14],
    ['Coding', 14, 12],
    ['3 more', 12, 13],
    ['Now', 0, 13],
  ])
})

test('there is no bar for a rest of nothing', () => {
  const bars = barsOf({ ...explanation, rest: { count: 0, contribution: 0 } }, NAMES)
  expect(bars.map(({ label }) => label)).not.toContain('0 more')
})

test('a part stands out that moved the whole by enough, up or down', () => {
  const bars = barsOf(explanation, NAMES)
  expect([4, 4.1].map((least) => hasStandout(bars, least))).toEqual([true, false])
})

test('a chart begins at 0, or below the lowest end where the parts were too small to see', () => {
  expect(rangeOf(barsOf(explanation, NAMES))).toEqual([8, 14])
  expect(rangeOf(barsOf({ ...explanation, before: 5, after: 8 }, NAMES))).toEqual([0, 9])
  expect(
    rangeOf(
      barsOf(
        {
          before: 1,
          after: -1,
          parts: [{ kind: 'MIX', label: 'A', contribution: -2 }],
          rest: { count: 0, contribution: 0 },
        },
        NAMES,
      ),
    ),
  ).toEqual([-1, 1])
})
