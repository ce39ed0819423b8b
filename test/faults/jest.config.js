import base from '../../jest.config.js'

/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/faults/*.fault.ts', ...base.testMatch],
  testTimeout: 600_000,
  reporters: ['<rootDir>/test/faults/reporter.mjs'],
  testSequencer: '<rootDir>/test/faults/sequencer.mjs',
  // What faults say has to reach the reporter.
  verbose: false,
}
