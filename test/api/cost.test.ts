import { personDays, personPeriods, userDays, userPeriods } from '../../src/api/cost.ts'
import { AMPLE } from '../../src/cache/extent.ts'
import { week } from '../../src/periods/week.ts'

/** From a Wednesday to the Tuesday after it. */
const EXTENT = { ...AMPLE, firstDate: '2026-03-04', lastDate: '2026-03-10', users: 3, personDays: 21, userDays: 7 }

test.each([
  ['2026-03-04', '2026-03-10', 2],
  ['2026-03-02', '2026-03-02', 1],
  ['2026-03-15', '2026-03-15', 1],
  ['2026-03-16', '2026-03-16', 0],
  ['2026-02-01', '2026-03-01', 0],
  ['0001-01-01', '9999-12-31', 3],
])('from %s to %s a user has at most %i weeks, found by any of their days', (from, to, weeks) => {
  expect(userPeriods(week)({ from, to }, EXTENT)).toBe(weeks)
  expect(personPeriods(week)({ from, to }, EXTENT)).toBe(3 * weeks)
})

test('nobody has more days than the one who has most, and all together not more than there are', () => {
  const all = { from: '0001-01-01', to: '9999-12-31' }
  const sparse = { ...EXTENT, firstDate: '1926-03-04', personDays: 12, userDays: 5 }
  expect(userDays(all, sparse)).toBe(5)
  expect(userPeriods(week)(all, sparse)).toBe(5)
  expect(personDays(all, sparse)).toBe(12)
  expect(personDays({ ...all, userIds: ['ann', 'ben'] }, sparse)).toBe(10)
})
