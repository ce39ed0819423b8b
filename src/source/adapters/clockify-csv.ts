import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'
import { nameOr } from './mentioned.ts'

const COLUMNS = ['Project', 'Client', 'Description', 'Task', 'User', 'Email', 'Tags', 'Billable'] as const
const TIMES = ['Start Date', 'Start Time', 'End Date', 'End Time', 'Duration (h)', 'Duration (decimal)'] as const

/**
 * Clockify's detailed report as CSV, its dates as month, day and year. An entry counts on its start date, also past midnight, with its
 * `Duration (h)`; one of more than 24 hours is quarantined. Rows have no id: they are known by what they say, so one that is edited comes
 * as another. People are known by their e-mail address, kinds are tasks, or "No task"; what is billable adds value.
 */
export const clockifyCsv: SourceAdapter = {
  name: 'clockify-csv',
  columns: ['Email', 'Project', 'Start Date', 'Duration (h)'],
  keys: { id: [...COLUMNS, ...TIMES], user: 'Email', stereotype: 'Task', project: 'Project' },
  caselessKeys: true,

  translate(row) {
    const checks = new FieldChecks(row)
    return translated(checks, {
      date: checks.americanDate('Start Date'),
      durationSeconds: checks.clock('Duration (h)'),
      userKey: checks.key('Email'),
      stereotypeKey: checks.keyOrNone('Task') ?? NO_TASK,
      projectKey: checks.keyOrNone('Project'),
      billable: checks.flag('Billable'),
    })
  },

  mentions({ User, Email, Task, Project, Client }) {
    return {
      users: nameOr(Email, User),
      stereotypes: nameOr(Task ?? NO_TASK),
      projects: nameOr(Project, Project, Client),
    }
  },
}

const NO_TASK = 'No task'
