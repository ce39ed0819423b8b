import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'

/**
 * Kimai, in MySQL or MariaDB: `kimai2_timesheet`. An entry counts on the local day on which it began (`date_tz`), also past midnight,
 * with its `duration`, from which Kimai has taken the breaks; one that runs is skipped, one of more than 24 hours quarantined.
 * Rows don't say when they were changed, so a pull reads those of the last 60 days, and `full` all. What is `billable` adds value.
 */
export const kimai: SourceAdapter = {
  name: 'kimai',
  columns: ['id', 'date_tz', 'end_time', 'duration', 'user', 'activity_id', 'project_id', 'billable'],
  types: { date_tz: ['date'], duration: ['number'], billable: ['number'] },
  keys: { id: 'id', user: 'user', stereotype: 'activity_id', project: 'project_id' },

  translate(row) {
    if (row.end_time === null) return { skipped: 'It is running.' }
    const checks = new FieldChecks(row)
    return translated(checks, {
      externalId: checks.key('id'),
      date: checks.date('date_tz'),
      durationSeconds: checks.seconds('duration'),
      userKey: checks.key('user'),
      stereotypeKey: checks.key('activity_id'),
      projectKey: checks.key('project_id'),
      billable: checks.flag('billable'),
    })
  },

  pull: {
    databases: ['mysql'],
    table: 'kimai2_timesheet',
    rescan: { date: 'date_tz', days: 60 },
    isUtc: true,
    key: 'id',
    users: "SELECT id AS external_id, coalesce(nullif(alias, ''), username) AS name FROM kimai2_users ORDER BY id",
    stereotypes: 'SELECT id AS external_id, name AS code, name FROM kimai2_activities ORDER BY id',
    projects: {
      table: 'kimai2_projects',
      rows: `SELECT p.id AS external_id, p.name, c.name AS client
        FROM kimai2_projects p LEFT JOIN kimai2_customers c ON c.id = p.customer_id ORDER BY p.id`,
    },
  },
}
