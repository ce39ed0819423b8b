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

test('what backends of a server that was killed say is no complaint of the next', () => {
  const output = [
    '2026-01-02 03:04:05.678 UTC [12] FATAL:  pre-existing shared memory block (key 1) is still in use',
    '2026-01-02 03:04:05.679 UTC [7] FATAL:  terminating connection due to unexpected postmaster exit',
  ].join('\n')
  expect(complaintsIn(output)).toEqual(['FATAL: pre-existing shared memory block (key 1) is still in use'])
})

test('a log that is gone says nothing', () => {
  expect(logSince('/nowhere/postgres.log', 10)).toBe('')
})
