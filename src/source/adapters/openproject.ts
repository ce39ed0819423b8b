import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'

/** The kind of what has none. */
const NO_KIND = 'none'

/**
 * OpenProject: `time_entries`, hours on a day; times of change are UTC. What is `ongoing` is skipped; what has ended without
 * hours, or with more than 24, is quarantined. What it belongs to, which has had several columns in the history of
 * OpenProject, isn't read. It doesn't know what is billed; kinds are its activities, or "none", sprints its versions with both dates.
 */
export const openproject: SourceAdapter = {
  name: 'openproject',
  columns: ['id', 'project_id', 'user_id', 'activity_id', 'hours', 'spent_on', 'ongoing', 'updated_at'],
  types: { hours: ['number'], spent_on: ['date'], ongoing: ['flag'] },
  keys: { id: 'id', user: 'user_id', stereotype: 'activity_id', project: 'project_id' },

  translate(row) {
    const checks = new FieldChecks(row)
    if (checks.flag('ongoing') === true) return { skipped: 'It is still going on.' }
    return translated(checks, {
      externalId: checks.key('id'),
      date: checks.date('spent_on'),
      durationSeconds: checks.hours('hours'),
      userKey: checks.key('user_id'),
      stereotypeKey: checks.keyOrNone('activity_id') ?? NO_KIND,
      projectKey: checks.keyOrNone('project_id'),
    })
  },

  pull: {
    databases: ['postgres'],
    table: 'time_entries',
    changedAt: 'updated_at',
    isUtc: true,
    key: 'id',
    users: "SELECT id AS external_id, concat(firstname, ' ', lastname) AS name FROM users ORDER BY id",
    stereotypes: `SELECT id::text AS external_id, name AS code, name FROM enumerations WHERE type = 'TimeEntryActivity'
      UNION ALL SELECT '${NO_KIND}', 'none', 'No activity' ORDER BY 1`,
    projects: { table: 'projects', rows: 'SELECT id AS external_id, name FROM projects ORDER BY id' },
    sprints: `SELECT id AS external_id, name, start_date, effective_date AS end_date
      FROM versions WHERE start_date IS NOT NULL AND effective_date IS NOT NULL ORDER BY id`,
  },
}
