import {
  heatOf,
  hours,
  inOrder,
  jumpSentence,
  leadSentence,
  leftOut,
  listed,
  part,
  peopleOf,
  percent,
  rangeOf,
  sumsOf,
  // @ts-expect-error: plain JavaScript for browsers, without types
} from '../../src/web/figures.js'

const WEEKS = ['2026-02-02', '2026-02-09', '2026-02-16', '2026-02-23', '2026-03-02', '2026-03-09']
const HOUR = 3600

function summary(name: string, lost: number, booked: number) {
  return { user: { id: name, name }, nvaSeconds: lost * HOUR, totalSeconds: booked * HOUR }
}

function trend(name: string, weekStart: string, wasteRatio: number | null, flagged = false) {
  return { user: { id: name }, weekStart, wasteRatio, flagged }
}

const names = (people: { name: string }[]) => people.map(({ name }) => name)

test('sums count text as numbers, as large sums come as text', () => {
  expect(
    sumsOf([
      { nvaSeconds: '3600', totalSeconds: '7200' },
      { nvaSeconds: 0, totalSeconds: 7200 },
    ]),
  ).toEqual({
    nva: 3600,
    total: 14_400,
    ratio: 0.25,
  })
  expect(sumsOf([]).ratio).toBeNull()
})

test('nothing is rounded away', () => {
  expect([0, 0.004, 0.005, 0.46].map(part)).toEqual(['0%', '<1%', '1%', '46%'])
  expect(hours(60)).toBe('<1')
  expect(hours(60, 1)).toBe('<0.1')
  expect(hours(1635 * HOUR)).toBe('1,635')
  expect(percent(null)).toBe('–')
})

test('people without booked time are left out, and each has their own weeks', () => {
  const people = peopleOf([summary('Ada', 1, 4), summary('Away', 0, 0)], [trend('Ada', '2026-03-02', 0.25)])
  expect(names(people)).toEqual(['Ada'])
  expect(people[0].weeks.get('2026-03-02').wasteRatio).toBe(0.25)
})

test('recent jumps come first, the newest of them first; then the largest share; an old jump counts for nothing', () => {
  const people = peopleOf(
    [summary('Old jump', 1, 10), summary('Worst', 5, 10), summary('Jump', 2, 10), summary('Newest jump', 1, 10)],
    [
      trend('Old jump', '2026-02-02', 0.9, true),
      trend('Jump', '2026-03-02', 0.5, true),
      trend('Newest jump', '2026-03-09', 0.4, true),
    ],
  )
  expect(names(inOrder(people, WEEKS))).toEqual(['Newest jump', 'Jump', 'Worst', 'Old jump'])
})

test('heat spreads from the lowest week to the highest, and is even where there is but one', () => {
  const people = peopleOf(
    [summary('Ada', 1, 4)],
    [trend('Ada', '2026-02-23', 0.2), trend('Ada', '2026-03-02', 0.6), trend('Ada', '2026-03-09', null)],
  )
  expect(rangeOf(people)).toEqual([0.2, 0.6])
  expect(heatOf(0.4, [0.2, 0.6])).toBeCloseTo(0.5)
  expect(heatOf(0.3, [0.3, 0.3])).toBe(0.5)
})

test('the sentence names the kind that took most and the person who lost most hours', () => {
  const people = peopleOf([summary('Ada', 6, 60), summary('Bea', 4, 10)], [])
  const kinds = [{ stereotype: { name: 'Meeting' }, nvaSeconds: 7 * HOUR }]
  expect(leadSentence(kinds, people)).toBe(
    'The largest part, 70%, went into “Meeting”; nobody lost more than Ada: 6 hours, 10% of their time.',
  )
  expect(leadSentence([], peopleOf([summary('Ada', 0, 8)], []))).toBe(
    'Nobody booked time without value in these weeks.',
  )
})

test('jumps are counted, and those of the latest week are named', () => {
  const people = peopleOf(
    [summary('Ada', 1, 4), summary('Bea', 1, 4)],
    [
      trend('Ada', '2026-02-02', 0.5, true),
      trend('Ada', '2026-03-02', 0.5, true),
      trend('Bea', '2026-03-02', 0.6, true),
    ],
  )
  expect(jumpSentence(people, WEEKS)).toBe(
    '3 weeks stand out against their person’s own past, the latest in the week of Mar 2: Ada and Bea.',
  )
  expect(jumpSentence(people, ['2026-02-02'])).toBe(
    'One week stands out against its person’s own past, the latest in the week of Feb 2: Ada.',
  )
  expect(jumpSentence(people, ['2026-03-09'])).toBe('No week stands out against its person’s own past.')
})

test('long lists end in a number', () => {
  expect([['A'], ['A', 'B'], ['A', 'B', 'C'], ['A', 'B', 'C', 'D']].map((all) => listed(all))).toEqual([
    'A',
    'A and B',
    'A, B and C',
    'A, B and 2 more',
  ])
})

test.each([
  [0, 0, ''],
  [1, 0, 'Not in these figures, as refused: 1 row of these weeks.'],
  [0, 1200, 'Not in these figures, as refused: 1,200 rows of nobody known, or of no day.'],
  [3, 2, 'Not in these figures, as refused: 3 rows of these weeks, and 2 rows of nobody known, or of no day.'],
])('%i quarantined rows of the weeks and %i of nobody are named', (quarantinedRows, unattributedRows, expected) => {
  expect(leftOut({ quarantinedRows, unattributedRows })).toBe(expected)
})
