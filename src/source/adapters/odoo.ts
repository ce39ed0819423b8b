import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'

/** The kind of what belongs to no task. */
const NO_TASK = 'none'

/**
 * Odoo: lines of `account_analytic_line` that belong to a project, which are its timesheets. `unit_amount` is in hours, or in days of
 * eight hours where its unit is called so; more than 24 hours are quarantined. Times of change are UTC. It doesn't say by line
 * what is billed; kinds are tasks, or "none".
 */
export const odoo: SourceAdapter = {
  name: 'odoo',
  columns: ['id', 'date', 'unit_amount', 'employee_id', 'project_id', 'task_id', 'write_date', 'hours'],
  types: { date: ['date'], unit_amount: ['number'] },
  keys: { id: 'id', user: 'employee_id', stereotype: 'task_id', project: 'project_id' },

  translate(row) {
    const checks = new FieldChecks(row)
    return translated(checks, {
      externalId: checks.key('id'),
      date: checks.date('date'),
      durationSeconds: checks.hours('hours'),
      userKey: checks.key('employee_id'),
      stereotypeKey: checks.keyOrNone('task_id') ?? NO_TASK,
      projectKey: checks.key('project_id'),
    })
  },

  pull: {
    databases: ['postgres'],
    // Names of units and projects are text, or JSON by language in later releases.
    table: `(SELECT l.*, l.unit_amount * CASE WHEN u.name::text ~* '\\mdays?\\M' THEN 8 ELSE 1 END AS hours
      FROM account_analytic_line l LEFT JOIN uom_uom u ON u.id = l.product_uom_id WHERE l.project_id IS NOT NULL)`,
    changedAt: 'write_date',
    isUtc: true,
    key: 'id',
    users: 'SELECT id AS external_id, name FROM hr_employee ORDER BY id',
    stereotypes: `SELECT id::text AS external_id, ${nameOf('t')} AS code, ${nameOf('t')} AS name FROM project_task t
      UNION ALL SELECT '${NO_TASK}', 'none', 'No task' ORDER BY 1`,
    projects: {
      table: 'project_project',
      rows: `SELECT id AS external_id, ${nameOf('p')} AS name FROM project_project p ORDER BY id`,
    },
  },
}

/** SQL for a name that is text, or JSON by language: then the English one, or the first. */
function nameOf(row: string): string {
  const json = `to_jsonb(${row}.name)`
  return `CASE jsonb_typeof(${json}) WHEN 'object'
    THEN coalesce(${json} ->> 'en_US', (SELECT value FROM jsonb_each_text(${json}) LIMIT 1)) ELSE ${json} #>> '{}' END`
}
