import {
  comparedDays,
  costText,
  differenceText,
  sumText,
  tookText,
  valueText,
  versionIn,
  versionText,
} from '../../../src/web/model/versions.ts'

test('a version is one parameter', () => {
  expect(versionIn(versionText({ stage: 'waste_trend', version: 3 }))).toEqual({ stage: 'waste_trend', version: 3 })
})

test.each([null, '', 'waste_trend', 'waste_trend@', '@3', 'a@0', 'a@-1', 'a@3.5', 'a@b@3', 'a@9999999999'])(
  '%j is no version',
  (text) => {
    expect(versionIn(text)).toBeUndefined()
  },
)

test.each([
  ['', { from: '2026-09-07', to: '2026-12-02' }],
  ['from=2026-03-01&to=2026-03-31', { from: '2026-03-01', to: '2026-03-31' }],
  ['from=2026-03-31&to=2026-03-01', { from: '2026-09-07', to: '2026-12-02' }],
  ['from=soon&to=2026-03-01', { from: '2026-09-07', to: '2026-12-02' }],
])('%j compares these days', (text, days) => {
  expect(comparedDays(new URLSearchParams(text), '2026-12-02')).toEqual(days)
})

test.each([
  ['nvaSeconds', 5400, '1.5 h'],
  ['nvaSeconds', '5400', '1.5 h'],
  ['wasteRatio', 0.2345, '23.5%'],
  ['zScore', -2.5, '−2.50'],
  ['activityCount', 1200, '1,200'],
  ['flagged', true, 'yes'],
  ['zScore', null, '–'],
  ['note', 'text', 'text'],
])('%s of %j is %s', (field, value, text) => {
  expect(valueText(field, value, 'en-US')).toBe(text)
})

test('a sum of ratios is no ratio', () => {
  expect(sumText('wasteRatio', 64.006, 'en-US')).toBe('64.01')
  expect(sumText('nvaSeconds', 3600, 'en-US')).toBe('1.0 h')
  expect(sumText('note', null, 'en-US')).toBe('–')
})

test.each([
  ['nvaSeconds', 3600, '7200', '+1.0 h'],
  ['wasteRatio', 0.5, 0.25, '−25.0 points'],
  ['zScore', 1, 1, '±0'],
  ['flagged', false, true, null],
  ['zScore', null, 1, null],
])('%s of %j and %j differs by %s', (field, base, candidate, text) => {
  expect(differenceText(field, base, candidate, 'en-US')).toBe(text)
})

test.each([
  [[], 'Nothing is to be computed: all of it is there already.'],
  [
    [{ toCompute: 1, estimatedSeconds: null }],
    '1 person-period is to be computed, each when it is asked for first. How long that takes isn’t known yet: this process has computed none so far.',
  ],
  [
    [
      { toCompute: 1000, estimatedSeconds: 90 },
      { toCompute: 0, estimatedSeconds: null },
    ],
    '1,000 person-periods are to be computed, each when it is asked for first: about 1 min 30 s for all of them.',
  ],
  [
    [
      { toCompute: 2, estimatedSeconds: 0.1 },
      { toCompute: 3, estimatedSeconds: null },
    ],
    '5 person-periods are to be computed, each when it is asked for first: under a second for those of which it is known.',
  ],
])('%j costs', (changes, text) => {
  expect(costText(changes, 'en-US')).toBe(text)
})

test.each([
  [0, 'under a second'],
  [1_400, '1 s'],
  [59_900, '1 min'],
  [184_000, '3 min 4 s'],
  [7_500_000, '2 h 5 min'],
  [3_600_000, '1 h'],
])('%d ms took %s', (milliseconds, text) => {
  expect(tookText(milliseconds, 'en-US')).toBe(text)
})
