import { addDays } from '../../src/model/calendar.ts'
import {
  bySubjectAndDate,
  distinctWindows,
  MOST_TOLD,
  mergeWindows,
  toldWindows,
  type Window,
  windowColumns,
} from '../../src/model/window.ts'

const window = (subjectId: string, from: string, to: string): Window => ({ subjectId, from, to })

test('overlapping and adjacent windows of a user are joined, those of others and with a gap are not', () => {
  expect(
    mergeWindows([
      window('b', '2026-03-01', '2026-03-02'),
      window('a', '2026-03-05', '2026-03-06'),
      window('a', '2026-03-01', '2026-03-03'),
      window('a', '2026-03-02', '2026-03-02'),
      window('a', '2026-03-04', '2026-03-04'),
      window('a', '2026-03-08', '2026-03-09'),
      window('b', '2026-03-02', '2026-03-07'),
    ]),
  ).toEqual([
    window('a', '2026-03-01', '2026-03-06'),
    window('a', '2026-03-08', '2026-03-09'),
    window('b', '2026-03-01', '2026-03-07'),
  ])
})

test('merging leaves the windows given as they are', () => {
  const given = [window('a', '2026-03-03', '2026-03-04'), window('a', '2026-03-01', '2026-03-02')].map(Object.freeze)
  expect(mergeWindows(Object.freeze(given) as Window[])).toEqual([window('a', '2026-03-01', '2026-03-04')])
})

test('distinct windows keep their bounds, overlapping ones too', () => {
  const first = window('a', '2026-03-01', '2026-03-14')
  const second = window('a', '2026-03-08', '2026-03-21')
  expect(distinctWindows([first, second, { ...first }])).toEqual([first, second])
})

test('windows are ordered by user, start and end', () => {
  const ordered = [
    window('a', '2026-03-01', '2026-03-01'),
    window('a', '2026-03-01', '2026-03-02'),
    window('a', '2026-03-02', '2026-03-02'),
    window('b', '2026-01-01', '2026-01-01'),
  ]
  expect([...ordered].reverse().sort(bySubjectAndDate)).toEqual(ordered)
  expect(bySubjectAndDate(window('a', '2026-03-01', '2026-03-01'), window('a', '2026-03-01', '2026-03-01'))).toBe(0)
})

test('windows become parallel columns', () => {
  expect(windowColumns([window('a', '2026-03-01', '2026-03-02'), window('b', '2026-03-03', '2026-03-04')])).toEqual([
    ['a', 'b'],
    ['2026-03-01', '2026-03-03'],
    ['2026-03-02', '2026-03-04'],
  ])
})

describe('windows as messages tell them', () => {
  const many = (count: number, subjects: number): Window[] =>
    Array.from({ length: count }, (_, i) => {
      const date = addDays('2026-03-02', 3 * i)
      return { subjectId: `s${i % subjects}`, from: date, to: date }
    })

  test('are merged, and complete where they are few', () => {
    const [first, second] = many(2, 1)
    const next = { subjectId: 's0', from: '2026-03-03', to: '2026-03-04' }
    expect(toldWindows([first, next, second].flatMap((window) => window ?? []))).toEqual({
      windows: [{ subjectId: 's0', from: '2026-03-02', to: '2026-03-05' }],
      windowCount: 1,
      isComplete: true,
    })
    expect(toldWindows(many(MOST_TOLD, 1))).toMatchObject({ windowCount: MOST_TOLD, isComplete: true })
  })

  test('are one for each subject where they are many', () => {
    const told = toldWindows(many(MOST_TOLD + 1, 2))
    expect(told).toEqual({
      windows: [
        { subjectId: 's0', from: '2026-03-02', to: addDays('2026-03-02', 3 * MOST_TOLD) },
        { subjectId: 's1', from: '2026-03-05', to: addDays('2026-03-02', 3 * (MOST_TOLD - 1)) },
      ],
      windowCount: 2,
      isComplete: true,
    })
  })

  test('are the first of many subjects, which they say', () => {
    const told = toldWindows(many(1_000, 500))
    expect(told.windows).toHaveLength(MOST_TOLD)
    expect(told).toMatchObject({ windowCount: 500, isComplete: false })
  })
})
