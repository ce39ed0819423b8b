import { ActivityType } from '../../model/activity.ts'
import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'

const VALUE_TYPES = { VA: ActivityType.VALUE_ADD, NVA: ActivityType.NON_VALUE_ADD }

/** Rows `{ id, activity_date, duration_seconds, value_type, stereotype_id, user_id }`, and `project_id` where there is a project. */
export const timesheets: SourceAdapter = {
  name: 'timesheets',
  columns: ['id', 'activity_date', 'duration_seconds', 'value_type', 'stereotype_id', 'user_id'],
  types: { activity_date: ['date', 'text'], duration_seconds: ['number'], value_type: ['text'] },
  keys: { id: 'id', user: 'user_id', stereotype: 'stereotype_id', project: 'project_id' },

  translate(row) {
    const checks = new FieldChecks(row)
    const record = {
      externalId: checks.key('id'),
      date: checks.date('activity_date'),
      durationSeconds: checks.seconds('duration_seconds'),
      type: checks.valueType('value_type', VALUE_TYPES, ActivityType.NON_VALUE_ADD),
      stereotypeKey: checks.key('stereotype_id'),
      userKey: checks.key('user_id'),
      projectKey: checks.keyOrNone('project_id'),
    }
    return translated(checks, record)
  },

  pull: {
    databases: ['postgres', 'mysql'],
    table: 'time_entries',
    changedAt: 'updated_at',
    key: 'id',
    users: 'SELECT id AS external_id, full_name AS name FROM employees ORDER BY id',
    stereotypes: 'SELECT id AS external_id, code, label AS name FROM activity_kinds ORDER BY id',
    projects: { table: 'projects', rows: 'SELECT id AS external_id, name, client FROM projects ORDER BY id' },
    sprints: 'SELECT title AS name, starts_on AS start_date, ends_on AS end_date FROM iterations ORDER BY starts_on',
  },
}
