import { complaintsIn, logSince } from '../../src/embedded/postgres-log.ts'

test.each([
  ['', undefined],
  ['LOG:  database system is shut down\n', 'LOG:  database system is shut down'],
  ['2026-01-02 03:04:05.678 UTC [12] LOG:  all is well\n', 'LOG: all is well'],
  ['2026-01-02 03:04:05.678 UTC [12] FATAL:  no space\nHINT:  make some\n', 'FATAL: no space'],
  ['initdb: error: could not create directory\ninitdb: removing it\n', 'initdb: error: could not create directory'],
])('%j complains: %j', (output, complaint) => {
  expect(complaintsIn(output)[0]).toBe(complaint)
})

test('a log that is gone says nothing', () => {
  expect(logSince('/nowhere/postgres.log', 10)).toBe('')
})
