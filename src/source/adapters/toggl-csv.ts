import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'
import { nameOr } from './mentioned.ts'

const COLUMNS = ['User', 'Email', 'Client', 'Project', 'Task', 'Description', 'Billable'] as const
const TIMES = ['Start date', 'Start time', 'End date', 'End time', 'Duration', 'Tags'] as const

/**
 * Toggl Track's detailed report as CSV. An entry counts on its start date, as the export writes it, also past midnight, with its
 * `Duration`; one of more than 24 hours is quarantined. Rows have no id: they are known by what they say, so one that is edited comes as
 * another. People are known by their e-mail address, kinds are tasks, or "No task"; what is billable adds value.
 */
export const togglCsv: SourceAdapter = {
  name: 'toggl-csv',
  columns: ['Email', 'Project', 'Start date', 'Duration'],
  keys: { id: [...COLUMNS, ...TIMES], user: 'Email', stereotype: 'Task', project: 'Project' },
  caselessKeys: true,

  translate(row) {
    const checks = new FieldChecks(row)
    return translated(checks, {
      date: checks.date('Start date'),
      durationSeconds: checks.clock('Duration'),
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
