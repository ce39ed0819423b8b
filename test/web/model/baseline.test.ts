import { againstBaseline } from '../../../src/web/model/baseline.ts'

const weeks = (...values: (number | null)[]) => values.map((value, index) => ({ week: String(index), value }))
const last = (...values: (number | null)[]) => againstBaseline(weeks(...values)).at(-1)

test('a week is held against the mean and the deviation of the sample before it', () => {
  expect(last(0.1, 0.2, 0.3, 0.4, 0.5)).toMatchObject({ mean: 0.25, isFlagged: false })
  expect(last(0.1, 0.2, 0.3, 0.4, 0.5)?.deviation).toBeCloseTo(0.1291, 4)
  expect(last(0.1, 0.2, 0.3, 0.4, 0.5)?.zScore).toBeCloseTo(1.9365, 4)
  expect(last(0.1, 0.2, 0.3, 0.4, 0.51)).toMatchObject({ isFlagged: true })
})

test('fewer than four weeks with time are no baseline', () => {
  expect(last(0.1, null, 0.3, 0.4, 0.5)).toMatchObject({ mean: null, zScore: null, isFlagged: false })
})

test('only the eight weeks before count', () => {
  expect(last(0.9, ...Array(8).fill(0.2), 0.3)).toMatchObject({ mean: expect.closeTo(0.2, 12) })
})

test('where all weeks were alike, or the week has no time, there is no z-score', () => {
  expect(last(0.25, 0.25, 0.25, 0.25, 0.5)).toMatchObject({ zScore: null, isFlagged: false })
  expect(last(0.1, 0.2, 0.3, 0.4, null)).toMatchObject({ zScore: null, isFlagged: false })
})
