import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'

/** The kind of what belongs to no task. */
const NO_TASK = 'none'

/**
 * solidtime: `time_entries` from `start` to `end`, both UTC. An entry counts on the day on which it began by the clocks of its
 * user's time zone, also past midnight; one that runs is skipped, one of more than 24 hours quarantined. What is `billable` adds
 * value; kinds are tasks, or "none".
 */
export const solidtime: SourceAdapter = {
  name: 'solidtime',
  columns: ['id', 'start', 'end', 'billable', 'user_id', 'project_id', 'task_id', 'updated_at', 'user_timezone'],
  types: { start: ['moment'], end: ['moment'], billable: ['flag'] },
  keys: { id: 'id', user: 'user_id', stereotype: 'task_id', project: 'project_id' },

  translate(row) {
    if (row.end === null) return { skipped: 'It is running.' }
    const checks = new FieldChecks(row)
    return translated(checks, {
      externalId: checks.key('id'),
      date: checks.localDay('start', 'user_timezone'),
      durationSeconds: checks.span('start', 'end'),
      userKey: checks.key('user_id'),
      stereotypeKey: checks.keyOrNone('task_id') ?? NO_TASK,
      projectKey: checks.keyOrNone('project_id'),
      billable: checks.flag('billable'),
    })
  },

  pull: {
    databases: ['postgres'],
    table: '(SELECT e.*, u.timezone AS user_timezone FROM time_entries e LEFT JOIN users u ON u.id = e.user_id)',
    changedAt: 'updated_at',
    isUtc: true,
    key: 'id',
    users: 'SELECT id AS external_id, name FROM users ORDER BY id',
    stereotypes: `SELECT id::text AS external_id, name AS code, name FROM tasks
      UNION ALL SELECT '${NO_TASK}', 'none', 'No task' ORDER BY 1`,
    projects: { table: 'projects', rows: 'SELECT id AS external_id, name FROM projects ORDER BY id' },
  },
}
