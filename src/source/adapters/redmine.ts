import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'

/**
 * Redmine, in any of its databases that are read: `time_entries`, hours on a day. Times of change are UTC. An entry of more
 * than 24 hours, which Redmine lets people make, is quarantined: nobody knows which days it belongs to. It doesn't know what
 * is billed; kinds are its activities (`enumerations`), sprints its versions with a due date, from the day they were made.
 */
export const redmine: SourceAdapter = {
  name: 'redmine',
  columns: ['id', 'project_id', 'user_id', 'activity_id', 'hours', 'spent_on', 'updated_on'],
  types: { hours: ['number'], spent_on: ['date'] },
  keys: { id: 'id', user: 'user_id', stereotype: 'activity_id', project: 'project_id' },

  translate(row) {
    const checks = new FieldChecks(row)
    return translated(checks, {
      externalId: checks.key('id'),
      date: checks.date('spent_on'),
      durationSeconds: checks.hours('hours'),
      userKey: checks.key('user_id'),
      stereotypeKey: checks.key('activity_id'),
      projectKey: checks.key('project_id'),
    })
  },

  pull: {
    databases: ['postgres', 'mysql'],
    table: 'time_entries',
    changedAt: 'updated_on',
    isUtc: true,
    key: 'id',
    users: "SELECT id AS external_id, concat(firstname, ' ', lastname) AS name FROM users ORDER BY id",
    stereotypes:
      "SELECT id AS external_id, name AS code, name FROM enumerations WHERE type = 'TimeEntryActivity' ORDER BY id",
    projects: { table: 'projects', rows: 'SELECT id AS external_id, name FROM projects ORDER BY id' },
    sprints: `SELECT id AS external_id, name, cast(created_on AS date) AS start_date, effective_date AS end_date
      FROM versions WHERE effective_date IS NOT NULL ORDER BY id`,
  },
}
