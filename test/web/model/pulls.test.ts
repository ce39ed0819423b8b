import { pullSentence } from '../../../src/web/model/pulls.ts'

const NOW = Date.parse('2026-03-02T12:00:00Z')
const never = { lastPull: null, lastSuccess: null, error: null, pulling: false }
const early = '2026-03-02T09:00:00Z'
const late = '2026-03-02T11:58:00Z'

test.each([
  ['never pulled', never, 'was never pulled.'],
  ['pulled', { ...never, lastPull: late, lastSuccess: late }, 'was read 2 minutes ago.'],
  [
    'pulled for the first time',
    { ...never, lastPull: late, pulling: true },
    'is being pulled for the first time (begun 2 minutes ago).',
  ],
  [
    'pulled again',
    { ...never, lastPull: late, lastSuccess: early, pulling: true },
    'was read 3 hours ago, and is being pulled now (begun 2 minutes ago).',
  ],
  [
    'pulled again after a failure',
    { lastPull: late, lastSuccess: null, error: 'It is gone.', pulling: true },
    'is being pulled for the first time (begun 2 minutes ago). The last pull that is over failed: It is gone.',
  ],
  [
    'failing',
    { ...never, lastPull: late, lastSuccess: early, error: 'It is gone.' },
    'could not be pulled 2 minutes ago: It is gone. Before that it was read 3 hours ago.',
  ],
  [
    'failing from the beginning',
    { ...never, lastPull: late, error: 'It is gone.' },
    'could not be pulled 2 minutes ago: It is gone. Nothing was read completely before that.',
  ],
])('a source that is %s says so', (_, source, text) => {
  expect(pullSentence(source, NOW)).toBe(text)
})
