import { barParts, freshSentence, headline, type Standing, sumOf } from '../../../src/web/model/standing.ts'

const read = { name: 'demo', error: null, pulling: false, lastSuccess: '2026-03-02T09:00:00Z' }
const standing: Standing = { sources: [read], counts: [], lacking: [], deadLetters: 0, activities: 5 }

test.each([
  ['nothing is the matter', standing, 'Everything runs.'],
  ['nothing is there', { ...standing, sources: [], activities: 0 }, 'Nothing has come in yet.'],
  ['a source is pulled', { ...standing, sources: [{ ...read, pulling: true }] }, 'demo is being pulled.'],
  ['a source fails', { ...standing, sources: [{ ...read, error: 'Gone.' }] }, 'demo could not be pulled.'],
  [
    'several things fail',
    { ...standing, sources: [{ ...read, error: 'Gone.' }], lacking: ['weeks'], deadLetters: 2 },
    'demo could not be pulled; weeks can’t be answered here; 2 events could not be delivered.',
  ],
])('where %s, it says so', (_, state, text) => {
  expect(headline(state, 'en-US')).toBe(text)
})

test.each([
  [{ fresh: 0, stale: 0, missing: 0 }, 'There is nothing to compute yet.'],
  [{ fresh: 1200, stale: 0, missing: 0 }, 'All 1,200 person-periods are computed and up to date.'],
  [{ fresh: 0, stale: 0, missing: 7 }, 'Nobody has asked for any of 7 person-periods yet.'],
  [{ fresh: 1, stale: 2, missing: 3 }, '1 person-period is up to date, 2 changed since, 3 nobody has asked for yet.'],
])('%j is said in a sentence', (counts, text) => {
  expect(freshSentence(counts, 'en-US')).toBe(text)
})

test('counts that are not there add nothing', () => {
  const counts = { fresh: 1, stale: 2, missing: 3 }
  expect(sumOf([counts, null, counts])).toEqual({ fresh: 2, stale: 4, missing: 6 })
})

test('parts of a bar make one, and what is there can be seen', () => {
  const { fresh, stale, missing } = barParts({ fresh: 100_000, stale: 1, missing: 0 })
  expect(fresh + stale + missing).toBeCloseTo(1)
  expect(stale).toBeGreaterThan(0.015)
  expect(missing).toBe(0)
  expect(barParts({ fresh: 0, stale: 0, missing: 0 })).toEqual({ fresh: 0, stale: 0, missing: 0 })
})
