/**
 * All faults, in the order in which they are tried. `files` begin with those of this folder that try the fault, where the ordinary suite doesn't;
 * behind them stand tests of that suite that try it, too, and are run with it. docs/faults.md says what is expected of each.
 */
export const FAULTS = [
  { name: 'hostile-queries', files: ['test/faults/hostile-queries.fault.ts', 'test/api/query-limits.test.ts'] },
  { name: 'injection', files: ['test/faults/injection.fault.ts'] },
  { name: 'roles', files: ['test/api/access/matrix.test.ts', 'test/api/access/scope.test.ts'] },
  { name: 'hostile-values', files: ['test/faults/hostile-values.fault.ts', 'test/source/hostile-input.test.ts'] },
  { name: 'kill-in-ingest', files: ['test/faults/kill-in-ingest.fault.ts'] },
  { name: 'postgres-stopped', files: ['test/faults/postgres-stopped.fault.ts', 'test/faults.test.ts'] },
  { name: 'disk-full', files: ['test/faults/disk-full.fault.ts'] },
  { name: 'events-again', files: ['test/faults/events-again.fault.ts', 'test/freshness/eager/eager.test.ts'] },
  { name: 'poison-row', files: ['test/faults/poison-row.fault.ts', 'test/source/drift.test.ts'] },
  { name: 'poison-message', files: ['test/faults/poison-message.fault.ts', 'test/dispatch/events/event-bus.test.ts'] },
  { name: 'broker-down', files: ['test/faults/broker-down.fault.ts'] },
  { name: 'reads-killed', files: ['test/faults/reads-killed.fault.ts'] },
  { name: 'stage-hangs', files: ['test/faults/stage-hangs.fault.ts'] },
  { name: 'clock-off', files: ['test/faults/clock-off.fault.ts'] },
  { name: 'bad-source', files: ['test/faults/bad-source.fault.ts', 'test/source/stalled-sources.test.ts'] },
  { name: 'promotes-and-pasts', files: ['test/faults/promotes-and-pasts.fault.ts'] },
  { name: 'sigterm', files: ['test/faults/sigterm.fault.ts'] },
  { name: 'pooler', files: ['test/faults/pooler.fault.ts', 'test/cache/pooler.test.ts', 'test/source/pooler.test.ts'] },
  {
    name: 'rolling-upgrade',
    files: ['test/faults/rolling-upgrade.fault.ts', 'test/two-builds.test.ts', 'test/rolling-deploy.test.ts'],
  },
  { name: 'restored-backup', files: ['test/faults/restored-backup.fault.ts', 'test/backup.test.ts'] },
  { name: 'soak', files: ['test/faults/soak.fault.ts'] },
]
